"""The simulation's time, and what is due in it."""

import heapq
from collections.abc import Callable


class Clock:
    """Runs what is due, in its order; things due at the same time run in the order in which they were asked for."""

    def __init__(self) -> None:
        self.now = 0.0
        """Seconds since the beginning."""
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._asked = 0

    def after(self, seconds: float, then: Callable[[], None]) -> None:
        self._asked += 1
        heapq.heappush(self._due, (self.now + seconds, self._asked, then))

    def run(self, until: float) -> None:
        """Run until that time, or until nothing is due."""
        while self._due and self._due[0][0] <= until:
            self.now, _, then = heapq.heappop(self._due)
            then()
        self.now = until
