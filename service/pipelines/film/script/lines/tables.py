# ruff: noqa: RUF001 -- the letters of other languages are meant
"""Tables of a brief as lines of a list. Those of scripts are read before (`columns`). Pure."""

import re
from collections.abc import Sequence
from itertools import zip_longest

_CELLS = re.compile(r"^\s*\|(.+)\|\s*$")
_RULE = re.compile(r"^\s*\|?(?:\s*:?-{2,}:?\s*\|)+(?:\s*:?-{2,}:?\s*)?\s*$")
_FEWEST_PARTS = 2
_IS_HEARD = re.compile(
    r"(?:vo|v\.o\.|voice-?\s?over|voice|narrator|audio|sprecher|voix off|locución)\s*:", re.IGNORECASE
)
_IS_SHOWN = re.compile(r"(?:on[- ]?screen )?(?:text|graphics?|einblendung)\s*:\s*", re.IGNORECASE)
_BARE_NUMBER = re.compile(r"^\d[\d.,]*$")
_LONGEST_UNIT = 14


def as_lines(written: Sequence[str]) -> list[str]:
    """Return the lines of a text with each of its tables as lines."""
    found: list[str] = []
    table: list[str] = []
    for raw in [*written, ""]:
        if _CELLS.match(raw) or (table and _RULE.match(raw)):
            table.append(raw)
            continue
        if table:
            found += _lines(table)
            table = []
        if raw:
            found += _of_a_row(raw) or [raw]
    return found


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
    return [f"- {', '.join(_with_units(row, header))}" for row in body if any(row)]


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
