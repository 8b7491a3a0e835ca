"""Dead letters: list, show, replay or discard them, through the database."""

import argparse
import base64
import json
import time
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from service import queries
from service.cli import target
from service.cli.handling import (
    Act,
    Progress,
    Sender,
    carry_out,
    choice,
    operator_name,
    preview,
)
from service.cli.live_view import unknown_order
from service.cli.options import BY, DATABASE, DRY_RUN, FROM_STAGE, ID, LIMIT, WHY, YES, Command, Option, time_or_day
from service.cli.terminal import (
    OK,
    CommandFailed,
    print_json,
    print_line,
    print_note,
    print_table,
    printable,
    time_ago,
)
from service.operator import many
from service.operator.many import Chosen, Outcome

DATA_SHOWN = 4_000
"""Characters of a message's data, or of a brief, that `show` prints without --full; --json prints all of the data."""
PATIENCE_S = 10.0
"""How long a list looks for dead letters to fill a page."""
COLUMNS = ("ID", "CREATED", "REASON", "JOB", "RUN", "USER", "HANDLED", "ERROR")


def list_letters(options: argparse.Namespace) -> int:
    """Print one page of dead letters, newest first."""
    narrow = _filter(options, is_open=None if options.all else True)
    letters: list[queries.DeadLetterRow] = []
    before = options.before
    until = time.monotonic() + PATIENCE_S
    with target.database(options) as engine:
        while True:
            page, before = queries.list_letters(engine, narrow, limit=options.limit - len(letters), before=before)
            letters += page
            if before is None or len(letters) >= options.limit or time.monotonic() > until:
                break
    if options.json:
        print_json([_as_json(letter) for letter in letters])
    else:
        print_table(COLUMNS, [_row(letter) for letter in letters])
    if before is not None and len(letters) < options.limit:
        print_note(f"There may be more, but the search takes long. Go on with --before {before}")
    elif before is not None:
        print_note(f"There are more: add --before {before}")
    return OK


def show(options: argparse.Namespace) -> int:
    """Print one dead letter: with the message's data if it was not a job; with the unknown orders of its job, and the
    traceback if a stage crashed."""
    with target.database(options) as engine:
        letter = queries.letter(engine, options.id)
        data = queries.letter_data(engine, options.id) if letter else None
        has_run = letter is not None and letter.job_id is not None and letter.run is not None
        job = queries.job_story(engine, str(letter.job_id)) if letter and has_run else None
        crash = queries.traceback_of(engine, str(letter.job_id), letter.run) if letter and letter.run else None
        brief = queries.job_brief(engine, str(letter.job_id), is_whole=options.full) if letter and has_run else None
    if letter is None:
        raise CommandFailed(f"There is no dead letter {options.id}.")
    fields = _as_json(letter)
    unknown = job.unknown_orders if job else ()
    if options.json:
        encoded = None if data is None else base64.b64encode(data).decode()
        orders = [{**_as_json(effect), "request_ids": effect.order_ids} for effect in unknown]
        asked = None if brief is None else asdict(brief)
        more = {"data_base64": encoded, "unknown_orders": orders, "brief": asked, "traceback": crash}
        print_json({**fields, **more})
        return OK
    for name, value in fields.items():
        if value is not None:
            print_line(f"{name:<14}{printable(value if isinstance(value, (str, int)) else json.dumps(value))}")
    longest = None if options.full else DATA_SHOWN
    if data is not None:
        _print_long("data", data.decode("utf-8", "replace"), longest)
    if brief is not None:
        _print_long("brief", brief.content, longest)
        _print_long("job metadata", json.dumps(brief.metadata, ensure_ascii=False), longest)
    for effect in unknown:
        print_line(unknown_order(_as_json(effect), effect.order_ids))
    for line in (crash or "").splitlines():
        print_line(printable(line))
    return OK


def _print_long(name: str, text: str, longest: int | None) -> None:
    more = "… (--full)" if longest is not None and len(text) > longest else ""
    print_line(f"{name:<14}{printable(text[:longest])}{more}")


