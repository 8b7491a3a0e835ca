"""Dead letters by the database: list, show, replay, discard."""

import argparse
import base64
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from service import db, queries
from service import operator as letters
from service.cli import where
from service.cli.again import Done, Sender, by, exit_code, report
from service.cli.terminal import FAILED, OK, UNUSABLE, CommandFailed, ago, confirm, plain, say, say_json, say_table
from service.cli.watch import unknown_order

SHOWN = 4_000
"""Characters of a message's data that are printed; --json has all of it."""
PREVIEW = 20
MOST = 1_000
"""Dead letters that one command handles; each is a statement or two, and a replay a message."""
HEAD = ("ID", "CREATED", "REASON", "JOB", "RUN", "HANDLED", "ERROR")


def list_(options: argparse.Namespace) -> int:
    """Print one page of dead letters, newest first."""
    narrow = _filter(options, is_open=None if options.all else True)
    with database(options) as engine:
        found = queries.list_letters(engine, narrow, limit=options.limit, before=options.before)
    if options.json:
        say_json([_json(one) for one in found])
        return OK
    _say_table(found)
    if len(found) == options.limit:
        say(f"There may be more: add --before {found[-1].id}")
    return OK


def show(options: argparse.Namespace) -> int:
    """Print one dead letter: with the message's data where it was no job, and with those orders of its job of which
    nobody knows whether they were taken."""
    with database(options) as engine:
        found = queries.letter(engine, options.id)
        data = queries.letter_data(engine, options.id) if found else None
        is_of_a_run = found is not None and found.job_id is not None and found.run is not None
        story = queries.job_story(engine, str(found.job_id)) if found and is_of_a_run else None
    if found is None:
        raise CommandFailed(f"There is no dead letter {options.id}.")
    shown = _json(found)
    unknown = story.unknown if story else ()
    if options.json:
        encoded = None if data is None else base64.b64encode(data).decode()
        orders = [{**_json(one), "request_ids": one.ids} for one in unknown]
        say_json({**shown, "data_base64": encoded, "unknown_orders": orders})
        return OK
    for name, value in shown.items():
        if value is not None:
            say(f"{name:<14}{plain(value if isinstance(value, (str, int)) else json.dumps(value))}")
    if data is not None:
        text = data.decode("utf-8", "replace")
        say(f"{'data':<14}{plain(text[:SHOWN])}{'…' if len(text) > SHOWN else ''}")
    for one in unknown:
        say(unknown_order(_json(one), one.ids))
    return OK


def replay(options: argparse.Namespace) -> int:
    """Give the jobs of dead letters a new run, and send their messages."""
    settings = where.settings(options)
    done: list[Done] = []
    with database(options) as engine:
        chosen = _chosen(options, engine)
        if chosen is None:
            return FAILED
        sender = Sender(engine, settings)
        with report(done, as_json=options.json) as tell:
            for number in chosen:
                handled = letters.replay(engine, settings.topics, number, by=by(options), from_stage=options.from_stage)
                tell(sender.send(handled), f"{number}: job {handled.job_id} is pending, run {handled.run}")
    return exit_code(done)


def discard(options: argparse.Namespace) -> int:
    """Set dead letters aside: nothing is run again."""
    done: list[Done] = []
    with database(options) as engine:
        chosen = _chosen(options, engine)
        if chosen is None:
            return FAILED
        with report(done, as_json=options.json) as tell:
            for number in chosen:
                tell(Done(letters.discard(engine, number, by=by(options))), f"{number}: discarded")
    return exit_code(done)


def _chosen(options: argparse.Namespace, engine: Engine) -> list[int] | None:
    """The ids that are meant; None where whoever was asked about a filter's said no.

    What was shown is what is handled: a letter that comes in after the question is left alone.
    """
    verb = "Replay" if options.command is replay else "Discard"
    narrowed = any((options.reason, options.job, options.since, options.until, options.all_open))
    if options.ids and narrowed:
        raise CommandFailed("Name dead letters by their ids or by a filter, not by both.", exit_code=UNUSABLE)
    if options.ids:
        return list(dict.fromkeys(options.ids))
    if not narrowed:
        sentence = "Name dead letters by id, or choose them by --reason, --job, --since, --until or --all-open."
        raise CommandFailed(sentence, exit_code=UNUSABLE)
    found = queries.list_letters(engine, _filter(options, is_open=True), limit=MOST + 1)
    if len(found) > MOST:
        sentence = f"More than {MOST:,} dead letters match; narrow the filter, such as by --since and --until."
        raise CommandFailed(sentence, exit_code=UNUSABLE)
    if not found:
        if not options.json:
            say("No open dead letter matches.")
        return []
    if not options.json:
        _preview(found, verb)
    if not options.yes and not confirm(f"{verb} {_letters(len(found))}?", as_json=options.json):
        say("Nothing was done.")
        return None
    # The oldest first, as they came.
    return [one.id for one in reversed(found)]


def _preview(found: Sequence[queries.DeadLetter], verb: str) -> None:
    _say_table(found[:PREVIEW])
    if len(found) > PREVIEW:
        say(f"… and {len(found) - PREVIEW} more")
    no_jobs = sum(one.run is None for one in found)
    without = f"; {no_jobs} of them without a run can only be discarded" if no_jobs and verb == "Replay" else ""
    say(f"{_letters(len(found))}{without}")


def _letters(count: int) -> str:
    return f"{count} dead letter{'s' if count != 1 else ''}"


def _filter(options: argparse.Namespace, *, is_open: bool | None) -> queries.LetterFilter:
    return queries.LetterFilter(
        is_open=is_open, reason=options.reason, job_id=options.job, since=options.since, until=options.until
    )


def _say_table(found: Sequence[queries.DeadLetter]) -> None:
    body = [(one.id, ago(one.created_at), one.reason, one.job_id, one.run, _handled(one), one.error) for one in found]
    say_table(HEAD, body)


def _json(row: queries.DeadLetter | queries.Effect) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(row).items()}


def _handled(letter: queries.DeadLetter) -> str:
    if letter.is_open:
        return ""
    when = ago(letter.replayed_at or letter.discarded_at)
    return f"{'replayed' if letter.replayed_at else 'discarded'} {when} by {letter.handled_by or '?'}"


@contextmanager
def database(options: argparse.Namespace) -> Iterator[Engine]:
    engine = db.connect(where.database_url(options), pool_size=1)
    try:
        yield engine
    finally:
        engine.dispose()
