"""What replays and discards have in common: who does it, what is sent after it, and what is said of it."""

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

from service.cli.terminal import FAILED, OK, plain, say, say_json
from service.config import Settings
from service.delivery import outbox
from service.operator import Handled

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Done:
    """One letter or job that was handled. `is_sent`: whether its message was; None where there is none."""

    handled: Handled
    is_sent: bool | None = None


Tell = Callable[[Done, str], None]


class Sender:
    """Publishes what a replayed job owes, until Pub/Sub turns out to be away: the rest is left to the sweep then."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine = engine
        self._settings = settings
        self._publisher: outbox.Publisher | None = None
        self._is_away = False

    def send(self, handled: Handled) -> Done:
        """Send the message of a job that was replayed. Raises nothing: the replay stands."""
        if handled.why is not None or handled.job_id is None:
            return Done(handled)
        if self._is_away:
            return Done(handled, is_sent=False)
        try:
            if self._publisher is None:
                # gRPC takes a second to import; no other command needs it.
                self._publisher = import_module("service.delivery.pubsub").connect(self._settings)
            until = time.monotonic() + outbox.PUBLISH_TIMEOUT_S
            outbox.publish_owed(self._engine, self._publisher, handled.job_id, until=until)
        except Exception:
            log.exception("the message of a replayed job is still owed", extra={"job_id": handled.job_id})
            self._is_away = True
        return Done(handled, is_sent=not self._is_away)


@contextmanager
def report(done: list[Done], *, as_json: bool) -> Iterator[Tell]:
    """Says what became of each as soon as it is known and collects it in `done`; with `as_json` all of it at the end,
    which comes whatever stops the work: what was done is done."""

    def tell(one: Done, well: str) -> None:
        done.append(one)
        if not as_json:
            say(plain(one.handled.why or well))

    try:
        yield tell
    finally:
        owed = sum(one.is_sent is False for one in done)
        if as_json:
            say_json([_json(one) for one in done])
        elif owed:
            jobs = "The message of 1 job" if owed == 1 else f"The messages of {owed} jobs"
            say(f"{jobs} could not be sent now; the sweep sends what is owed.")


def exit_code(done: Sequence[Done]) -> int:
    return OK if all(one.handled.why is None for one in done) else FAILED


def by(options: argparse.Namespace) -> str:
    """Who does it: --by, else the user of this machine."""
    if options.by:
        return str(options.by)
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # no name for the user's number
        user = "somebody"
    return f"{user}@{socket.gethostname()}"


def _json(one: Done) -> dict[str, Any]:
    handled = one.handled
    return {
        "dead_letter_id": handled.letter_id,
        "job_id": handled.job_id,
        "done": handled.why is None,
        "run": handled.run,
        "sent": one.is_sent,
        "why": handled.why,
    }
