# ruff: noqa: RUF001 -- the letters of other languages are meant
"""Tables of a brief as lines of a list. Those of scripts are read before (`columns`). Pure."""

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest

_CELLS = re.compile(r"^\s*\|(.+)\|\s*$")
_RULE = re.compile(r"^\s*\|?(?:\s*:?-{2,}:?\s*\|)+(?:\s*:?-{2,}:?\s*)?\s*$")
_FEWEST_PARTS = 2
_IS_HEARD = re.compile(
    r"(?:vo|v\.o\.|voice-?\s?over|voice|narrator|audio|sprecher|voix off|locución)\s*:", re.IGNORECASE
)
_IS_SHOWN = re.compile(r"(?:on[- ]?screen )?(?:text|graphics?|einblendung)\s*:\s*", re.IGNORECASE)
_BARE_NUMBER = re.compile(r"^\d[\d.,]*$")
_YEAR = re.compile(r"(?:19|20)\d\d")
_FIGURE = re.compile(r"[^\w\s]{0,2}\d[\d.,\u202f ]*(?:\s?[^\w\s]{1,3}|\s?[^\W\d_]{1,3})?")
_FEWEST_FIGURES, _FEWEST_COLUMNS, _FEWEST_ROWS = 2, 3, 2
_LONGEST_UNIT = 14


def as_lines(written: Sequence[str]) -> list[str]:
    """Return the lines of a text with each of its tables as lines."""
    found: list[str] = []
    table: list[str] = []
    for raw in [*_ruled(written), ""]:
        if _CELLS.match(raw) or (table and _RULE.match(raw)):
            table.append(raw)
            continue
        if table:
            found += _lines(table)
            table = []
        if raw:
            found += _of_a_row(raw) or [raw]
    return found


def _ruled(written: Sequence[str]) -> Iterator[str]:
    """Yield the lines of a text, those of a table of figures whose first row names their columns (from a sheet: strokes
    or semicolons between the cells, and nothing around them) as they are in Markdown."""
    rows = [_cells(line) for line in written]
    at = 0
    while at < len(rows):
        end = at + 1
        if len(rows[at]) >= _FEWEST_COLUMNS and _names_columns(rows[at]):
            while end < len(rows) and len(rows[end]) == len(rows[at]) and _has_figures(rows[end]):
                end += 1
        if end - at > _FEWEST_ROWS:
            yield from map(_barred, [rows[at], ["---"] * len(rows[at]), *rows[at + 1 : end]])
            at = end
        else:
            yield written[at]
            at += 1


def _cells(line: str) -> list[str]:
    between = " | " if " | " in line else ";"
    return [cell.strip() for cell in line.split(between)]


def _names_columns(cells: Sequence[str]) -> bool:
    return all(cells[1:]) and not any(_BARE_NUMBER.match(cell) and not _YEAR.fullmatch(cell) for cell in cells[1:])


def _has_figures(cells: Sequence[str]) -> bool:
    return bool(cells[0]) and any(cells[1:]) and all(map(_FIGURE.fullmatch, filter(None, cells[1:])))


def _barred(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _of_a_row(line: str) -> list[str]:
    """A line of a script with strokes between what is seen and what is heard, as the lines of a screenplay; [] for any
    other."""
    parts = [part.strip() for part in line.split(" | ")]
    if len(parts) < _FEWEST_PARTS or not any(_IS_HEARD.match(part) for part in parts):
        return []
    # What has no label is a time, or describes the picture.
    return [_IS_SHOWN.sub("SUPER: ", part) if ":" in part.lstrip("0123456789:–-") else f"({part})" for part in parts]


def _lines(table: Sequence[str]) -> list[str]:
    has_header = len(table) > 2 and bool(_RULE.match(table[1]))
    rows = [[cell.strip() for cell in row.strip().strip("|").split("|")] for row in table if not _RULE.match(row)]
    header = [cell.strip("*_` ") for cell in rows[0]] if has_header else []
    body = rows[1:] if has_header else rows
    return [f"- {_row(row, header)}" for row in body if any(row)]


def _row(row: Sequence[str], header: Sequence[str]) -> str:
    """A row of a table: with two figures or more, each with the name of its column."""
    label, *cells = row
    names = header[1:] if len(header) == len(row) else []
    pairs = [(name, cell) for name, cell in zip(names, cells, strict=False) if cell and name]
    if label and len(pairs) == len(cells) >= _FEWEST_FIGURES and all(_FIGURE.fullmatch(cell) for _, cell in pairs):
        return f"{label}: {', '.join(f'{name} {cell}' for name, cell in pairs)}"
    return ", ".join(_with_units(row, header))


def _with_units(row: Sequence[str], header: Sequence[str]) -> list[str]:
    """The cells of a row; a bare number has the name of its column, if that is one short word."""
    cells = zip_longest(row, header[: len(row)], fillvalue="")
    return [
        f"{cell} {name.lower()}"
        if _BARE_NUMBER.match(cell) and name.isalpha() and len(name) <= _LONGEST_UNIT and name.lower().endswith("s")
        else cell
        for cell, name in cells
        if cell
    ]
