"""The engine: a bounded connection pool in autocommit, and a client that stops waiting.

Every statement of the delivery is a transaction of its own (autocommit) and one round trip, so a connection is held
for one statement at a time and never while a stage runs.

A connection that died while it was idle is noticed before a statement is sent on it (docs/decisions/0011).
"""

import math
import select
import time
from typing import Any

import psycopg2
import psycopg2.extensions
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DisconnectionError, InvalidatePoolError

from service.db.faults import FAULTS, Faults
from service.db.session import SessionSettings

CONNECT_TIMEOUT_S = 5
PATIENCE_S = 8.0
"""How long the client waits for an answer: a frozen server does not enforce its own limits. Longer than those limits,
so that a server that is alive is the one that gives up."""
POOL_TIMEOUT_S = 3.0
MIGRATION = "aiprod-migration"

IDLE_S = 1.0
"""A connection that was idle for longer must answer before it is used. Under load none is idle for so long."""
PING_S = 2.0
"""The longest wait for that answer."""

USED = "used"
"""In a connection's `info` once it has been returned to the pool: what it knows of the server may be old."""

KEEPALIVE = {
    # A firewall that drops a connection tells nobody. The kernel asks the peer every 30 s, which keeps most from
    # dropping it, and ends the connection if there is no answer.
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}


class _Connection(psycopg2.extensions.connection):
    """psycopg2's, with a patience of its own if it is not `PATIENCE_S`."""

    patience_s: float | None = None


def connect(url: str, *, pool_size: int) -> Engine:
    """Return an engine in autocommit with a limit on every wait. Opens no connection yet."""
    psycopg2.extensions.set_wait_callback(_wait_with_patience)
    engine = create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_S,
        pool_recycle=1800,
        # LIFO keeps few connections busy, so that idle ones can be closed.
        pool_use_lifo=True,
        # Autocommit leaves nothing open, so returning a connection needs no ROLLBACK round trip.
        pool_reset_on_return=None,
        # Errors are logged, and parameters contain briefs.
        hide_parameters=True,
        execution_options={FAULTS: Faults()},
        connect_args={
            "connect_timeout": CONNECT_TIMEOUT_S,
            "application_name": "aiprod-pipeline",
            "connection_factory": _Connection,
            **KEEPALIVE,
        },
    )
    event.listen(engine, "connect", SessionSettings().prepare)
    event.listen(engine, "checkin", _note_idle)
    event.listen(engine, "checkout", _check_alive)
    return engine


def _note_idle(_connection: Any, record: Any) -> None:
    record.info["idle_since"] = time.monotonic()
    record.info[USED] = True


def _check_alive(connection: Any, record: Any, _proxy: Any) -> None:
    """Make the pool replace a connection that died while it was idle. Nothing was sent on it, so this is certain.

    A server or a pooler that ended it leaves a message or the end of the stream to be read: seen without a round trip.
    A connection that was cut off silently is found by asking for an answer.
    """
    idle_since = record.info.pop("idle_since", None)
    if idle_since is None or (time.monotonic() - idle_since < IDLE_S and not _has_news(connection)):
        return
    began = time.monotonic()
    if not _answers(connection):
        # The others are as silent: each would have to be waited for.
        is_silent = time.monotonic() - began >= PING_S
        raise InvalidatePoolError if is_silent else DisconnectionError


def _has_news(connection: Any) -> bool:
    """Whether there is something to read, which an idle connection has only if it was ended (or the server's settings
    have changed), or whether it is closed on our side."""
    return bool(connection.closed) or _ready(connection, select.POLLIN, 0)


def _answers(connection: Any) -> bool:
    try:
        connection.patience_s = PING_S
        # The class itself: whoever replaces the cursor_factory wants to see statements, which this is not.
        with psycopg2.extensions.cursor(connection) as cursor:
            cursor.execute("SELECT 1")
    except psycopg2.Error:
        return False
    finally:
        connection.patience_s = None
    return True


def _wait_with_patience(connection: Any) -> None:
    """psycopg2's wait callback (https://www.psycopg.org/docs/advanced.html#support-for-coroutine-libraries): poll the
    connection, but never longer than `PATIENCE_S`. libpq by itself would wait forever for a server that hangs."""
    patience_s = getattr(connection, "patience_s", None) or PATIENCE_S
    # psycopg2 has one callback for the whole process, and a migration is allowed to take long.
    deadline = time.monotonic() + (patience_s if MIGRATION not in connection.dsn else math.inf)
    while True:
        state = connection.poll()
        if state == psycopg2.extensions.POLL_OK:
            return
        left = deadline - time.monotonic()
        wanted = select.POLLIN if state == psycopg2.extensions.POLL_READ else select.POLLOUT
        if left <= 0 or not _ready(connection, wanted, min(left, 3600)):
            message = f"no answer from the database within {patience_s:g} s"
            raise psycopg2.OperationalError(message)


def _ready(connection: Any, wanted: int, wait_s: float) -> bool:
    """Wait for the socket. Not by select.select(), which raises ValueError for file descriptors from 1024 on."""
    poll = select.poll()
    poll.register(connection.fileno(), wanted)
    return bool(poll.poll(math.ceil(wait_s * 1000)))
