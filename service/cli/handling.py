"""One act on many: choose by ids or by a filter, show what will be touched, ask, act, report each, put it on record.

Standard output has what became of each (lines, or one JSON array); notes and progress go to standard error. The exit
code is 0 only if everything is done and every message it owes is published.
"""

import argparse
import getpass
import logging
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Self

from sqlalchemy import Engine

from service.cli.terminal import (
    FAILED,
    NO_ANSWER,
    OK,
    CommandFailed,
    JsonArray,
    confirm,
    print_json,
    print_note,
    print_or_drop,
    print_table,
    printable,
)
from service.config import Settings
from service.errors import Unavailable
from service.operator import many, sending
from service.operator.many import Chosen, Counts, Outcome, Tally, ThingId

log = logging.getLogger(__name__)

CLEAR_LINE = "\r\x1b[K"
MOST_KINDS = 8
"""Kinds of things that a summary counts one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What is done to each: its `name` on record, the `verb` of the question, the noun for one of them, how it is done,
    and the line that reports it. `columns` and `row` make the table of the preview."""

    name: str
    verb: str
    noun: str
    one: Callable[[Any], Outcome]
    line: Callable[[Outcome], str]
    columns: tuple[str, ...]
    row: Callable[[Any], tuple[object, ...]]


class Sender(sending.Sender):
    """Publishes what jobs owe, to the topics of the settings."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        # gRPC takes a second to import, and few commands need it.
        super().__init__(engine, lambda: import_module("service.delivery.pubsub").connect(settings))


class Progress:
    """How far a long command is, on standard error if that is a terminal and the lines of the report do not show it."""

    EVERY_S = 0.5

    def __enter__(self) -> Self:
        self._is_shown = sys.stderr.isatty() and not sys.stdout.isatty()
        self._next_at = time.monotonic() + self.EVERY_S
        return self

    def found(self, number: int) -> None:
        self._say(f"{number:,} found so far")

    def done(self, number: int, among: int) -> None:
        self._say(f"{number:,} of {among:,}")

    def __exit__(self, *_: object) -> None:
        if self._is_shown:
            print(CLEAR_LINE, end="", file=sys.stderr, flush=True)  # noqa: T201 (the command's own output)

    def _say(self, text: str) -> None:
        if self._is_shown and time.monotonic() >= self._next_at:
            print(f"{CLEAR_LINE}{text}", end="", file=sys.stderr, flush=True)  # noqa: T201 (as above)
            self._next_at = time.monotonic() + self.EVERY_S


def carry_out(
    options: argparse.Namespace, engine: Engine, act: Act, chosen: Chosen, *, target: Mapping[str, object]
) -> int:
    """Do it to each that was chosen, and report; return the exit code. `target` says on record what was chosen."""
    by = operator_name(options)
    target = {**target, "matched": len(chosen)}
    record = None if len(chosen) == 1 else many.begin_record(engine, act.name, who=by, why=options.why, target=target)
    counts, is_whole = Counts(), False
    try:
        with Progress() as progress, reporting(as_json=options.json) as report:
            for number, thing in enumerate(chosen, 1):
                outcome = act.one(thing)
                counts.add(outcome)
                report(outcome, act.line(outcome))
                progress.done(number, len(chosen))
        is_whole = True
    finally:
        if record is not None:
            # If the database is away, that is why the command stops, and what its exit code says.
            with nullcontext() if is_whole else suppress(Unavailable):
                many.end_record(engine, record, target, counts, is_whole=is_whole)
        _note(act, counts, len(chosen), is_whole=is_whole)
    return OK if counts.is_complete else FAILED


def preview(options: argparse.Namespace, act: Act, chosen: Chosen, tally: Tally) -> int | None:
    """Show what a filter has chosen, and ask. None if the act shall go on, else the exit code."""
    if options.dry_run and options.json:
        print_json(_tally_as_json(chosen, tally))
        return OK
    if not chosen:
        if options.json:
            print_json([])
        else:
            print_or_drop(f"No {act.noun} matches.")
        return OK
    if not options.json:
        print_table(act.columns, [act.row(one) for one in tally.examples])
        if len(chosen) > len(tally.examples):
            print_or_drop(f"… and {len(chosen) - len(tally.examples):,} more")
        print_or_drop(_summary(act, chosen, tally))
    if options.dry_run:
        return OK
    if options.yes or confirm(f"{act.verb} {_count(len(chosen), act.noun)}?", as_json=options.json):
        return None
    print_note("Nothing was done.")
    return FAILED


def given_ids(options: argparse.Namespace, chosen: Chosen, parse: Callable[[str], ThingId]) -> bool:
    """Add the ids of the command line to `chosen`, each once; `-` reads more, one a line, from standard input. Return
    whether there were any on the command line. Raises `CommandFailed` for one that `parse` refuses."""
    seen: set[ThingId] = set()
    for raw in options.ids:
        for one in _lines() if raw == "-" else (raw,):
            try:
                thing = parse(one)
            except (ValueError, argparse.ArgumentTypeError) as error:
                raise CommandFailed(f"{error}.", exit_code=NO_ANSWER) from None
            if thing not in seen:
                seen.add(thing)
                chosen.add(thing)
    return bool(options.ids)


def choice(options: argparse.Namespace, chosen: Chosen, parse: Callable[[str], ThingId], *, has_filter: bool) -> bool:
    """Whether ids were chosen; they are then in `chosen`. Raises `CommandFailed` if there are ids and a filter, or
    neither."""
    if options.ids and has_filter:
        raise CommandFailed("Choose by ids or by a filter, not by both.", exit_code=NO_ANSWER)
    if not options.ids and not has_filter:
        sentence = "Choose by id (- reads ids from standard input), or by a filter: see --help."
        raise CommandFailed(sentence, exit_code=NO_ANSWER)
    return given_ids(options, chosen, parse)


def operator_name(options: argparse.Namespace) -> str:
    """The name to record: --by, else the user and host of this machine (`LOGNAME` and `USER` come first)."""
    if options.by:
        return str(options.by)
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # the user's number has no name
        user = "somebody"
    # Where a person's whole address is known (`deploy/admin.sh`), the machine is not.
    return user if "@" in user else f"{user}@{socket.gethostname()}"


@contextmanager
def reporting(*, as_json: bool) -> Iterator[Callable[[Outcome, str], None]]:
    """Yield a function that prints an outcome as it comes: its line, or why it was not done."""
    if not as_json:
        yield lambda outcome, line: print_or_drop(printable(outcome.why or line))
        return
    with JsonArray() as array:
        yield lambda outcome, _line: array.add(outcome_as_json(outcome))


def outcome_as_json(outcome: Outcome) -> dict[str, Any]:
    ids = {"dead_letter_id": outcome.letter_id, "message_id": outcome.message_id}
    return {
        **{name: value for name, value in ids.items() if value is not None},
        "job_id": outcome.job_id,
        "done": outcome.is_done,
        "already": outcome.is_repeat,
        "state": outcome.state,
        "run": outcome.run,
        "sent": outcome.is_published,
        "why": outcome.why,
    }


def _note(act: Act, counts: Counts, chosen: int, *, is_whole: bool) -> None:
    """Say on standard error what is left."""
    if counts.not_published:
        messages = _count(counts.not_published, "message")
        print_note(f"{messages} could not be published now; the sweep will retry.")
    if not is_whole and chosen > 1:
        began = counts.done + counts.done_before + counts.not_done
        print_note(
            f"Stopped after {began:,} of {chosen:,}. Repeat the command to go on: what is done is left as it is."
        )
    elif counts.not_done and chosen > 1:
        print_note(f"{act.verb}: {counts.not_done:,} of {chosen:,} could not be done.")


def _summary(act: Act, chosen: Chosen, tally: Tally) -> str:
    """How many of each state and reason, and what they cost so far."""
    kinds = sorted(tally.counts.items(), key=lambda kind: -kind[1])
    parts = [f"{count:,} {state}{f' ({reason})' if reason else ''}" for (state, reason), count in kinds[:MOST_KINDS]]
    more = f" and {len(kinds) - MOST_KINDS} more kinds" if len(kinds) > MOST_KINDS else ""
    spent = f"; {tally.spent_usd:.4f} USD were spent on them" if tally.spent_usd else ""
    return printable(f"{_count(len(chosen), act.noun)}: {', '.join(parts)}{more}{spent}")


def _tally_as_json(chosen: Chosen, tally: Tally) -> dict[str, Any]:
    kinds = [{"state": state, "reason": reason, "count": count} for (state, reason), count in tally.counts.items()]
    return {"matched": len(chosen), "spent_usd": round(tally.spent_usd, 6), "kinds": kinds}


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _lines() -> Iterator[str]:
    for line in sys.stdin:
        stripped = line.rstrip("\r\n")
        if stripped:
            yield stripped
