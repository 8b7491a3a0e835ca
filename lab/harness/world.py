"""What the tests of the delivery share: the service in this process or as gunicorn, with real tokens, a real
PostgreSQL and a Pub/Sub that is strict and fails on demand."""

import base64
import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
from google.pubsub_v1 import PublisherClient, SubscriberClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport
from sqlalchemy import Engine, text

from service.dev.keys import LocalIssuer
from service.dev.pubsub import LocalPubSub

ROOT = Path(__file__).resolve().parents[2]
PROJECT = "test-project"
AUDIENCE = "https://push.test"
ACCOUNT = "pusher@test-project.iam.gserviceaccount.com"
API_AUDIENCE = "https://api.test"
CALLER = "caller@test-project.iam.gserviceaccount.com"
SUBSCRIPTION = f"projects/{PROJECT}/subscriptions/aiprod-pipeline-jobs-sub"
TOPICS = ("aiprod-pipeline-jobs", "aiprod-pipeline-results", "aiprod-pipeline-dlq")


@contextlib.contextmanager
def certs_server(issuer: LocalIssuer) -> Iterator[str]:
    """Serves the issuer's certificates on loopback; yields the page's URL."""
    page = issuer.certs_page()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(dict(page.keys)).encode()
            self.send_response(200)
            self.send_header("Cache-Control", "max-age=3600")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/certs"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(frozen=True, kw_only=True)
class World:
    """Everything around the service."""

    database_url: str
    engine: Engine
    issuer: LocalIssuer
    certs_url: str
    pubsub: LocalPubSub
    folder: Path

    def env(self, **more: str) -> dict[str, str]:
        """The service's environment; `more` overrides."""
        return {
            "DATABASE_URL": self.database_url,
            "GOOGLE_CLOUD_PROJECT": PROJECT,
            "PUBSUB_EMULATOR_HOST": self.pubsub.host,
            "PUSH_AUDIENCE": AUDIENCE,
            "PUSH_SERVICE_ACCOUNT": ACCOUNT,
            "API_AUDIENCE": API_AUDIENCE,
            "API_CALLERS": CALLER,
            "OIDC_CERTS_URL": self.certs_url,
            "ARTIFACTS_URL": (self.folder / "artifacts").as_uri(),
            "PIPELINE": "drill",
            "HOST": "127.0.0.1",
            "LOG_LEVEL": "INFO",
            **more,
        }

    def token(self, **claims: Any) -> str:
        return self.issuer.token(AUDIENCE, ACCOUNT, **claims)

    def query(self, sql: str, **parameters: object) -> list[dict[str, Any]]:
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(text(sql), parameters).mappings()]

    def job(self, job_id: str) -> dict[str, Any]:
        (row,) = self.query("SELECT * FROM jobs WHERE id = :id", id=job_id)
        return row

    def published(self, topic: str) -> list[dict[str, Any]]:
        """What the topic took, as JSON with its `message_key`."""
        return [
            {**json.loads(message.data), "message_key": message.attributes["message_key"]}
            for message in self.pubsub.accepted(topic)
        ]

    def finished(self, job_id: str) -> list[str]:
        rows = self.query(
            "SELECT stage FROM job_stages WHERE job_id = :id AND status = 'finished' ORDER BY id", id=job_id
        )
        return [row["stage"] for row in rows]


def make_topics(host: str) -> None:
    """The topics and the two pull subscriptions, on the stand-in or the emulator."""
    with grpc.insecure_channel(host) as channel:
        publisher = PublisherClient(transport=PublisherGrpcTransport(channel=channel))
        subscriber = SubscriberClient(transport=SubscriberGrpcTransport(channel=channel))
        for topic in TOPICS:
            publisher.create_topic(name=f"projects/{PROJECT}/topics/{topic}")
        for topic in TOPICS[1:]:
            name = f"projects/{PROJECT}/subscriptions/{topic}-sub"
            subscriber.create_subscription(
                name=name, topic=f"projects/{PROJECT}/topics/{topic}", ack_deadline_seconds=60
            )


@dataclass(frozen=True, kw_only=True)
class Brief:
    """A job message, and what a push of it looks like."""

    job_id: str = field(default_factory=lambda: str(uuid4()))
    user_id: str = "user-1"
    content: str = "A lighthouse that learns to dance."
    preset: str = "quick_social"
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def data(self) -> bytes:
        return json.dumps({name: getattr(self, name) for name in self.__dataclass_fields__}).encode()

    def body(self, *, run: int | None = None, hop: int | None = None, message_id: str | None = None) -> bytes:
        attributes = {name: str(value) for name, value in (("run", run), ("hop", hop)) if value is not None}
        return envelope(self.data(), attributes=attributes, message_id=message_id)


def envelope(data: bytes, *, attributes: Mapping[str, str] | None = None, message_id: str | None = None) -> bytes:
    message: dict[str, Any] = {"data": base64.b64encode(data).decode(), "messageId": message_id or uuid4().hex}
    if attributes:
        message["attributes"] = dict(attributes)
    return json.dumps({"message": message, "subscription": SUBSCRIPTION}).encode()


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def problem(self) -> dict[str, Any]:
        assert self.headers["Content-Type"] == "application/problem+json"
        parsed: dict[str, Any] = json.loads(self.body)
        return parsed


def call(
    port: int,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    *,
    timeout: float = 60,
) -> Answer:
    """One HTTP request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request(method, path, body, dict(headers or {}))
        response = connection.getresponse()
        return Answer(response.status, dict(response.getheaders()), response.read())
    finally:
        connection.close()


class Gunicorn:
    """A real gunicorn of the service, started with no arguments at the repository's root."""

    def __init__(self, world: World, **env: str) -> None:
        self.world = world
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.log = world.folder / f"gunicorn-{self.port}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn"],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT), **world.env(**env), "PORT": str(self.port)},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        eventually(self._answers, what=lambda: f"gunicorn does not answer:\n{self.log.read_text()[-3000:]}")

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()[-3000:]
        try:
            return call(self.port, "GET", "/health", timeout=5).status == 200
        except OSError:
            return False

    def push(self, body: bytes, token: str | None = None, *, timeout: float = 120) -> Answer:
        headers = {"Authorization": f"Bearer {token or self.world.token()}", "Content-Type": "application/json"}
        return call(self.port, "POST", "/push", body, headers, timeout=timeout)

    def kill(self) -> None:
        """SIGKILL to the master and its worker at once."""
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


def eventually(
    holds: Callable[[], object], *, timeout: float = 60, what: Callable[[], str] = lambda: "it never held"
) -> None:
    """Wait until `holds()` is true; the time limit only ends a test that has failed already."""
    ends = time.monotonic() + timeout
    while not holds():
        assert time.monotonic() < ends, what()
        time.sleep(0.02)
