"""Processes that may outlive the one that started them: told from others of the same number, and ended."""

import contextlib
import time
from dataclasses import dataclass

import psutil

KILL_PATIENCE_S = 2.0


@dataclass(frozen=True, slots=True)
class Started:
    """A process by its number and its start, in unix seconds: numbers are given out again."""

    pid: int
    started_at: float


def started(pid: int) -> Started | None:
    """The process that has this number now; None where there is none."""
    try:
        return Started(pid, psutil.Process(pid).create_time())
    except psutil.Error:
        return None


def is_alive(process: Started) -> bool:
    """Whether that very process still runs. One that has ended and was not waited for does not."""
    try:
        now = psutil.Process(process.pid)
        return bool(abs(now.create_time() - process.started_at) < 1 and now.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def end(process: Started, patience_s: float) -> None:
    """End it and its children: SIGTERM, and SIGKILL for what is left after `patience_s` seconds."""
    family = _family(process)
    if family:
        with contextlib.suppress(psutil.Error):
            family[0].terminate()
        _wait_gone(family[:1], patience_s)
    _kill(family)


def kill(process: Started) -> None:
    """SIGKILL for it and its children, as when a machine goes away."""
    _kill(_family(process))


def _family(process: Started) -> list[psutil.Process]:
    """It and its children now, itself first; none where it does not run any more."""
    try:
        top = psutil.Process(process.pid)
        return [top, *top.children(recursive=True)] if is_alive(process) else []
    except psutil.Error:
        return []


def _kill(family: list[psutil.Process]) -> None:
    for one in family:
        with contextlib.suppress(psutil.Error):  # psutil itself tells a process from a later one of its number
            one.kill()
    _wait_gone(family, KILL_PATIENCE_S)


def _wait_gone(family: list[psutil.Process], seconds: float) -> None:
    """Never `wait` for them: that would take a child's exit code from whoever started it."""
    until = time.monotonic() + seconds
    while any(_runs(one) for one in family) and time.monotonic() < until:
        time.sleep(0.02)


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False
