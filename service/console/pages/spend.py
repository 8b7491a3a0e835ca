"""What the orders of providers cost, split by what they were for and who was paid; the dearest jobs; unknown orders."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from service import queries
from service.console.visits import Page, Shown, Visit
from service.queries.spend import Spent

SPANS = {"day": 1, "week": 7, "month": 30}
BY = ("day", "preset", "stage", "provider", "model")
"""Split together, because there are few of each; users, of whom there may be many, by themselves."""
MOST_ORDERS = 4_000
"""A page sums the newest orders, in a tenth of a second; the command line sums all."""
MOST = 20
"""Rows of each table."""


def show(visit: Visit) -> Shown:
    span = visit.args.get("span", "week")
    span = span if span in SPANS else "week"
    now = datetime.now(UTC)
    since = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=SPANS[span] - 1)
    engine = visit.parts.engine
    asked, since = since, queries.newest_orders(engine, since, most=MOST_ORDERS)
    sums = queries.spent(engine, BY, since=since, until=now)
    by_user = queries.spent(engine, ("user",), since=since, until=now)
    total = Spent()
    for one in sums.values():
        _add(total, one)
    tables = [(name, _by(sums, number, name)) for number, name in enumerate(BY)]
    return Shown(
        values={
            "span": span,
            "spans": list(SPANS),
            "since": since,
            "is_cut": since > asked,
            "total": total,
            "tables": [*tables, ("user", _by(by_user, 0, "user"))],
            "most": MOST,
            "dearest": queries.dearest_jobs(engine, since, limit=MOST),
            "unknown": queries.unknown_orders(engine, since, limit=MOST),
        }
    )


def _by(sums: Mapping[tuple[str, ...], Spent], place: int, name: str) -> list[tuple[str, Spent]]:
    """The sums by one of the names: days in their order, of the others those that cost the most."""
    found: dict[str, Spent] = {}
    for key, one in sums.items():
        _add(found.setdefault(key[place], Spent()), one)
    ranked = sorted(found.items(), key=lambda item: item[0] if name == "day" else (-item[1].usd, item[0]))
    return ranked[-31:] if name == "day" else ranked[:MOST]


def _add(to: Spent, one: Spent) -> None:
    to.orders += one.orders
    to.usd += one.usd
    to.unknown_orders += one.unknown_orders
    to.unknown_usd += one.unknown_usd


PAGE = Page(name="spend", show=show, title="Spend")
