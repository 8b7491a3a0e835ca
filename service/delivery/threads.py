"""The threads that stages run in. A new one is started only if none is idle: to start one takes longer than the rest of
what surrounds a stage.

A stage that never returns keeps its thread; the next one gets another. Context variables belong to the job, as it is
run in a copy of its request's context. A `threading.local` lives as long as its thread, as in every server's threads.
"""

import queue
import threading
from collections.abc import Callable

MAX_IDLE = 32
"""Idle threads that are kept."""


class Threads:
    """Starts no thread before the first `run`, so a server may fork after this was made."""

    def __init__(self) -> None:
        self._idle: list[queue.SimpleQueue[Callable[[], object]]] = []

    def run(self, work: Callable[[], object]) -> None:
        """Call `work`, which must not raise, in a thread. Returns at once."""
        try:
            inbox = self._idle.pop()
        except IndexError:
            inbox = queue.SimpleQueue()
            threading.Thread(target=self._serve, args=(inbox,), name="stages", daemon=True).start()
        inbox.put(work)

    def _serve(self, inbox: "queue.SimpleQueue[Callable[[], object]]") -> None:
        while True:
            inbox.get()()
            if len(self._idle) >= MAX_IDLE:
                return
            self._idle.append(inbox)
