"""Dead letters: list, show, replay or discard them, through the database."""

import argparse
import base64
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from service import queries
from service.cli import target
from service.cli.handling import Handling, ReplayPublisher, exit_code, operator_name, reporting
from service.cli.live_view import unknown_order
from service.cli.options import BY, DATABASE, FROM_STAGE, ID, LIMIT, YES, Command, Option, time_or_day
from service.cli.terminal import (
    FAILED,
    NO_ANSWER,
    OK,
    CommandFailed,
    confirm,
    print_json,
    print_line,
    print_table,
    printable,
    time_ago,
)
from service.operator import replays

DATA_SHOWN = 4_000
"""Characters of a message's data that `show` prints; --json prints all of it."""
PREVIEW_ROWS = 20
MAX_MATCHES = 1_000
"""Dead letters that one command handles. Each takes a statement or two, and a replay also publishes a message."""
COLUMNS = ("ID", "CREATED", "REASON", "JOB", "RUN", "HANDLED", "ERROR")


def list_letters(options: argparse.Namespace) -> int:
    """Print one page of dead letters, newest first."""
    narrow = _filter(options, is_open=None if options.all else True)
    with target.database(options) as engine:
        letters = queries.list_letters(engine, narrow, limit=options.limit, before=options.before)
    if options.json:
        print_json([_as_json(letter) for letter in letters])
        return OK
    _print_letters(letters)
    if len(letters) == options.limit:
        print_line(f"There may be more: add --before {letters[-1].id}")
    return OK


def show(options: argparse.Namespace) -> int:
    """Print one dead letter: with the message's data if it was not a job, and with the unknown orders of its job."""
    with target.database(options) as engine:
        letter = queries.letter(engine, options.id)
        data = queries.letter_data(engine, options.id) if letter else None
        has_run = letter is not None and letter.job_id is not None and letter.run is not None
        job = queries.job_story(engine, str(letter.job_id)) if letter and has_run else None
    if letter is None:
        raise CommandFailed(f"There is no dead letter {options.id}.")
    fields = _as_json(letter)
    unknown = job.unknown_orders if job else ()
    if options.json:
        encoded = None if data is None else base64.b64encode(data).decode()
        orders = [{**_as_json(effect), "request_ids": effect.order_ids} for effect in unknown]
        print_json({**fields, "data_base64": encoded, "unknown_orders": orders})
        return OK
    for name, value in fields.items():
        if value is not None:
            print_line(f"{name:<14}{printable(value if isinstance(value, (str, int)) else json.dumps(value))}")
    if data is not None:
        text = data.decode("utf-8", "replace")
        print_line(f"{'data':<14}{printable(text[:DATA_SHOWN])}{'…' if len(text) > DATA_SHOWN else ''}")
    for effect in unknown:
        print_line(unknown_order(_as_json(effect), effect.order_ids))
    return OK


def replay(options: argparse.Namespace) -> int:
    """Give the jobs of dead letters a new run, and publish their messages."""
    settings = target.settings(options)
    by = operator_name(options)
    results: list[Handling] = []
    with target.database(options) as engine:
        letter_ids = _chosen_ids(options, engine, "Replay")
        if letter_ids is None:
            return FAILED
        publisher = ReplayPublisher(engine, settings)
        with reporting(results, as_json=options.json) as report:
            for letter_id in letter_ids:
                handled = replays.replay_letter(
                    engine, settings.topics, letter_id, handled_by=by, from_stage=options.from_stage
                )
                line = f"{letter_id}: job {handled.job_id} is pending, run {handled.run}"
                report(publisher.publish(handled), line)
    return exit_code(results)


def discard(options: argparse.Namespace) -> int:
    """Discard dead letters: nothing runs again."""
    by = operator_name(options)
    results: list[Handling] = []
    with target.database(options) as engine:
        letter_ids = _chosen_ids(options, engine, "Discard")
        if letter_ids is None:
            return FAILED
        with reporting(results, as_json=options.json) as report:
            for letter_id in letter_ids:
                report(Handling(replays.discard_letter(engine, letter_id, handled_by=by)), f"{letter_id}: discarded")
    return exit_code(results)


