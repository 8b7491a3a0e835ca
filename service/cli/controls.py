"""`pause` and `resume` intake, and `users limits`: what single users may have. All through the database."""

import argparse
import re
import time
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from importlib import import_module
from typing import Any

from sqlalchemy import Engine

from service.cli import target
from service.cli.handling import operator_name
from service.cli.options import BY, DATABASE, LIMIT, WHY, Command, Option, whole_number
from service.cli.terminal import (
    FAILED,
    NO_ANSWER,
    OK,
    CommandFailed,
    print_json,
    print_line,
    print_table,
    printable,
    time_ago,
)
from service.config import MAX_LIMIT, Limits
from service.delivery.gate import KEEP_S
from service.operator import limits, pauses

SEND_S = 600.0
"""How long `resume` sends held jobs before it leaves the rest to the sweeps, which do it too."""
PAUSE_COLUMNS = ("PAUSED", "SINCE", "BY", "WHY")
LIMIT_COLUMNS = ("USER", "OPEN", "IN WORK", "USD A DAY", "SET", "BY", "WHY")


def pause(options: argparse.Namespace) -> int:
    """Pause intake, or list the pauses."""
    with target.database(options) as engine:
        if options.list:
            return _list_pauses(engine, as_json=options.json)
        scope, name = _scope(options)
        why = _why(options)
        touched = pauses.concerned(engine, scope, name)
        paused = pauses.pause(engine, scope, name, who=operator_name(options), why=why)
    if options.json:
        print_json({**_as_json(paused), "touches": None if touched is None else asdict(touched)})
        return OK
    jobs = f" {touched.pending} pending jobs wait, {touched.in_work} in work run on." if touched else ""
    print_line(printable(f"Paused: {_thing(scope, name)}.{jobs} New ones are accepted and wait."))
    return OK


def resume(options: argparse.Namespace) -> int:
    """End a pause, and send the messages of the jobs that it held."""
    scope, name = _scope(options)
    why = _why(options)
    settings = target.settings(options)
    with target.database(options) as engine:
        ended = pauses.resume(engine, scope, name, who=operator_name(options), why=why)
        if ended is None:
            raise CommandFailed(f"There is no pause of {_thing(scope, name)}; `pause --list` shows what is paused.")
        # gRPC takes a second to import.
        publisher = import_module("service.delivery.pubsub").connect(settings)
        sending = import_module("service.delivery.held")
        # A process that has not read of it yet would hold what is sent once more.
        time.sleep(KEEP_S)
        sent = sending.send_held(
            engine, publisher, settings.topics, limits=settings.limits, until=time.monotonic() + SEND_S
        )
        left = sum(pauses.held_by_pauses(engine).values())
    if options.json:
        print_json({**_as_json(ended), "sent": len(sent.job_ids), "failed": sent.failed, "held": left})
    else:
        print_line(printable(f"Resumed: {_thing(scope, name)}. Jobs sent: {len(sent.job_ids)}."))
        if sent.failed:
            print_line(f"{sent.failed} messages could not be published now; the sweep will retry.")
        elif left:
            print_line(f"{left} jobs are still held; `pause --list` shows what is paused.")
    return FAILED if sent.failed else OK


def list_limits(options: argparse.Namespace) -> int:
    """Print the users that have limits of their own."""
    with target.database(options) as engine:
        found = limits.list_limits(engine, limit=options.limit)
    if options.json:
        print_json([_as_json(row) for row in found])
        return OK
    print_table(
        LIMIT_COLUMNS,
        [
            (row.user_id, row.open_jobs, row.jobs_in_work, row.usd_a_day, time_ago(row.set_at), row.set_by, row.why)
            for row in found
        ],
    )
    return OK


def set_limits(options: argparse.Namespace) -> int:
    """Give a user limits of its own."""
    given = Limits(open_jobs=options.open, jobs_in_work=options.in_work, usd_a_day=options.usd_a_day)
    if given == Limits():
        raise CommandFailed("Give at least one of --open, --in-work and --usd-a-day.", exit_code=NO_ANSWER)
    why = _why(options)
    with target.database(options) as engine:
        row = limits.set_limits(engine, options.user_id, given, who=operator_name(options), why=why)
        usage = limits.usage(engine, options.user_id)
    if options.json:
        print_json({**_as_json(row), "usage": usage})
        return OK
    said = ", ".join(
        f"{name} {'as set for all' if value is None else f'at most {value:g}'}"
        for name, value in (("open", row.open_jobs), ("in work", row.jobs_in_work), ("USD a day", row.usd_a_day))
    )
    has = f"{usage['open_jobs']} open, {usage['jobs_in_work']} in work, {usage['held']} held"
    print_line(printable(f"User {row.user_id}: {said}. Now: {has}."))
    return OK


