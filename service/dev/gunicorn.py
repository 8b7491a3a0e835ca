"""Run the service as it is deployed, in the folder where `dev` was started: a pipeline there can be imported."""

import http.client
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

from service.dev import processes
from service.dev.look import PACKAGE, python_path
from service.dev.processes import Started
from service.errors import Unavailable
from service.log_text import text_of_line

SETTINGS_FILE = "gunicorn.conf.py"
APP = "service.dev.front:create_app()"
"""The service as it is deployed, and dev's page at `/`."""
PROGRAM = "AIPROD_DEV_PROGRAM"
"""How `dev` was called: the page shows a line to paste."""
READY_S = 60.0
STOP_S = 8.5
"""gunicorn gives its requests 8 s to finish."""
LAST_LINES = 20


class Gunicorn:
    """gunicorn in a process of its own, which appends to `log`. `env` is its entire environment."""

    def __init__(self, env: Mapping[str, str], log: Path) -> None:
        self._env = dict(env)
        self._log = log
        self._address = (env["HOST"], int(env["PORT"]))
        self._popen: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @property
    def process(self) -> Started | None:
        return processes.started(self._popen.pid) if self._popen and self._popen.poll() is None else None

    @property
    def log_start(self) -> int:
        """Where in the log the lines of this start begin, in bytes."""
        return self._log_start

    def start(self) -> None:
        self._log.touch(mode=0o600)
        self._log_start = self._log.stat().st_size
        with self._log.open("ab") as log:
            self._popen = self._spawn(log)

    def _spawn(self, log: IO[bytes]) -> "subprocess.Popen[bytes]":
        # A wheel has its settings beside the package's modules; in a clone they are at the root.
        settings = next(
            folder / SETTINGS_FILE for folder in (PACKAGE, PACKAGE.parent) if (folder / SETTINGS_FILE).exists()
        )
        # In a session of its own, so that Ctrl-C reaches only dev, which then stops everything in order.
        return subprocess.Popen(  # noqa: S603 (our own interpreter)
            [sys.executable, "-m", "gunicorn", "--config", str(settings), APP],
            env={**self._env, "PYTHONPATH": python_path(self._env)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    def wait_ready(self, is_stopping: Callable[[], bool] = lambda: False) -> None:
        """Return once /ready answers 200, or `is_stopping` returns True.

        Raises `Unavailable`, with the last lines of the log, if it ends or does not get ready within `READY_S` seconds.
        """
        until = time.monotonic() + READY_S
        while not self._is_ready():
            if is_stopping():
                return
            if not self.is_alive() or time.monotonic() > until:
                lines = "\n    ".join(self._last_lines())
                sentence = f"The service does not become ready. Its log, {self._log}, ends with:\n    {lines}"
                raise Unavailable("service_not_ready", sentence)
            time.sleep(0.1)

    def _last_lines(self) -> list[str]:
        """Of this start, as lines for a person."""
        with self._log.open("rb") as log:
            log.seek(self._log_start)
            lines = log.read().decode(errors="replace").splitlines()
        return "\n".join(text_of_line(line, colour=False) for line in lines).split("\n")[-LAST_LINES:]

    def _is_ready(self) -> bool:
        connection = http.client.HTTPConnection(*self._address, timeout=5)
        try:
            connection.request("GET", "/ready")
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def is_alive(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    def exit_code(self) -> int | None:
        return self._popen.poll() if self._popen else None

    def kill(self) -> None:
        """SIGKILL gunicorn and its workers, as if the machine ran out of memory."""
        process = self.process
        if process:
            processes.kill(process)
        if self._popen:
            self._popen.wait()

    def stop(self) -> None:
        """Send SIGTERM, then SIGKILL if anything is left after `STOP_S` seconds."""
        process = self.process
        if process:
            processes.end(process, STOP_S)
        if self._popen:
            self._popen.wait()
