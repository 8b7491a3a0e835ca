"""Google's own clients for the Pub/Sub stand-in, and an endpoint that it pushes to."""

import http.server
import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import grpc
from google.pubsub_v1 import PublisherClient, SubscriberClient
from google.pubsub_v1 import types as wire
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport

TOPIC = "projects/aiprod-dev/topics/jobs"
OTHER = "projects/aiprod-dev/topics/others"
PUSHED = "projects/aiprod-dev/subscriptions/jobs-sub"
PULLED = "projects/aiprod-dev/subscriptions/jobs-pull"
EMAIL = "pusher@aiprod-dev.iam.gserviceaccount.com"


class Endpoint:
    """An HTTP endpoint that keeps what it is sent and answers with `answer(number of earlier requests)`."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.answer: Callable[[int], int] = lambda _: 204
        self.in_work = 0
        self.most_in_work = 0
        lock = threading.Lock()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with lock:
                    before = len(outer.requests)
                    outer.requests.append(({name.lower(): value for name, value in self.headers.items()}, body))
                    outer.in_work += 1
                    outer.most_in_work = max(outer.most_in_work, outer.in_work)
                status = outer.answer(before)
                with lock:
                    outer.in_work -= 1
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 64

        self._http = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}/push"

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.requests]

    def close(self) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


class Clients:
    """The plain clients of google-cloud-pubsub, on one insecure channel."""

    def __init__(self, host: str) -> None:
        self._channel = grpc.insecure_channel(host)
        self.publisher = PublisherClient(transport=PublisherGrpcTransport(channel=self._channel))
        self.subscriber = SubscriberClient(transport=SubscriberGrpcTransport(channel=self._channel))

    def publish(
        self,
        data: bytes = b"x",
        attributes: dict[str, str] | None = None,
        ordering_key: str = "",
        topic: str = TOPIC,
        timeout: float = 5,
    ) -> str:
        message = wire.PubsubMessage(data=data, attributes=attributes or {}, ordering_key=ordering_key)
        answer = self.publisher.publish(topic=topic, messages=[message], retry=None, timeout=timeout)
        return str(answer.message_ids[0])

    def pull(self, timeout: float = 5) -> list[wire.ReceivedMessage]:
        answer = self.subscriber.pull(subscription=PULLED, max_messages=10, retry=None, timeout=timeout)
        return list(answer.received_messages)

    def close(self) -> None:
        self._channel.close()


def pushes_to(endpoint: Endpoint, **changes: Any) -> wire.Subscription:
    token = wire.PushConfig.OidcToken(service_account_email=EMAIL, audience="https://service.example/push")
    fields = {
        "name": PUSHED,
        "topic": TOPIC,
        "ack_deadline_seconds": 10,
        "push_config": wire.PushConfig(push_endpoint=endpoint.url, oidc_token=token),
        "retry_policy": wire.RetryPolicy(
            minimum_backoff=timedelta(milliseconds=20), maximum_backoff=timedelta(milliseconds=50)
        ),
    }
    return wire.Subscription(fields | changes)


def pulled(clients: Clients, **changes: Any) -> None:
    fields = {"name": PULLED, "topic": TOPIC, "ack_deadline_seconds": 10}
    clients.subscriber.create_subscription(request=wire.Subscription(fields | changes))


def wait_for(holds: Callable[[], bool]) -> bool:
    """Wait for something that no message announces."""
    return any(holds() or threading.Event().wait(0.01) for _ in range(1_000))
