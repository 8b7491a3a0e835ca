"""Deliver messages as Pub/Sub does, and record each push: what was sent where, and what was answered when.

Half of the jobs are pushed directly: every slot is filled, and messages come out of order, more than once, and late.
The other half come from Google's emulator, whose pushes the relay signs and passes to one of the instances.
"""

import base64
import http.client
import itertools
import json
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from lab.chaos.instances import Instance
from lab.harness.calls import call
from lab.harness.messages import envelope
from lab.harness.names import ACCOUNT, AUDIENCE
from service.dev.issuer import LocalIssuer
from service.dev.pubsub.pusher import ACKS

OLD_TOKEN_S = 1_500
"""Tokens are valid for an hour. One of this age is also valid by a clock that is ten minutes slow."""
TOKEN_KEPT_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A message, as Pub/Sub would deliver it until it is acknowledged."""

    message_id: str
    job_id: str
    run: int
    hop: int
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """One push that has ended. Times are in unix seconds; `status` is None if no answer came."""

    source: str
    sent: Sent
    instance: str
    status: int | None
    began_at: float
    ended_at: float

    @property
    def is_acked(self) -> bool:
        return self.status in ACKS


@dataclass(slots=True)
class Recovery:
    """The wait from `since` (monotonic seconds) for the next acknowledged delivery, of one instance or of any."""

    after: str
    instance: str | None
    since: float
    took_s: float | None = None


def read(body: bytes) -> Sent:
    """Read what identifies the message in a push's body."""
    message: dict[str, Any] = json.loads(body)["message"]
    data = json.loads(base64.b64decode(message["data"]))
    attributes: Mapping[str, str] = message.get("attributes") or {}
    run, hop = int(attributes.get("run", "1")), int(attributes.get("hop", "0"))
    return Sent(message_id=message["messageId"], job_id=data["job_id"], run=run, hop=hop, body=body)


class Fleet:
    """Both instances behind one address: a push goes to either of them. Keeps the record of pushes."""

    def __init__(self, instances: list[Instance], issuer: LocalIssuer, *, seed: int, patience_s: float) -> None:
        self.instances = instances
        self.record: list[Push] = []
        self.recoveries: list[Recovery] = []
        self._issuer = issuer
        self._dice = random.Random(seed)  # noqa: S311 (no secret)
        self._patience_s = patience_s
        self._lock = threading.Lock()
        self._tokens: list[str] = []
        self._tokens_made = float("-inf")

    def push(self, source: str, sent: Sent) -> int | None:
        """Make one request, which may take as long as the ack deadline; return the answer's status, or None."""
        with self._lock:
            both, token = self._dice.sample(self.instances, len(self.instances)), self._token()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        began_at, began = time.time(), time.monotonic()
        status: int | None = None
        for instance in itertools.cycle(both):
            left_s = began + self._patience_s - time.monotonic()
            try:
                if left_s > 0:
                    status = call(instance.port, "POST", "/push", sent.body, headers, timeout=left_s).status
            except ConnectionRefusedError:
                # Not listening. Cloud Run's front end would also ask the other one, and wait for one to start.
                time.sleep(0.1)
                continue
            except (OSError, http.client.HTTPException):
                status = None
            break
        if time.monotonic() - began > self._patience_s:
            # By then Pub/Sub would have closed the connection.
            status = None
        push = Push(
            source=source, sent=sent, instance=instance.name, status=status, began_at=began_at, ended_at=time.time()
        )
        with self._lock:
            self.record.append(push)
            if push.is_acked:
                self._recovered(instance.name)
        return status

    def await_recovery(self, after: str, instance: str | None = None) -> None:
        """Measure from now until the next acknowledged delivery of this instance, or of any."""
        with self._lock:
            self.recoveries.append(Recovery(after, instance, time.monotonic()))

    def pushes(self) -> list[Push]:
        with self._lock:
            return list(self.record)

    def _recovered(self, instance: str) -> None:
        for waiting in self.recoveries:
            if waiting.took_s is None and waiting.instance in (None, instance):
                waiting.took_s = time.monotonic() - waiting.since

    def _token(self) -> str:
        if time.monotonic() - self._tokens_made > TOKEN_KEPT_S:
            now = int(time.time())
            ages = (0, OLD_TOKEN_S)
            self._tokens = [self._issuer.token(AUDIENCE, ACCOUNT, iat=now - age, exp=now - age + 3_600) for age in ages]
            self._tokens_made = time.monotonic()
        return self._dice.choice(self._tokens)


