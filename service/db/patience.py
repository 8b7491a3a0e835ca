"""A client that stops waiting: libpq by itself would wait for ever for a server that hangs.

A thread ends the connections that have been waited for too long. The one that waits then gets an error, as if the
server had hung up. (psycopg2's wait callback could do it without a thread, but returns to Python several times in each
statement: a twelfth of a delivery's time.)
"""

import contextlib
import os
import socket
import threading
import time
from typing import Any

import psycopg2

PATIENCE_S = 8.0
"""How long the client waits for an answer: a frozen server does not enforce its own limits. Longer than those limits,
so that a server that is alive is the one that gives up."""
LOOK_EVERY_S = 1.0


class waiting:  # noqa: N801 (used as `with waiting(…)`)
    """Give the server `patience_s` seconds (`PATIENCE_S` if it is None), and up to `LOOK_EVERY_S` more, to answer what
    is asked on psycopg2's `connection` in this block. Raises `psycopg2.OperationalError` if it does not; the connection
    is closed then."""

    __slots__ = ("_connection", "_patience_s")

    def __init__(self, connection: Any, patience_s: float | None = None) -> None:
        self._connection = connection
        self._patience_s = patience_s

    def __enter__(self) -> None:
        _watch.waits[self] = time.monotonic() + (self._patience_s or PATIENCE_S)
        if not _watch.is_awake.is_set() or _watch.pid != os.getpid():
            _watch.wake()

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        # Under the lock, so that the watch cannot hang up on what this thread, or another, asks next.
        with _watch.lock:
            is_in_time = _watch.waits.pop(self, None) is not None
        if not is_in_time:
            self._connection.close()
            message = f"no answer from the database within {self._patience_s or PATIENCE_S:g} s"
            raise psycopg2.OperationalError(message) from error

    def hang_up(self) -> None:
        """End the connection under the thread that waits for it."""
        with (
            contextlib.suppress(OSError, psycopg2.Error),
            socket.socket(fileno=os.dup(self._connection.fileno())) as same,
        ):
            same.shutdown(socket.SHUT_RDWR)


class _Watch:
    """The waits of this process, each with its end, and the thread that looks at them, if there are any."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.waits: dict[waiting, float] = {}
        self.is_awake = threading.Event()
        self.pid = 0

    def wake(self) -> None:
        """Wake the thread; start it if this process has none (a thread does not survive a fork)."""
        with self.lock:
            self.is_awake.set()
            if self.pid != os.getpid():
                self.pid = os.getpid()
                threading.Thread(target=self._run, name="patience", daemon=True).start()

    def _run(self) -> None:
        while True:
            self.is_awake.wait()
            time.sleep(LOOK_EVERY_S)
            with self.lock:
                now = time.monotonic()
                for wait, until in self.waits.copy().items():
                    if until < now and self.waits.pop(wait, None) is not None:
                        wait.hang_up()
            # In this order: a wait that begins meanwhile either is seen here, or sees that it has to wake this thread.
            self.is_awake.clear()
            if self.waits:
                self.is_awake.set()


_watch = _Watch()
