"""Wait for a condition, never for a time."""

import time
from collections.abc import Callable


def eventually(
    holds: Callable[[], object], *, timeout: float = 60, what: Callable[[], str] = lambda: "it never held"
) -> None:
    """Wait until `holds()` is true; the time limit only ends a test that has failed already."""
    ends = time.monotonic() + timeout
    while not holds():
        assert time.monotonic() < ends, what()
        time.sleep(0.02)
