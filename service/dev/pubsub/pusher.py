"""Push one subscription's messages to its endpoint over HTTP, as Pub/Sub does.

https://cloud.google.com/pubsub/docs/push: 102, 200, 201, 202 and 204 acknowledge; any other answer, or no answer within
the ack deadline, is a nack.
"""

import base64
import contextlib
import datetime as dt
import http.client
import json
import re
import socket
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from service.dev.issuer import LocalIssuer
from service.dev.pubsub.broker import KEPT_FOR_INSPECTION, Broker, Delivery, Message, PushTarget, Subscription

ACKS = frozenset({102, 200, 201, 202, 204})
TOKEN_REUSED_S = 300.0
MAX_ANSWER_BYTES = 65_536
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """One finished push. `status` is None if no answer came; `error` then says why. Times are in seconds."""

    subscription: str
    message_id: str
    attempt: int
    status: int | None
    error: str
    started_at: float
    took_s: float

    @property
    def acked(self) -> bool:
        return self.status in ACKS


class Pusher:
    """One thread that takes messages as they become due, and up to `max_in_flight` more that make one request each."""

    def __init__(self, broker: Broker, config: Subscription, issuer: LocalIssuer, max_in_flight: int) -> None:
        if config.push is None:
            message = f"{config.name} is not a push subscription"
            raise ValueError(message)
        self._broker = broker
        self._config = config
        self._target = config.push
        self._issuer = issuer
        self._room = threading.Semaphore(max_in_flight)
        self._lock = threading.Lock()
        self._connections: set[http.client.HTTPConnection] = set()
        self._token = ("", float("-inf"))
        self.log: deque[Push] = deque(maxlen=KEPT_FOR_INSPECTION)
        self._pool = ThreadPoolExecutor(max_in_flight, thread_name_prefix="push")
        self._thread = threading.Thread(target=self._run, name="pusher")
        self._thread.start()

    def close(self) -> None:
        """Abort the requests in flight, whose messages stay unacknowledged, and end all threads.

        Close the broker first.
        """
        self._room.release()
        self._thread.join()
        with self._lock:
            sockets = [connection.sock for connection in self._connections if connection.sock]
        for open_socket in sockets:
            with contextlib.suppress(OSError):
                open_socket.shutdown(socket.SHUT_RDWR)
        self._pool.shutdown(wait=True)

    def _run(self) -> None:
        while True:
            self._room.acquire()
            deliveries: list[Delivery] = []
            while not deliveries and not self._broker.closed:
                # The request times out at the ack deadline, so the message needs no deadline of its own.
                deliveries = self._broker.take(self._config.name, 1, wait_s=1.0, lease_s=float("inf"))
            if self._broker.closed:
                return
            self._pool.submit(self._push, deliveries[0])

    def _push(self, delivery: Delivery) -> None:
        started_at, start = time.time(), time.monotonic()
        status, error = None, ""
        try:
            status = self._post(delivery)
        except (OSError, http.client.HTTPException, ValueError) as failure:
            error = f"{type(failure).__name__}: {failure}"
        finally:
            self._room.release()
        took_s = time.monotonic() - start
        if took_s > self._config.ack_deadline_s:
            status, error = None, "the answer came after the ack deadline"
        push = Push(
            subscription=self._config.name,
            message_id=delivery.message.id,
            attempt=delivery.attempt,
            status=status,
            error=error,
            started_at=started_at,
            took_s=took_s,
        )
        with self._broker.changed:
            self.log.append(push)
            if push.acked:
                self._broker.acknowledge(self._config.name, [delivery.ack_id])
            else:
                self._broker.modify_deadline(self._config.name, [delivery.ack_id], 0)

    def _post(self, delivery: Delivery) -> int:
        url = urlsplit(self._target.endpoint)
        connection = http.client.HTTPConnection(url.netloc, timeout=self._config.ack_deadline_s)
        with self._lock:
            self._connections.add(connection)
        try:
            headers, body = request_of(delivery, self._config, self._target)
            if self._target.email is not None:
                headers["Authorization"] = f"Bearer {self._bearer(self._target.email)}"
            connection.request("POST", f"{url.path or '/'}{'?' if url.query else ''}{url.query}", body, headers)
            if self._broker.closed:
                message = "the stand-in is stopping"
                raise ConnectionAbortedError(message)
            response = connection.getresponse()
            response.read(MAX_ANSWER_BYTES)
            return response.status
        finally:
            with self._lock:
                self._connections.discard(connection)
            connection.close()

    def _bearer(self, email: str) -> str:
        """The token, signed up to 5 min ago: Google's, too, are some minutes old when they arrive."""
        token, made = self._token
        if time.monotonic() - made > TOKEN_REUSED_S:
            token = self._issuer.token(self._target.audience, email)
            self._token = (token, time.monotonic())
        return token


def request_of(delivery: Delivery, config: Subscription, target: PushTarget) -> tuple[dict[str, str], bytes]:
    """The headers and the body of a push."""
    message = delivery.message
    headers = {"User-Agent": "CloudPubSub-Google", "Accept": "application/json", "From": "noreply@google.com"}
    if target.wrapped:
        counted = {"deliveryAttempt": delivery.attempt} if config.max_attempts else {}
        envelope = {"message": wrapped(message), "subscription": config.name, **counted}
        return headers | {"Content-Type": "application/json"}, json.dumps(envelope).encode()
    if target.metadata_as_headers:
        headers |= {
            name: value
            for name, value in message.attributes.items()
            if _HEADER_NAME.fullmatch(name) and _HEADER_VALUE.fullmatch(value)
        }
        headers |= {
            "x-goog-pubsub-subscription-name": config.name,
            "x-goog-pubsub-message-id": message.id,
            "x-goog-pubsub-publish-time": rfc3339(message.published_at),
        }
        if message.ordering_key:
            headers["x-goog-pubsub-ordering-key"] = message.ordering_key
    return headers, message.data


def wrapped(message: Message) -> dict[str, Any]:
    """The message as it is in the body of a push: some fields in two spellings, without the empty ones."""
    when = rfc3339(message.published_at)
    body: dict[str, Any] = {
        "messageId": message.id,
        "message_id": message.id,
        "publishTime": when,
        "publish_time": when,
    }
    if message.data:
        body["data"] = base64.b64encode(message.data).decode()
    if message.attributes:
        body["attributes"] = dict(message.attributes)
    if message.ordering_key:
        body["orderingKey"] = message.ordering_key
    return body


def rfc3339(unix_s: float) -> str:
    return dt.datetime.fromtimestamp(unix_s, dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
