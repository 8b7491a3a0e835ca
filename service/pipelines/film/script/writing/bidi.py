"""In which order words are written in a line that has words of both directions: UAX #9, applied to whole words. Pure.

Latin names inside Arabic or Hebrew keep the order of their words, and so do the numbers after them; brackets of words
without letters face the way of the line.
"""

import unicodedata
from collections.abc import Sequence
from itertools import groupby
from typing import Literal, TypeAlias

Direction: TypeAlias = Literal["ltr", "rtl"]

MARK = "\u200f"
"""Before a word without letters, in a text that is written from right to left, so that its brackets are mirrored."""
_ENOUGH = 0.3
"""Share of a text's letters that must be of a script written from right to left for all of it to be so: an Arabic brief
may begin with a Latin name."""


def is_rtl(words: str) -> bool:
    """Say whether a text is written from right to left, by the letters of all of it."""
    directions = [unicodedata.bidirectional(character) for character in words]
    rightmost = sum(direction in {"R", "AL"} for direction in directions)
    return rightmost > 0 and rightmost >= _ENOUGH * (rightmost + directions.count("L"))


def marked(words: Sequence[str]) -> list[str]:
    """Return the words of a text, those without letters with the `MARK` if the text is written from right to left."""
    rtl = is_rtl(" ".join(words))
    return [f"{MARK}{word}" if rtl and _direction(word) is None else word for word in words]


def order(words: Sequence[str], *, rtl: bool) -> list[int]:
    """Return the indices of a line's words from left to right."""
    base: Direction = "rtl" if rtl else "ltr"
    resolved = _resolved([_direction(word) for word in words], words, base)
    runs = [[index for index, _ in run] for _, run in groupby(enumerate(resolved), lambda pair: pair[1])]
    visual = [run if resolved[run[0]] == "ltr" else run[::-1] for run in runs]
    return [index for run in (visual[::-1] if rtl else visual) for index in run]


def _resolved(directions: Sequence[Direction | None], words: Sequence[str], base: Direction) -> list[Direction]:
    """The direction of each word. A number has that of the word before it (rules W7 and N1), and marks that of the
    words on both sides of them or the line's. Numbers in a row are a telephone number, whose groups stay in order."""
    numbers = [False, *(_is_number(word) for word in words), False]
    found: list[Direction] = []
    for index, direction in enumerate(directions):
        before = found[-1] if found else base
        after = next((later for later in directions[index + 1 :] if later), base)
        is_number = numbers[index + 1]
        in_a_row = is_number and (numbers[index] or numbers[index + 2])
        found.append("ltr" if in_a_row else direction or (before if is_number or before == after else base))
    return found


def _is_number(word: str) -> bool:
    return _direction(word) is None and any(map(str.isdigit, word))


def _direction(word: str) -> Direction | None:
    """The direction of a word's first letter, or None if it has none."""
    strong = (unicodedata.bidirectional(character) for character in word if character != MARK)
    first = next((direction for direction in strong if direction in {"L", "R", "AL"}), None)
    return None if first is None else "ltr" if first == "L" else "rtl"
