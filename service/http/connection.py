"""A client's connection as the worker and the routes see it: a socket that nobody waits for longer than they say."""

import contextlib
import select
import socket
import time
from typing import Any

ANSWER_S = 10.0
"""For a client to take its answer."""
MAX_UNSENT = 1024 * 1024
"""An answer that is not taken is kept in memory up to this size; its thread waits with the rest. Our answers are
smaller."""


class ClientSocket(socket.socket):
    """A connection that never blocks in the operating system.

    `recv` waits until `read_until` (monotonic seconds) and then raises `TimeoutError`. `sendall` keeps what cannot be
    sent at once in `unsent`.
    """

    def __init__(self, accepted: socket.socket) -> None:
        super().__init__(accepted.family, accepted.type, accepted.proto, fileno=accepted.detach())
        self.settimeout(0.0)
        self.read_until = 0.0
        self.unsent = bytearray()
        self.is_spoiled = False
        """Set if a body was not read to its end: no other request can follow."""

    def recv(self, size: int, flags: int = 0) -> bytes:
        while True:
            with contextlib.suppress(BlockingIOError):
                return super().recv(size, flags)
            self._wait(select.POLLIN, self.read_until)

    def sendall(self, data: Any, flags: int = 0) -> None:
        self.unsent += data
        until = time.monotonic() + ANSWER_S
        self.flush(flags)
        while len(self.unsent) > MAX_UNSENT:
            self._wait(select.POLLOUT, until)
            self.flush(flags)

    def flush(self, flags: int = 0) -> None:
        """Send what can be sent now."""
        with contextlib.suppress(BlockingIOError):
            while self.unsent:
                del self.unsent[: self.send(self.unsent, flags)]

    def _wait(self, event: int, until: float) -> None:
        left_s = until - time.monotonic()
        if left_s > 0:
            poll = select.poll()
            poll.register(self, event)
            if poll.poll(left_s * 1000):
                return
        raise TimeoutError
