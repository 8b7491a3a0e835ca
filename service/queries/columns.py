"""The columns that a row's dataclass names."""

from dataclasses import fields
from typing import Any

from sqlalchemy import ColumnElement, FromClause


def columns_of(row_type: type, table: FromClause) -> list[ColumnElement[Any]]:
    """Return the columns of `table` that the dataclass has fields for, by name."""
    return [table.c[field.name] for field in fields(row_type)]
