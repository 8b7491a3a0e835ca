"""Wall clocks that are wrong."""

import os
import time
from pathlib import Path

CLOCK = "CHAOS_CLOCK_S"
"""Environment variable: by how many seconds the wall clock of a process is off."""
LIBFAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")


def environment(off_s: int) -> dict[str, str]:
    """Of a process whose wall clock is wrong: by Debian's libfaketime where it is installed, else by
    `chaos.gunicorn_conf`, which shifts Python's `time.time` alone."""
    if not off_s:
        return {}
    if LIBFAKETIME.exists():
        # Its monotonic clock is right, as on a machine whose date was set wrongly.
        return {"LD_PRELOAD": str(LIBFAKETIME), "FAKETIME": f"{off_s:+d}s", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    return {CLOCK: str(off_s)}


def shift_own() -> None:
    """Shift this process's `time.time` by what the environment says. Before anything that takes it as a default."""
    off_s = float(os.environ.get(CLOCK, "0"))
    if off_s:
        right = time.time
        setattr(time, "time", lambda: right() + off_s)  # noqa: B010 (mypy: a function of a module)
