"""What was spent: on which day, by which user, on which preset, in which stage, with which provider and model."""

import argparse
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from service import queries
from service.cli import target
from service.cli.handling import Progress
from service.cli.options import DATABASE, LIMIT, Command, Option, time_or_day
from service.cli.terminal import OK, print_json, print_note, print_table
from service.queries import Spent

FIGURES = ("ORDERS", "USD", "UNKNOWN", "UNKNOWN USD")
DAYS = 30
"""What `spend` looks back without --since."""


def spend(options: argparse.Namespace) -> int:
    """Print what was spent, one line for each day (or what --by names), with the orders whose fate is unknown."""
    by = tuple(dict.fromkeys(options.by or ("day",)))
    now = datetime.now(UTC)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    since = options.since or today - timedelta(days=DAYS - 1)
    until = options.until or now + timedelta(minutes=1)
    with target.database(options) as engine, Progress() as progress:
        sums = queries.spent(
            engine,
            by,
            since=since,
            until=until,
            user_id=options.user,
            preset=options.preset,
            going_on=progress.found,
        )
    lines = _sorted(sums, by)
    total = Spent()
    for one in sums.values():
        total.add(asdict(one))
    if options.json:
        rows = [{**dict(zip(by, key, strict=True)), **_rounded(one)} for key, one in lines]
        print_json({"since": since.isoformat(), "until": until.isoformat(), "spent": rows, "total": _rounded(total)})
        return OK
    shown = lines[: options.limit] if options.limit else lines
    rest = "" if len(shown) == len(lines) else f"{len(lines):,} in all"
    table = [*((*key, *_figures(one)) for key, one in shown), ("total", *(rest,) * (len(by) - 1), *_figures(total))]
    print_table((*(name.upper() for name in by), *FIGURES), table)
    if len(shown) < len(lines):
        print_note(f"There are more: {len(lines) - len(shown):,} lines are left out; --json prints all.")
    return OK


def _sorted(sums: Mapping[tuple[str, ...], Spent], by: tuple[str, ...]) -> list[tuple[tuple[str, ...], Spent]]:
    """By day if it is split by day, then by what costs most."""
    days = by.index("day") if "day" in by else None
    return sorted(sums.items(), key=lambda one: ("" if days is None else one[0][days], -one[1].usd, one[0]))


def _figures(one: Spent) -> tuple[object, ...]:
    return one.orders, f"{one.usd:.4f}", one.unknown_orders or "", f"{one.unknown_usd:.4f}" if one.unknown_usd else ""


def _rounded(one: Spent) -> dict[str, object]:
    return {name: round(value, 6) if isinstance(value, float) else value for name, value in asdict(one).items()}


COMMAND = Command(
    "spend",
    spend,
    "print what was spent by day, user, preset, stage, provider or model",
    (
        Option(
            "--by",
            action="append",
            choices=("day", "user", "preset", "stage", "provider", "model"),
            help="what to split it by (default: day); may be repeated",
        ),
        Option(
            "--since",
            type=time_or_day,
            metavar="TIME",
            help=f"ordered since this time (default: {DAYS} days ago)",
        ),
        Option("--until", type=time_or_day, metavar="TIME", help="ordered before this time (default: now)"),
        Option("--user", metavar="ID", help="for this user's jobs"),
        Option("--preset", help="for jobs with this preset"),
        Option("--limit", metavar="N", type=LIMIT, help="at most this many lines (default: all)"),
        *DATABASE,
    ),
)
