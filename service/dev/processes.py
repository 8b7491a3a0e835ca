"""Identify and end processes that may outlive the one that started them, even if their number is reused."""

import contextlib
import time
from dataclasses import dataclass

import psutil

KILL_PATIENCE_S = 2.0


@dataclass(frozen=True, slots=True)
class Started:
    """A process by its number and its start in Unix seconds, because numbers are reused."""

    pid: int
    started_at: float


def started(pid: int) -> Started | None:
    """The process that has this number now; None if there is none."""
    try:
        return Started(pid, psutil.Process(pid).create_time())
    except psutil.Error:
        return None


def is_alive(process: Started) -> bool:
    """Whether this process still runs. A zombie does not count."""
    try:
        now = psutil.Process(process.pid)
        return bool(abs(now.create_time() - process.started_at) < 1 and now.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def end(process: Started, patience_s: float) -> None:
    """Send it SIGTERM, wait up to `patience_s` seconds, then SIGKILL it and its children if any are left."""
    family = _family(process)
    if family:
        with contextlib.suppress(psutil.Error):
            family[0].terminate()
        _wait_gone(family[:1], patience_s)
    _kill(family)


def kill(process: Started) -> None:
    """SIGKILL it and its children, as if the machine went away."""
    _kill(_family(process))


def _family(process: Started) -> list[psutil.Process]:
    """The process and its children, itself first; empty if it no longer runs."""
    try:
        top = psutil.Process(process.pid)
        return [top, *top.children(recursive=True)] if is_alive(process) else []
    except psutil.Error:
        return []


def _kill(family: list[psutil.Process]) -> None:
    for process in family:
        with contextlib.suppress(psutil.Error):  # psutil itself checks that the number was not reused
            process.kill()
    _wait_gone(family, KILL_PATIENCE_S)


def _wait_gone(family: list[psutil.Process], seconds: float) -> None:
    """Poll instead of calling `wait`, which would take a child's exit code away from the process that started it."""
    until = time.monotonic() + seconds
    while any(_runs(process) for process in family) and time.monotonic() < until:
        time.sleep(0.02)


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False
