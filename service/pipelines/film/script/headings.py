# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""Which lines of a brief are headings of those after them, and not sentences of it: a weighted sum over how a line and
its neighbours are written, with weights learnt from marked briefs (`python -m lab.marked.learn`). Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from service.pipelines.film.script import addressee, labels, tokens, weights
from service.pipelines.film.script.markup import Line
from service.pipelines.film.script.weights import UNIT

WEIGHTS = Path(__file__).parent / "words" / "headings.xz"
SURE = 0.5
"""From here on a line is taken for a heading: half of them on briefs that nothing was learnt from, and 1 in 130 of the
other short lines, which is shown all the same."""
_LONGEST = 64
_SHORT, _FEW_WORDS = 40, 6
"""Letters and words of a line that is a heading if bullets follow it."""
_WORDS = (1, 2, 3, 4, 6, 9, 14)
_LETTERS = (12, 24, 40, 64, 100)
_STOPS = ".!?…。！？؟।:：,;"
_MANY = 4
_FIRST = 3


def marked(lines: Sequence[Line]) -> list[Line]:
    """Return the lines, with those that look like headings marked as such."""
    return [
        replace(line, looks_like_a_heading=True)
        if (chance >= SURE and _is_plain(line) and not _is_of_a_list(lines, at)) or _is_over_bullets(lines, at)
        else line
        for at, (line, chance) in enumerate(zip(lines, chances(lines), strict=True))
    ]


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
    """Return how likely each line is a heading, 0 to 1. The last line is over nothing, and a long one is none."""
    learnt = weights.read(WEIGHTS)
    return [
        weights.chance(weights.total(learnt, features(lines, at)) / UNIT) if can_be(lines, at) else 0.0
        for at in range(len(lines))
    ]


def can_be(lines: Sequence[Line], at: int) -> bool:
    """Say whether a line stands over another and is short enough for a heading."""
    return at + 1 < len(lines) and len(lines[at].text) <= _LONGEST


def features(lines: Sequence[Line], at: int) -> Iterator[str]:
    """Yield what is counted of a line, each as a name: its words, how it and its neighbours are written, its place."""
    line = lines[at]
    words = addressee.words_of(line.text)
    yield ""
    yield from {f"w {word}" for word in words[:6]}
    yield from (f"1 {words[0]}", f"0 {words[-1]}") if words else ()
    yield from (f"= {' '.join(words)}",) if len(words) <= _FIRST else ()
    yield from _written("", line)
    for name, there in (("<", at - 1), (">", at + 1), (">>", at + 2)):
        yield from _written(name, lines[there]) if 0 <= there < len(lines) else (f"{name} none",)
    after = lines[at + 1] if at + 1 < len(lines) else None
    yield from (f"p {min(at, _MANY)}", f"n {min(len(lines), 20) // 4}", f"a {min(len(lines) - at, _MANY)}")
    if after:
        yield f"r {min(round(2 * len(after.text) / (len(line.text) + 1)), 8)}"
        yield f"e {_end(line)} {_end(after)}"
        yield f"g {line.is_apart} {after.is_apart}"
    plain = sum(not _end(other) for other in lines)
    yield f"s {4 * plain // len(lines)} {_end(line)}"
    yield f"d {min(len(lines), 20) // _MANY} {sum(other.is_apart for other in lines) * 3 // len(lines)}"
    yield from (f"k {use}" for use in (labels.is_section(line.text), labels.labelled(f"{line.text}: x")[0]) if use)


def _written(where: str, line: Line) -> Iterator[str]:
    """What is counted of a line as it is written."""
    text = line.text
    yield f"{where}W {sum(len(text.split()) > count for count in _WORDS)}"
    yield f"{where}L {sum(len(text) > count for count in _LETTERS)}"
    yield f"{where}E {_end(line)}"
    yield from (f"{where}{name}" for name in ("isupper", "istitle") if getattr(text, name)())
    yield f"{where}B {text[:1].isupper()} {text[:1].isdigit()} {text[:1].isalnum()}"
    yield from (f"{where}K {kind}" for kind in {token.kind.name for token in tokens.find(text)})
    yield f"{where}I {line.is_item} {line.is_step} {line.is_heading}"
    yield f"{where}A {line.is_apart}"
    yield from (f"{where}M {mark}" for mark in ',|–—:?"“«' if mark in text)


def _end(line: Line) -> str:
    end = line.text[-1:]
    return end if end in _STOPS else ""
