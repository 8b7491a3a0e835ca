"""Faults that tests inject into publishing while the stand-in runs."""

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass

import grpc

from service.dev.pubsub.limits import Publishable


@dataclass(slots=True, kw_only=True)
class PublishFault:
    """One thing that goes wrong with each Publish call that matches.

    A call matches if it is to `topic` (its full name or the last part), and if the regular expression `message_key` is
    found in that attribute of any of its messages. `left` is how many more calls it hits, None for no limit; `hits`
    counts them. A call that is hit waits `hang_s` seconds, then fails with `status` if that is set. With `stored`, its
    messages are accepted nevertheless: only the reply is lost.
    """

    status: grpc.StatusCode | None = None
    hang_s: float = 0.0
    stored: bool = False
    left: int | None = None
    topic: str | None = None
    message_key: str | None = None
    hits: int = 0

    def matches(self, topic: str, messages: Sequence[Publishable]) -> bool:
        if self.left == 0 or (self.topic is not None and self.topic not in (topic, topic.rpartition("/")[2])):
            return False
        keys = [message.attributes.get("message_key", "") for message in messages]
        return self.message_key is None or any(re.search(self.message_key, key) for key in keys)


class Faults:
    """The active faults. Tests change them from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[PublishFault] = []

    def fail_publish(
        self,
        status: grpc.StatusCode,
        *,
        times: int | None = None,
        topic: str | None = None,
        message_key: str | None = None,
    ) -> PublishFault:
        """Calls fail, and store nothing."""
        return self.add(PublishFault(status=status, left=times, topic=topic, message_key=message_key))

    def hang_publish(self, seconds: float, *, times: int | None = None, topic: str | None = None) -> PublishFault:
        """Calls wait before they do anything; if the client has given up by then, nothing is stored."""
        return self.add(PublishFault(hang_s=seconds, left=times, topic=topic))

    def lose_reply(self, *, times: int | None = None, topic: str | None = None, hang_s: float = 0.0) -> PublishFault:
        """Calls store their messages, then wait `hang_s` seconds and answer UNAVAILABLE."""
        unavailable = grpc.StatusCode.UNAVAILABLE
        return self.add(PublishFault(status=unavailable, stored=True, hang_s=hang_s, left=times, topic=topic))

    def add(self, fault: PublishFault) -> PublishFault:
        with self._lock:
            self._faults.append(fault)
        return fault

    def remove(self, fault: PublishFault) -> None:
        with self._lock:
            self._faults = [kept for kept in self._faults if kept is not fault]

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def hit(self, topic: str, messages: Sequence[Publishable]) -> PublishFault | None:
        """The first fault that matches this call, which counts as a hit; None if the call succeeds."""
        with self._lock:
            fault = next((fault for fault in self._faults if fault.matches(topic, messages)), None)
            if fault:
                fault.hits += 1
                fault.left = None if fault.left is None else fault.left - 1
            return fault
