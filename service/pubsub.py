"""Publish through Pub/Sub's plain unary call.

Never the batching client: it publishes on a thread of its own, and with ordering keys overrides the deadline and
refuses a key after one failure (docs/architecture.md, "Publishing").
"""

import grpc
from google.api_core import exceptions
from google.pubsub_v1 import PublisherClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.types import PubsubMessage

from service.config import Settings
from service.errors import Unavailable
from service.outbox import Message, Rejected


class PubSubPublisher:
    """A `Publisher` on one gRPC channel. Made after the fork: gRPC does not survive one."""

    def __init__(self, client: PublisherClient, settings: Settings) -> None:
        self._client = client
        self._settings = settings

    def publish(self, message: Message, timeout_s: float) -> None:
        """As `outbox.Publisher.publish`."""
        wire = PubsubMessage(
            data=message.payload.encode(),
            ordering_key=message.ordering_key,
            attributes={**message.attributes, "message_key": message.message_key},
        )
        topic = self._settings.topic_path(message.topic)
        try:
            self._client.publish(topic=topic, messages=[wire], retry=None, timeout=timeout_s)
        except exceptions.InvalidArgument as error:
            raise Rejected(error.message) from error
        except exceptions.GoogleAPICallError as error:
            raise Unavailable("pubsub_unreachable", f"Pub/Sub did not accept a message for {message.topic}.") from error


def connect(settings: Settings) -> PubSubPublisher:
    """A publisher for the real Pub/Sub, or for the emulator that the settings name. Opens no connection yet."""
    if settings.pubsub_emulator_host:
        channel = grpc.insecure_channel(settings.pubsub_emulator_host)
        return PubSubPublisher(PublisherClient(transport=PublisherGrpcTransport(channel=channel)), settings)
    return PubSubPublisher(PublisherClient(), settings)
