"""Publish through Pub/Sub's plain unary call.

Never the batching client: it publishes on its own thread, and with ordering keys it overrides the deadline and refuses
a key after one failure (docs/architecture.md, "Publishing"). Nor the generated one: its wrapping takes as long as the
call, and importing it a fifth of the time that a process needs to start (docs/decisions/0017). The channel is what it
would make, and the wire is the same: tests compare both.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import grpc
from google.api_core import grpc_helpers
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

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


def _one(number: int, name: str, type_: int = FieldDescriptorProto.TYPE_STRING) -> dict[str, object]:
    return {"number": number, "name": name, "type": type_, "label": FieldDescriptorProto.LABEL_OPTIONAL}


def _many(number: int, name: str, of: str) -> dict[str, object]:
    field = _one(number, name, FieldDescriptorProto.TYPE_MESSAGE)
    return {**field, "type_name": f".{of}", "label": FieldDescriptorProto.LABEL_REPEATED}


REQUEST = FileDescriptorProto(
    name="publish.proto",
    syntax="proto3",
    message_type=[
        {"name": "PublishRequest", "field": [_one(1, "topic"), _many(2, "messages", of="PubsubMessage")]},
        {
            "name": "PubsubMessage",
            "field": [
                _one(1, "data", FieldDescriptorProto.TYPE_BYTES),
                _many(2, "attributes", of="Attribute"),
                _one(5, "ordering_key"),
            ],
        },
        # A map's entries, as https://protobuf.dev/programming-guides/encoding/#maps has them on the wire.
        {"name": "Attribute", "field": [_one(1, "key"), _one(2, "value")]},
    ],
)
"""What a publish sends:
https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#google.pubsub.v1.PublishRequest"""


def _class_of_request() -> Any:
    # In a pool of its own: google.pubsub_v1 puts messages of these names into the one that all share.
    pool = DescriptorPool()
    pool.Add(REQUEST)
    return GetMessageClass(pool.FindMessageTypeByName("PublishRequest"))


class PubSubPublisher:
    """A `Publisher` on one gRPC channel. Make it after the fork: gRPC does not survive one."""

    def __init__(self, channel: grpc.Channel, settings: Settings) -> None:
        self._request = request = _class_of_request()
        # The answer is the messages' ids, which nobody asks for.
        self._call: Callable[..., bytes] = channel.unary_unary(PUBLISH, request_serializer=request.SerializeToString)
        self._settings = settings

    def publish(self, message: Message, timeout_s: float) -> None:
        """As `outbox.Publisher.publish`."""
        attributes = {**message.attributes, "message_key": message.message_key}
        wire = {
            "data": message.payload.encode(),
            "ordering_key": message.ordering_key,
            "attributes": [{"key": name, "value": value} for name, value in attributes.items()],
        }
        topic = self._settings.topic_path(message.topic)
        # The call is routed by this header (https://google.aip.dev/client-libraries/4222).
        routing = (("x-goog-request-params", f"topic={quote(topic)}"),)
        try:
            self._call(self._request(topic=topic, messages=[wire]), timeout=timeout_s, metadata=routing)
        except grpc.RpcError as error:
            call: Any = error  # the error is also a `grpc.Call`, which grpc's types do not say
            if call.code() is grpc.StatusCode.INVALID_ARGUMENT:
                raise Rejected(call.details()) from error
            raise Unavailable("pubsub_unreachable", f"Pub/Sub did not accept a message for {message.topic}.") from error


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
    channel = grpc_helpers.create_channel(f"{HOST}:443", default_scopes=SCOPES, default_host=HOST, options=OPTIONS)
    return PubSubPublisher(channel, settings)