def replay(options: argparse.Namespace) -> int:
    """Give the jobs of dead letters a new run, and publish their messages."""
    settings = target.settings(options)
    by = operator_name(options)
    with target.database(options) as engine:
        sender = Sender(engine, settings)

        def one(letter_id: int) -> Outcome:
            outcome = many.replay_letter(
                engine, settings.topics, letter_id, by=by, why=options.why, from_stage=options.from_stage
            )
            return sender.send(outcome)

        line = "{}: job {} is pending, run {}"
        act = Act(
            name="replay",
            verb="Replay",
            noun="dead letter",
            one=one,
            line=lambda done: line.format(done.letter_id, done.job_id, done.run),
            columns=COLUMNS,
            row=_row,
        )
        return _act(options, engine, act)


def discard(options: argparse.Namespace) -> int:
    """Discard dead letters: nothing runs again."""
    by = operator_name(options)
    with target.database(options) as engine:
        act = Act(
            name="discard",
            verb="Discard",
            noun="dead letter",
            one=lambda letter_id: many.discard_letter(engine, letter_id, by=by, why=options.why),
            line=lambda done: f"{done.letter_id}: discarded",
            columns=COLUMNS,
            row=_row,
        )
        return _act(options, engine, act)


def _act(options: argparse.Namespace, engine: Engine, act: Act) -> int:
    """Act on the ids that were given, or on those the filter matches, oldest first.

    Only what was shown is handled: a dead letter that arrives after the question is left alone.
    """
    narrow = _filter(options, is_open=True)
    has_filter = options.all_open or narrow != queries.LetterFilter(is_open=True)
    with Chosen() as chosen:
        if choice(options, chosen, ID, has_filter=has_filter):
            return carry_out(options, engine, act, chosen, target=many.recorded_ids(chosen))
        with Progress() as progress:
            tally = many.choose_letters(engine, narrow, chosen, going_on=progress.found)
        code = preview(options, act, chosen, tally)
        return carry_out(options, engine, act, chosen, target=many.recorded_filter(narrow)) if code is None else code


def _filter(options: argparse.Namespace, *, is_open: bool | None) -> queries.LetterFilter:
    return queries.LetterFilter(
        is_open=is_open,
        reason=options.reason,
        job_id=options.job,
        user_id=options.user,
        text=options.text,
        since=options.since,
        until=options.until,
    )


def _row(letter: queries.DeadLetterRow) -> tuple[object, ...]:
    handled = ""
    if not letter.is_open:
        when = time_ago(letter.replayed_at or letter.discarded_at)
        handled = f"{'replayed' if letter.replayed_at else 'discarded'} {when} by {letter.handled_by or '?'}"
    names = letter.reason, letter.job_id, letter.run, letter.user_id
    return letter.id, time_ago(letter.created_at), *names, handled, letter.error


def _as_json(row: queries.DeadLetterRow | queries.EffectRow) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(row).items()}


FILTERS = (
    Option("--reason", help="with this reason, such as worker_died"),
    Option("--job", metavar="JOB_ID", help="of this job"),
    Option("--user", metavar="ID", help="of this user's jobs"),
    Option("--text", metavar="WORDS", help="with this text in the sentence, the data or the job's brief"),
    Option(
        "--since", type=time_or_day, metavar="TIME", help="created since this time: 2026-11-25T12:00:00Z, or 2h (ago)"
    ),
    Option("--until", type=time_or_day, metavar="TIME", help="created before this time"),
)
CHOICE = (
    Option("ids", metavar="ID", nargs="*", help="dead letters by their ids; - reads ids from standard input"),
    *FILTERS,
    Option("--all-open", action="store_true", help="every open dead letter"),
    DRY_RUN,
    YES,
    WHY,
    BY,
)

COMMAND = Command(
    "dlq",
    None,
    "list, show, replay or discard dead letters",
    subcommands=(
        Command(
            "list",
            list_letters,
            "list open dead letters, newest first",
            (
                Option("--all", action="store_true", help="include those that were replayed or discarded"),
                *FILTERS,
                Option("--limit", metavar="N", type=LIMIT, default=50, help="at most this many (default: 50)"),
                Option("--before", type=ID, metavar="ID", help="the last id of the previous page"),
                *DATABASE,
            ),
        ),
        Command(
            "show",
            show,
            "show one dead letter, with the data that arrived or its job's brief",
            (
                Option("id", type=ID, metavar="ID"),
                Option("--full", action="store_true", help="all of the data and the brief"),
                *DATABASE,
            ),
        ),
        Command("replay", replay, "run the jobs of dead letters again", (*CHOICE, FROM_STAGE, *DATABASE)),
        Command("discard", discard, "discard dead letters", (*CHOICE, *DATABASE)),
    ),
)
