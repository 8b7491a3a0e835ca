"""Clients that are slow, silent or rude: each kind opens many connections and keeps on as long as it is let.

`besieging` runs them in a thread. A connection that the server closes is opened again, so that an attack never ends by
itself.
"""

import contextlib
import selectors
import socket
import struct
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

GET = b"GET /health HTTP/1.1\r\nHost: x\r\n"
SMALL_BUFFER = 4_096
"""The receive buffer of a client that does not read, in bytes: the server's answers fill it at once."""
AGAIN_S = 0.2
"""A client that was hung up on with a RST comes back after this time, in seconds."""
STAYS_S = 3.0
"""A client that was hung up on politely does not hang up for this time, then comes back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How each client of an attack behaves. `token` in `opening` and `then` stands for the attack's token."""

    opening: bytes
    """Sent at once."""
    then: Sequence[bytes] = ()
    """Sent afterwards, one every `every_s`, the last of them again and again."""
    every_s: float = 3.0
    reads: bool = True
    resets: bool = False
    """Hang up with a RST after the opening, and come back."""


def _body(path: bytes, framing: bytes, token: bytes = b"token") -> bytes:
    authorization = b"Authorization: Bearer " + token + b"\r\n" if token else b""
    return b"POST " + path + b" HTTP/1.1\r\nHost: x\r\n" + authorization + framing + b"\r\n\r\n"


_CHUNKED = b"Transfer-Encoding: chunked"
_ANNOUNCED = b"Content-Length: 10000000"
_BYTE = b"1\r\n{\r\n"

KINDS: dict[str, Kind] = {
    "keep alive, then close, and do not hang up": Kind(
        opening=GET + b"\r\n", then=[GET + b"Connection: close\r\n\r\n", b""], every_s=0.3
    ),
    "HTTP/1.0 left open": Kind(opening=b"GET /health HTTP/1.0\r\n\r\n"),
    "a head of a byte each 3 s": Kind(opening=GET, then=[b"x"]),
    "a head of a byte each 3 s after a whole request": Kind(opening=GET + b"\r\n" + GET, then=[b"x"]),
    "a head that never ends": Kind(opening=GET, then=[b"a: " + b"x" * 500 + b"\r\n"], every_s=0.05),
    "silent": Kind(opening=b""),
    "pipelined and never read": Kind(opening=b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 40, reads=False),
    "never read": Kind(opening=b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n", reads=False),
    "a body announced without a token": Kind(opening=_body(b"/push", _ANNOUNCED, b"")),
    "a body announced to a route that reads none": Kind(opening=_body(b"/health", _ANNOUNCED, b"")),
    "a chunked body without a token, a byte each 4 s": Kind(
        opening=_body(b"/pipeline/run", _CHUNKED, b""), then=[_BYTE], every_s=4
    ),
    "broken chunks": Kind(opening=_body(b"/push", _CHUNKED) + b"zz\r\n{\r\n"),
    "reset in the middle of a head": Kind(opening=GET, resets=True),
    "reset in the middle of a body": Kind(opening=_body(b"/push", _ANNOUNCED) + b"{", resets=True),
}
"""Needs no token, or the attack's is wrong."""

AUTHENTICATED: dict[str, Kind] = {
    "a body to the API of a byte each 4 s": Kind(opening=_body(b"/pipeline/run", _ANNOUNCED), then=[b"{"], every_s=4),
    "a chunked body to the API of a byte each 4 s": Kind(
        opening=_body(b"/pipeline/run", _CHUNKED), then=[_BYTE], every_s=4
    ),
    "a body to the API announced and never sent": Kind(opening=_body(b"/pipeline/run", _ANNOUNCED)),
}
"""Needs the token of a caller of the API."""

PUSHED: dict[str, Kind] = {
    "a pushed body of a byte each 4 s": Kind(opening=_body(b"/push", _ANNOUNCED), then=[b"{"], every_s=4),
    "a chunked push of a byte each 4 s": Kind(opening=_body(b"/push", _CHUNKED), then=[_BYTE], every_s=4),
}
"""Needs a token of Pub/Sub itself: these may take the job slots, and nothing else."""


@dataclass(slots=True)
class _Client:
    kind: Kind
    step: int = 0
    due: float = 0.0
    connection: socket.socket | None = None
    unsent: bytes = b""
    is_over: bool = False


@dataclass
class Siege:
    """A running attack."""

    port: int
    token: str
    clients: list[_Client]
    opened: int = 0
    """Connections so far; more than the clients if the server hangs up on them."""
    answers: dict[bytes, int] = field(default_factory=dict)
    """How often each first line of an answer was read."""
    _ended: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        with selectors.DefaultSelector() as selector:
            while not self._ended.is_set():
                now = time.monotonic()
                for client in self.clients:
                    if client.due <= now:
                        self._act(selector, client, now)
                for key, _ in selector.select(0.02):
                    self._read(selector, key.data)
            for client in self.clients:
                if client.connection is not None:
                    client.connection.close()

    def end(self) -> None:
        self._ended.set()

    def _act(self, selector: selectors.BaseSelector, client: _Client, now: float) -> None:
        kind = client.kind
        client.due = now + kind.every_s
        try:
            if client.is_over:
                self._closed(selector, client)
                return
            if client.connection is None:
                client.connection = self._connected(kind)
                client.step, client.unsent = 0, self._with_token(kind.opening)
                if kind.reads:
                    selector.register(client.connection, selectors.EVENT_READ, client)
            elif kind.then:
                client.unsent += self._with_token(kind.then[min(client.step, len(kind.then) - 1)])
                client.step += 1
            with contextlib.suppress(BlockingIOError):
                client.unsent = client.unsent[client.connection.send(client.unsent) :]
            if kind.resets:
                client.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self._closed(selector, client)
        except OSError:
            self._closed(selector, client)

    def _connected(self, kind: Kind) -> socket.socket:
        connection = socket.socket()
        if not kind.reads:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        connection.settimeout(2)
        try:
            connection.connect(("127.0.0.1", self.port))
        except OSError:
            connection.close()
            raise
        connection.settimeout(0.0)
        self.opened += 1
        return connection

    def _with_token(self, data: bytes) -> bytes:
        return data.replace(b"Bearer token", b"Bearer " + self.token.encode())

    def _read(self, selector: selectors.BaseSelector, client: _Client) -> None:
        if client.connection is None:
            return
        try:
            data = client.connection.recv(65_536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data.startswith(b"HTTP/"):
            line = data.partition(b"\r\n")[0]
            self.answers[line] = self.answers.get(line, 0) + 1
        if not data:
            selector.unregister(client.connection)
            client.is_over, client.due = True, time.monotonic() + STAYS_S

    def _closed(self, selector: selectors.BaseSelector, client: _Client) -> None:
        if client.connection is not None:
            with contextlib.suppress(KeyError, ValueError):
                selector.unregister(client.connection)
            client.connection.close()
            client.connection = None
        client.is_over = False
        client.due = time.monotonic() + AGAIN_S


@contextlib.contextmanager
def besieging(port: int, kinds: Sequence[Kind], *, each: int = 200, token: str = "") -> Iterator[Siege]:
    """Attack the service on `port` of loopback with `each` clients of every kind until the block ends.

    Yields when every client has been connected once.
    """
    siege = Siege(port, token, [_Client(kind) for kind in kinds for _ in range(each)])
    thread = threading.Thread(target=siege.run, daemon=True)
    thread.start()
    try:
        until = time.monotonic() + 30
        while siege.opened < len(siege.clients) and time.monotonic() < until:
            time.sleep(0.02)
        yield siege
    finally:
        siege.end()
        thread.join()
