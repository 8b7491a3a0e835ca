"""Words set into a box: as large as they fit, in balanced lines, and never over its edge. Pure but for measuring."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from service.pipelines.film.script import text

Measure: TypeAlias = Callable[[str, int], float]
"""The width in pixels of a word at a size."""
Glue: TypeAlias = Callable[[str, str, int], float]
"""The space in pixels between two words at a size."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How words may be set: the box in pixels, the largest and smallest size, and the lines' distance in sizes. A word
    is cut in pieces at sizes up to `cut_from` only; None is half the largest."""

    width: int
    height: int
    largest: int
    smallest: int
    leading: float = 1.14
    most_lines: int = 8
    cut_from: int | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """`lines` of words at one `size`. `whole` is False where words had to be left out."""

    size: int
    lines: tuple[tuple[str, ...], ...]
    leading: float
    whole: bool = True

    @property
    def height(self) -> float:
        """From the first line's top to the last one's bottom, in pixels."""
        return len(self.lines) * self.size * self.leading


def fit(words: Sequence[str], setting: Setting, measure: Measure, glue: Glue) -> Block:
    """The words at the largest size at which their lines fit the box.

    A word is cut in pieces only where the text would else become too small; words are left out, with "…" in their
    place, only where they do not fit at the smallest size.
    """
    cut_from = max(setting.smallest, setting.cut_from or setting.largest // 2)
    size = setting.largest
    while size > setting.smallest:
        pieces = _cut(words, setting.width, size, measure) if size <= cut_from else list(words)
        lines = _lines(pieces, setting.width, size, measure, glue)
        if lines is not None and _fits(lines, setting, size):
            even = _balanced(pieces, lines, size=size, width=setting.width, measure=measure, glue=glue)
            return Block(size, even, setting.leading)
        size = max(setting.smallest, int(size * 0.94))
    pieces = _cut(words, setting.width, size, measure)
    lines = _lines(pieces, setting.width, size, measure, glue) or []
    if _fits(lines, setting, size):
        return Block(size, tuple(tuple(line) for line in lines), setting.leading)
    room = max(1, min(setting.most_lines, int(setting.height / (size * setting.leading))))
    kept = [list(line) for line in lines[:room]]
    kept[-1] = _with_dots(kept[-1], setting.width, size, measure, glue)
    return Block(size, tuple(tuple(line) for line in kept), setting.leading, whole=False)


def line_width(line: Sequence[str], size: int, measure: Measure, glue: Glue) -> float:
    spaces = sum(glue(left, right, size) for left, right in pairwise(line))
    return sum(measure(word, size) for word in line) + spaces


def _fits(lines: Sequence[Sequence[str]], setting: Setting, size: int) -> bool:
    return len(lines) <= setting.most_lines and len(lines) * size * setting.leading <= setting.height


def _lines(words: Sequence[str], width: float, size: int, measure: Measure, glue: Glue) -> list[list[str]] | None:
    """The words in as few lines as hold them; None where one is wider than a line."""
    lines: list[list[str]] = []
    used = 0.0
    for word in words:
        advance = measure(word, size)
        if advance > width:
            return None
        gap = glue(lines[-1][-1], word, size) if lines else 0.0
        if lines and used + gap + advance <= width:
            lines[-1].append(word)
            used += gap + advance
        else:
            lines.append([word])
            used = advance
    return lines


def _balanced(
    words: Sequence[str], lines: list[list[str]], *, size: int, width: int, measure: Measure, glue: Glue
) -> tuple[tuple[str, ...], ...]:
    """The same number of lines, as equal in length as they get: no word alone at the end."""
    narrow, best = width * 0.3, lines
    wide = float(width)
    for _ in range(9):
        middle = (narrow + wide) / 2
        tried = _lines(words, middle, size, measure, glue)
        if tried is not None and len(tried) == len(lines):
            best, wide = tried, middle
        else:
            narrow = middle
    return tuple(tuple(line) for line in best)


def _cut(words: Sequence[str], width: int, size: int, measure: Measure) -> list[str]:
    """The words, those wider than a line in pieces that fit, with hyphens where letters are parted."""
    found: list[str] = []
    for word in words:
        if measure(word, size) <= width:
            found.append(word)
            continue
        piece = ""
        for cluster in _clusters(word):
            if piece and measure(piece + cluster + "-", size) > width:
                found.append(piece + ("-" if piece[-1].isalpha() and cluster[0].isalpha() else ""))
                piece = ""
            piece += cluster
        found.append(piece)
    return [piece for piece in found if piece]


def _clusters(word: str) -> list[str]:
    """Letters with the marks and joiners that belong to them."""
    found: list[str] = []
    for character in word:
        joins = unicodedata.category(character)[0] == "M" or character in "\u200c\u200d"
        joined = bool(found) and found[-1].endswith("\u200d")
        if found and (joins or joined):
            found[-1] += character
        else:
            found.append(character)
    return found


def _with_dots(line: list[str], width: int, size: int, measure: Measure, glue: Glue) -> list[str]:
    while line:
        dotted = [*line[:-1], line[-1].rstrip(".,;:-") + "…"]
        if line_width(dotted, size, measure, glue) <= width:
            return dotted
        clusters = _clusters(line[-1])
        line = [*line[:-1], "".join(clusters[:-1])] if len(clusters) > 1 else line[:-1]
    return ["…"]


def words_of(wording: str) -> list[str]:
    """What can be set: the words of a text, at least one."""
    return text.words(wording) or [""]
