"""Wall clocks that are wrong.

The substitute for libfaketime, which cannot run Python 3.11: under Debian's 0.9.10 `time.sleep` is an error when the
monotonic clock is left alone, and a thread's wait never ends when it is not. Python's own `time.time` is what the
service, its logs and its pool go by, so shifting that is enough.
"""

import os
import time

CLOCK = "CHAOS_CLOCK_S"
"""Environment variable: by how many seconds the wall clock of a process is off."""


def shift_own() -> None:
    """Shift this process's `time.time` by what the environment says. Before anything that takes it as a default."""
    off_s = float(os.environ.get(CLOCK, "0"))
    if off_s:
        right = time.time
        setattr(time, "time", lambda: right() + off_s)  # noqa: B010 (mypy: a function of a module)
