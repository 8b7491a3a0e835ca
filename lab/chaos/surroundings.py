"""What the service depends on in a run: PostgreSQL and Google's emulator, each behind a network that breaks, and the
stand-in for Pub/Sub. Also the record of every message that either Pub/Sub has accepted."""

import contextlib
import functools
import json
import os
import signal
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import grpc
import psutil
from google.api_core.exceptions import GoogleAPICallError
from google.pubsub_v1 import PublisherClient, SubscriberClient
from google.pubsub_v1 import types as wire
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from lab.chaos.proxy import Proxy
from lab.harness.emulator import CALL_S, Emulator, Missing, find
from lab.harness.names import ACCOUNT, API_AUDIENCE, AUDIENCE, CALLER, PROJECT, TOPICS
from lab.harness.world import certs_server, make_topics
from service.db.migrate import migrate
from service.dev import processes
from service.dev.issuer import LocalIssuer
from service.dev.postgres import LocalPostgres
from service.dev.pubsub.server import LocalPubSub
from service.errors import Unavailable

JOBS, RESULTS, DLQ = TOPICS
RECORD = f"projects/{PROJECT}/subscriptions/chaos-record-"
RECORD_ACK_S = 10
"""The least that Pub/Sub allows: a message whose pull was not answered is handed out again after it."""
END_S = 20.0


