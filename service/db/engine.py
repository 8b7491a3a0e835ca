"""The engine: a bounded pool in autocommit, and a client that stops waiting.

Every statement of the delivery is a transaction of its own (autocommit) and one round trip, so a connection is held
for the length of one statement and never while a stage runs.
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
"""A frozen server enforces no limit of its own; the client stops waiting after this. Longer than the server's own
limits, so that a server that lives is the one to say no."""
POOL_TIMEOUT_S = 3.0
MIGRATION = "aiprod-migration"


def connect(url: str, *, pool_size: int) -> Engine:
    """An engine in autocommit with bounded waits everywhere. Opens no connection yet."""
    psycopg2.extensions.set_wait_callback(_wait_with_patience)
    return create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_S,
        pool_recycle=1800,
        # LIFO keeps few connections busy and lets the server's idle ones be closed.
        pool_use_lifo=True,
        # Nothing is ever left open in autocommit, so giving a connection back needs no ROLLBACK round trip.
        pool_reset_on_return=None,
        connect_args={"connect_timeout": CONNECT_TIMEOUT_S, "application_name": "aiprod-pipeline"},
    )


def _wait_with_patience(connection: Any) -> None:
    """psycopg2's wait callback (https://www.psycopg.org/docs/advanced.html#support-for-coroutine-libraries): poll the
    connection, but never longer than `PATIENCE_S`. libpq itself would wait for ever on a server that hangs."""
    # The callback is psycopg2's one for the whole process, and a migration may rightly take long.
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
