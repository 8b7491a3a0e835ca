"""The two gunicorn processes: started as they are deployed, then killed, frozen and drained."""

import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import psutil

from lab.chaos import clocks
from lab.harness.processes import ROOT

READY_S = 90.0
EXIT_S = 20.0
CONFIG = ROOT / "lab" / "chaos" / "gunicorn_conf.py"


class Instance:
    """One gunicorn on its own port. Its output is appended to `folder`/`name`.log, and each start has an empty scratch
    folder. `env` is the service's environment."""

    def __init__(self, name: str, folder: Path, env: Mapping[str, str], *, sabotage: str | None) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._folder = folder
        self._env = dict(env)
        self._sabotage = sabotage
        self._scratch: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, clock_off_s: int = 0, *, pipeline: str | None = None) -> None:
        """Start it, without waiting until it is ready; `pipeline` is another one than in its environment."""
        self._scratch = Path(tempfile.mkdtemp(prefix=f"tmp-{self.name}-", dir=self._folder))
        env = {**os.environ, **self._env, "PORT": str(self.port)}
        env |= {"TMPDIR": str(self._scratch), "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
        if pipeline:
            env["PIPELINE"] = pipeline
        if clock_off_s:
            env[clocks.CLOCK] = str(clock_off_s)
        if self._sabotage or clock_off_s:
            env["GUNICORN_CMD_ARGS"] = f"--config {CONFIG}"
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn"],
                cwd=ROOT,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_ready(self) -> None:
        """Wait until it serves. Raises `TimeoutError`, or `RuntimeError` if it has exited, with the end of its log."""
        until = time.monotonic() + READY_S
        while not self.answers():
            if self._process is None or self._process.poll() is not None:
                raise RuntimeError(f"{self.name} has ended:\n{self.log.read_text(errors='replace')[-2000:]}")
            if time.monotonic() > until:
                raise TimeoutError(f"{self.name} does not answer:\n{self.log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.1)

    def answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status in (http.client.OK, http.client.SERVICE_UNAVAILABLE)
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def kill(self) -> None:
        """Send SIGKILL to all its processes at once and delete its scratch folder, as Cloud Run does."""
        family = self._family()
        if self._process and self._process.returncode is None:
            # It has not been waited for, so its process id is still its own. The group includes orphaned workers.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._signal(signal.SIGKILL, family)
            self._process.wait()
        if self._scratch:
            shutil.rmtree(self._scratch, ignore_errors=True)

    def kill_worker(self) -> None:
        """Send SIGKILL to the worker alone; the master starts another one."""
        self._signal(signal.SIGKILL, self._family()[1:])

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP, self._family())

    def thaw(self) -> None:
        self._signal(signal.SIGCONT, self._family())

    def terminate(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def wait_ended(self) -> bool:
        """Return whether it exited by itself within `EXIT_S` seconds; kill it if not."""
        try:
            if self._process:
                self._process.wait(EXIT_S)
        except subprocess.TimeoutExpired:
            self.kill()
            return False
        self.kill()
        return True

    def _family(self) -> list[psutil.Process]:
        """Return the master, its worker and the child processes of stages."""
        if self._process is None or self._process.returncode is not None:
            return []
        try:
            master = psutil.Process(self._process.pid)
            return [master, *master.children(recursive=True)]
        except psutil.Error:
            return []

    @staticmethod
    def _signal(number: int, family: list[psutil.Process]) -> None:
        for process in family:
            with contextlib.suppress(psutil.Error):
                process.send_signal(number)
