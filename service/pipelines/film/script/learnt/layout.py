# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""How the sentences of a brief are written: each by itself, in its line, and its line among the others. Lines of one
shape are a menu, a table or a chat, in any language. Pure.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log1p
from statistics import mean
from typing import Self

from service.pipelines.film.script.learnt.addressee import LABEL, Row
from service.pipelines.film.script.writing import tokens
from service.pipelines.film.script.writing.tokens import Kind

_MANY = 20
_STOPS, _COLONS, _QUOTES, _BRACKETS = ".!?。।", ":：", '"“«„「『', "([（【"
_DOTS = ("…", "...")
_WORDS = re.compile(r"[^\W\d_]+(?: [^\W\d_]+)*")
_DIGITS = re.compile(r"\d+")
_BEGINNING, _SHAPE = 24, 6
"""Letters of a line that its shape is made of, and signs of a shape."""
_LONG_LABEL = 20


@dataclass(frozen=True, slots=True)
class _Line:
    """How a line is written."""

    shape: str
    first: str
    letters: float
    label: str
    is_ended: bool

    @classmethod
    def of(cls, row: Row) -> Self:
        text = " ".join(row.sentences)
        label = LABEL.match(text)
        return cls(
            shape(text), text.partition(" ")[0].casefold(), log1p(len(text)), label[1] if label else "", _is_ended(text)
        )


def shape(line: str) -> str:
    """Return what kinds of signs a line begins with: "9:9 A" of "10:30 Doors open", and "- A" of "- Soup"."""
    return _WORDS.sub(_kind, _DIGITS.sub("9", line[:_BEGINNING]))[:_SHAPE]


def _kind(words: re.Match[str]) -> str:
    return "A" if words[0][0].isupper() else "a"


def _is_ended(text: str) -> bool:
    return text[-1:] in _STOPS


def of(rows: Sequence[Row]) -> Iterator[tuple[float, ...]]:
    """Yield how each sentence of a brief is written, as numbers."""
    lines = [_Line.of(row) for row in rows]
    count, at = sum(len(row.sentences) for row in rows), 0
    for row, of_line in zip(rows, _of_lines(rows, lines), strict=True):
        for within, sentence in enumerate(row.sentences):
            place = _place(at, count)
            yield (*_of_sentence(sentence), *_within(row, within), *place, *of_line)
            at += 1


def _place(at: int, count: int) -> tuple[float, ...]:
    after = count - 1 - at
    return (min(count, _MANY) / _MANY, at / count, after / count, float(at == 0), float(after == 0))


def _within(row: Row, at: int) -> tuple[float, ...]:
    """A sentence's place in its line."""
    is_first, is_last = at == 0, at == len(row.sentences) - 1
    return (float(row.is_apart and is_first), float(is_first), float(is_last))


def _of_sentence(sentence: str) -> tuple[float, ...]:
    """How a sentence is written by itself."""
    first, last = sentence[:1], sentence[-1:]
    letters = [letter for letter in sentence if letter.isalpha()]
    kinds = {token.kind for token in tokens.find(sentence)}
    return (
        log1p(len(sentence.split())) / 2,
        log1p(len(sentence)) / 3,
        float(last in _STOPS),
        float(last in _COLONS),
        float(sentence.endswith(_DOTS)),
        float(first.isupper()),
        float(first.isdigit()),
        float(not first.isalnum()),
        float(unicodedata.category(first or " ") == "So"),
        float(first in _BRACKETS),
        float(first in _QUOTES),
        float(sentence.isupper()),
        sum(map(str.isupper, letters)) / max(len(letters), 1),
        float(any(map(str.isdigit, sentence))),
        sum(map(str.isdigit, sentence)) / max(len(sentence), 1),
        float("?" in sentence or "？" in sentence),
        float("!" in sentence or "！" in sentence),
        float("|" in sentence or "\t" in sentence),
        float("," in sentence),
        float(any(mark in _BRACKETS for mark in sentence)),
        float(any(mark in _QUOTES for mark in sentence)),
        float(not kinds.isdisjoint(tokens.CONTACTS)),
        float(Kind.PRICE in kinds),
        float(Kind.TIME in kinds or Kind.DATE in kinds),
    )


def _of_lines(rows: Sequence[Row], lines: Sequence[_Line]) -> Iterator[tuple[float, ...]]:
    """Yield how each line is written, and how many of the others are written like it."""
    if not lines:
        return
    count = len(lines)
    shapes, firsts = Counter(line.shape for line in lines), Counter(line.first for line in lines)
    long = mean(line.letters for line in lines)
    ended, labelled = mean(line.is_ended for line in lines), mean(bool(line.label) for line in lines)
    apart = sum(row.is_apart for row in rows[1:]) / max(count - 1, 1)
    for at, (row, line) in enumerate(zip(rows, lines, strict=True)):
        yield (
            float(count == 1),
            log1p(count) / 3,
            ended,
            labelled,
            apart,
            float(at + 1 == count or rows[at + 1].is_apart),
            log1p(len(row.sentences)) / 2,
            (line.letters - long) / 3,
            float(line.is_ended),
            float(bool(line.label)),
            len(line.label) / _LONG_LABEL,
            float(at > 0 and lines[at - 1].shape == line.shape),
            float(at + 1 < count and lines[at + 1].shape == line.shape),
            shapes[line.shape] / count,
            log1p(shapes[line.shape]) / 2,
            2 * (firsts[line.first] - 1) / count,
            *(float(at == place) for place in (0, 1, count - 2, count - 1)),
        )