def _chosen_ids(options: argparse.Namespace, engine: Engine, verb: str) -> list[int] | None:
    """The ids that were given, or those the filter matches, oldest first; None if the answer to the question was no.

    Only what was shown is handled: a dead letter that arrives after the question is left alone.
    """
    has_filter = any((options.reason, options.job, options.since, options.until, options.all_open))
    if options.ids and has_filter:
        raise CommandFailed("Choose dead letters by their ids or by a filter, not by both.", exit_code=NO_ANSWER)
    if options.ids:
        return list(dict.fromkeys(options.ids))
    if not has_filter:
        sentence = "Choose dead letters by id, or by --reason, --job, --since, --until or --all-open."
        raise CommandFailed(sentence, exit_code=NO_ANSWER)
    letters = queries.list_letters(engine, _filter(options, is_open=True), limit=MAX_MATCHES + 1)
    if len(letters) > MAX_MATCHES:
        sentence = (
            f"More than {MAX_MATCHES:,} dead letters match; narrow the filter, for example with --since and --until."
        )
        raise CommandFailed(sentence, exit_code=NO_ANSWER)
    if not letters:
        if not options.json:
            print_line("No open dead letter matches.")
        return []
    if not options.json:
        _print_preview(letters, verb)
    if not options.yes and not confirm(f"{verb} {_count(len(letters))}?", as_json=options.json):
        print_line("Nothing was done.")
        return None
    return [letter.id for letter in reversed(letters)]


def _print_preview(letters: Sequence[queries.DeadLetterRow], verb: str) -> None:
    _print_letters(letters[:PREVIEW_ROWS])
    if len(letters) > PREVIEW_ROWS:
        print_line(f"… and {len(letters) - PREVIEW_ROWS} more")
    without_run = sum(letter.run is None for letter in letters)
    note = f"; {without_run} of them without a run can only be discarded" if without_run and verb == "Replay" else ""
    print_line(f"{_count(len(letters))}{note}")


def _count(letters: int) -> str:
    return f"{letters} dead letter{'s' if letters != 1 else ''}"


def _filter(options: argparse.Namespace, *, is_open: bool | None) -> queries.LetterFilter:
    return queries.LetterFilter(
        is_open=is_open, reason=options.reason, job_id=options.job, since=options.since, until=options.until
    )


def _print_letters(letters: Sequence[queries.DeadLetterRow]) -> None:
    print_table(COLUMNS, [_row(letter) for letter in letters])


def _row(letter: queries.DeadLetterRow) -> tuple[object, ...]:
    handled = ""
    if not letter.is_open:
        when = time_ago(letter.replayed_at or letter.discarded_at)
        handled = f"{'replayed' if letter.replayed_at else 'discarded'} {when} by {letter.handled_by or '?'}"
    return letter.id, time_ago(letter.created_at), letter.reason, letter.job_id, letter.run, handled, letter.error


def _as_json(row: queries.DeadLetterRow | queries.EffectRow) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(row).items()}


FILTERS = (
    Option("--reason", help="with this reason, such as attempts_used_up"),
    Option("--job", metavar="JOB_ID", help="of this job"),
    Option(
        "--since", type=time_or_day, metavar="TIME", help="created at or after this time, such as 2026-11-25T12:00Z"
    ),
    Option("--until", type=time_or_day, metavar="TIME", help="created before this time"),
)
CHOICE = (
    Option("ids", type=ID, metavar="ID", nargs="*", help="one or more dead letters; or use the filters below"),
    *FILTERS,
    Option("--all-open", action="store_true", help="every open dead letter"),
    YES,
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
            "show one dead letter, with the data that arrived",
            (Option("id", type=ID, metavar="ID"), *DATABASE),
        ),
        Command("replay", replay, "run the jobs of dead letters again", (*CHOICE, FROM_STAGE, BY, *DATABASE)),
        Command("discard", discard, "discard dead letters", (*CHOICE, BY, *DATABASE)),
    ),
)
