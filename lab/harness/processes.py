"""The service as a real gunicorn process."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from lab.harness.calls import Answer, call
from lab.harness.waiting import eventually
from lab.harness.world import World

ROOT = Path(__file__).resolve().parents[2]


class Gunicorn:
    """A real gunicorn of the service, started with no arguments at the root of the repository, or of another one."""

    def __init__(self, world: World, root: Path = ROOT, /, **env: str) -> None:
        self.world = world
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.log = world.folder / f"gunicorn-{self.port}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn"],
                cwd=root,
                env={**os.environ, "PYTHONPATH": str(root), **world.env(**env), "PORT": str(self.port)},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        eventually(self.answers, what=lambda: f"gunicorn does not answer:\n{self.log.read_text()[-3000:]}")

    def answers(self) -> bool:
        """Whether it answers: what starting one waits for."""
        assert self.process.poll() is None, self.log.read_text()[-3000:]
        try:
            return call(self.port, "GET", "/health", timeout=5).status == 200
        except OSError:
            return False

    def push(self, body: bytes, token: str | None = None, *, timeout: float = 120) -> Answer:
        headers = {"Authorization": f"Bearer {token or self.world.token()}", "Content-Type": "application/json"}
        return call(self.port, "POST", "/push", body, headers, timeout=timeout)

    def kill(self) -> None:
        """Send SIGKILL to the master and its worker at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def close(self) -> None:
        if self.process.poll() is None:
            self.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()
