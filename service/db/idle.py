"""Connections between two statements: kept at hand, and checked before they are used again (docs/decisions/0011).

A connection that died while it was idle is noticed before a statement is sent on it. Nothing was sent, so this is
certain, and the statement can be sent on another one.
"""

import math
import select
import threading
import time
from typing import Any

import psycopg2
import psycopg2.extensions
from sqlalchemy import PoolProxiedConnection
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DisconnectionError, InvalidatePoolError

from service.db.patience import waiting

IDLE_S = 1.0
"""A connection that was idle for longer must answer before it is used. Under load none is idle for so long."""
PING_S = 2.0
"""The longest wait for that answer."""

USED = "used"
"""In a connection's `info` once a statement has run on it: what it knows of the server may be old."""
IDLE_SINCE = "idle_since"

KEPT = "kept"
"""The execution option that holds an engine's `Kept`."""
KEPT_SINCE = "kept_since"
KEEP_S = 60.0
"""A connection is kept for this long at most, then goes by the pool, which replaces those that are too old."""


class Kept:
    """Connections that stay checked out of an engine's pool between two prepared statements: a check-out and a check-in
    take SQLAlchemy as long as a statement takes the client.

    A thread that finds none here gets one from the pool. If one has to wait for the pool, it is given the next that is
    free.
    """

    def __init__(self) -> None:
        self._idle: list[PoolProxiedConnection] = []
        self._lock = threading.Lock()
        self._wanted = 0
        self._closed_at = -math.inf

    def take(self, engine: Engine) -> PoolProxiedConnection:
        """Return a connection that is alive as far as one can see. Raises as `Engine.raw_connection`."""
        found = self._at_hand()
        if found is not None:
            return found
        with self._lock:
            self._wanted += 1
        try:
            # Once more: one that was kept a moment ago did not see that it is wanted.
            found = self._at_hand() or engine.raw_connection()
        finally:
            with self._lock:
                self._wanted -= 1
        found.info.setdefault(KEPT_SINCE, time.monotonic())
        return found

    def _at_hand(self) -> PoolProxiedConnection | None:
        while self._idle:
            try:
                pooled = self._idle.pop()
            except IndexError:
                break
            info = pooled.info
            if time.monotonic() - info[IDLE_SINCE] < IDLE_S and not has_news(pooled.dbapi_connection):
                # It is in use from now on: whoever returns it to the pool notes the time again.
                del info[IDLE_SINCE]
                return pooled
            # The pool asks it for an answer before anybody gets it.
            pooled.close()
        return None

    def give_back(self, pooled: PoolProxiedConnection) -> None:
        """Keep a connection on which a statement has just run, or return it to the pool if it is wanted there."""
        now, info = time.monotonic(), pooled.info
        info[IDLE_SINCE] = now
        info[USED] = True
        if info[KEPT_SINCE] < self._closed_at:
            pooled.invalidate()
        elif self._wanted or now - info[KEPT_SINCE] >= KEEP_S:
            pooled.close()
        else:
            self._idle.append(pooled)

    def close(self, _engine: Engine | None = None) -> None:
        """Close what is kept, and what is in use as soon as it is given back."""
        self._closed_at = time.monotonic()
        while self._idle:
            try:
                self._idle.pop().invalidate()
            except IndexError:
                break


def kept_of(engine: Engine) -> Kept:
    kept: Kept = engine.get_execution_options()[KEPT]
    return kept


def note_idle(_connection: Any, record: Any) -> None:
    """Note since when a connection is idle, as it is returned to the pool."""
    record.info.setdefault(IDLE_SINCE, time.monotonic())
    record.info.pop(KEPT_SINCE, None)
    record.info[USED] = True


def check_alive(connection: Any, record: Any, _proxy: Any) -> None:
    """Make the pool replace a connection that died while it was idle.

    A server or a pooler that ended it leaves a message or the end of the stream to be read: seen without a round trip.
    A connection that was cut off silently is found by asking for an answer.
    """
    idle_since = record.info.pop(IDLE_SINCE, None)
    if idle_since is None or (time.monotonic() - idle_since < IDLE_S and not has_news(connection)):
        return
    began = time.monotonic()
    if not _answers(connection):
        # The others are as silent: each would have to be waited for.
        is_silent = time.monotonic() - began >= PING_S
        raise InvalidatePoolError if is_silent else DisconnectionError


def has_news(connection: Any) -> bool:
    """Whether there is something to read, which an idle connection has only if it was ended (or the server's settings
    have changed), or whether it is closed on our side."""
    if connection.closed:
        return True
    # Not by select.select(), which raises ValueError for file descriptors from 1024 on.
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def _answers(connection: Any) -> bool:
    try:
        # The class itself: whoever replaces the cursor_factory wants to see statements, which this is not.
        with waiting(connection, PING_S), psycopg2.extensions.cursor(connection) as cursor:
            cursor.execute("SELECT 1")
    except psycopg2.Error:
        return False
    return True
