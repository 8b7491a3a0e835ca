"""Report what became of each job or dead letter that was replayed or discarded, and publish the messages of replays."""

import argparse
import getpass
import logging
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from sqlalchemy import Engine

from service.cli.terminal import FAILED, OK, print_json, print_line, printable
from service.config import Settings
from service.delivery import outbox
from service.operator.replays import Handled

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Handling:
    """What became of one dead letter or job. `is_published`: whether its job message was; None if it owes none."""

    handled: Handled
    is_published: bool | None = None


Report = Callable[[Handling, str], None]


class ReplayPublisher:
    """Publishes the messages of replayed jobs. Once Pub/Sub is unreachable, the rest is left to the sweep."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine = engine
        self._settings = settings
        self._publisher: outbox.Publisher | None = None
        self._is_unreachable = False

    def publish(self, handled: Handled) -> Handling:
        """Publish what a replayed job owes. Never raises: the replay is committed either way."""
        if handled.why is not None or handled.job_id is None:
            return Handling(handled)
        if self._is_unreachable:
            return Handling(handled, is_published=False)
        try:
            if self._publisher is None:
                # gRPC takes a second to import, and few commands need it.
                self._publisher = import_module("service.delivery.pubsub").connect(self._settings)
            until = time.monotonic() + outbox.PUBLISH_TIMEOUT_S
            outbox.publish_owed(self._engine, self._publisher, handled.job_id, until=until)
        except Exception:
            log.exception("publishing a replayed job failed; the sweep will retry", extra={"job_id": handled.job_id})
            self._is_unreachable = True
        return Handling(handled, is_published=not self._is_unreachable)


@contextmanager
def reporting(results: list[Handling], *, as_json: bool) -> Iterator[Report]:
    """Yield a function that adds a handling to `results` and prints it: the reason if nothing was done, else the line.

    With `as_json`, all of them are printed at the end instead, even if an error ends the work before it is complete.
    """

    def report(handling: Handling, line: str) -> None:
        results.append(handling)
        if not as_json:
            print_line(printable(handling.handled.why or line))

    try:
        yield report
    finally:
        owed = sum(handling.is_published is False for handling in results)
        if as_json:
            print_json([_as_json(handling) for handling in results])
        elif owed:
            messages = "The message of 1 job" if owed == 1 else f"The messages of {owed} jobs"
            print_line(f"{messages} could not be published now; the sweep will retry.")


def exit_code(results: Sequence[Handling]) -> int:
    return OK if all(handling.handled.why is None for handling in results) else FAILED


def operator_name(options: argparse.Namespace) -> str:
    """The name to record: --by, else the user and host of this machine."""
    if options.by:
        return str(options.by)
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # the user's number has no name
        user = "somebody"
    return f"{user}@{socket.gethostname()}"


def _as_json(handling: Handling) -> dict[str, Any]:
    handled = handling.handled
    return {
        "dead_letter_id": handled.letter_id,
        "job_id": handled.job_id,
        "done": handled.why is None,
        "run": handled.run,
        "sent": handling.is_published,
        "why": handled.why,
    }