def clear_limits(options: argparse.Namespace) -> int:
    """Let the settings hold for a user again."""
    why = _why(options)
    with target.database(options) as engine:
        was_there = limits.clear_limits(engine, options.user_id, who=operator_name(options), why=why)
    if not was_there:
        raise CommandFailed(f"User {options.user_id} has no limits of its own.")
    if options.json:
        print_json({"user_id": options.user_id, "cleared": True})
    else:
        print_line(printable(f"User {options.user_id}: as set for all."))
    return OK


def dollars(raw: str) -> float:
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,2})?", raw, re.ASCII):
        raise argparse.ArgumentTypeError(f"{raw!r} must be an amount such as 12.50")
    return float(raw)


def _list_pauses(engine: Engine, *, as_json: bool) -> int:
    found = pauses.list_pauses(engine)
    held = pauses.held_by_pauses(engine)
    if as_json:
        print_json({"pauses": [_as_json(row) for row in found], "held": held})
        return OK
    print_table(
        PAUSE_COLUMNS, [(_thing(row.scope, row.name), time_ago(row.since), row.paused_by, row.why) for row in found]
    )
    print_line(f"Jobs held by pauses: {sum(held.values())}.")
    return OK


def _scope(options: argparse.Namespace) -> tuple[str, str]:
    """What is paused or resumed: exactly one of the options."""
    names: Mapping[str, str | None] = {scope: getattr(options, scope) for scope in ("preset", "user", "provider")}
    given = [(scope, name) for scope, name in names.items() if name]
    given += [("all", "")] if options.all else []
    if len(given) != 1:
        raise CommandFailed("Choose one of --all, --preset, --user and --provider.", exit_code=NO_ANSWER)
    return given[0]


def _why(options: argparse.Namespace) -> str:
    why = (options.why or "").strip()
    if not why:
        raise CommandFailed('Say why, for those who find it later: --why "…".', exit_code=NO_ANSWER)
    return why


def _thing(scope: str, name: str) -> str:
    return "all intake" if scope == "all" else f"{scope} {name}"


def _as_json(row: pauses.PauseRow | limits.LimitsRow) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(row).items()}


_WHAT = (
    Option("--all", action="store_true", help="all intake"),
    Option("--preset", metavar="P", help="the jobs of this preset"),
    Option("--user", metavar="ID", help="the jobs of this user"),
    Option("--provider", metavar="P", help="the jobs that would use this provider"),
    WHY,
    BY,
    *DATABASE,
)
_USER = Option("user_id", metavar="USER")
_MOST = whole_number(0, MAX_LIMIT)

PAUSE = Command(
    "pause",
    pause,
    "pause intake: jobs are accepted and wait; those in work run on",
    (Option("--list", action="store_true", help="list what is paused, and do nothing"), *_WHAT),
)
RESUME = Command("resume", resume, "end a pause, and send the jobs that it held", _WHAT)
LIMITS = Command(
    "limits",
    None,
    "list, set or clear what single users may have",
    subcommands=(
        Command(
            "list",
            list_limits,
            "list the users that have limits of their own",
            (Option("--limit", metavar="N", type=LIMIT, default=50, help="at most this many (default: 50)"), *DATABASE),
        ),
        Command(
            "set",
            set_limits,
            "set limits of one user, in place of LIMIT_*; those that are not given stay as they are",
            (
                _USER,
                Option("--open", metavar="N", type=_MOST, help="most open jobs"),
                Option("--in-work", metavar="N", type=_MOST, help="most jobs in work at a time"),
                Option("--usd-a-day", metavar="USD", type=dollars, help="most US dollars a UTC day"),
                WHY,
                BY,
                *DATABASE,
            ),
        ),
        Command("clear", clear_limits, "let LIMIT_* hold for a user again", (_USER, WHY, BY, *DATABASE)),
    ),
)
