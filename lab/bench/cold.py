"""Cold start: from the start of the process to the first 204 of a signed push, beside what its imports alone take.

Each is a fresh process, in turns; byte code is compiled and files are in the page cache, as after the first start.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from lab.bench.deliveries import world_around
from lab.bench.load import cpu_s
from lab.harness.messages import Brief
from lab.harness.processes import ROOT, Gunicorn
from lab.harness.world import World

IMPORTS = "import flask, sqlalchemy, psycopg2, google.auth"
YARDSTICK = f"python -c '{IMPORTS}'"
COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}
"""Byte code is kept, whatever the shell says: the image has it."""
SERVICE = "the service, one stage: to the first 204"
PUSHES = "... as production takes pushes, with SURFACE=push"
OTHER = "the other checkout, with SURFACE=push: to the first 204"
LIBRARIES = (
    "import gunicorn.app.wsgiapp, gunicorn.workers.gthread, flask, sqlalchemy.dialects.postgresql.psycopg2, "
    "google.auth, cryptography.x509, grpc, prometheus_client, msgspec"
)
FLOOR = "the libraries alone that a push needs"
"""What is left if everything of ours took no time."""


@dataclass(frozen=True, slots=True)
class Start:
    """Milliseconds on the clock and of CPU."""

    wall_ms: float
    cpu_ms: float


class Starting(Gunicorn):
    """One that is not waited for."""

    def answers(self) -> bool:
        return True


def run(rounds: int, say: Callable[[str], None], *, other: Path | None = None) -> Mapping[str, list[Start]]:
    """Start everything in turns, `rounds` times after a first time that is not counted. `other`: another checkout of
    this service, in the same turns."""
    with world_around(say) as (world, host, _):
        body, token = Brief().body, world.token()
        ways: dict[str, Callable[[], Start]] = {
            SERVICE: lambda: _first_204(world, host, body(), token),
            PUSHES: lambda: _first_204(world, host, body(), token, SURFACE="push"),
            "import service.app": lambda: _imports("import service.app", world),
            FLOOR: lambda: _imports(f"import gc; gc.disable(); {LIBRARIES}", world),
            YARDSTICK: lambda: _imports(IMPORTS, world),
            "python -c pass": lambda: _imports("pass", world),
        }
        if other is not None:
            ways[OTHER] = lambda: _first_204(world, host, body(), token, other, SURFACE="push")
        found: dict[str, list[Start]] = {name: [] for name in ways}
        for number in range(rounds + 1):
            for name, start in ways.items():
                one = start()
                if number:
                    found[name].append(one)
        return found


def lines(found: Mapping[str, list[Start]]) -> list[str]:
    """Return a Markdown table of medians, and of what each takes of the yardstick in the same round. Pure."""
    rows = ["| | ms | of the imports alone | CPU ms |", "| --- | --- | --- | --- |"]
    for name, starts in found.items():
        wall = statistics.median(one.wall_ms for one in starts)
        cpu = statistics.median(one.cpu_ms for one in starts)
        pairs = zip(starts, found[YARDSTICK], strict=True)
        of = statistics.median(one.wall_ms / other.wall_ms for one, other in pairs)
        rows.append(f"| {name} | {wall:.0f} | {of:.2f} | {cpu:.0f} |")
    return rows


def _first_204(world: World, host: str, body: bytes, token: str, root: Path = ROOT, /, **more: str) -> Start:
    began = time.monotonic()
    env = {**COMPILED, "PUBSUB_EMULATOR_HOST": host, "PIPELINE": "lab.bench.one_stage:pipeline", **more}
    service = Starting(world, root, **env)
    try:
        while True:
            try:
                answer = service.push(body, token)
                break
            except ConnectionRefusedError:
                if service.process.poll() is not None or time.monotonic() - began > 60:
                    raise RuntimeError(service.log.read_text()[-2000:]) from None
                time.sleep(0.002)
        wall = time.monotonic() - began
        if answer.status != 204:
            raise RuntimeError(f"{answer.status}: {answer.body!r}")
        spent = cpu_s(service.process.pid)
    finally:
        service.close()
    return Start(1000 * wall, 1000 * spent)


def _imports(code: str, world: World) -> Start:
    began, cpu = time.monotonic(), _children_cpu_s()
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, env={**os.environ, **world.env(), **COMPILED})
    return Start(1000 * (time.monotonic() - began), 1000 * (_children_cpu_s() - cpu))


def _children_cpu_s() -> float:
    """Return the CPU seconds of the children that have ended."""
    times = psutil.Process().cpu_times()
    return times.children_user + times.children_system
