"""Publish what an act made its job owe."""

import logging
import time
from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import Engine

from service.delivery import outbox
from service.operator.many import Outcome

log = logging.getLogger(__name__)


class Sender:
    """Publishes what jobs owe. Once Pub/Sub is unreachable, the rest is left to the sweep. `connect` makes the
    publisher when it is first needed."""

    def __init__(self, engine: Engine, connect: Callable[[], outbox.Publisher]) -> None:
        self._engine = engine
        self._connect = connect
        self._publisher: outbox.Publisher | None = None
        self._is_unreachable = False

    @property
    def publisher(self) -> outbox.Publisher | None:
        """The publisher; None once Pub/Sub is unreachable."""
        if self._is_unreachable:
            return None
        if self._publisher is None:
            self._publisher = self._connect()
        return self._publisher

    def send(self, outcome: Outcome) -> Outcome:
        """Publish what the job of a done act owes, also if it was done before: then a message may be left that was not
        sent. Never raises: the act is committed either way."""
        if not outcome.is_done or outcome.job_id is None:
            return outcome
        try:
            publisher = self.publisher
            if publisher is not None:
                until = time.monotonic() + outbox.PUBLISH_TIMEOUT_S
                outbox.publish_owed(self._engine, publisher, outcome.job_id, until=until)
        except Exception:
            log.exception("publishing failed; the sweep will retry", extra={"job_id": outcome.job_id})
            self.give_up()
        is_published = not self._is_unreachable
        return outcome if outcome.is_repeat and is_published else replace(outcome, is_published=is_published)

    def give_up(self) -> None:
        """Leave what follows to the sweep."""
        self._is_unreachable = True
