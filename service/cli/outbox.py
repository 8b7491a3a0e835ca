"""The outbox: list the messages that are not sent, show one, send it again, drop it."""

import argparse
import json
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
from service.cli.options import BY, DATABASE, DRY_RUN, ID, LIMIT, WHY, YES, Command, Option
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
from service.operator import many, messages
from service.operator.many import Chosen, Outcome

COLUMNS = ("ID", "CREATED", "STATE", "TOPIC", "KEY", "JOB", "BYTES", "ERROR")
PAYLOAD_SHOWN = 4_000
"""Characters of a payload that `show` prints without --full."""


def list_unsent(options: argparse.Namespace) -> int:
    """Print one page of the messages that are not sent, oldest first."""
    with target.database(options) as engine:
        found = queries.list_messages(engine, _filter(options), limit=options.limit + 1, after=options.after or 0)
    page = found[: options.limit]
    if options.json:
        print_json([_as_json(message) for message in page])
    else:
        print_table(COLUMNS, [_row(message) for message in page])
    if len(found) > options.limit:
        print_note(f"There are more: add --after {page[-1].id}")
    return OK


def show(options: argparse.Namespace) -> int:
    """Print one message of the outbox, with its data."""
    with target.database(options) as engine:
        message = queries.message(engine, options.id)
        payload = queries.message_payload(engine, options.id)
    if message is None:
        raise CommandFailed(f"There is no message {options.id}.")
    if options.json:
        print_json({**_as_json(message), "payload": payload})
        return OK
    for name, value in _as_json(message).items():
        if value is not None:
            print_line(f"{name:<14}{printable(value if isinstance(value, (str, int)) else json.dumps(value))}")
    text = payload or "(gone: it was sent)"
    longest = None if options.full else PAYLOAD_SHOWN
    more = "… (--full)" if longest is not None and len(text) > longest else ""
    print_line(f"{'payload':<14}{printable(text[:longest])}{more}")
    return OK


def send(options: argparse.Namespace) -> int:
    """Send unsent messages again, also those that are parked."""
    settings = target.settings(options)
    by = operator_name(options)
    with target.database(options) as engine:
        sender = Sender(engine, settings)

        def one(message_id: int) -> Outcome:
            outcome = messages.send_message(engine, sender.publisher, message_id, by=by, why=options.why)
            if outcome.is_published is False:
                sender.give_up()
            return outcome

        act = Act(
            name="send",
            verb="Send",
            noun="message",
            one=one,
            line=lambda done: f"{done.message_id}: sent" if done.is_published else f"{done.message_id}: owed",
            columns=COLUMNS,
            row=_row,
        )
        return _act(options, engine, act)


def drop(options: argparse.Namespace) -> int:
    """Drop unsent messages: nobody will receive them."""
    by = operator_name(options)
    with target.database(options) as engine:
        act = Act(
            name="drop",
            verb="Drop",
            noun="message",
            one=lambda message_id: messages.drop_message(engine, message_id, by=by, why=options.why),
            line=lambda done: f"{done.message_id}: dropped",
            columns=COLUMNS,
            row=_row,
        )
        return _act(options, engine, act)


def _act(options: argparse.Namespace, engine: Engine, act: Act) -> int:
    narrow = _filter(options)
    with Chosen() as chosen:
        if choice(options, chosen, ID, has_filter=narrow != queries.MessageFilter()):
            return carry_out(options, engine, act, chosen, target=many.recorded_ids(chosen))
        with Progress() as progress:
            tally = many.choose_messages(engine, narrow, chosen, going_on=progress.found)
        code = preview(options, act, chosen, tally)
        return carry_out(options, engine, act, chosen, target=many.recorded_filter(narrow)) if code is None else code


def _filter(options: argparse.Namespace) -> queries.MessageFilter:
    return queries.MessageFilter(is_parked=options.parked or None, job_id=options.job, topic=options.topic)


def _row(message: queries.MessageRow) -> tuple[object, ...]:
    names = message.state, message.topic, message.message_key, message.job_id, message.payload_bytes
    return message.id, time_ago(message.created_at), *names, message.error


def _as_json(message: queries.MessageRow) -> dict[str, Any]:
    columns = {**asdict(message), "state": message.state}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in columns.items()}


_FILTERS = (
    Option("--parked", action="store_true", help="those that Pub/Sub refuses"),
    Option("--job", metavar="JOB_ID", help="of this job"),
    Option("--topic", metavar="NAME", help="for this topic"),
)
_CHOICE = (
    Option("ids", metavar="ID", nargs="*", help="messages by their ids; - reads ids from standard input"),
    *_FILTERS,
    DRY_RUN,
    YES,
    BY,
)
_MUST_SAY_WHY = Option("--why", metavar="TEXT", required=True, help="the reason to record")

COMMAND = Command(
    "outbox",
    None,
    "list, show, send or drop messages that are not sent",
    subcommands=(
        Command(
            "list",
            list_unsent,
            "list the messages that are parked or owed, oldest first",
            (
                *_FILTERS,
                Option("--limit", metavar="N", type=LIMIT, default=50, help="at most this many (default: 50)"),
                Option("--after", type=ID, metavar="ID", help="the last id of the previous page"),
                *DATABASE,
            ),
        ),
        Command(
            "show",
            show,
            "show one message, with its data",
            (
                Option("id", type=ID, metavar="ID"),
                Option("--full", action="store_true", help="all of the data"),
                *DATABASE,
            ),
        ),
        Command("send", send, "send messages again, also parked ones", (*_CHOICE, WHY, *DATABASE)),
        Command("drop", drop, "drop messages: nobody will receive them", (*_CHOICE, _MUST_SAY_WHY, *DATABASE)),
    ),
)