@dataclass(slots=True)
class _Due:
    sent: Sent
    at: float
    tries: int = 0
    is_late: bool = False


@dataclass(slots=True, kw_only=True)
class Habits:
    """How unkind the direct pusher is, as probabilities from 0 to 1."""

    copies: float
    late: float
    least_backoff_s: float = 0.3
    most_backoff_s: float = 3.0


class DirectPusher:
    """Pushes each message until it is acknowledged: up to `in_flight` at once, in any order."""

    def __init__(self, fleet: Fleet, habits: Habits, *, seed: int, in_flight: int) -> None:
        self._fleet = fleet
        self._habits = habits
        self._dice = random.Random(seed)  # noqa: S311 (no secret)
        self._changed = threading.Condition()
        self._waiting: list[_Due] = []
        self._busy = 0
        self._closed = False
        self._threads = [threading.Thread(target=self._run, name="direct", daemon=True) for _ in range(in_flight)]
        for thread in self._threads:
            thread.start()

    def put(self, data: bytes, attributes: Mapping[str, str], message_id: str) -> None:
        """Deliver a message from now on, perhaps twice: both at once, or the second while the first is running."""
        sent = read(envelope(data, attributes=attributes, message_id=message_id))
        with self._changed:
            self._waiting.append(_Due(sent, time.monotonic()))
            if self._dice.random() < self._habits.copies:
                after_s = self._dice.choice((0.0, self._dice.uniform(1, 6)))
                self._waiting.append(_Due(sent, time.monotonic() + after_s))
            self._changed.notify()

    def be_kind(self) -> None:
        """Make no more copies; deliver now what was to come late."""
        with self._changed:
            self._habits.copies = self._habits.late = 0.0
            for one in self._waiting:
                one.at = min(one.at, time.monotonic()) if one.is_late else one.at
            self._changed.notify_all()

    def outstanding(self) -> set[str]:
        """Return the jobs with messages that are not acknowledged yet; empty once everything is done."""
        with self._changed:
            return {one.sent.job_id for one in self._waiting} | ({"in flight"} if self._busy else set())

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(30)

    def _run(self) -> None:
        while (due := self._take()) is not None:
            status = self._fleet.push("direct", due.sent)
            with self._changed:
                self._busy -= 1
                self._answered(due, is_acked=status in ACKS)
                self._changed.notify()

    def _take(self) -> _Due | None:
        with self._changed:
            while not self._closed:
                now = time.monotonic()
                ready = [place for place, one in enumerate(self._waiting) if one.at <= now]
                if ready:
                    # Choose any of them, so that they come out of order.
                    self._busy += 1
                    return self._waiting.pop(self._dice.choice(ready))
                self._changed.wait(0.2)
        return None

    def _answered(self, due: _Due, *, is_acked: bool) -> None:
        due.tries += 1
        if not is_acked:
            most = min(self._habits.most_backoff_s, self._habits.least_backoff_s * 2.0 ** min(due.tries, 10))
            due.at = time.monotonic() + self._dice.uniform(self._habits.least_backoff_s, most)
            self._waiting.append(due)
        elif self._dice.random() < self._habits.late:
            # An acknowledged message comes again, as if its ack had been lost.
            at = time.monotonic() + self._dice.choice((self._dice.uniform(0, 1), self._dice.uniform(2, 30)))
            self._waiting.append(_Due(due.sent, at, is_late=True))


@dataclass(slots=True)
class Relay:
    """Where the emulator pushes to."""

    endpoint: str
    in_flight: set[str] = field(default_factory=set)


@contextmanager
def relay(fleet: Fleet) -> Iterator[Relay]:
    """Sign what the emulator pushes, pass it to an instance, and pass the answer back."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = fleet.push("emulator", read(body)) or 502
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    server = _quiet_server(Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), name="relay", daemon=True)
    thread.start()
    try:
        yield Relay(f"http://127.0.0.1:{server.server_port}/push")
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def _quiet_server(handler: Callable[..., BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Log nothing: the emulator closes the connection if an answer takes too long."""

    return Server(("127.0.0.1", 0), handler)
