# ruff: noqa: RUF001 -- the punctuation of scripts is meant
"""The lines of a screenplay or of a script with times, as the parts of a brief. Pure."""

import re
from collections.abc import Sequence

from service.pipelines.film.script.learnt import purposes
from service.pipelines.film.script.learnt.addressee import Row
from service.pipelines.film.script.lines import labels
from service.pipelines.film.script.lines.markup import Line
from service.pipelines.film.script.lines.parts import Part, of_sentences
from service.pipelines.film.script.pasted import screenplay
from service.pipelines.film.script.writing import tokens
from service.pipelines.film.script.writing.tokens import Kind

_TIMECODE = re.compile(
    r"^\s*[\[(]?\d{1,2}:\d\d(?:\s?[-–—]\s?\d{1,2}:\d\d)?[\])]?\s*(?:(?:sec|secs|s)\b(?!\$))?\s*[-–—:|]?\s*(?=\S)",
    re.IGNORECASE,
)
_TIME_SPAN = re.compile(r"^\s*[\[(]?(\d{1,2}):(\d\d)\s?[-–]\s?(\d{1,2}):(\d\d)(?!\d)", re.MULTILINE)
_SECONDS = re.compile(
    r"^\s*(?:[\[(]\d{1,3}\s?[-–]\s?\d{1,3}\s?s(?:ec(?:onds)?)?[\])]|\d{1,3}\s?[-–]\s?\d{1,3}\s?s(?:ec(?:onds)?)?(?!\w)(?=\s*[-–:|]|\s+[A-Z]))"
    r"\s*[-–:|]?\s*",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"^\s*[\[(]\d{1,2}:\d\d")
_FEWEST_SPANS = 2
_FEWEST_SHOWN = 2
"""Cards of a script that tells by them alone."""
_TO_MAKERS, _UNDER_A_SHOT = 0.8, 0.97
"""From this chance on, a line of a script without a label is for the film's makers, and one right under what is seen in
a shot."""


def untimed(line: str) -> str:
    """Return a line of a script without the times that it begins with."""
    is_timed = _TIME_SPAN.match(line) or _SECONDS.match(line)
    return _SECONDS.sub("", _TIMECODE.sub("", line)) if is_timed else line


def without_times(line: str) -> str:
    """Return a line of running text without a time in brackets or in seconds at its start."""
    bare = _SECONDS.sub("", line)
    return _TIMECODE.sub("", bare) if bare != line or _BRACKETED.match(line) else bare


def seconds(content: str) -> float | None:
    """Return the end of the last of a script's times ("[0:00-0:03]"), if the first begins at nought."""
    spans = [[int(figure) for figure in span.groups()] for span in _TIME_SPAN.finditer(content)]
    if len(spans) < _FEWEST_SPANS or spans[0][:2] != [0, 0]:
        return None
    return float(max(60 * minutes + rest for _, _, minutes, rest in spans))


def of_screenplay(lines: Sequence[Line]) -> list[Part]:
    """Return the parts of a screenplay."""
    parts: list[Part] = []
    is_spoken = is_slug = False
    written = [_SECONDS.sub("", _TIMECODE.sub("", line.text)) for line in lines]
    is_for_makers = purposes.lines_to_makers([Row.of(screenplay.spoken(words) or words) for words in written])
    has_speakers = screenplay.has_speakers(written)
    for line, plain, chance in zip(lines, written, is_for_makers, strict=True):
        words = line.text
        bare = words if labels.name_of(words) else plain
        use, said = screenplay.labelled(bare)
        use, said = (use, said) if use else labels.labelled(bare)
        spoken = screenplay.spoken(bare)
        heard = screenplay.heard(bare)
        is_under, is_slug = is_slug, screenplay.is_slug(words)
        if is_slug or screenplay.is_aside(words) or screenplay.is_pictured(bare) or heard == "":
            parts.append(Part("direction", words))
        elif heard and chance < _TO_MAKERS:
            parts += of_sentences("say", heard)
        elif use is not None:
            parts += of_sentences(use, said)
            is_spoken = False
        elif line.is_note:
            parts.append(Part("source", words))
        elif is_spoken or (spoken and chance < _TO_MAKERS):
            parts += of_sentences("say", spoken or bare)
            is_spoken = False
        elif chance < (_UNDER_A_SHOT if is_under else _TO_MAKERS) and (not has_speakers or _says_where(bare)):
            parts += of_sentences("say", bare)
        else:
            # A line without a label, after no speaker's name, describes the picture.
            parts.append(Part("direction", bare))
            is_spoken = screenplay.is_cue(words)
    shown = sum(part.use == "show" for part in parts)
    is_told = shown >= _FEWEST_SHOWN or any(part.use in {"say", "list"} for part in parts)
    return parts if is_told else _told(parts)


def _says_where(line: str) -> bool:
    """Say whether a line of a script without a label says where to turn, which describes no picture."""
    where = {Kind.ADDRESS, Kind.TELEPHONE, Kind.PLACE}
    return any(token.kind in where for token in tokens.find(line))


def _told(parts: Sequence[Part]) -> list[Part]:
    """The parts of a script in which nobody speaks: what its scenes tell is said."""
    found: list[Part] = []
    for part in parts:
        shown, said = screenplay.told(part.text) if part.use == "direction" else ([], "")
        found += [*(Part("show", words) for words in shown), *(of_sentences("say", said) if said else [])]
        found += [] if shown or said else [part]
    return found
