"""The relay of compose.yaml as a process: it makes the topics, serves the certificates, and signs what is pushed."""

import http.server
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest
from google.api_core.exceptions import NotFound
from google.pubsub_v1.types import PubsubMessage
from ruamel.yaml import YAML

from lab.harness.processes import ROOT
from service.auth.certificates import KeyCache, fetch_certs
from service.auth.verifier import Verifier, authorize
from service.config import Settings, read_settings
from service.dev import provision
from service.dev.issuer import LocalIssuer
from service.dev.pubsub.server import LocalPubSub
from service.variables import SERVICE

pytestmark = pytest.mark.slow

COMPOSE: Mapping[str, Any] = YAML(typ="safe").load(ROOT / "compose.yaml")
SETTINGS: Mapping[str, str] = {
    **COMPOSE["services"]["service"]["environment"],
    "PIPELINE": "drill",
    "LOG_LEVEL": "INFO",  # what stands there is filled in by Compose
}
PATIENCE_S = 30


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def service() -> Iterator[tuple[int, "SimpleQueue[str]"]]:
    """Accepts every push: its port, and the Authorization headers that came."""
    came: SimpleQueue[str] = SimpleQueue()

    class Accept(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            came.put(self.headers["Authorization"])
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Accept)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1], came
    server.shutdown()
    server.server_close()


def test_the_settings_of_compose_are_the_service_s() -> None:
    assert set(SETTINGS) <= {one.name for one in SERVICE}
    assert read_settings(SETTINGS).auth


def test_a_push_gets_a_token_that_the_service_accepts(service: tuple[int, "SimpleQueue[str]"], tmp_path: Path) -> None:
    port, came = service
    listen, certs = free_port(), free_port()
    with LocalPubSub(LocalIssuer.fresh()) as pubsub:
        env = {
            **SETTINGS,
            "PATH": os.environ["PATH"],
            "PORT": str(port),
            "PUBSUB_EMULATOR_HOST": pubsub.host,
            "OIDC_CERTS_URL": f"http://127.0.0.1:{certs}/certs",
        }
        command = [sys.executable, "-m", "service.dev.relay", "--keys", str(tmp_path), "--listen", str(listen)]
        relay = subprocess.Popen([*command, "--reached-at", f"http://127.0.0.1:{listen}"], cwd=ROOT, env=env)
        try:
            settings = read_settings(env)
            publish(pubsub.host, settings)
            pushed = came.get(timeout=PATIENCE_S)
            asked = subprocess.run([*command, "--token", "api"], cwd=ROOT, env=env, capture_output=True, check=True)
            verifier = Verifier(KeyCache(lambda: fetch_certs(settings.oidc_certs_url)))
            authorize(verifier.verify(pushed), audience=settings.push_audience, callers=settings.push_service_accounts)
            token = f"Bearer {asked.stdout.decode().strip()}"
            authorize(verifier.verify(token), audience=str(settings.api_audience), callers=settings.api_operators)
        finally:
            relay.send_signal(signal.SIGTERM)
            assert relay.wait(PATIENCE_S) == 0


def publish(host: str, settings: Settings) -> None:
    """One job message, once the relay has made the last of the subscriptions."""
    last = provision.subscription_path(settings, settings.topics.dlq)
    until = time.monotonic() + PATIENCE_S
    with provision.clients(host) as (publisher, subscriber):
        while True:
            try:
                subscriber.get_subscription(subscription=last)
                break
            except NotFound:
                assert time.monotonic() < until
                time.sleep(0.1)
        publisher.publish(topic=settings.topic_path(settings.topics.jobs), messages=[PubsubMessage(data=b"{}")])
