# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""Which lines of a brief are headings of those after them, and not sentences of it (`purposes`). Pure."""

from collections.abc import Sequence
from dataclasses import replace

from service.pipelines.film.script.learnt import purposes
from service.pipelines.film.script.learnt.addressee import Row
from service.pipelines.film.script.learnt.purposes import Purpose
from service.pipelines.film.script.lines.markup import Line
from service.pipelines.film.script.writing import tokens
from service.pipelines.film.script.writing.tokens import Kind

_SURE, _SURE_OF_SENTENCES = 0.45, 0.95
"""From where on a line is taken for a heading; and one that ends like a sentence, or has a price or a time."""
_LONGEST = 64
_SHORT, _FEW_WORDS = 40, 6
"""Letters and words of a line that is a heading if bullets follow it."""
_ENDS = (".", "!", "?", "…", "。", "！", "？", "؟", "।")
_FACTS = frozenset({Kind.PRICE, Kind.TIME, Kind.PERCENT})
_STOPS = ".!?…。！？؟।:：,;"


def marked(lines: Sequence[Line]) -> list[Line]:
    """Return the lines, with those that look like headings marked as such."""
    return [
        replace(line, looks_like_a_heading=True)
        if (
            chance >= (_SURE_OF_SENTENCES if _tells(line) else _SURE)
            and _is_plain(line)
            and not _is_of_a_list(lines, at)
        )
        or _is_over_bullets(lines, at)
        else line
        for at, (line, chance) in enumerate(zip(lines, chances(lines), strict=True))
    ]


def _tells(line: Line) -> bool:
    return line.text.endswith(_ENDS) or any(token.kind in _FACTS for token in tokens.find(line.text))


def _is_plain(line: Line) -> bool:
    return not (line.is_heading or line.is_item or line.is_step or line.is_note)


def _is_of_a_list(lines: Sequence[Line], at: int) -> bool:
    """Say whether a line begins with a figure, and so does one beside it: "4 eggs" under "225g caster sugar"."""
    beside = [lines[other].text for other in (at - 1, at + 1) if 0 <= other < len(lines)]
    return lines[at].text[:1].isdigit() and any(text[:1].isdigit() for text in beside)


def _is_over_bullets(lines: Sequence[Line], at: int) -> bool:
    """Say whether a line is a few words right over items with bullets, without a stop or a figure: "What you'll do",
    but not "Hall 3"."""
    line = lines[at]
    is_short = len(line.text) <= _SHORT and len(line.text.split()) <= _FEW_WORDS
    is_short = is_short and not _end(line) and not any(map(str.isdigit, line.text))
    if not (0 < at < len(lines) - 1 and _is_plain(line) and is_short):
        return False
    return lines[at + 1].is_item and not lines[at + 1].is_apart


def chances(lines: Sequence[Line]) -> list[float]:
    """Return how likely each line is a heading, 0 to 1. The last line is over nothing, and neither a long one nor one
    of two sentences is a heading."""
    rows = [Row.of(line.text, is_apart=line.is_apart) for line in lines]
    found = iter(purposes.of(rows))
    likely = [[float(next(found)[Purpose.HEAD]) for _ in row.sentences] for row in rows]
    return [
        chance[0] if len(chance) == 1 and at + 1 < len(lines) and len(line.text) <= _LONGEST else 0.0
        for at, (line, chance) in enumerate(zip(lines, likely, strict=True))
    ]


def _end(line: Line) -> str:
    end = line.text[-1:]
    return end if end in _STOPS else ""
