"""Equal servers with one queue: processors, or whatever works on one thing at a time."""

from collections import deque
from collections.abc import Callable

from lab.scale.clock import Clock


class Servers:
    """`count` servers, first come, first served."""

    def __init__(self, clock: Clock, count: int) -> None:
        self.clock = clock
        self.count = count
        self.busy_s = 0.0
        """Seconds of work begun so far, of all servers together."""
        self._busy = 0
        self._queue: deque[tuple[float, Callable[[], None]]] = deque()

    def serve(self, seconds: float, then: Callable[[], None]) -> None:
        """Do work that takes one server `seconds`, as soon as one is free; call `then` when it is done."""
        if self._busy == self.count:
            self._queue.append((seconds, then))
            return
        self._busy += 1
        self._begin(seconds, then)

    def _begin(self, seconds: float, then: Callable[[], None]) -> None:
        self.busy_s += seconds

        def done() -> None:
            if self._queue:
                self._begin(*self._queue.popleft())
            else:
                self._busy -= 1
            then()

        self.clock.after(seconds, done)
