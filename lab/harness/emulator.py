"""Google's own Pub/Sub emulator, and the relay that signs its pushes: it sends none of its own tokens.

https://cloud.google.com/pubsub/docs/emulator
"""

import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import grpc
from google.pubsub_v1 import PublisherClient, SubscriberClient
from google.pubsub_v1 import types as wire
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport

from lab.harness.calls import call
from lab.harness.names import PROJECT, SUBSCRIPTION, TOPICS
from lab.harness.waiting import eventually
from lab.harness.world import make_topics

CALL_S = 10.0
BACKOFF = timedelta(seconds=1)


class Missing(Exception):
    """The emulator cannot run on this machine; the text says what is missing."""


def find() -> Path:
    """Return the emulator's start script. Raises `Missing`."""
    gcloud = shutil.which("gcloud")
    if gcloud is None:
        raise Missing("no gcloud on the path, so no Cloud SDK to find the emulator in")
    info = subprocess.run(
        [gcloud, "info", "--format=value(installation.sdk_root)"], capture_output=True, text=True, check=False
    )
    script = Path(info.stdout.strip()) / "platform" / "pubsub-emulator" / "bin" / "cloud-pubsub-emulator"
    if info.returncode or not script.is_file():
        raise Missing(f"no Pub/Sub emulator at {script} (gcloud components install pubsub-emulator)")
    if shutil.which("java") is None:
        raise Missing("no java on the path, which the emulator needs")
    return script


@dataclass(frozen=True, kw_only=True)
class Pulled:
    """One message of a pull subscription."""

    data: bytes
    attributes: Mapping[str, str]
    ordering_key: str


class Emulator:
    """A running emulator on a free loopback port, its output in `log`."""

    def __init__(self, script: Path, log: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port: int = free.getsockname()[1]
        self.host = f"127.0.0.1:{port}"
        self._log = log
        with log.open("wb") as sink:
            self._process = subprocess.Popen(
                [str(script), "--host=127.0.0.1", f"--port={port}"],
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            eventually(lambda: self._answers(port), what=lambda: f"the emulator does not start:\n{log.read_text()}")
        except BaseException:
            self.close()
            raise
        self._channel = grpc.insecure_channel(self.host)
        self._publisher = PublisherClient(transport=PublisherGrpcTransport(channel=self._channel))
        self._subscriber = SubscriberClient(transport=SubscriberGrpcTransport(channel=self._channel))

    @property
    def pid(self) -> int:
        return self._process.pid

    def _answers(self, port: int) -> bool:
        assert self._process.poll() is None, self._log.read_text()
        try:
            return call(port, "GET", "/", timeout=5).status == 200
        except (OSError, http.client.HTTPException):
            return False

    def close(self) -> None:
        """End the script and the JVM that it became or started."""
        with contextlib.suppress(AttributeError):
            self._channel.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    @contextlib.contextmanager
    def topics(self, endpoint: str, *, ack_deadline_s: int) -> Iterator[None]:
        """Create the design's topics and subscriptions, with the jobs pushed to `endpoint`; delete them afterwards."""
        make_topics(self.host)
        self._subscriber.create_subscription(
            request=wire.Subscription(
                name=SUBSCRIPTION,
                topic=_topic(TOPICS[0]),
                ack_deadline_seconds=ack_deadline_s,
                push_config=wire.PushConfig(push_endpoint=endpoint),
                retry_policy=wire.RetryPolicy(minimum_backoff=BACKOFF, maximum_backoff=BACKOFF),
            ),
            timeout=CALL_S,
        )
        try:
            yield
        finally:
            for topic in TOPICS:
                self._subscriber.delete_subscription(subscription=_subscription(topic), timeout=CALL_S)
                self._publisher.delete_topic(topic=_topic(topic), timeout=CALL_S)

    def publish(self, data: bytes, *, copies: int = 1) -> list[str]:
        """Publish a job message `copies` times in one call; return the messages' ids."""
        messages = [wire.PubsubMessage(data=data)] * copies
        published = self._publisher.publish(topic=_topic(TOPICS[0]), messages=messages, timeout=CALL_S)
        return list(published.message_ids)

    def pull(self, topic: str) -> list[Pulled]:
        """Return what the topic's pull subscription has now, and acknowledge it."""
        name = _subscription(topic)
        request = wire.PullRequest(subscription=name, max_messages=100, return_immediately=True)
        with warnings.catch_warnings():
            # Deprecated for its load on Pub/Sub's servers; a waiting pull that is given up can lose a message for 60 s.
            warnings.simplefilter("ignore", DeprecationWarning)
            received = self._subscriber.pull(request=request, timeout=CALL_S).received_messages
        if received:
            ids = [one.ack_id for one in received]
            self._subscriber.acknowledge(subscription=name, ack_ids=ids, timeout=CALL_S)
        return [
            Pulled(
                data=one.message.data,
                attributes=dict(one.message.attributes),
                ordering_key=one.message.ordering_key,
            )
            for one in received
        ]


def _topic(name: str) -> str:
    return f"projects/{PROJECT}/topics/{name}"


def _subscription(topic: str) -> str:
    return f"projects/{PROJECT}/subscriptions/{topic}-sub"


@dataclass(frozen=True)
class Relayed:
    """One push that went through the relay."""

    body: bytes
    status: int


@dataclass
class Relay:
    """Passes every push to the service with a token, and the service's status back."""

    port: int
    pushes: list[Relayed] = field(default_factory=list)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}/push"

    def statuses(self, message_id: str) -> list[int]:
        """Return the answers to the deliveries of one message, in order."""
        return [push.status for push in self.pushes if f'"{message_id}"'.encode() in push.body]


@contextlib.contextmanager
def signing_relay(service_port: int, token: Callable[[], str]) -> Iterator[Relay]:
    """Run a relay to the service on `service_port`; `token` makes each push's token."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {"Authorization": f"Bearer {token()}", "Content-Type": "application/json"}
            try:
                status = call(service_port, "POST", "/push", body, headers, timeout=120).status
            except OSError:
                status = 502
            relay.pushes.append(Relayed(body, status))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    relay = Relay(server.server_port)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield relay
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
