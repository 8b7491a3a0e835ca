"""What grows with the jobs that have ended: deliveries, lists, metrics and the sweep, in a database of very many beside
one of ten thousand, in one server and in turns.

Filling the large one takes minutes, so the server's folder is kept in `.bench/`, by the version of the tables.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from uuid import uuid4

from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import make_url

from lab.bench.deliveries import CONNECTIONS, postgres_pid, pushes, world_around
from lab.bench.load import cpu_s, drive, get, post
from lab.harness.calls import call
from lab.harness.names import API_AUDIENCE, CALLER
from lab.harness.processes import ROOT, Gunicorn
from lab.harness.world import World
from service import db
from service.api.ids import new_job_id
from service.db.migrate import migrate
from service.queries import counts

SMALL = 10_000
LISTS = {
    "GET /pipeline/jobs": "/pipeline/jobs",
    "... ?limit=100": "/pipeline/jobs?limit=100",
    "... the next page": "/pipeline/jobs?cursor={cursor}",
    "... ?state=completed": "/pipeline/jobs?state=completed",
    "... ?state=failed": "/pipeline/jobs?state=failed",
    "... ?state=processing, of which there are none": "/pipeline/jobs?state=processing",
    "... ?user=user-7": "/pipeline/jobs?user=user-7",
    "... ?user=nobody": "/pipeline/jobs?user=nobody",
    "... ?user=user-7&state=failed": "/pipeline/jobs?user=user-7&state=failed",
    "... ?preset=quick_social": "/pipeline/jobs?preset=quick_social",
    "... ?preset=none_such": "/pipeline/jobs?preset=none_such",
    "... ?state=completed&until=, a year ago": "/pipeline/jobs?state=completed&until=2025-01-01T00:00:00Z",
    "GET /pipeline/job/<id>": "/pipeline/job/{job}",
}
FEW = 30
"""Times that a round asks for each list; the median counts."""


Round = Mapping[str, float]
"""Milliseconds, or what the name says, by name."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two databases, and the one-stage service on it."""

    world: World
    server: Gunicorn
    admin: Engine
    ids: str
    """How the ids of its jobs are made (`fill.IDS`)."""

    def deliveries(self, count: int) -> Round:
        """Measure `count` deliveries after a checkpoint."""
        new_id = new_job_id if self.ids == "timed" else lambda: str(uuid4())
        requests, postgres = pushes(self.world, count, new_id), postgres_pid(self.world)
        # What a page's first change after a checkpoint costs is part of it: the whole page goes into the log.
        execute(self.admin, "CHECKPOINT")
        log, cpu = self._log_bytes(), cpu_s(postgres)
        load = drive(self.server.port, requests, connections=CONNECTIONS)
        return {
            "a delivery": 1000 / load.rate,
            "... its median wait": load.p50_ms,
            "... its database's CPU": 1000 * (cpu_s(postgres) - cpu) / count,
            "... its KB of write-ahead log": (self._log_bytes() - log) / count / 1000,
        }

    def reads(self) -> Mapping[str, Callable[[], float]]:
        """Return what reads, and how many milliseconds it takes."""
        token = self.world.issuer.token(API_AUDIENCE, CALLER)
        answer = call(self.server.port, "GET", "/pipeline/jobs", headers={"Authorization": f"Bearer {token}"}).json
        names = {"cursor": answer["next"], "job": answer["jobs"][-1]["job_id"]}
        lists = {name: get(path.format(**names), token) for name, path in LISTS.items()}
        return {
            **{name: partial(self._asked, request, FEW) for name, request in lists.items()},
            # Not over HTTP: there the answer is remembered for some seconds.
            "/metrics: what is open": partial(_ms, partial(counts.read_vitals, self.world.engine)),
            "/metrics: what has ended": partial(_ms, partial(counts.read_totals, self.world.engine)),
            "POST /sweep": partial(self._asked, post("/sweep", b"", token), 5),
        }

    def _asked(self, request: bytes, times: int) -> float:
        return drive(self.server.port, [request] * times, connections=1, answers=(200,)).p50_ms

    def _log_bytes(self) -> int:
        (row,) = self.world.query("SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint AS bytes")
        return int(row["bytes"])


