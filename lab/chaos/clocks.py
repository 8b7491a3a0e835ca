"""Wrong wall clocks.

Replaces libfaketime, which cannot run Python 3.11: under Debian's 0.9.10, `time.sleep` fails if the monotonic clock is
left alone, and a thread's wait never ends if it is not. The service, its logs and its pool use Python's `time.time`, so
shifting that is enough.
"""

import os
import time

CLOCK = "CHAOS_CLOCK_S"
"""Environment variable: by how many seconds the wall clock of a process is off."""


def shift_own() -> None:
    """Shift this process's `time.time` as the environment says. Call it before anything takes it as a default."""
    off_s = float(os.environ.get(CLOCK, "0"))
    if off_s:
        right = time.time
        setattr(time, "time", lambda: right() + off_s)  # noqa: B010 (mypy: a function of a module)
