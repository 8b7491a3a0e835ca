"""The rows of what people would use instead: Procrastinate, DBOS and Restate."""

import contextlib
import http.client
import json
import os
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

from lab.bench.deliveries import CONNECTIONS
from lab.bench.load import cpu_s, drive, post
from lab.bench.peers import install
from lab.bench.peers.figures import Figures
from lab.bench.peers.rows import Around, per_job
from lab.harness.calls import call
from lab.harness.messages import Brief
from lab.harness.waiting import eventually

PROGRAMS = Path(__file__).with_name("programs")
WARM_UP = 50
"""Jobs that a program does before those that count."""


class Program:
    """One of `programs/`, which answers lines of stdin with lines of JSON."""

    def __init__(self, command: list[str]) -> None:
        self._process = subprocess.Popen(
            command, env=_plain_env(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def ask(self, line: str) -> Mapping[str, float]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(f"{line}\n")
            self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            _, said = self._process.communicate()
            raise RuntimeError(said[-1000:])
        spent: dict[str, float] = json.loads(answer)
        return spent

    def close(self) -> None:
        """Close its stdin, which ends it."""
        try:
            self._process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()


class Procrastinate:
    """A worker process, of jobs that were deferred before; the worker's work alone is compared."""

    def __init__(self, around: Around, name: str, beside: str, *, mode: str) -> None:
        self.name, self.beside = name, beside
        self._around, self._mode = around, mode

    def start(self) -> None:
        self._python = install.python_with("procrastinate")
        self._url = self._around.database(f"procrastinate_{self._mode}")

    def measure(self, count: int) -> Figures:
        program = Program(
            [str(self._python), str(PROGRAMS / "procrastinate_worker.py"), self._url, self._mode, str(CONNECTIONS)]
        )
        try:
            program.ask(str(WARM_UP))
            program.ask("")
            deferred = program.ask(str(count))
            before = self._around.spent()
            worked = program.ask("")
            spent = per_job(before, self._around.spent(), count)
        finally:
            program.close()
        _all_done(worked, count)
        return Figures(
            rate=count / worked["seconds"],
            own_ms=1000 * worked["cpu_s"] / count,
            store_ms=spent("postgres"),
            with_enqueue=count / (worked["seconds"] + deferred["seconds"]),
        )

    def close(self) -> None:
        """Do nothing: each round has its own process."""


class Dbos:
    """A process whose threads start workflows directly."""

    def __init__(self, around: Around, name: str, beside: str, *, steps: int) -> None:
        self.name, self.beside = name, beside
        self._around, self._steps = around, steps

    def start(self) -> None:
        self._python = install.python_with("dbos")
        self._url = self._around.database(f"dbos_{self._steps}")

    def measure(self, count: int) -> Figures:
        program = Program(
            [str(self._python), str(PROGRAMS / "dbos_worker.py"), self._url, str(self._steps), str(CONNECTIONS)]
        )
        try:
            program.ask(str(WARM_UP))
            before = self._around.spent()
            worked = program.ask(str(count))
            spent = per_job(before, self._around.spent(), count)
        finally:
            program.close()
        _all_done(worked, count)
        return Figures(
            rate=count / worked["seconds"], own_ms=1000 * worked["cpu_s"] / count, store_ms=spent("postgres")
        )

    def close(self) -> None:
        """Do nothing, as for Procrastinate."""


class RestateServer:
    """Restate's server and the hypercorn that serves its handlers; both of Restate's rows share them."""

    def __init__(self, folder: Path) -> None:
        server, python = install.restate_server(), install.python_with("restate")
        app_port, self.port, self._admin, fabric = _free_ports(4)
        self._folder = folder / "restate"
        self._folder.mkdir()
        self._uri = f"http://127.0.0.1:{app_port}"
        with (self._folder / "log").open("wb") as log:
            self.app = subprocess.Popen(
                [str(python), "-m", "hypercorn", "--bind", f"127.0.0.1:{app_port}", "restate_app:app"],
                cwd=PROGRAMS,
                env=_plain_env(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
            self.server = subprocess.Popen(
                [str(server), "--base-dir", str(self._folder / "data"), "--no-logo", "--listen-mode", "tcp"],
                cwd=self._folder,
                env={
                    **_plain_env(),
                    "RESTATE_BIND_ADDRESS": f"127.0.0.1:{fabric}",
                    "RESTATE_INGRESS__BIND_ADDRESS": f"127.0.0.1:{self.port}",
                    "RESTATE_ADMIN__BIND_ADDRESS": f"127.0.0.1:{self._admin}",
                    "RESTATE_LOG_FILTER": "warn",
                    "RESTATE_DISABLE_TELEMETRY": "true",
                    "DO_NOT_TRACK": "1",
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            eventually(self._answers, what=lambda: (self._folder / "log").read_text(errors="replace")[-2000:])
        except BaseException:
            self.close()
            raise

    def _answers(self) -> bool:
        headers = {"Content-Type": "application/json"}
        try:
            body = json.dumps({"uri": self._uri, "force": True}).encode()
            return (
                call(self._admin, "POST", "/deployments", body, headers).status in (200, 201)
                and call(self.port, "POST", "/bench/one", b"{}", headers).status == 200
            )
        except (OSError, http.client.HTTPException):
            return False

    def close(self) -> None:
        for process in (self.server, self.app):
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class Restate:
    """Calls of a handler of durable steps, over HTTP through Restate's server."""

    def __init__(self, around: Around, name: str, beside: str, *, handler: str, servers: list[RestateServer]) -> None:
        self.name, self.beside = name, beside
        self._around, self._handler, self._servers = around, handler, servers

    def start(self) -> None:
        if not self._servers:
            self._servers.append(RestateServer(self._around.world.folder))

    def measure(self, count: int) -> Figures:
        (server,) = self._servers
        requests = [post(f"/bench/{self._handler}", Brief().data()) for _ in range(count)]
        before = {"own": cpu_s(server.app.pid), "store": cpu_s(server.server.pid)}
        load = drive(server.port, requests, connections=CONNECTIONS, answers=(200,))
        spent = per_job(before, {"own": cpu_s(server.app.pid), "store": cpu_s(server.server.pid)}, count)
        return Figures(
            rate=load.rate, own_ms=spent("own"), store_ms=spent("store"), p50_ms=load.p50_ms, p99_ms=load.p99_ms
        )

    def close(self) -> None:
        while self._servers:
            self._servers.pop().close()


def _all_done(worked: Mapping[str, float], count: int) -> None:
    if worked["done"] != count:
        raise RuntimeError(f"{worked['done']:.0f} of {count} jobs were done")


def _plain_env() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        taken = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [int(one.getsockname()[1]) for one in taken]
