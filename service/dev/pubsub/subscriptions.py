"""Validate a CreateSubscription as Pub/Sub does, and translate between its messages and our `Subscription`. Pure.

https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#subscription
"""

from datetime import timedelta
from urllib.parse import urlsplit

import grpc
from google.pubsub_v1 import types as wire

from service.dev.pubsub import limits
from service.dev.pubsub.broker import PushTarget, Rejected, Subscription

MAX_ACK_DEADLINE_S = 600
DEFAULT_ACK_DEADLINE_S = 10
IMMEDIATELY_S = (0.0, 0.0)
PUSH_BACKOFF_S = (0.1, 60.0)
"""Used if a push subscription has no retry policy: https://cloud.google.com/pubsub/docs/push#push_backoff"""
DEFAULT_RETRY_S = (10.0, 600.0)
"""Used if a retry policy does not give them: https://cloud.google.com/pubsub/docs/handling-failures#exponential_backoff"""


def read_subscription(request: wire.Subscription, min_ack_deadline_s: int = DEFAULT_ACK_DEADLINE_S) -> Subscription:
    """The subscription that a CreateSubscription asks for.

    Raises `Rejected`: INVALID_ARGUMENT for what Pub/Sub refuses, UNIMPLEMENTED for what this stand-in does not support.
    """
    refuse_if(limits.name_problem(request.name, "subscriptions"))
    refuse_if(limits.name_problem(request.topic, "topics"))
    deadline_s = request.ack_deadline_seconds or DEFAULT_ACK_DEADLINE_S
    if not min_ack_deadline_s <= deadline_s <= MAX_ACK_DEADLINE_S:
        refuse_if(f"ack_deadline_seconds must be {min_ack_deadline_s} to {MAX_ACK_DEADLINE_S}.")
    for feature in ("filter", "enable_exactly_once_delivery", "bigquery_config", "cloud_storage_config"):
        if feature in request and getattr(request, feature):
            raise Rejected(grpc.StatusCode.UNIMPLEMENTED, f"The stand-in does not support {feature}.")
    push = _read_push(request.push_config) if request.push_config.push_endpoint else None
    dead_letters = request.dead_letter_policy if "dead_letter_policy" in request else None
    if dead_letters and not 5 <= dead_letters.max_delivery_attempts <= 100:
        refuse_if("max_delivery_attempts must be 5 to 100.")
    return Subscription(
        name=request.name,
        topic=request.topic,
        ack_deadline_s=float(deadline_s),
        backoff_s=_read_backoff(request, pushes=push is not None),
        push=push,
        ordered=request.enable_message_ordering,
        dead_letter_topic=dead_letters.dead_letter_topic if dead_letters else None,
        max_attempts=dead_letters.max_delivery_attempts if dead_letters else None,
    )


def _read_push(config: wire.PushConfig) -> PushTarget:
    url = urlsplit(config.push_endpoint)
    if url.scheme != "http" or url.hostname not in ("127.0.0.1", "localhost", "::1"):
        refuse_if("The stand-in only pushes to http URLs on a loopback address.")
    signed = "oidc_token" in config
    if signed and not config.oidc_token.service_account_email:
        refuse_if("oidc_token.service_account_email is missing.")
    unwrapped = "no_wrapper" in config
    return PushTarget(
        endpoint=config.push_endpoint,
        email=config.oidc_token.service_account_email if signed else None,
        audience=config.oidc_token.audience or config.push_endpoint,
        wrapped=not unwrapped,
        metadata_as_headers=unwrapped and config.no_wrapper.write_metadata,
    )


def _read_backoff(request: wire.Subscription, *, pushes: bool) -> tuple[float, float]:
    if "retry_policy" not in request:
        return PUSH_BACKOFF_S if pushes else IMMEDIATELY_S
    policy = request.retry_policy
    shortest = policy.minimum_backoff.total_seconds() if "minimum_backoff" in policy else DEFAULT_RETRY_S[0]
    longest = policy.maximum_backoff.total_seconds() if "maximum_backoff" in policy else DEFAULT_RETRY_S[1]
    if not 0 <= shortest <= longest <= DEFAULT_RETRY_S[1]:
        refuse_if("retry_policy must have 0 s <= minimum_backoff <= maximum_backoff <= 600 s.")
    return shortest, longest


def describe(config: Subscription) -> wire.Subscription:
    """The subscription as GetSubscription shows it."""
    described = wire.Subscription(
        name=config.name,
        topic=config.topic,
        ack_deadline_seconds=int(config.ack_deadline_s),
        enable_message_ordering=config.ordered,
        retry_policy=wire.RetryPolicy(
            minimum_backoff=timedelta(seconds=config.backoff_s[0]),
            maximum_backoff=timedelta(seconds=config.backoff_s[1]),
        ),
    )
    if config.push:
        described.push_config = wire.PushConfig(push_endpoint=config.push.endpoint)
        if config.push.email:
            described.push_config.oidc_token = wire.PushConfig.OidcToken(
                service_account_email=config.push.email, audience=config.push.audience
            )
    if config.dead_letter_topic and config.max_attempts:
        described.dead_letter_policy = wire.DeadLetterPolicy(
            dead_letter_topic=config.dead_letter_topic, max_delivery_attempts=config.max_attempts
        )
    return described


def refuse_if(problem: str | None) -> None:
    """Raise `Rejected` with INVALID_ARGUMENT if there is a problem."""
    if problem:
        raise Rejected(grpc.StatusCode.INVALID_ARGUMENT, problem)
