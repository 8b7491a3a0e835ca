"""Create the service's topics and subscriptions in the stand-in for Pub/Sub or in Google's emulator."""

import contextlib
from collections.abc import Iterator
from datetime import timedelta

import grpc
from google.api_core.exceptions import AlreadyExists, GoogleAPICallError
from google.pubsub_v1 import PublisherClient, SubscriberClient
from google.pubsub_v1 import types as wire
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport

from service.config import Settings
from service.errors import Unavailable

CALL_TIMEOUT_S = 10.0
PULL_ACK_DEADLINE_S = 60
RETRY_S = (timedelta(seconds=1), timedelta(seconds=10))
"""The backoff; shorter than a deployment's 10 to 600 s, because a developer is waiting."""


@contextlib.contextmanager
def clients(host: str) -> Iterator[tuple[PublisherClient, SubscriberClient]]:
    """A publisher and a subscriber client on one insecure channel to `host`."""
    with grpc.insecure_channel(host) as channel:
        yield (
            PublisherClient(transport=PublisherGrpcTransport(channel=channel)),
            SubscriberClient(transport=SubscriberGrpcTransport(channel=channel)),
        )


def subscription_path(settings: Settings, topic: str) -> str:
    """The name of a topic's only subscription, such as `projects/p/subscriptions/aiprod-pipeline-jobs-sub`."""
    return f"projects/{settings.project}/subscriptions/{topic}-sub"


def create_topics_and_subscriptions(host: str, settings: Settings, push_endpoint: str, *, push_email: str) -> bool:
    """Create the three topics, the push subscription for jobs, and the pull subscriptions for results and dead letters.

    Return False if the subscriptions existed, with their messages; only the push endpoint is then changed. Raises
    `Unavailable` if there is no Pub/Sub at `host`.
    """
    try:
        return _create(host, settings, push_endpoint, push_email)
    except GoogleAPICallError as error:
        sentence = (
            f"Pub/Sub at {host} cannot be used: {error.message} Start the emulator, or unset PUBSUB_EMULATOR_HOST."
        )
        raise Unavailable("pubsub_unreachable", sentence) from error


def _create(host: str, settings: Settings, push_endpoint: str, push_email: str) -> bool:
    token = wire.PushConfig.OidcToken(service_account_email=push_email, audience=settings.push_audience)
    push = wire.PushConfig(push_endpoint=push_endpoint, oidc_token=token)
    jobs_sub = subscription_path(settings, settings.topics.jobs)
    is_new = True
    with clients(host) as (publisher, subscriber):
        for topic in (settings.topics.jobs, settings.topics.results, settings.topics.dlq):
            with contextlib.suppress(AlreadyExists):
                publisher.create_topic(name=settings.topic_path(topic), retry=None, timeout=CALL_TIMEOUT_S)
            subscription = wire.Subscription(
                name=subscription_path(settings, topic),
                topic=settings.topic_path(topic),
                ack_deadline_seconds=PULL_ACK_DEADLINE_S,
            )
            if topic == settings.topics.jobs:
                subscription.push_config = push
                subscription.ack_deadline_seconds = int(settings.ack_deadline_s)
                subscription.retry_policy = wire.RetryPolicy(minimum_backoff=RETRY_S[0], maximum_backoff=RETRY_S[1])
            try:
                subscriber.create_subscription(request=subscription, retry=None, timeout=CALL_TIMEOUT_S)
            except AlreadyExists:
                is_new = False
        if not is_new:
            subscriber.modify_push_config(subscription=jobs_sub, push_config=push, retry=None, timeout=CALL_TIMEOUT_S)
    return is_new
