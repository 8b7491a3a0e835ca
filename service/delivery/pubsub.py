"""Publish through Pub/Sub's plain unary call.

Never the batching client: it publishes on its own thread, and with ordering keys it overrides the deadline and refuses
a key after one failure (docs/architecture.md, "Publishing"). The generated client makes the channel with its
credentials; the call itself bypasses the client, whose wrapping takes as long as the call.
"""

from typing import Any, cast
from urllib.parse import quote

import grpc
from google.pubsub_v1 import PublisherClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.types import PublishRequest, PublishResponse, PubsubMessage

from service.config import Settings
from service.delivery.outbox import Message, Publisher, Rejected
from service.errors import Unavailable
from service.metrics import Metrics

PUBLISH = "/google.pubsub.v1.Publisher/Publish"
"""https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#google.pubsub.v1.Publisher.Publish"""

# The protobuf classes underneath the client's own.
_Request, _Response, _Message = PublishRequest.pb(), PublishResponse.pb(), PubsubMessage.pb()


class PubSubPublisher:
    """A `Publisher` on one gRPC channel. Make it after the fork: gRPC does not survive one."""

    def __init__(self, channel: grpc.Channel, settings: Settings) -> None:
        self._call = channel.unary_unary(
            PUBLISH, request_serializer=_Request.SerializeToString, response_deserializer=_Response.FromString
        )
        self._settings = settings

    def publish(self, message: Message, timeout_s: float) -> None:
        """As `outbox.Publisher.publish`."""
        wire = _Message(
            data=message.payload.encode(),
            ordering_key=message.ordering_key,
            attributes={**message.attributes, "message_key": message.message_key},
        )
        topic = self._settings.topic_path(message.topic)
        # The call is routed by this header (https://google.aip.dev/client-libraries/4222).
        routing = (("x-goog-request-params", f"topic={quote(topic)}"),)
        try:
            self._call(_Request(topic=topic, messages=[wire]), timeout=timeout_s, metadata=routing)
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
    transport = cast("PublisherGrpcTransport", PublisherClient().transport)
    return PubSubPublisher(transport.grpc_channel, settings)
