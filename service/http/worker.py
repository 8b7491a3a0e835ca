"""gunicorn's threaded worker, made so that no client can make another one wait.

gunicorn's own gives a thread to each connection that sends a first byte, and waits in its main loop for up to 2 s until
a client hangs up. Here the main loop's poller does all the waiting for clients: for the whole head of a request, for an
answer to be taken, for a client to hang up. A thread gets a request whose head is there, and waits for nothing but the
body that the application asks for, until `ClientSocket.read_until`.

This uses gunicorn's internals. Its version is pinned, and `tests/http/test_worker.py` fails if they change.
"""

import contextlib
import errno
import resource
import selectors
import socket
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from http import HTTPStatus
from typing import Any

from gunicorn.http import get_parser
from gunicorn.http.errors import ExpectationFailed, InvalidHeader, InvalidHeaderName, LimitRequestHeaders
from gunicorn.workers.gthread import TConn, ThreadWorker

from service.http import heads, refusals
from service.http.connection import ANSWER_S, ClientSocket

HEAD_S = 5.0
"""From a request's first byte, or the start of the connection, to the end of its head."""
LINGER_S = 2.0
"""For a client to hang up after its answer. Without this, the kernel would discard an answer that the client has not
read yet as soon as more of its request arrives (RFC 9112, 9.6)."""
SMALL = 16 * 1024
MAX_HELD = 32 * 1024 * 1024
"""Of unfinished heads and answers that are not taken, over `SMALL` each, for all clients together: then those that have
waited longest are hung up on."""
MAX_DRAINED = 64 * 1024
"""A body that nobody has read is discarded up to this size, as far as it is already here, to keep the connection."""
CHUNK = 64 * 1024
LOOK_EVERY_S = 0.25


class Connection(TConn):  # type: ignore[misc]
    """A client's connection, and what the main loop waits for on it until when."""

    def __init__(self, cfg: Any, accepted: socket.socket, client: Any, server: Any) -> None:
        super().__init__(cfg, ClientSocket(accepted), client, server)
        self.parser = get_parser(cfg, self.sock, client)
        self.head = bytearray()
        """What has come of the next request."""
        self.searched = 0
        """How much of it has been searched for the end of the head."""
        self.whole = b""
        """The request that a thread works on, as far as it had come."""
        self.until = time.monotonic() + HEAD_S
        self.is_idle = False
        """Between two requests."""
        self.keep = False
        """Whether another request may follow the one that has been answered."""

    @property
    def held(self) -> int:
        """Bytes in memory while the client is waited for."""
        return len(self.head) + len(self.sock.unsent)


