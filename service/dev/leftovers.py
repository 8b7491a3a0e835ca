"""Find what a `dev` that was killed has left running, and who has a port."""

import psutil

from service.dev import processes

MARK = "AIPROD_DEV_FOLDER"
"""In the environment of every service that `dev` starts: its folder. It is there from the first instruction on, so
nothing that was started is ever missed."""
STOP_S = 9.0
"""gunicorn gives its requests 8 s to finish."""


def end_services(folder: str) -> None:
    """End every service that a `dev` of this folder has started."""
    found = [process for process in psutil.process_iter() if _folder_of(process) == folder]
    pids = {process.pid for process in found}
    for process in found:
        started = processes.started(process.pid)
        if started and _parent(process) not in pids:
            processes.end(started, STOP_S)


def owner_of(port: int) -> str:
    """Who listens on this port of the loopback, as words for a sentence; "another program" if that cannot be seen."""
    try:
        pids = [
            one.pid
            for one in psutil.net_connections("tcp")
            if one.status == psutil.CONN_LISTEN and one.laddr and one.laddr[1] == port and one.pid
        ]
        process = psutil.Process(pids[0])
        folder = _folder_of(process)
        return f"the dev of {folder}" if folder else f"{process.name()} (pid {process.pid})"
    except (psutil.Error, OSError, IndexError):
        return "another program"


def _folder_of(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(MARK)
    except (psutil.Error, OSError):
        return None


def _parent(process: psutil.Process) -> int | None:
    try:
        return int(process.ppid())
    except psutil.Error:
        return None
