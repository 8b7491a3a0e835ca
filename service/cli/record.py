"""`acts`: who did what, when and why."""

import argparse
import json
import time
from dataclasses import asdict

from service import queries
from service.cli import target
from service.cli.options import DATABASE, ID, LIMIT, Command, Option, time_or_day
from service.cli.terminal import OK, print_json, print_note, print_table, time_ago

COLUMNS = ("ID", "WHEN", "ACT", "WHO", "JOB", "WHY", "TARGET")
PATIENCE_S = 10.0
"""How long a list looks for acts to fill a page."""


def list_acts(options: argparse.Namespace) -> int:
    """Print one page of the record, newest first."""
    narrow = queries.ActFilter(
        act=options.act, who=options.who, job_id=options.job, since=options.since, until=options.until
    )
    found: list[queries.ActRow] = []
    before = options.before
    until = time.monotonic() + PATIENCE_S
    with target.database(options) as engine:
        while True:
            page, before = queries.list_acts(engine, narrow, limit=options.limit - len(found), before=before)
            found += page
            if before is None or len(found) >= options.limit or time.monotonic() > until:
                break
    if options.json:
        print_json([{**asdict(act), "created_at": act.created_at.isoformat()} for act in found])
    else:
        print_table(COLUMNS, [_row(act) for act in found])
    if before is not None:
        print_note(f"There are more: add --before {before}")
    return OK


def _row(act: queries.ActRow) -> tuple[object, ...]:
    names = act.act, act.who, act.job_id, act.why
    return act.id, time_ago(act.created_at), *names, json.dumps(act.target, ensure_ascii=False)


COMMAND = Command(
    "acts",
    list_acts,
    "list who did what, when and why",
    (
        Option("--act", metavar="NAME", help="such as replay, cancel, discard, run-now, pause, submit"),
        Option("--who", metavar="NAME", help="by this person or account"),
        Option("--job", metavar="JOB_ID", help="done to this job"),
        Option("--since", type=time_or_day, metavar="TIME", help="since this time: 2026-11-25T12:00:00Z, or 2h (ago)"),
        Option("--until", type=time_or_day, metavar="TIME", help="before this time"),
        Option("--limit", metavar="N", type=LIMIT, default=50, help="at most this many (default: 50)"),
        Option("--before", type=ID, metavar="ID", help="the last id of the previous page"),
        *DATABASE,
    ),
)
