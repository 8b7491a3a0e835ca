"""Look for a text in what people wrote."""

from sqlalchemy import ColumnElement, func

SEARCHED = 10_000
"""The characters of a brief that are searched, from its beginning: a brief may have millions, and one that is stored
out of line is then read only that far."""


def has_text(column: ColumnElement[str], words: str) -> ColumnElement[bool]:
    """Whether the beginning of `column` contains `words`, in upper or lower case."""
    return func.strpos(func.lower(func.substr(column, 1, SEARCHED)), func.lower(words)) > 0