def run(rounds: int, count: int, jobs: int, ids: str, say: Callable[[str], None]) -> tuple[list[Round], list[Round]]:
    """Return the rounds of the small database and of one of `jobs` jobs, whose ids are made as `fill.IDS` says."""
    with ExitStack() as stack:
        kept = ROOT / ".bench" / f"growth-{ids}-{_version()}"
        kept.mkdir(parents=True, exist_ok=True)
        world, host, _ = stack.enter_context(world_around(say, durable=True, postgres=kept))
        admin = stack.enter_context(_admin(world.database_url))
        # It would do the work of one round in another.
        execute(admin, "ALTER SYSTEM SET autovacuum = off")
        execute(admin, "SELECT pg_reload_conf()")
        execute(admin, "DROP DATABASE IF EXISTS small WITH (FORCE)")
        sides = []
        for name, size in (("small", SMALL), ("large", jobs)):
            url = _database(world, admin, name)
            migrate(url)
            subprocess.run([sys.executable, "-m", "lab.bench.fill", url, str(size), ids], cwd=ROOT, check=True)
            own_admin = stack.enter_context(_admin(url))
            engine = db.connect(url, pool_size=2)
            stack.callback(engine.dispose)
            own = replace(world, database_url=url, engine=engine)
            env = {"MAX_CONCURRENT_JOBS": str(CONNECTIONS), "LOG_LEVEL": "WARNING", "PUBSUB_EMULATOR_HOST": host}
            server = Gunicorn(own, **env, PIPELINE="lab.bench.one_stage:pipeline")
            stack.callback(server.close)
            sides.append(Side(own, server, own_admin, ids))
        found: tuple[list[Round], list[Round]] = ([], [])
        for number in range(rounds + 1):
            measured = _round(sides, count)
            # The first warms up: the connections, the caches and the emulator.
            if number:
                for rounds_of, one in zip(found, measured, strict=True):
                    rounds_of.append(one)
            say(f"round {number} of {rounds}")
        return found


def _round(sides: Sequence[Side], count: int) -> list[Round]:
    """Measure everything once, each on both sides before the next: the machine's speed drifts."""
    found: list[dict[str, float]] = [dict(side.deliveries(count)) for side in sides]
    both = [side.reads() for side in sides]
    for name in both[0]:
        for values, reads in zip(found, both, strict=True):
            values[name] = reads[name]()
    return [*found]


def lines(small: Sequence[Round], large: Sequence[Round], jobs: int) -> list[str]:
    """Return a Markdown table of medians, and of how many times as much the large database takes. Pure."""
    rows = [f"| ms | of {SMALL:,} jobs | of {jobs:,} | times |", "| --- | --- | --- | --- |"]
    for name in small[0] if small else ():
        of = [(one[name], other[name]) for one, other in zip(small, large, strict=True)]
        few, many = (statistics.median(values) for values in zip(*of, strict=True))
        times = statistics.median(other / one for one, other in of)
        rows.append(f"| {name} | {few:.2f} | {many:.2f} | {times:.2f} |")
    return rows


def _version() -> str:
    """Return the version of the tables."""
    return str(ScriptDirectory(str(ROOT / "service" / "db" / "migrations")).get_current_head())


@contextmanager
def _admin(url: str) -> Iterator[Engine]:
    """Connections without the service's time limits."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT", connect_args={"options": "-c statement_timeout=0"})
    try:
        yield engine
    finally:
        engine.dispose()


def execute(engine: Engine, sql: str) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql(sql)


def _database(world: World, admin: Engine, name: str) -> str:
    """Return the URL of a database of this server; make it if it is not there."""
    if not world.query("SELECT 1 FROM pg_database WHERE datname = :name", name=name):
        execute(admin, f'CREATE DATABASE "{name}"')
    return make_url(world.database_url).set(database=name).render_as_string(hide_password=False)


def _ms(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return 1000 * (time.monotonic() - began)
