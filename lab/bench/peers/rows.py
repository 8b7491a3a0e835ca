"""The rows that push: this service, another checkout of it, a bare Flask route; and the worker before."""

import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from sqlalchemy import text
from sqlalchemy.engine import make_url

from lab.bench.deliveries import CONNECTIONS, old_jobs, postgres_pid, pushes
from lab.bench.load import cpu_s, drive
from lab.bench.peers.figures import Figures
from lab.harness.processes import ROOT, Gunicorn
from lab.harness.world import World


class Row(Protocol):
    """Something that is measured in turns with the others."""

    name: str
    beside: str
    """The row of ours that it is compared with."""

    def start(self) -> None:
        """Start what runs during the whole benchmark. May raise `install.Missing`."""

    def measure(self, count: int) -> Figures: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What all rows share: PostgreSQL and Pub/Sub."""

    world: World
    host: str
    emulator: int | None

    def spent(self, **pids: int | None) -> Mapping[str, float]:
        """Return CPU seconds so far: of the processes named, of PostgreSQL and of Pub/Sub's emulator."""
        every = {**pids, "postgres": postgres_pid(self.world), "pubsub": self.emulator}
        return {name: cpu_s(pid) for name, pid in every.items()}

    def database(self, name: str) -> str:
        """Make a database in the same server; return its URL, as libpq takes it."""
        with self.world.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
        url = make_url(self.world.database_url).set(drivername="postgresql", database=name)
        return url.render_as_string(hide_password=False)


def per_job(before: Mapping[str, float], after: Mapping[str, float], count: int) -> Callable[[str], float]:
    """Return what tells the CPU milliseconds per job of a process."""
    return lambda name: 1000 * (after[name] - before[name]) / count


class Pushed:
    """A gunicorn that takes pushes: this service by default."""

    def __init__(self, around: Around, name: str, beside: str, root: Path = ROOT, /, **env: str) -> None:
        self.name, self.beside = name, beside
        self._around, self._root, self._env = around, root, env

    def start(self) -> None:
        world = self._around.world
        if self._root != ROOT:
            # Other code may want other tables, so it gets a database of its own.
            url = self._around.database("other_checkout").replace("postgresql://", "postgresql+psycopg2://")
            world = replace(world, database_url=url)
            subprocess.run(
                [sys.executable, "-m", "service", "migrate"],
                cwd=self._root,
                env={**world.env(), "PYTHONPATH": str(self._root)},
                check=True,
                capture_output=True,
            )
        env = {"MAX_CONCURRENT_JOBS": str(CONNECTIONS), "LOG_LEVEL": "WARNING", **self._env}
        self._server = Gunicorn(world, self._root, PUBSUB_EMULATOR_HOST=self._around.host, **env)

    def measure(self, count: int) -> Figures:
        requests = pushes(self._around.world, count)
        before = self._around.spent(own=self._server.process.pid)
        load = drive(self._server.port, requests, connections=CONNECTIONS)
        spent = per_job(before, self._around.spent(own=self._server.process.pid), count)
        return Figures(
            rate=load.rate,
            own_ms=spent("own"),
            store_ms=spent("postgres"),
            pubsub_ms=spent("pubsub"),
            p50_ms=load.p50_ms,
            p99_ms=load.p99_ms,
        )

    def close(self) -> None:
        self._server.close()


class OldWorker:
    """The worker that this service replaces: a process for each round, its CPU not measured."""

    def __init__(self, around: Around, name: str, beside: str) -> None:
        self.name, self.beside = name, beside
        self._around = around

    def start(self) -> None:
        """Do nothing: each round has its own process."""

    def measure(self, count: int) -> Figures:
        before = self._around.spent()
        rate = old_jobs(self._around.world.database_url, self._around.host, count)
        spent = per_job(before, self._around.spent(), count)
        return Figures(rate=rate, store_ms=spent("postgres"), pubsub_ms=spent("pubsub"))

    def close(self) -> None:
        """Do nothing, as in `start`."""