class Database:
    """An embedded PostgreSQL that can be restarted and frozen; the service reaches it through `network`."""

    def __init__(self, folder: Path) -> None:
        self._postgres = LocalPostgres(folder)
        try:
            self._begin()
        except BaseException:
            self._postgres.stop()
            raise

    def _begin(self) -> None:
        self._postgres.start()
        direct = make_url(self._postgres.url)
        self.direct_url = self._postgres.url
        port = direct.query["port"]
        self.network = Proxy(f"{direct.query['host']}/.s.PGSQL.{port}")
        self.url = self.url_at(self.network.port)
        # This is about killed processes; surviving a killed machine is PostgreSQL's own promise.
        self.run("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
        migrate(self.direct_url)

    @staticmethod
    def url_at(port: int) -> str:
        """Return the database's URL at a port of loopback."""
        return f"postgresql+psycopg2://postgres@127.0.0.1:{port}/postgres?sslmode=disable"

    def run(self, *statements: str) -> None:
        engine = create_engine(self.direct_url, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 5})
        try:
            with engine.connect() as connection:
                for statement in statements:
                    connection.execute(text(statement))
        finally:
            engine.dispose()

    def restart(self, *, immediate: bool, when_down: Callable[[], None]) -> None:
        """Restart as `pg_ctl restart -m immediate` or `-m fast` would. Raises `Unavailable` if it does not come up."""
        process = self._postgres.process
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGQUIT if immediate else signal.SIGINT)
            _wait(lambda: not processes.is_alive(process), END_S)
        when_down()
        for _ in range(3):
            with contextlib.suppress(Unavailable):
                self._postgres.start()
                return
        self._postgres.start()

    def demote(self, *, is_read_only: bool) -> None:
        """Make the server refuse every write, like one that a failover has left behind, or take it back."""
        self.run(f"ALTER SYSTEM SET default_transaction_read_only = {'on' if is_read_only else 'off'}")
        self.run("SELECT pg_reload_conf()")

    def migrate_again(self) -> None:
        """Drop an index and migrate from the revision before: it is built while the service works."""
        self.run("DROP INDEX IF EXISTS jobs_preset", "UPDATE alembic_version SET version_num = '0007'")
        migrate(self.direct_url)

    def freeze(self, *, everything: bool) -> None:
        """Send SIGSTOP to every backend, or to the postmaster and all its children."""
        self._signal(signal.SIGSTOP, everything=everything)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT, everything=True)

    def close(self) -> None:
        self.network.close()
        self.thaw()
        self._postgres.stop()

    def _signal(self, number: int, *, everything: bool) -> None:
        process = self._postgres.process
        if process is None:
            return
        with contextlib.suppress(psutil.Error):
            postmaster = psutil.Process(process.pid)
            for one in ([postmaster] if everything else []) + postmaster.children():
                with contextlib.suppress(psutil.Error):
                    # A backend's title says which client it serves; the other processes are PostgreSQL's own.
                    if everything or "aiprod" in " ".join(one.cmdline()) or "[local]" in " ".join(one.cmdline()):
                        one.send_signal(number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """One message that Pub/Sub has accepted, `at` in unix seconds."""

    topic: str
    key: str
    payload: str
    at: float


@dataclass(frozen=True, slots=True)
class Emulated:
    """A job message in the emulator, `at` in unix seconds."""

    data: bytes
    attributes: dict[str, str]
    at: float


class EmulatorSide:
    """Google's emulator; the service publishes to it through `network`."""

    def __init__(self, script: Path, folder: Path) -> None:
        self.emulator = Emulator(script, folder / "emulator.log")
        self.network = Proxy(int(self.emulator.host.rpartition(":")[2]))
        self.host = f"127.0.0.1:{self.network.port}"
        self._channel = grpc.insecure_channel(self.emulator.host)
        self._publisher = PublisherClient(transport=PublisherGrpcTransport(channel=self._channel))
        self._subscriber = SubscriberClient(transport=SubscriberGrpcTransport(channel=self._channel))

    def record(self) -> None:
        """Record every message from now on, whatever other subscribers do."""
        for topic in TOPICS:
            self._subscriber.create_subscription(
                name=f"{RECORD}{topic}",
                topic=f"projects/{PROJECT}/topics/{topic}",
                ack_deadline_seconds=RECORD_ACK_S,
            )

    def publish(self, data: bytes) -> None:
        message = wire.PubsubMessage(data=data)
        self._publisher.publish(topic=f"projects/{PROJECT}/topics/{JOBS}", messages=[message], timeout=CALL_S)

    def pull(self, topic: str, keep: Callable[[wire.PubsubMessage], None]) -> None:
        """Hand what the topic has accepted since the last call to `keep`, and acknowledge it after that: if the answer
        to an acknowledgement is lost, it may have been heard, and nothing brings its messages back."""
        name = f"{RECORD}{topic}"
        request = wire.PullRequest(subscription=name, max_messages=500, return_immediately=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            received = self._subscriber.pull(request=request, timeout=CALL_S).received_messages
        for one in received:
            keep(one.message)
        if received:
            ids = [one.ack_id for one in received]
            self._subscriber.acknowledge(subscription=name, ack_ids=ids, timeout=CALL_S)

    def close(self) -> None:
        self._channel.close()
        self.network.close()
        self.emulator.close()


class Record:
    """Collects what either Pub/Sub has accepted. `on_job` is called with the data, attributes and id of each job
    message in the stand-in."""

    def __init__(self, stand_in: LocalPubSub, emulator: EmulatorSide | None) -> None:
        self.on_job: Callable[[bytes, dict[str, str], str], None] = lambda *_: None
        self._stand_in = stand_in
        self._emulator = emulator
        self._lock = threading.Lock()
        self._accepted: dict[tuple[str, str], Accepted] = {}
        self._emulated: dict[str, Emulated] = {}
        self._failed_at = 0.0
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="record", daemon=True)
        self._thread.start()

    def accepted(self) -> list[Accepted]:
        with self._lock:
            return list(self._accepted.values())

    def emulated(self) -> dict[str, Emulated]:
        """Return the job messages that the emulator has accepted so far, by their ids."""
        with self._lock:
            return dict(self._emulated)

    def close(self) -> None:
        self._closed.set()
        self._thread.join(20)

    def _run(self) -> None:
        while not self._closed.wait(0.25):
            self.collect()

    def collect(self) -> int:
        """Record what is new; return how many messages that were."""
        with self._lock:
            before = len(self._accepted)
            for topic in TOPICS:
                for message in self._stand_in.accepted(topic):
                    key = ("stand-in", message.id)
                    if key not in self._accepted:
                        attributes = dict(message.attributes)
                        self._keep(key, topic, attributes, message.data, message.published_at)
                        if topic == JOBS:
                            self.on_job(message.data, attributes, message.id)
                if self._emulator is not None:
                    try:
                        self._emulator.pull(topic, functools.partial(self._keep_emulated, topic))
                    except GoogleAPICallError:
                        self._failed_at = time.monotonic()
            return len(self._accepted) - before

    def is_behind(self) -> bool:
        """Say whether the emulator may still hold messages for a call that failed."""
        with self._lock:
            return bool(self._failed_at) and time.monotonic() - self._failed_at < 2 * RECORD_ACK_S

    def _keep_emulated(self, topic: str, message: wire.PubsubMessage) -> None:
        when, attributes = message.publish_time.timestamp(), dict(message.attributes)
        self._keep(("emulator", message.message_id), topic, attributes, message.data, when)
        if topic == JOBS:
            self._emulated[message.message_id] = Emulated(message.data, attributes, when)

    def _keep(self, place: tuple[str, str], topic: str, attributes: dict[str, str], data: bytes, at: float) -> None:
        key = attributes.get("message_key", "")
        if key:
            self._accepted[place] = Accepted(topic=topic, key=key, payload=data.decode(), at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Everything around the service in a run, in one folder that is removed afterwards."""

    folder: Path
    issuer: LocalIssuer
    database: Database
    stand_in: LocalPubSub
    emulator: EmulatorSide | None
    record: Record
    certs_url: str

    @property
    def provider_away(self) -> Path:
        """While this file exists, the provider of `revisions` is away."""
        return self.folder / "provider-is-away"

    def env(self, **more: str) -> dict[str, str]:
        """Return the service's environment."""
        return {
            "DATABASE_URL": self.database.url,
            "GOOGLE_CLOUD_PROJECT": PROJECT,
            "PUSH_AUDIENCE": AUDIENCE,
            "PUSH_SERVICE_ACCOUNT": ACCOUNT,
            "API_AUDIENCE": API_AUDIENCE,
            "API_OPERATORS": CALLER,
            "OIDC_CERTS_URL": self.certs_url,
            "ARTIFACTS_URL": (self.folder / "artifacts").as_uri(),
            "HOST": "127.0.0.1",
            "LOG_LEVEL": "INFO",
            **more,
        }


@contextlib.contextmanager
def made(say: Callable[[str], None], *, use_emulator: bool) -> Iterator[Surroundings]:
    with ExitStack() as stack:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="aiprod-chaos-", ignore_cleanup_errors=True))
        )
        folder.chmod(0o711)
        database = Database(folder / "pg")
        stack.callback(database.close)
        issuer = LocalIssuer.fresh()
        stand_in = stack.enter_context(LocalPubSub(issuer))
        make_topics(stand_in.host)
        emulator = None
        if use_emulator:
            try:
                emulator = EmulatorSide(find(), folder)
                stack.callback(emulator.close)
            except Missing as missing:
                say(f"without Google's emulator: {missing}")
        record = Record(stand_in, emulator)
        stack.callback(record.close)
        certs_url = stack.enter_context(certs_server(issuer))
        yield Surroundings(
            folder=folder,
            issuer=issuer,
            database=database,
            stand_in=stand_in,
            emulator=emulator,
            record=record,
            certs_url=certs_url,
        )


def _wait(holds: Callable[[], bool], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not holds() and time.monotonic() < until:
        time.sleep(0.05)


def job_key(payload: str) -> str:
    """Return the id of the job that a message is about."""
    return str(json.loads(payload)["job_id"])
