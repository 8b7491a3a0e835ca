# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""Labels of a form in words that nobody listed ("Grupa docelowa:", "목적:"), as the known ones that mean the same, by
what they mean (`meaning`). Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache

from service.pipelines.film.script.learnt import meaning, purposes
from service.pipelines.film.script.learnt.addressee import Row
from service.pipelines.film.script.lines import labels
from service.pipelines.film.script.lines.markup import Line

_DIRECTIONS: Mapping[str, str] = {
    "goal": "Goal",
    "objective": "Goal",
    "purpose of the film": "Goal",
    "purpose": "Goal",
    "target audience": "Audience",
    "target group": "Audience",
    "target": "Audience",
    "viewers": "Audience",
    "tone": "Tone",
    "atmosphere": "Tone",
    "style": "Style",
    "mood": "Mood",
    "music": "Music",
    "length of the film": "Length",
    "aspect ratio": "Format",
    "format": "Format",
    "budget": "Budget",
    "deadline": "Deadline for the video",
    "mandatory elements": "Mandatories",
    "mandatory": "Mandatories",
    "must be included": "Mandatories",
    "do not show": "Avoid",
    "avoid": "Avoid",
    "prohibited": "Avoid",
    "things to avoid": "Avoid",
    "remarks": "Notes",
    "comments": "Notes",
    "wishes for the film": "Notes",
    "notes for the agency": "Notes",
    "requested by": "Notes",
    "approved by": "Notes",
    "filled in by": "Notes",
    "type of video": "Format",
    "voice-over": "Voice",
    "subtitles": "Notes",
    "visuals": "Visuals",
    "camera": "Camera",
}
"""What only a film's makers are told, with the label that says so."""
_TOLD: Mapping[str, str] = {
    "product": "Product",
    "client": "Client",
    "company": "Company",
    "key message": "Message",
    "main message": "Message",
    "slogan": "Slogan",
    "arguments": "Benefits",
    "benefits": "Benefits",
    "selling points": "Benefits",
    "call to action": "CTA",
    "event": "Event",
    "where": "Where",
    "place": "Place",
    "when": "When",
}
"""What is told without its label."""
_OTHERS = (
    *("price", "cost", "fee", "offer", "address", "time", "date", "opening hours", "name", "speaker", "programme"),
    *("ingredients", "weight", "size", "group size", "material", "warranty", "delivery", "tickets", "phone", "contact"),
    *(
        "website",
        "what is included",
        "discount",
        "who can join",
        "requirements",
        "salary",
        "rooms",
        "parking",
        "origin",
    ),
    *("capacity", "age", "service", "menu", "booking", "registration", "registration deadline", "group", "display"),
    *("duration of the course", "proof", "quote", "facts", "result", "problem", "solution", "languages"),
    *("title", "model", "quantity", "description", "subject", "destination", "noise level"),
)
"""What forms of anything say, which stays as it is."""
_NEAR, _NEAR_OF_TOLD = 0.6, 0.7
"""How near a label must be to one for the makers (57 of 66 that nobody listed are), and to one of what is told."""
_DOUBTS, _SURELY = 0.1, 0.68
"""The chance of being for the makers that its line must have ("Group: max ten" has less), if it is not this near."""
_BUDGET, _DEADLINE = "Budget", "Deadline for the video"
_FEWEST = 4
_MOST_WORDS = 5
_FIELD = re.compile(
    r"^(?P<name>[^\W\d_][^\d\n:：,;!?\"“«]{0,40}?)(?P<rest>\s*(?:\([^()\n]{1,30}\))?\s*[:：].*)$", re.DOTALL
)


def known(lines: Sequence[Line]) -> list[Line]:
    """Return the lines of a form with the known labels in the place of others that mean the same; those of any other
    text as they are."""
    fields = {at: found for at, line in enumerate(lines) if (found := _FIELD.match(line.text)) and _is_short(found)}
    names = Counter(found["name"].casefold() for found in fields.values())
    is_form = len(fields) >= _FEWEST and 2 * len(fields) > len(lines) and max(names.values()) == 1
    strange = [at for at, found in fields.items() if labels.labelled(f"{found['name']}: x", in_form=True)[0] is None]
    if not is_form or not strange:
        return list(lines)
    near = dict(zip(strange, likest(fields[at]["name"] for at in strange), strict=True))
    names_known = {at: found["name"].strip().capitalize() for at, found in fields.items() if at not in near}
    has_budget = _BUDGET in {*names_known.values(), *(name for name, _ in near.values())}
    likely = purposes.lines_to_makers([Row.of(line.text, is_apart=line.is_apart) for line in lines])
    told = {
        at: name
        for at, (name, nearness) in near.items()
        if name and _is_so(name, nearness, likely[at], has_budget=has_budget)
    }
    # Without a label for the makers it is a form of something else: a vacancy, a timetable.
    if not any(labels.labelled(f"{name}: x", in_form=True)[0] == "direction" for name in (names_known | told).values()):
        return list(lines)
    return [
        replace(line, text=f"{told[at]}{fields[at]['rest']}") if at in told else line for at, line in enumerate(lines)
    ]


def _is_short(found: re.Match[str]) -> bool:
    return len(found["name"].split()) <= _MOST_WORDS and any(map(str.isalnum, found["rest"]))


def _is_so(name: str, nearness: float, chance: float, *, has_budget: bool) -> bool:
    """Say whether a line with this label may be what it says. A date may be the viewers' as well."""
    if name == _DEADLINE:
        return has_budget or chance >= 1 - _DOUBTS
    return name in _TOLD.values() or nearness >= _SURELY or chance >= _DOUBTS


def likest(names: Iterable[str]) -> list[tuple[str, float]]:
    """Return, for each of some labels, the known one that means the same, or "", and how near it is, -1 to 1."""
    near = meaning.of([name.casefold() for name in names]) @ _known().T
    listed = [*_DIRECTIONS.items(), *_TOLD.items(), *((name, "") for name in _OTHERS)]
    found: list[tuple[str, float]] = []
    for row in near:
        at = int(row.argmax())
        enough = _NEAR if at < len(_DIRECTIONS) else _NEAR_OF_TOLD
        found.append((listed[at][1] if row[at] >= enough else "", float(row[at])))
    return found


@cache
def _known() -> meaning.Meanings:
    """What the labels that are listed mean."""
    return meaning.of([*_DIRECTIONS, *_TOLD, *_OTHERS])