class Worker(ThreadWorker):  # type: ignore[misc]
    """Serves requests in threads, and waits for clients in its main loop alone."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Half of the file descriptors are for everything else.
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.worker_connections = min(int(self.cfg.worker_connections), files // 2)
        self.waiting: dict[Connection, None] = {}
        """Connections on the poller, the one that has waited longest first."""
        self._next_look = 0.0

    # ---- In the main loop: nothing here waits.

    def accept(self, listener: socket.socket) -> None:
        """Accept a connection. If there are too many, hang up on one that only waits: the newest may be honest."""
        if self.nr_conns + 1 >= self.worker_connections and self.waiting:
            self.drop(next((one for one in self.waiting if not one.is_idle), next(iter(self.waiting))))
        try:
            accepted, client = listener.accept()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE) and self.waiting:
                self.drop(next(iter(self.waiting)))
            return
        self.nr_conns += 1
        connection = Connection(self.cfg, accepted, client, listener.getsockname())
        self._step(self.read_head, connection)

    def read_head(self, connection: Connection) -> None:
        """Read what is there, and give a thread to the connection once it has a whole head."""
        while not heads.is_whole(connection.head, connection.searched):
            connection.searched = len(connection.head)
            try:
                received = connection.sock.recv(CHUNK)
            except TimeoutError:
                self._wait(connection, selectors.EVENT_READ, self.read_head)
                return
            if not received:
                self.drop(connection)
                return
            if connection.is_idle:
                connection.is_idle, connection.until = False, time.monotonic() + HEAD_S
            connection.head += received
        connection.is_idle = False
        connection.whole = bytes(connection.head)
        connection.head, connection.searched = bytearray(), 0
        self.enqueue_req(connection)

    def finish_request(self, connection: Connection, future: "Future[bool]") -> None:
        """Go on after a thread has answered a request."""
        connection.sock.read_until = 0.0
        connection.keep = not future.cancelled() and future.exception() is None and future.result()
        connection.until = time.monotonic() + ANSWER_S
        self._step(self.finish_answer, connection)

    def finish_answer(self, connection: Connection) -> None:
        """Wait until the client has taken the answer; then wait for its next request, or for it to hang up."""
        connection.sock.flush()
        now = time.monotonic()
        if connection.sock.unsent:
            self._wait(connection, selectors.EVENT_WRITE, self.finish_answer)
        elif connection.keep:
            connection.head += connection.parser.unreader.take_buffered()
            connection.is_idle = not connection.head
            idle_s = self.cfg.keepalive if self.alive else LINGER_S
            connection.until = now + (idle_s if connection.is_idle else HEAD_S)
            self.read_head(connection)
        else:
            connection.sock.shutdown(socket.SHUT_WR)
            connection.until = now + LINGER_S
            self.linger(connection)

    def linger(self, connection: Connection) -> None:
        """Discard what the client still sends until it hangs up."""
        try:
            received = connection.sock.recv(CHUNK)
        except TimeoutError:
            received = b" "
        if received:
            self._wait(connection, selectors.EVENT_READ, self.linger)
        else:
            self.drop(connection)

    def drop(self, connection: Connection) -> None:
        """Close a connection now."""
        if connection in self.waiting:
            del self.waiting[connection]
            self.poller.unregister(connection.sock)
        self.nr_conns -= 1
        connection.sock.close()

    def murder_pending(self) -> None:
        """Hang up on those whose time is over. gunicorn calls this after every round of events."""
        now = time.monotonic()
        if now >= self._next_look:
            self._next_look = now + LOOK_EVERY_S
            for connection in [one for one in self.waiting if one.until <= now]:
                self.drop(connection)

    def _cap_keepalive(self, deadline: float) -> None:
        """Wait for nobody beyond `deadline`. gunicorn calls this when it stops."""
        for connection in self.waiting:
            connection.until = min(connection.until, deadline)

    def _wait(self, connection: Connection, event: int, callback: Callable[[Connection], None]) -> None:
        self.waiting[connection] = None
        self.poller.register(connection.sock, event, partial(self._ready, connection, callback))
        if connection.held > SMALL:
            self._bound_held()

    def _ready(self, connection: Connection, callback: Callable[[Connection], None], _socket: object) -> None:
        if connection in self.waiting:  # it may have been dropped by another event of this round
            del self.waiting[connection]
            self.poller.unregister(connection.sock)
            self._step(callback, connection)

    def _step(self, callback: Callable[[Connection], None], connection: Connection) -> None:
        """Call back; whatever goes wrong with one connection ends that connection, not the loop."""
        try:
            callback(connection)
        except OSError:
            self.drop(connection)
        except Exception:
            self.log.exception("a connection is dropped")
            self.drop(connection)

    def _bound_held(self) -> None:
        large = [one for one in self.waiting if one.held > SMALL]
        too_many = sum(one.held for one in large) - MAX_HELD
        for connection in large:
            if too_many <= 0:
                return
            too_many -= connection.held
            self.drop(connection)

    # ---- In a thread.

    def handle(self, connection: Connection) -> bool:
        """Answer one request whose head is there. Return whether the connection can take another."""
        connection.sock.read_until = 0.0
        try:
            request = self._parsed(connection)
        except TimeoutError:
            self.refuse(connection, LimitRequestHeaders("the head is too long"))
            return False
        except (StopIteration, OSError):
            return False
        except Exception as error:  # noqa: BLE001 (the parser's errors share no base)
            self.refuse(connection, error)
            return False
        try:
            keep = self.handle_request(request, connection)
        except (StopIteration, OSError):
            self.log.debug("a client has hung up")
            return False
        except Exception as error:  # noqa: BLE001 (Flask answers its own; this is the last resort)
            self.refuse(connection, error)
            return False
        connection.sock.read_until = 0.0
        return bool(keep and not connection.sock.is_spoiled and self._is_body_read(connection))

    def _is_body_read(self, connection: Connection) -> bool:
        """Discard what is here of a body that no route has read. Return whether that was all of it."""
        try:
            return bool(connection.parser.finish_body(max_bytes=MAX_DRAINED))
        except Exception:  # noqa: BLE001 (broken chunks of a body that is refused already)
            return False

    def refuse(self, connection: Connection, error: Exception) -> None:
        """Answer a request that could not be parsed, or that broke the application's own last resort."""
        if refusals.status_of(error) == HTTPStatus.INTERNAL_SERVER_ERROR:
            self.log.error("a request broke the server", exc_info=error)
        else:
            self.log.warning("a request is refused: %s", type(error).__name__, extra={"action": "refuse_request"})
        with contextlib.suppress(OSError):
            connection.sock.sendall(refusals.answer(error))

    def _parsed(self, connection: Connection) -> Any:
        """Return the request, without fields of a push that the parser refuses. Raises as the parser does."""
        head, connection.whole = connection.whole, b""
        connection.parser.unreader.unread(head)
        try:
            return next(connection.parser)
        except (InvalidHeader, InvalidHeaderName, ExpectationFailed):
            without = heads.without_bad_fields(head)
            if without is None:
                raise
        connection.parser = get_parser(self.cfg, connection.sock, connection.client)
        connection.parser.unreader.unread(without)
        request = next(connection.parser)
        # If anybody before us has read these fields in another way, no further request can be smuggled in here.
        request.force_close()
        return request
