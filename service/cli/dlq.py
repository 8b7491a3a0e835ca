"""Dead letters by the database: list, show."""

import argparse
import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from service import db, queries
from service.cli import where
from service.cli.terminal import OK, CommandFailed, ago, plain, say, say_json, table

SHOWN = 4_000
"""Characters of a message's data that are printed; --json has all of it."""


def list_(options: argparse.Namespace) -> int:
    """Print one page of dead letters, newest first."""
    narrow = queries.LetterFilter(is_open=None if options.all else True, reason=options.reason, job_id=options.job)
    with _engine(options) as engine:
        found = queries.list_letters(engine, narrow, limit=options.limit, before=options.before)
    if options.json:
        say_json([_json(one) for one in found])
        return OK
    body = [(one.id, one.reason, one.job_id, one.run, ago(one.created_at), _handled(one), one.error) for one in found]
    for line in table(("ID", "REASON", "JOB", "RUN", "CREATED", "HANDLED", "ERROR"), body):
        say(line)
    if len(found) == options.limit:
        say(f"There may be more: add --before {found[-1].id}")
    return OK


def show(options: argparse.Namespace) -> int:
    """Print one dead letter, with the message's data where it was no job."""
    with _engine(options) as engine:
        found = queries.letter(engine, options.id)
        data = queries.letter_data(engine, options.id) if found else None
    if found is None:
        raise CommandFailed(f"There is no dead letter {options.id}.")
    shown = _json(found)
    if options.json:
        encoded = None if data is None else base64.b64encode(data).decode()
        say_json({**shown, "data_base64": encoded})
        return OK
    for name, value in shown.items():
        if value is not None:
            say(f"{name:<14}{plain(value if isinstance(value, (str, int)) else json.dumps(value))}")
    if data is not None:
        text = data.decode("utf-8", "replace")
        say(f"{'data':<14}{plain(text[:SHOWN])}{'…' if len(text) > SHOWN else ''}")
    return OK


def _json(letter: queries.DeadLetter) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(letter).items()}


def _handled(letter: queries.DeadLetter) -> str:
    if letter.is_open:
        return ""
    return f"{'replayed' if letter.replayed_at else 'discarded'} {ago(letter.replayed_at or letter.discarded_at)}"


@contextmanager
def _engine(options: argparse.Namespace) -> Iterator[Engine]:
    engine = db.connect(where.database_url(options), pool_size=1)
    try:
        yield engine
    finally:
        engine.dispose()
