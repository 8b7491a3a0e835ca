"""What a job asks for in its metadata, checked and typed. Pure and quick: it runs before any work."""

import difflib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from service.pipeline import AssetKind, Job, Json, Never, asset_kind
from service.pipelines.film.presets import PRESETS, Preset

LONGEST_BRIEF = 20_000
"""Characters. Reading a longer text by rules would take minutes, and the film would say no more for it."""

SIZES: Mapping[str, tuple[int, int]] = {"9:16": (1080, 1920), "1:1": (1080, 1080), "16:9": (1920, 1080)}
"""Width and height in pixels of each aspect ratio."""

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}")
_LONGEST_TEXT = 200
_LONGEST_SEED = 20
_MOST_PICTURES = 12
_MOST_COLOURS = 3
_LONGEST_TITLE = 80
_MOST_LINES, _LONGEST_LINE = 100, 2_000
_MOST_PICTOGRAMS = 100
OFF = "off"
_COLOUR = re.compile(r"#?([0-9A-Fa-f]{6}|[0-9A-Fa-f]{3})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the job asks for; None for each thing it does not mention.

    `lang` is a lower-case BCP 47 tag; `voice` and `music` are "off" or words for them (`script/lines/sound_talk.py`);
    `priority` is kept as it was given. `logo`, `pictures`, `font`, and `music` if it is the client's own track
    (`own_track`), are references to assets; `colours` are a brand's, as `#FF6600`. Films of the same `seed` look alike.
    `title` is what the film is called, or "off"; `leave_out` and `tell` are lines of the brief that are not told, and
    that are although they seem to be none; `pictograms` names those that the film does without: all if it has "off".
    """

    duration_sec: float | None = None
    aspect_ratio: str | None = None
    lang: str | None = None
    style: str | None = None
    mood: str | None = None
    voice: str | None = None
    music: str | None = None
    logo: str | None = None
    pictures: tuple[str, ...] = ()
    colours: tuple[str, ...] = ()
    font: str | None = None
    seed: str | None = None
    title: str | None = None
    leave_out: tuple[str, ...] = ()
    tell: tuple[str, ...] = ()
    pictograms: tuple[str, ...] = ()
    budget_usd: float | None = None
    priority: str | int | None = None

    @property
    def own_track(self) -> str | None:
        return self.music if asset_kind(self.music) is not None else None


_KNOWN = tuple(field.name for field in fields(Wishes))
_NEARLY = 0.85
"""How alike two keys must be for one to be a misspelling of the other (`difflib`)."""
_LONGEST_KEY = 40


def read_wishes(job: Job) -> Wishes:
    """Read the fields of the job's metadata that the film knows. A field that is absent or null is not a wish.

    Raises `Never("bad_metadata")` with a sentence that names the field.
    """
    preset, metadata = preset_of(job), job.metadata
    return Wishes(
        duration_sec=_duration(metadata, preset),
        aspect_ratio=_aspect_ratio(metadata),
        lang=_language(metadata),
        style=_text(metadata, "style"),
        mood=_text(metadata, "mood"),
        voice=_text_or_off(metadata, "voice"),
        music=_music(metadata),
        logo=_asset(metadata, "logo", "picture"),
        pictures=_pictures(metadata),
        colours=_colours(metadata),
        font=_asset(metadata, "font", "font"),
        seed=_seed(metadata),
        title=_title(metadata),
        leave_out=_lines(metadata, "leave_out"),
        tell=_lines(metadata, "tell"),
        pictograms=_pictograms(metadata),
        budget_usd=_budget(metadata),
        priority=_priority(metadata),
    )


def unknown(job: Job) -> list[str]:
    """Return the keys of the job's metadata that the film does not know, in their order."""
    return [key for key in job.metadata if key not in _KNOWN]


def _check_spelling(job: Job) -> None:
    """Raise `Never("bad_metadata")` for a key that is nearly one of ours: the wish would go unheard."""
    for key in unknown(job):
        bare = key.strip().lower().replace("-", "_").replace(" ", "_")
        meant = next((known for known in _KNOWN if known.startswith(f"{bare}_")), None)
        close = [meant] if meant else difflib.get_close_matches(bare, _KNOWN, n=1, cutoff=_NEARLY)
        if close:
            raise Never("bad_metadata", f"metadata.{printable(key)} is not known; did you mean metadata.{close[0]}?")


def printable(key: str) -> str:
    """Return a key of a stranger's as it can stand in a sentence: short, and without what cannot be seen."""
    shown = "".join(character if character.isprintable() else "?" for character in key)
    return shown if len(shown) <= _LONGEST_KEY else f"{shown[:_LONGEST_KEY]}…"


def preset_of(job: Job) -> Preset:
    """Return the job's preset. Raises `Never("unknown_preset")`."""
    try:
        return PRESETS[job.preset]
    except KeyError:
        sentence = f"preset must be one of {', '.join(PRESETS)}."
        raise Never("unknown_preset", sentence) from None


def format_of(job: Job, asked: Sequence[str] = ()) -> tuple[str, int, int]:
    """Return the film's aspect ratio, and its width and height in pixels: that of the metadata, else the first that the
    text of the brief asks for (`asked`), unless the preset's is among them. Raises `Never` as `read_wishes`."""
    usual = preset_of(job).aspect_ratio
    aspect_ratio = read_wishes(job).aspect_ratio or (usual if usual in asked else next(iter(asked), usual))
    return (aspect_ratio, *SIZES[aspect_ratio])


def check(job: Job) -> None:
    """Check a job before any work. Raises `Never` for one that cannot become a film."""
    read_wishes(job)
    _check_spelling(job)
    if len(job.content) > LONGEST_BRIEF:
        sentence = f"content must be at most {LONGEST_BRIEF} characters for a film; it has {len(job.content)}."
        raise Never("brief_too_long", sentence)
    if not any(character.isalnum() for character in job.content):
        sentence = "content has nothing to say: it needs at least one word or number."
        raise Never("empty_brief", sentence)


def _duration(metadata: Mapping[str, Json], preset: Preset) -> float | None:
    bounds = f"{preset.shortest_s:g} to {preset.longest_s:g} seconds for {preset.name}"
    seconds = _number(metadata, "duration_sec", f"a number, {bounds}")
    if seconds is not None and not preset.shortest_s <= seconds <= preset.longest_s:
        raise _bad("duration_sec", bounds)
    return seconds


def _budget(metadata: Mapping[str, Json]) -> float | None:
    must_be = "a number of US dollars, 0 or more"
    dollars = _number(metadata, "budget_usd", must_be)
    if dollars is not None and dollars < 0:
        raise _bad("budget_usd", must_be)
    return dollars


def _aspect_ratio(metadata: Mapping[str, Json]) -> str | None:
    ratio = metadata.get("aspect_ratio")
    if ratio is None:
        return None
    if not isinstance(ratio, str) or ratio not in SIZES:
        raise _bad("aspect_ratio", f"one of {', '.join(SIZES)}")
    return ratio


def _language(metadata: Mapping[str, Json]) -> str | None:
    tag = metadata.get("lang")
    if tag is None:
        return None
    if not isinstance(tag, str) or not _LANGUAGE.fullmatch(tag):
        raise _bad("lang", "a language tag such as en, fr or pt-BR")
    return tag.replace("_", "-").lower()


def _text(metadata: Mapping[str, Json], field: str) -> str | None:
    value = metadata.get(field)
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
        raise _bad(field, f"a text of at most {_LONGEST_TEXT} characters")
    return value


def _text_or_off(metadata: Mapping[str, Json], field: str) -> str | None:
    """A text; `false` means "off"."""
    if metadata.get(field) is False:
        return "off"
    if metadata.get(field) is True:
        raise _bad(field, f"off, or a text of at most {_LONGEST_TEXT} characters")
    return _text(metadata, field)


def _music(metadata: Mapping[str, Json]) -> str | None:
    """Words, "off", or a reference to the client's own track."""
    value = _text_or_off(metadata, "music")
    return _asset(metadata, "music", "sound") if value is not None and value.startswith("asset:") else value


def _asset(metadata: Mapping[str, Json], field: str, kind: AssetKind) -> str | None:
    value = metadata.get(field)
    if value is None:
        return None
    return _reference(field, value, kind)


def _reference(field: str, value: Json, kind: AssetKind) -> str:
    if isinstance(value, str) and asset_kind(value) == kind:
        return value
    is_other = asset_kind(value) is not None
    must_be = f"a reference to a {kind} (asset:…), as POST /pipeline/assets answers with"
    raise _bad(field, f"{must_be}; this is a {asset_kind(value)}" if is_other else must_be)


def _pictures(metadata: Mapping[str, Json]) -> tuple[str, ...]:
    """Pictures in the order in which they are to be seen; one alone needs no list."""
    value = metadata.get("pictures")
    listed = [] if value is None else value if isinstance(value, list) else [value]
    if len(listed) > _MOST_PICTURES:
        raise _bad("pictures", f"a list of at most {_MOST_PICTURES} pictures")
    return tuple(_reference("pictures", one, "picture") for one in listed)


def _colours(metadata: Mapping[str, Json]) -> tuple[str, ...]:
    """A brand's colours, the most important first: a list, or a text with spaces or commas between them."""
    must_be = f"1 to {_MOST_COLOURS} colours such as #FF6600"
    value = metadata.get("colours")
    if value is None:
        return ()
    listed = re.split(r"[\s,;]+", value.strip(), maxsplit=_MOST_COLOURS) if isinstance(value, str) else value
    if not isinstance(listed, list) or not 0 < len(listed) <= _MOST_COLOURS:
        raise _bad("colours", must_be)
    found = [_COLOUR.fullmatch(one) if isinstance(one, str) else None for one in listed]
    digits = [match[1] for match in found if match]
    if len(digits) < len(listed):
        raise _bad("colours", must_be)
    return tuple(f"#{one if len(one) == 6 else ''.join(digit * 2 for digit in one)}".upper() for one in digits)


def _title(metadata: Mapping[str, Json]) -> str | None:
    value = _text_or_off(metadata, "title")
    if value is not None and (len(value) > _LONGEST_TITLE or not any(map(str.isalnum, value))):
        raise _bad("title", f"off, or a text of at most {_LONGEST_TITLE} characters with a letter or a digit")
    return value


def _lines(metadata: Mapping[str, Json], field: str) -> tuple[str, ...]:
    """Lines of the brief; one alone needs no list."""
    value = metadata.get(field)
    listed = [] if value is None else value if isinstance(value, list) else [value]
    lines = [one for one in listed if isinstance(one, str) and len(one) <= _LONGEST_LINE and any(map(str.isalnum, one))]
    if len(lines) < len(listed) or len(lines) > _MOST_LINES:
        raise _bad(field, f"a list of at most {_MOST_LINES} lines of the brief, of at most {_LONGEST_LINE} characters")
    return tuple(dict.fromkeys(lines))


def _pictograms(metadata: Mapping[str, Json]) -> tuple[str, ...]:
    """The names of the pictograms that are not used; one alone needs no list, and `false` means "off"."""
    value = metadata.get("pictograms")
    value = OFF if value is False else value
    listed = [] if value is None else value if isinstance(value, list) else [value]
    names = [one for one in listed if isinstance(one, str) and 0 < len(one) <= _LONGEST_TEXT]
    if len(names) < len(listed) or len(names) > _MOST_PICTOGRAMS:
        raise _bad("pictograms", f"off, or a list of at most {_MOST_PICTOGRAMS} names that a preview shows")
    return tuple(names)


def _seed(metadata: Mapping[str, Json]) -> str | None:
    value = metadata.get("seed")
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**_LONGEST_SEED:
        return str(value)
    if value is not None and (not isinstance(value, str) or not 0 < len(value) <= _LONGEST_TEXT):
        raise _bad("seed", f"a text of at most {_LONGEST_TEXT} characters or a whole number of {_LONGEST_SEED} digits")
    return value


def _priority(metadata: Mapping[str, Json]) -> str | int | None:
    priority = metadata.get("priority")
    if priority is None:
        return None
    if isinstance(priority, str) and len(priority) <= _LONGEST_TEXT:
        return priority
    if isinstance(priority, int) and not isinstance(priority, bool):
        return priority
    raise _bad("priority", f"a whole number or a text of at most {_LONGEST_TEXT} characters")


def _number(metadata: Mapping[str, Json], field: str, must_be: str) -> float | None:
    value = metadata.get(field)
    if value is None:
        return None
    # bool is a subclass of int, and an int of 400 digits is valid JSON that float() cannot take.
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
