"""A Pub/Sub push subscription: its window, its backoff and its redeliveries.

What https://cloud.google.com/pubsub/docs/push says: the window of outstanding pushes starts with a few, doubles with
each round of acks up to 3,000, grows linearly beyond, and falls back to 3,000 if answers take over a second on average
or fewer than 99 of 100 are acks. Nacks make the whole subscription pause: 0.5 s if one answer of five is a nack, 30 to
60 s if all are. A message that was refused comes again after the subscription's own retry policy.

What it leaves open is assumed: a nack makes the window smaller by one, as an ack below 3,000 makes it larger by one;
beyond 3,000 it grows by `LINEAR` in each round; and the averages are of some hundred answers.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import partial

from lab.scale.clock import Clock

FIRST_WINDOW = 4.0
LINEAR_FROM = 3_000.0
LINEAR = 100.0
SLOW_S = 1.0
FEW_ACKS = 0.99
MEMORY = 1 / 100
"""The weight of the newest answer in the averages."""
LEAST_PAUSE_S, MOST_PAUSE_S = 0.1, 60.0
"""Pauses are these, and between them grow exponentially with the share of nacks: 0.4 s at a fifth, 60 s at all."""


class Answer(Enum):
    ACK = "ack"
    NACK = "nack"


@dataclass(slots=True)
class Message:
    published: float
    """When, in the simulation's seconds."""
    refused: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Of the subscription: how long a refused message waits, in seconds. `deploy/setup.sh` has these."""

    least_s: float = 10.0
    most_s: float = 600.0

    def wait_s(self, refused: int) -> float:
        return min(self.most_s, self.least_s * 2.0 ** min(refused - 1, 20))


class Subscription:
    """Pushes messages to `deliver`, which takes a message and what to call with the answer."""

    def __init__(
        self,
        clock: Clock,
        deliver: Callable[[Message, Callable[[Answer], None]], None],
        acked: Callable[[Message], None],
        *,
        retry: RetryPolicy | None = None,
        window: float = FIRST_WINDOW,
    ) -> None:
        self.backlog: deque[Message] = deque()
        self.outstanding = 0
        self.most_outstanding = 0
        self.nacks = 0
        self.in_retry = 0
        """Refused messages that wait for their next delivery."""
        self.window = window
        self._clock, self._deliver, self._acked = clock, deliver, acked
        self._retry = retry or RetryPolicy()
        self._acks, self._latency_s = 1.0, 0.0
        self._paused_until = 0.0

    def publish(self, message: Message) -> None:
        self.backlog.append(message)
        self._send()

    def _send(self) -> None:
        while self.backlog and self.outstanding < int(self.window) and self._clock.now >= self._paused_until:
            message, sent = self.backlog.popleft(), self._clock.now
            self.outstanding += 1
            self.most_outstanding = max(self.most_outstanding, self.outstanding)
            self._deliver(message, partial(self._answered, message, sent))

    def _answered(self, message: Message, sent: float, answer: Answer) -> None:
        self.outstanding -= 1
        self._acks += MEMORY * ((answer is Answer.ACK) - self._acks)
        self._latency_s += MEMORY * (self._clock.now - sent - self._latency_s)
        self.window = window_after(self.window, answer, acks=self._acks, latency_s=self._latency_s)
        if answer is Answer.ACK:
            self._acked(message)
        else:
            self._refused(message)
        self._send()

    def _refused(self, message: Message) -> None:
        self.nacks += 1
        message.refused += 1
        self.in_retry += 1
        self._clock.after(self._retry.wait_s(message.refused), partial(self._again, message))
        if self._clock.now >= self._paused_until:
            pause = LEAST_PAUSE_S * (MOST_PAUSE_S / LEAST_PAUSE_S) ** (1 - self._acks)
            self._paused_until = self._clock.now + pause
            self._clock.after(pause, self._send)

    def _again(self, message: Message) -> None:
        self.in_retry -= 1
        self.publish(message)


def window_after(window: float, answer: Answer, *, acks: float, latency_s: float) -> float:
    """Return the window after an answer. `acks` is the share of acks and `latency_s` the seconds to an answer, both on
    average. Pure."""
    if answer is Answer.NACK:
        window = max(1.0, window - 1)
    elif window < LINEAR_FROM:
        window += 1
    else:
        window += LINEAR / window
    if acks < FEW_ACKS or latency_s > SLOW_S:
        window = min(window, LINEAR_FROM)
    return window
