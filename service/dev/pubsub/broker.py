"""The topics, the subscriptions and their messages, in memory.

A message stays in a subscription until it is acknowledged. It is *taken* under an ack id. If its ack deadline passes or
it is nacked, it is redelivered after the subscription's backoff. Threads share one `Broker`; `changed` is its lock.
"""

import heapq
import itertools
import random
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import grpc

KEPT_FOR_INSPECTION = 10_000


class Rejected(Exception):
    """Pub/Sub refuses this call with this gRPC status."""

    def __init__(self, status: grpc.StatusCode, sentence: str) -> None:
        super().__init__(f"{status.name}: {sentence}")
        self.status = status
        self.sentence = sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """An accepted message. `published_at` is in Unix seconds."""

    id: str
    data: bytes
    attributes: Mapping[str, str]
    ordering_key: str
    published_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PushTarget:
    """Where a subscription pushes to. `email` is None if it sends no token.

    The last two are explained in https://cloud.google.com/pubsub/docs/payload-unwrapping.
    """

    endpoint: str
    email: str | None
    audience: str
    wrapped: bool = True
    metadata_as_headers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """The configuration of a subscription. `backoff_s` is the shortest and the longest wait before a redelivery.

    `max_attempts` is set if there is a dead-letter policy; only then do deliveries carry a `deliveryAttempt`.
    """

    name: str
    topic: str
    ack_deadline_s: float
    backoff_s: tuple[float, float]
    push: PushTarget | None = None
    ordered: bool = False
    dead_letter_topic: str | None = None
    max_attempts: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message, taken once. `attempt` counts from 1."""

    message: Message
    ack_id: str
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outstanding:
    """A message that is not acknowledged yet, for inspection. `attempts`: how often it was taken so far."""

    message: Message
    attempts: int
    taken: bool


@dataclass(slots=True)
class _Entry:
    """One message in one subscription. It is due at `wake`, in monotonic seconds: for delivery, or because its ack
    deadline has passed."""

    message: Message
    wake: float
    attempts: int = 0
    ack_id: str | None = None


@dataclass(slots=True)
class _Queue:
    config: Subscription
    entries: dict[int, _Entry] = field(default_factory=dict)
    wakes: list[tuple[float, int]] = field(default_factory=list)
    taken: dict[str, int] = field(default_factory=dict)
    chains: dict[str, deque[int]] = field(default_factory=dict)
    held: bool = False


class Broker:
    """The state of the stand-in. Any thread may call any method; only `take` waits."""

    def __init__(self, *, jitter: random.Random | None = None) -> None:
        self.changed = threading.Condition(threading.RLock())
        self.closed = False
        self._jitter = jitter or random.Random()  # noqa: S311 (spreads retries; nothing secret)
        self._topics: dict[str, deque[Message]] = {}
        self._queues: dict[str, _Queue] = {}
        self._ids = itertools.count(1)
        self._serials = itertools.count(1)
        self._copies: dict[str, int] = {}

    def create_topic(self, name: str) -> None:
        with self.changed:
            if name in self._topics:
                raise Rejected(grpc.StatusCode.ALREADY_EXISTS, f"Topic {name} already exists.")
            self._topics[name] = deque(maxlen=KEPT_FOR_INSPECTION)

    def check_topic(self, name: str) -> None:
        with self.changed:
            self._topic(name)

    def create_subscription(self, config: Subscription) -> None:
        with self.changed:
            self._topic(config.topic)
            if config.name in self._queues:
                raise Rejected(grpc.StatusCode.ALREADY_EXISTS, f"Subscription {config.name} already exists.")
            self._queues[config.name] = _Queue(config)

    def subscription(self, name: str) -> Subscription:
        with self.changed:
            return self._queue(name).config

    def publish(self, topic: str, messages: Sequence[tuple[bytes, Mapping[str, str], str]]) -> list[str]:
        """Add (data, attributes, ordering key) to every subscription of the topic; return the new messages' ids."""
        with self.changed:
            kept = self._topic(topic)
            ids = []
            for data, attributes, ordering_key in messages:
                message = Message(
                    id=str(next(self._ids)),
                    data=data,
                    attributes=dict(attributes),
                    ordering_key=ordering_key,
                    published_at=time.time(),
                )
                kept.append(message)
                ids.append(message.id)
                for queue in self._queues.values():
                    if queue.config.topic == topic:
                        for _ in range(1 + self._copies.get(queue.config.name, 0)):
                            self._enter(queue, message)
            self.changed.notify_all()
            return ids

    def take(self, name: str, limit: int, *, wait_s: float = 0.0, lease_s: float | None = None) -> list[Delivery]:
        """Take up to `limit` messages that are due, each under a new ack id for `lease_s` seconds (None: ack deadline).

        Waits up to `wait_s` seconds for the first one. Returns none if the broker is closed.
        """
        until = time.monotonic() + wait_s
        with self.changed:
            while True:
                queue = self._queue(name)
                now = time.monotonic()
                deliveries = [] if queue.held or self.closed else self._take_due(queue, limit, now, lease_s)
                if deliveries or self.closed or now >= until:
                    self.changed.notify_all()
                    return deliveries
                wake = queue.wakes[0][0] if queue.wakes and not queue.held else until
                self.changed.wait(max(0.0, min(wake, until) - now))

    def acknowledge(self, name: str, ack_ids: Sequence[str]) -> None:
        """Remove the messages. Expired ack ids are ignored, as Pub/Sub does without exactly-once delivery."""
        with self.changed:
            queue = self._queue(name)
            for ack_id in ack_ids:
                serial = queue.taken.pop(ack_id, None)
                if serial is not None:
                    self._remove(queue, serial)
            self.changed.notify_all()

    def modify_deadline(self, name: str, ack_ids: Sequence[str], seconds: float) -> None:
        """Let the ack deadlines pass this many seconds from now; 0 is a nack."""
        with self.changed:
            queue = self._queue(name)
            for ack_id in ack_ids:
                serial = queue.taken.get(ack_id)
                if serial is None:
                    continue
                if seconds:
                    self._wake_at(queue, serial, time.monotonic() + seconds)
                else:
                    self._redeliver(queue, serial)
            self.changed.notify_all()

    def hold(self, name: str, *, on: bool) -> None:
        with self.changed:
            self._queue(name).held = on
            self.changed.notify_all()

    def copy_deliveries(self, name: str, copies: int) -> None:
        """From now on, add this many copies of every new message to the subscription, under the same message id."""
        with self.changed:
            self._queue(name)
            self._copies[name] = copies

    def deliver_again(self, name: str, message_id: str) -> None:
        """Add a message of the topic to the subscription once more, whether or not it was acknowledged."""
        with self.changed:
            queue = self._queue(name)
            found = [message for message in self._topic(queue.config.topic) if message.id == message_id]
            if not found:
                raise Rejected(grpc.StatusCode.NOT_FOUND, f"There is no message {message_id} in {queue.config.topic}.")
            self._enter(queue, found[0])
            self.changed.notify_all()

    def accepted(self, topic: str) -> list[Message]:
        with self.changed:
            return list(self._topic(topic))

    def outstanding(self, name: str) -> list[Outstanding]:
        with self.changed:
            return [
                Outstanding(message=entry.message, attempts=entry.attempts, taken=entry.ack_id is not None)
                for entry in self._queue(name).entries.values()
            ]

    def topics(self) -> list[str]:
        with self.changed:
            return list(self._topics)

    def subscriptions(self) -> list[str]:
        with self.changed:
            return list(self._queues)

    def close(self) -> None:
        """Wake every thread that waits in `take`."""
        with self.changed:
            self.closed = True
            self.changed.notify_all()

    def _topic(self, name: str) -> deque[Message]:
        if name not in self._topics:
            raise Rejected(grpc.StatusCode.NOT_FOUND, f"There is no topic {name}.")
        return self._topics[name]

    def _queue(self, name: str) -> _Queue:
        if name not in self._queues:
            raise Rejected(grpc.StatusCode.NOT_FOUND, f"There is no subscription {name}.")
        return self._queues[name]

    def _enter(self, queue: _Queue, message: Message) -> None:
        serial = next(self._serials)
        queue.entries[serial] = _Entry(message, float("inf"))
        if queue.config.ordered and message.ordering_key:
            chain = queue.chains.setdefault(message.ordering_key, deque())
            chain.append(serial)
            if chain[0] != serial:
                return  # one message of a key at a time: this one is due when those before it are acknowledged
        self._wake_at(queue, serial, time.monotonic())

    def _wake_at(self, queue: _Queue, serial: int, when: float) -> None:
        queue.entries[serial].wake = when
        if when != float("inf"):
            heapq.heappush(queue.wakes, (when, serial))

    def _take_due(self, queue: _Queue, limit: int, now: float, lease_s: float | None) -> list[Delivery]:
        deliveries: list[Delivery] = []
        while queue.wakes and queue.wakes[0][0] <= now and len(deliveries) < limit:
            wake, serial = heapq.heappop(queue.wakes)
            entry = queue.entries.get(serial)
            if entry is None or entry.wake != wake:
                continue  # acknowledged or rescheduled since
            if entry.ack_id is not None:
                self._redeliver(queue, serial)
                continue
            entry.attempts += 1
            entry.ack_id = f"{serial}-{entry.attempts}"
            queue.taken[entry.ack_id] = serial
            self._wake_at(queue, serial, now + (queue.config.ack_deadline_s if lease_s is None else lease_s))
            deliveries.append(Delivery(message=entry.message, ack_id=entry.ack_id, attempt=entry.attempts))
        return deliveries

    def _redeliver(self, queue: _Queue, serial: int) -> None:
        """Nacked, or its ack deadline has passed: schedule a redelivery, or move it to the dead-letter topic."""
        entry = queue.entries[serial]
        if entry.ack_id is not None:
            queue.taken.pop(entry.ack_id, None)
        entry.ack_id = None
        config = queue.config
        if config.dead_letter_topic and config.max_attempts and entry.attempts >= config.max_attempts:
            self._remove(queue, serial)
            if config.dead_letter_topic in self._topics:
                message = entry.message
                self.publish(config.dead_letter_topic, [(message.data, message.attributes, message.ordering_key)])
            return
        self._wake_at(
            queue, serial, time.monotonic() + backoff_s(entry.attempts, config.backoff_s, self._jitter.random())
        )

    def _remove(self, queue: _Queue, serial: int) -> None:
        entry = queue.entries.pop(serial)
        chain = queue.chains.get(entry.message.ordering_key)
        if chain and serial in chain:
            chain.remove(serial)
            if chain:
                self._wake_at(queue, chain[0], time.monotonic())
            else:
                del queue.chains[entry.message.ordering_key]


def backoff_s(attempts: int, bounds_s: tuple[float, float], chance: float) -> float:
    """Seconds until the redelivery of a message after `attempts` attempts.

    The shortest wait, doubled for each attempt after the first, give or take a fifth by `chance` (0 to 1), in bounds.
    """
    shortest, longest = bounds_s
    return min(longest, max(shortest, shortest * 2.0 ** min(attempts - 1, 60) * (0.8 + 0.4 * chance)))
