"""Everything around the service, real: a PostgreSQL database, a Pub/Sub that is strict and fails on demand, an issuer
of tokens and the page with its certificates."""

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import grpc
from google.pubsub_v1 import PublisherClient, SubscriberClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport
from sqlalchemy import Engine, text

from lab.harness.names import ACCOUNT, API_AUDIENCE, AUDIENCE, CALLER, PROJECT, TOPICS
from service.dev.issuer import LocalIssuer
from service.dev.pubsub.server import LocalPubSub


@contextlib.contextmanager
def certs_server(issuer: LocalIssuer) -> Iterator[str]:
    """Serve the issuer's certificates on loopback; yield the page's URL."""
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
            """Log nothing."""

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
        """Return the service's environment; `more` overrides it."""
        return {
            "DATABASE_URL": self.database_url,
            "GOOGLE_CLOUD_PROJECT": PROJECT,
            "PUBSUB_EMULATOR_HOST": self.pubsub.host,
            "PUSH_AUDIENCE": AUDIENCE,
            "PUSH_SERVICE_ACCOUNT": ACCOUNT,
            "API_AUDIENCE": API_AUDIENCE,
            "API_CALLERS": CALLER,
            "API_OPERATORS": CALLER,
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
        """Return what the topic accepted, as JSON with its `message_key`."""
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
    """Create the topics and the two pull subscriptions, on the stand-in or the emulator."""
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
