"""Pages of a long table by any filter, in milliseconds: a list goes along an index in its own order, and looks at a
bounded number of rows.

An index of some columns, then `created_at` and `id`, holds the rows of one value of these columns in the order of a
list: that is a *road*. A page goes along one road from the previous page's end. What the road's columns do not decide
is tested row by row, for at most `scan` rows: a page may therefore be short although there is a next one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, Select, Table, tuple_
from sqlalchemy.sql.expression import literal

from service import db

SCAN = 2_000
"""Rows that a page looks at: a few milliseconds."""

Place = tuple[datetime, Any]
"""A row's `created_at` and `id`: where it is on a road."""

_FIRST = datetime.min.replace(tzinfo=UTC)
_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Road:
    """An index of `table` on the columns of `equal`, then `created_at` and `id`. `only` is the index's predicate;
    `decides` names the conditions that it makes unnecessary."""

    table: Table
    equal: Mapping[str, object] = field(default_factory=dict)
    only: Sequence[ColumnElement[bool]] = ()
    decides: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """The part of a road that a page may use: `since` is inclusive, `until` exclusive, `after` the previous page's
    last row."""

    since: datetime | None = None
    until: datetime | None = None
    after: Place | None = None
    is_oldest_first: bool = False


def page(
    engine: Engine,
    columns: Select[Any],
    roads: Sequence[Road],
    rest: Mapping[str, ColumnElement[bool]],
    stretch: Stretch,
    *,
    limit: int,
    scan: int | None = None,
) -> tuple[Sequence[db.Row], Place | None]:
    """Return at most `limit` rows, and where the next page begins: None if there is none.

    `roads` are those that the filter allows, the most promising first. `rest` has a condition for each column of the
    filter; a road's own columns need none. `scan` is how many rows it may look at (`SCAN`). Raises
    `Unavailable`.
    """
    road, end = _shortest(engine, roads, rest, stretch, scan or SCAN)
    conditions = [*_bounds(road, stretch, end), *road.only, *_tested(road, rest)]
    # One more than requested says whether there is a next page.
    statement = columns.where(*conditions).order_by(*_order(road, stretch)).limit(limit + 1)
    rows = db.execute(engine, statement, {})
    if len(rows) > limit:
        last = rows[limit - 1]
        return rows[:limit], (last["created_at"], last["id"])
    return rows, end


def _shortest(
    engine: Engine, roads: Sequence[Road], rest: Mapping[str, ColumnElement[bool]], stretch: Stretch, scan: int
) -> tuple[Road, Place | None]:
    """Return a road, and the last row that may be looked at on it: None if it is short enough to go to its end. If all
    are longer, it is the first of them."""
    long: list[tuple[Road, Place]] = []
    for road in roads:
        if not _tested(road, rest):
            return road, None
        table = road.table
        places = table.select().with_only_columns(table.c.created_at, table.c.id)
        statement = places.where(*_bounds(road, stretch, None), *road.only).order_by(*_order(road, stretch))
        row = db.first(engine, statement.offset(scan - 1).limit(1), {})
        if row is None:
            return road, None
        long.append((road, (row["created_at"], row["id"])))
    return long[0]


def _tested(road: Road, rest: Mapping[str, ColumnElement[bool]]) -> list[ColumnElement[bool]]:
    return [condition for name, condition in rest.items() if name not in road.equal and name not in road.decides]


def _bounds(road: Road, stretch: Stretch, end: Place | None) -> list[ColumnElement[bool]]:
    """The stretch as comparisons of all the index's columns. With `=` for the first ones, the planner would be free to
    go along another index of the same order, and to read every row there."""
    low: Any = "" if road.table.c.id.type.python_type is str else 0
    oldest, newest = (stretch.since or _FIRST, low), (stretch.until or _LAST, low)
    key = _key(road)

    def at(place: Place) -> Any:
        values = [*road.equal.values(), *place]
        return tuple_(*(literal(value, column.type) for value, column in zip(values, _columns(road), strict=True)))

    if stretch.is_oldest_first:
        after, until = stretch.after, end
        lower = key > at(after) if after and after[0] >= oldest[0] else key >= at(oldest)
        return [lower, key <= at(until) if until else key < at(newest)]
    is_within = stretch.after is not None and stretch.after[0] < newest[0]
    upper = key < at(stretch.after if is_within and stretch.after else newest)
    return [upper, key >= at(end or oldest)]


def _columns(road: Road) -> list[ColumnElement[Any]]:
    return [road.table.c[name] for name in (*road.equal, "created_at", "id")]


def _key(road: Road) -> Any:
    return tuple_(*_columns(road))


def _order(road: Road, stretch: Stretch) -> list[ColumnElement[Any]]:
    return [column.asc() if stretch.is_oldest_first else column.desc() for column in _columns(road)]
