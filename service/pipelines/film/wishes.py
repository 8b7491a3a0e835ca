"""What a job asks for in its metadata, checked and typed. Pure and quick: it runs before any work."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from service.pipeline import Job, Json, Never
from service.pipelines.film.presets import PRESETS, Preset

LONGEST_BRIEF = 20_000
"""Characters. A longer text is no brief; reading it by rules would take minutes and say nothing more."""

SIZES: Mapping[str, tuple[int, int]] = {"9:16": (1080, 1920), "1:1": (1080, 1080), "16:9": (1920, 1080)}
"""Width and height in pixels of each aspect ratio."""

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}")
_LONGEST_WORDING = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """None where the job says nothing. `lang` is a lower-case BCP 47 tag, `priority` is kept as it was given."""

    duration_sec: float | None = None
    aspect_ratio: str | None = None
    lang: str | None = None
    style: str | None = None
    mood: str | None = None
    budget_usd: float | None = None
    priority: str | int | None = None


def read_wishes(job: Job) -> Wishes:
    """The job's metadata as far as the film knows it; a field that is absent or null is no wish.

    Raises `Never("bad_metadata")` with a sentence that names the field.
    """
    preset, given = preset_of(job), job.metadata
    return Wishes(
        duration_sec=_duration(given, preset),
        aspect_ratio=_aspect_ratio(given),
        lang=_language(given),
        style=_wording(given, "style"),
        mood=_wording(given, "mood"),
        budget_usd=_budget(given),
        priority=_priority(given),
    )


def preset_of(job: Job) -> Preset:
    try:
        return PRESETS[job.preset]
    except KeyError:
        sentence = f"preset must be one of {', '.join(PRESETS)}."
        raise Never("unknown_preset", sentence) from None


def check(job: Job) -> None:
    """The film's check of a job before any work. Raises `Never` for one that cannot become a film."""
    read_wishes(job)
    if len(job.content) > LONGEST_BRIEF:
        sentence = f"content must be at most {LONGEST_BRIEF} characters for a film; it has {len(job.content)}."
        raise Never("brief_too_long", sentence)
    if not any(character.isalnum() for character in job.content):
        sentence = "content has nothing to say: it needs at least one word or number."
        raise Never("empty_brief", sentence)


def _duration(given: Mapping[str, Json], preset: Preset) -> float | None:
    bounds = f"{preset.shortest_s:g} to {preset.longest_s:g} seconds for {preset.name}"
    seconds = _number(given, "duration_sec", f"a number, {bounds}")
    if seconds is not None and not preset.shortest_s <= seconds <= preset.longest_s:
        raise _bad("duration_sec", bounds)
    return seconds


def _budget(given: Mapping[str, Json]) -> float | None:
    dollars = _number(given, "budget_usd", "a number of US dollars, 0 or more")
    if dollars is not None and dollars < 0:
        raise _bad("budget_usd", "a number of US dollars, 0 or more")
    return dollars


def _aspect_ratio(given: Mapping[str, Json]) -> str | None:
    ratio = given.get("aspect_ratio")
    if ratio is None:
        return None
    if not isinstance(ratio, str) or ratio not in SIZES:
        raise _bad("aspect_ratio", f"one of {', '.join(SIZES)}")
    return ratio


def _language(given: Mapping[str, Json]) -> str | None:
    tag = given.get("lang")
    if tag is None:
        return None
    if not isinstance(tag, str) or not _LANGUAGE.fullmatch(tag):
        raise _bad("lang", "a language tag such as en, fr or pt-BR")
    return tag.replace("_", "-").lower()


def _wording(given: Mapping[str, Json], field: str) -> str | None:
    words = given.get(field)
    if words is None:
        return None
    if not isinstance(words, str) or len(words) > _LONGEST_WORDING:
        raise _bad(field, f"a text of at most {_LONGEST_WORDING} characters")
    return words


def _priority(given: Mapping[str, Json]) -> str | int | None:
    priority = given.get("priority")
    if priority is None:
        return None
    if isinstance(priority, str) and len(priority) <= _LONGEST_WORDING:
        return priority
    if isinstance(priority, int) and not isinstance(priority, bool):
        return priority
    raise _bad("priority", f"a whole number or a text of at most {_LONGEST_WORDING} characters")


def _number(given: Mapping[str, Json], field: str, must_be: str) -> float | None:
    value = given.get(field)
    if value is None:
        return None
    # bool is a subclass of int, and an int of 400 digits is JSON that float() cannot take.
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _bad(field, must_be)
    try:
        number = float(value)
    except OverflowError:
        raise _bad(field, must_be) from None
    if not math.isfinite(number):
        raise _bad(field, must_be)
    return number


def _bad(field: str, must_be: str) -> Never:
    return Never("bad_metadata", f"metadata.{field} must be {must_be}.")
