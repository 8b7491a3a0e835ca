"""Set words into a box: as large as they fit, in balanced lines, never beyond its edges. Pure: what measures words is
passed in."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from service.pipelines.film.script.writing import bidi, text
from service.pipelines.film.studio import hyphens

_STRONGER = 6
"""How many letters the parts of a word may differ more in length, for a better place to divide it."""

Measure: TypeAlias = Callable[[str, int], float]
"""Returns the width in pixels of a word at a size."""
Glue: TypeAlias = Callable[[str, str, int], float]
"""Returns the space in pixels between two words at a size."""


@dataclass(frozen=True, slots=True)
class TextBox:
    """Where and how words may be set: the box's width and height in pixels, the largest and smallest size, and the
    leading (the distance between lines) as a multiple of the size. Words are only divided at their joints and between
    syllables at sizes up to `divide_from`, and between any letters at sizes up to `cut_from`; None is half the largest
    for both."""

    width: int
    height: int
    largest: int
    smallest: int
    leading: float = 1.14
    most_lines: int = 8
    cut_from: int | None = None
    divide_from: int | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """`lines` of words at one `size`. `whole` is False if words had to be left out."""

    size: int
    lines: tuple[tuple[str, ...], ...]
    leading: float
    whole: bool = True

    @property
    def height(self) -> float:
        """From the top of the first line to the bottom of the last, in pixels."""
        return len(self.lines) * self.size * self.leading


def fit(words: Sequence[str], box: TextBox, measure: Measure, glue: Glue) -> Block:
    """Set the words at the largest size at which their lines fit the box.

    Words are cut in pieces only if the text would become too small otherwise, and left out, with "…" in their place,
    only if they do not fit at the smallest size.
    """
    cut_from = max(box.smallest, box.cut_from or box.largest // 2)
    divide_from = max(cut_from, box.divide_from or 0)
    size = box.largest
    while size > box.smallest:
        pieces = _divided(words, box.width, size, measure) if size <= divide_from else list(words)
        pieces = _cut(pieces, box.width, size, measure) if size <= cut_from else pieces
        lines = _lines(pieces, box.width, size, measure, glue)
        if lines is not None and _fits(lines, box, size):
            even = _balanced(pieces, lines, size=size, width=box.width, measure=measure, glue=glue)
            return Block(size, even, box.leading)
        size = max(box.smallest, int(size * 0.94))
    pieces = _cut(_divided(words, box.width, size, measure), box.width, size, measure)
    lines = _lines(pieces, box.width, size, measure, glue) or []
    if _fits(lines, box, size):
        return Block(size, tuple(tuple(line) for line in lines), box.leading)
    room = max(1, min(box.most_lines, int(box.height / (size * box.leading))))
    kept = [list(line) for line in lines[:room]]
    kept[-1] = _with_dots(kept[-1], box.width, size, measure, glue)
    return Block(size, tuple(tuple(line) for line in kept), box.leading, whole=False)


def line_width(line: Sequence[str], size: int, measure: Measure, glue: Glue) -> float:
    """Return the width of a line in pixels, spaces included."""
    spaces = sum(glue(left, right, size) for left, right in pairwise(line))
    return sum(measure(word, size) for word in line) + spaces


def offsets(line: Sequence[str], size: int, measure: Measure, glue: Glue, *, rtl: bool) -> list[float]:
    """Return where each word of a line starts, in pixels from the line's left edge."""
    found = [0.0] * len(line)
    pen, before = 0.0, -1
    for index in bidi.order(line, rtl=rtl):
        if before >= 0:
            pen += glue(line[min(before, index)], line[max(before, index)], size)
        found[index] = pen
        pen += measure(line[index], size)
        before = index
    return found


def _fits(lines: Sequence[Sequence[str]], box: TextBox, size: int) -> bool:
    return len(lines) <= box.most_lines and len(lines) * size * box.leading <= box.height


def _lines(words: Sequence[str], width: float, size: int, measure: Measure, glue: Glue) -> list[list[str]] | None:
    """The words in as few lines as possible; None if a word is wider than a line."""
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
    """The words in as many lines, of lengths as equal as possible, so that no word stands alone at the end."""
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


def _divided(words: Sequence[str], width: int, size: int, measure: Measure) -> list[str]:
    """The words, with those wider than a line in two parts that fit, or in more between joints, if there are such."""
    found: list[str] = []
    for word in words:
        pairs = [_parts(word, place) for place in hyphens.breaks(word)] if measure(word, size) > width else []
        fitting = [pair for pair in pairs if all(measure(part, size) <= width for part in pair[:2])]
        beginning = [pair for pair in pairs if pair[2] == hyphens.JOINT and measure(pair[0], size) <= width]
        if fitting:
            left, right, _ = min(fitting, key=lambda pair: abs(len(pair[0]) - len(pair[1])) - _STRONGER * pair[2])
            found += [left, right]
        elif beginning:
            left, right, _ = beginning[-1]
            found += [left, *_divided([right], width, size, measure)]
        else:
            found.append(word)
    return found


def _parts(word: str, place: hyphens.Break) -> tuple[str, str, int]:
    """A word divided at a place, and how strong that is."""
    return word[: place.at] + ("-" if place.hyphen else ""), word[place.at :], place.stronger


def _cut(words: Sequence[str], width: int, size: int, measure: Measure) -> list[str]:
    """The words, with those wider than a line cut in pieces that fit, and hyphens where letters are separated."""
    found: list[str] = []
    for word in words:
        if measure(word, size) <= width:
            found.append(word)
            continue
        piece = ""
        for cluster in _clusters(word):
            if piece and measure(piece + cluster + "-", size) > width:
                found.append(piece + ("-" if _hyphenates(piece[-1]) and _hyphenates(cluster[0]) else ""))
                piece = ""
            piece += cluster
        found.append(piece)
    return [piece for piece in found if piece]


def _hyphenates(letter: str) -> bool:
    """Say whether words of the letter's script are divided with a hyphen."""
    return letter.isalpha() and unicodedata.name(letter, "").startswith(("LATIN", "GREEK", "CYRILLIC", "ARMENIAN"))


def _clusters(word: str) -> list[str]:
    """The letters of a word, each with the marks and joiners that belong to it."""
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
    """As much of a line as fits with "…" at its end."""
    while line:
        dotted = [*line[:-1], line[-1].rstrip(".,;:-") + "…"]
        if line_width(dotted, size, measure, glue) <= width:
            return dotted
        clusters = _clusters(line[-1])
        line = [*line[:-1], "".join(clusters[:-1])] if len(clusters) > 1 else line[:-1]
    return ["…"]


def word_of_each(words: Sequence[str], lines: Sequence[Sequence[str]]) -> list[int]:
    """Return, for each piece in the lines, the index of the word that it is or was cut from."""
    found: list[int] = []
    word, rest = 0, words[0]
    for piece in (piece for line in lines for piece in line):
        found.append(min(word, len(words) - 1))
        # A hyphen is the word's own, or was set where it was divided.
        whole = piece if rest.startswith(piece) else piece.rstrip("-…")
        rest = rest[len(whole) or 1 :]
        if not rest:
            word += 1
            rest = words[word] if word < len(words) else ""
    return found


def words_of(wording: str) -> list[str]:
    """Return the words of a text as they are set, or one empty word if it has none."""
    return bidi.marked(text.words(wording)) or [""]
