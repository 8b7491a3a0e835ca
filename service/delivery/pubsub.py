"""Publish through Pub/Sub's plain unary call.

Never the batching client: it publishes on its own thread, and with ordering keys it overrides the deadline and refuses
a key after one failure (docs/architecture.md, "Publishing"). Nor the generated one: its wrapping takes as long as the
call, and importing it a fifth of the time that a process needs to start (docs/decisions/0017). The channel and the
request are what it would make: tests compare both.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import google.auth
import grpc

from service.auth.web import GoogleRequest
from service.config import Settings
from service.delivery.outbox import Message, Publisher, Rejected
from service.errors import Unavailable
from service.metrics import Metrics

PUBLISH = "/google.pubsub.v1.Publisher/Publish"
"""https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#google.pubsub.v1.Publisher.Publish"""

HOST = "pubsub.googleapis.com"
SCOPES = ("https://www.googleapis.com/auth/cloud-platform", "https://www.googleapis.com/auth/pubsub")
OPTIONS = (
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_metadata_size", 4 * 1024 * 1024),
    ("grpc.keepalive_time_ms", 30_000),
)
"""The generated client's own."""


class PubSubPublisher:
    """A `Publisher` on one gRPC channel. Make it after the fork: gRPC does not survive one."""

    def __init__(self, channel: grpc.Channel, settings: Settings) -> None:
        # The answer is the messages' ids, which nobody asks for.
        self._call: Callable[..., bytes] = channel.unary_unary(PUBLISH)
        self._settings = settings

    def publish(self, message: Message, timeout_s: float) -> None:
        """As `outbox.Publisher.publish`."""
        topic = self._settings.topic_path(message.topic)
        # The call is routed by this header (https://google.aip.dev/client-libraries/4222).
        routing = (("x-goog-request-params", f"topic={quote(topic)}"),)
        try:
            self._call(request(topic, message), timeout=timeout_s, metadata=routing)
        except grpc.RpcError as error:
            call: Any = error  # the error is also a `grpc.Call`, which grpc's types do not say
            if call.code() is grpc.StatusCode.INVALID_ARGUMENT:
                raise Rejected(call.details()) from error
            raise Unavailable("pubsub_unreachable", f"Pub/Sub did not accept a message for {message.topic}.") from error


def request(topic: str, message: Message) -> bytes:
    """Return the `PublishRequest` of one message, as protobuf has it on the wire. Pure.
    https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#google.pubsub.v1.PublishRequest"""
    attributes = {**message.attributes, "message_key": message.message_key}
    data = _field(1, message.payload.encode())
    pairs = [_field(2, _field(1, name.encode()) + _field(2, value.encode())) for name, value in attributes.items()]
    ordering = _field(5, message.ordering_key.encode())
    return _field(1, topic.encode()) + _field(2, data + b"".join(pairs) + ordering)


def _field(number: int, value: bytes) -> bytes:
    """A field of a message that is text, bytes or a message itself: its number and kind, its length, its bytes
    (https://protobuf.dev/programming-guides/encoding/#length-types). The length has seven bits in each byte, the lowest
    first; all but the last byte have their highest bit set."""
    length, left = bytearray(), len(value)
    while left > 127:
        length.append(left & 127 | 128)
        left >>= 7
    return bytes((number << 3 | 2, *length, left)) + value


class CountingPublisher:
    """Publishes through another `Publisher` and counts the results by topic."""

    def __init__(self, publisher: Publisher, metrics: Metrics) -> None:
        self._publisher = publisher
        self._metrics = metrics

    def publish(self, message: Message, timeout_s: float) -> None:
        """As `outbox.Publisher.publish`."""
        result = "unexpected"
        try:
            self._publisher.publish(message, timeout_s)
            result = "accepted"
        except Rejected:
            result = "rejected"
            raise
        except Unavailable:
            result = "unavailable"
            raise
        finally:
            self._metrics.published(message.topic, result)


def connect(settings: Settings) -> PubSubPublisher:
    """Make a publisher for the real Pub/Sub, or for the emulator if the settings name one. Opens no connection yet."""
    if settings.pubsub_emulator_host:
        return PubSubPublisher(grpc.insecure_channel(settings.pubsub_emulator_host), settings)
    return PubSubPublisher(grpc.secure_channel(f"{HOST}:443", _credentials(), options=OPTIONS), settings)


def _credentials() -> grpc.ChannelCredentials:
    """As `google.api_core.grpc_helpers` makes them, without its imports: those that the environment has for Google."""
    from google.auth.transport.grpc import AuthMetadataPlugin  # noqa: PLC0415 (nor does the emulator need these)

    account, _ = google.auth.default(default_scopes=SCOPES)
    plugin = AuthMetadataPlugin(  # type: ignore[no-untyped-call]
        account, GoogleRequest(), default_host=HOST, suppress_metrics_header=True
    )
    return grpc.compute_engine_channel_credentials(grpc.metadata_call_credentials(plugin))
