"""Crash points: wrappers around every call of the service that leaves the process. They are not placed by hand but wrap
what such a call goes through: psycopg2's cursor, Pub/Sub's publisher, the artifact store, the calls to providers, the
renaming of files, the answer. None of this is in `service/`.
"""

import os
import signal
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.pool import Pool

from service.delivery.context import StageContext
from service.delivery.outbox import Message
from service.delivery.pubsub import PubSubPublisher
from service.pipeline import ArtifactStore
from tests.support import wire

TIMED = frozenset({"delivery.gate.READ"})
"""What is asked again as time passes, however far the delivery has come."""


class Points:
    """Counts and reports the points that are reached, and kills the process at one of them."""

    def __init__(self, report: Callable[[str], None], kill_at: str | None) -> None:
        self._report = report
        self._kill_at = kill_at
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str]] = Counter()

    def reach(self, when: str, what: str) -> None:
        with self._lock:
            self._counts[when, what] += 1
            count = self._counts[when, what]
            is_timed = what in TIMED or threading.current_thread().name == "heartbeat"
            if is_timed and count > 1:
                # How many there are depends on the clock, so only the first one is a point.
                return
            point = f"{when} {what} #{count}"
            self._report(f"point {point}")
            if point == self._kill_at:
                # Under the lock, so that no other thread gets any further.
                os.kill(os.getpid(), signal.SIGKILL)
                signal.pause()

    def around(self, what: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            self.reach("before", what)
            try:
                return call(*args, **kwargs)
            finally:
                self.reach("after", what)

        return wrapped

    def install(self) -> None:
        """Wrap everything in this process, until it ends."""
        self._statements()
        publish = PubSubPublisher.publish

        def published(publisher: PubSubPublisher, message: Message, timeout_s: float) -> None:
            self.around(f"publish to {message.topic}", publish)(publisher, message, timeout_s)

        setattr(PubSubPublisher, "publish", published)  # noqa: B010 (mypy: a method)
        make, effect = StageContext.__init__, StageContext.effect

        def made(context: StageContext, **parts: Any) -> None:
            make(context, **{**parts, "artifacts": _Store(self, parts["artifacts"])})

        def with_points(context: StageContext, name: str, start: Any, poll: Any = None, **options: Any) -> Any:
            polled = None if poll is None else self.around(f"poll of {name}", poll)
            if options.get("find"):
                options["find"] = self.around(f"find of {name}", options["find"])
            return effect(context, name, self.around(f"start of {name}", start), polled, **options)

        setattr(StageContext, "__init__", made)  # noqa: B010
        setattr(StageContext, "effect", with_points)  # noqa: B010
        for name in ("fsync", "replace"):
            setattr(os, name, self.around(f"os.{name}", getattr(os, name)))

    def _statements(self) -> None:
        wire.listen(Pool, "before", lambda _connection, sql, _values: self.reach("before", wire.name_of(sql)))
        wire.listen(Pool, "after", lambda _connection, sql, _values: self.reach("after", wire.name_of(sql)))
        # Autocommit sends no COMMIT; there is one only at the end of an explicit transaction.
        event.listen(Engine, "commit", lambda _conn: self.reach("before", "COMMIT"))


class _Store:
    """An artifact store with crash points."""

    def __init__(self, points: Points, store: ArtifactStore) -> None:
        self._points = points
        self._store = store

    def put(self, path: Path, name: str, content_type: str) -> str:
        url: str = self._points.around("put", self._store.put)(path, name, content_type)
        return url

    def fetch(self, url: str, to: Path) -> Path:
        copy: Path = self._points.around("fetch", self._store.fetch)(url, to)
        return copy
