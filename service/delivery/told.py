"""What the log has been told of jobs that are refused: a duplicate comes again and again, and one line says it."""

import threading
from collections import OrderedDict

KEPT = 10_000
"""Jobs that are remembered. Beyond that the one that was refused longest ago is forgotten, and is told of once more."""


class Told:
    """The refusals of each job in this process since it was last claimed here. Safe to use from many threads."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._lock = threading.Lock()
        self._jobs: OrderedDict[str, tuple[int, set[str]]] = OrderedDict()

    def is_new(self, job_id: str, why: str) -> bool:
        """Count a refusal of the job; return whether it is the first for this reason. `why` is one of few sentences."""
        with self._lock:
            count, reasons = self._jobs.pop(job_id, (0, set()))
            is_first = why not in reasons
            self._jobs[job_id] = (count + 1, reasons | {why} if is_first else reasons)
            if len(self._jobs) > self._kept:
                self._jobs.popitem(last=False)
            return is_first

    def forget(self, job_id: str) -> int:
        """Return how often the job was refused since, and start again: it is in another state now."""
        with self._lock:
            return self._jobs.pop(job_id, (0, None))[0]
