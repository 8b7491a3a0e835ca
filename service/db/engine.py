"""The engine: a bounded connection pool in autocommit, and a client that stops waiting.

Every statement of the delivery is a transaction of its own (autocommit) and one round trip, so a connection is held
for one statement at a time and never while a stage runs.
"""

import math
import select
import time
from typing import Any

import psycopg2
import psycopg2.extensions
from sqlalchemy import create_engine
from sqlalchemy.engine import Engine

CONNECT_TIMEOUT_S = 5
PATIENCE_S = 8.0
"""How long the client waits for an answer: a frozen server does not enforce its own limits. Longer than those limits,
so that a server that is alive is the one that gives up."""
POOL_TIMEOUT_S = 3.0
MIGRATION = "aiprod-migration"


def connect(url: str, *, pool_size: int) -> Engine:
    """Return an engine in autocommit with a limit on every wait. Opens no connection yet."""
    psycopg2.extensions.set_wait_callback(_wait_with_patience)
    return create_engine(
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
        connect_args={"connect_timeout": CONNECT_TIMEOUT_S, "application_name": "aiprod-pipeline"},
    )


def _wait_with_patience(connection: Any) -> None:
    """psycopg2's wait callback (https://www.psycopg.org/docs/advanced.html#support-for-coroutine-libraries): poll the
    connection, but never longer than `PATIENCE_S`. libpq by itself would wait forever for a server that hangs."""
    # psycopg2 has one callback for the whole process, and a migration is allowed to take long.
    deadline = time.monotonic() + (PATIENCE_S if MIGRATION not in connection.dsn else math.inf)
    while True:
        state = connection.poll()
        if state == psycopg2.extensions.POLL_OK:
            return
        left = deadline - time.monotonic()
        readable = [connection] if state == psycopg2.extensions.POLL_READ else []
        writable = [connection] if state == psycopg2.extensions.POLL_WRITE else []
        if left <= 0 or select.select(readable, writable, [], min(left, 3600)) == ([], [], []):
            message = f"no answer from the database within {PATIENCE_S:g} s"
            raise psycopg2.OperationalError(message)
