"""A sheet that its makers worked on: the film's words in it, without the columns for who wrote a line, whether it is
approved and how long it is ("# ; text ; who ; status"). All columns of a programme or a price list are for the viewers:
theirs have figures, or words that are about as long. Pure."""

import re
from collections.abc import Sequence
from itertools import takewhile
from statistics import fmean

from service.pipelines.film.script.lines import labels
from service.pipelines.film.script.writing import text

_SEPARATORS = ("\t", "|", ";")
_FEWEST_ROWS, _MOST_ROWS, _FEWEST_COLUMNS = 3, 60, 3
_LETTERS, _TIMES_LONGER = 16.0, 1.8
"""The average letters in a cell of the column that is told, and how many times longer it is than any other column."""
_WORDS_OF_A_HEADER, _LETTERS_OF_A_HEADER = 3, 24
_COUNT = re.compile(r"(?:[^\W\d_]{1,6}[ .-]?)?\d{1,3}[.):]?|[-\u2013\u2014#*\u2022]")
"""A row's number, with a word or a letter before it: "03", "b2", "Frame 4"."""
_MOST = 0.5
"""The share of a column's cells that say what it is for."""
_WIDE = 2
"""Letters that a letter of Chinese, Japanese or Korean stands for."""


def told(content: str) -> str:
    """Return a text, its tabs as they were typed, with the film's words in the place of each sheet of its makers."""
    lines = content.split("\n")
    kept: list[str] = []
    at = 0
    while at < len(lines):
        rows = next(
            (rows for by in _SEPARATORS if by in lines[at] and (rows := _rows(lines[at : at + 1 + _MOST_ROWS], by))), []
        )
        kept += rows or [lines[at]]
        at += 1 + len(rows)
    return "\n".join(kept)


def _rows(lines: Sequence[str], by: str) -> list[str]:
    """What the sheet says that lines begin with: a line for each row under that which names the columns; [] if there is
    none."""
    header = _cells(lines[0], by)
    if len(header) < _FEWEST_COLUMNS or not all(map(_may_name_a_column, header)):
        return []
    rows = [_cells(line, by) for line in takewhile(lambda line: by in line and line.strip(), lines[1:])]
    is_full = [len(row) == len(header) for row in rows]
    if len(rows) < _FEWEST_ROWS or any(len(row) > len(header) for row in rows) or sum(is_full) <= _MOST * len(rows):
        return []
    filled = tuple((*row, *[""] * (len(header) - len(row))) for row in rows)
    columns = list(zip(*filled, strict=True))
    lengths = [fmean(map(_letters, column)) for column in columns]
    longest = max(range(len(columns)), key=lengths.__getitem__)
    others = [column for place, column in enumerate(columns) if place != longest]
    is_longest = all(
        lengths[longest] >= _TIMES_LONGER * length for place, length in enumerate(lengths) if place != longest
    )
    is_of_makers = any(map(_counts, others)) or any(map(_repeats, others))
    if lengths[longest] < _LETTERS or not is_longest or not is_of_makers or any(map(_tells, others)):
        return []
    names = next(filter(_are_labels, others), [""] * len(rows))
    return list(map(_line, names, columns[longest]))


def _line(name: str, words: str) -> str:
    return f"{name}: {words}" if name and words and labels.labelled(f"{name}: x")[0] is not None else words


def _are_labels(column: Sequence[str]) -> bool:
    """Say whether most cells of a column say what their row is for: "Hook", "Look"."""
    known = [cell for cell in column if cell and labels.labelled(f"{cell}: x")[0] is not None]
    return len(set(known)) == len(known) > _MOST * len(column)


def _cells(line: str, by: str) -> tuple[str, ...]:
    bare = line.strip().strip("|") if by == "|" else line
    return tuple(cell.strip(" \t|") for cell in bare.split(by))


def _may_name_a_column(cell: str) -> bool:
    is_short = len(cell.split()) <= _WORDS_OF_A_HEADER and len(cell) <= _LETTERS_OF_A_HEADER
    return is_short and not any(map(str.isdigit, cell)) and not cell.endswith((".", "!", "?"))


def _letters(cell: str) -> int:
    return sum(_WIDE if text.wide(letter) else 1 for letter in cell)


def _counts(column: Sequence[str]) -> bool:
    return all(map(_COUNT.fullmatch, filter(None, column))) and any(column)


def _repeats(column: Sequence[str]) -> bool:
    """Say whether a column has few different words, such as who wrote a line and whether it is approved."""
    filled = [cell.casefold() for cell in column if cell]
    return len(filled) > _MOST * len(column) and len(set(filled)) <= _MOST * len(filled)


def _tells(column: Sequence[str]) -> bool:
    """Say whether most cells of a column have a figure for the viewers: a price, a time, a length."""
    return not _counts(column) and sum(any(map(str.isdigit, cell)) for cell in column) > _MOST * len(column)
