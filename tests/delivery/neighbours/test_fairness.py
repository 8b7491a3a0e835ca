"""One user with very many jobs leaves the others their turn. With `FAIR_JOBS=1000` it prints the figures of
docs/operating.md."""

import os
import time
from collections.abc import Callable
from datetime import timedelta

import grpc
import pytest
from google.pubsub_v1 import SubscriberClient
from google.pubsub_v1 import types as wire
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport

from lab.harness.messages import Brief
from lab.harness.names import ACCOUNT, AUDIENCE, JOBS, PROJECT, SUBSCRIPTION
from lab.harness.processes import Gunicorn
from lab.harness.waiting import eventually
from lab.harness.world import World
from tests.support import promises

pytestmark = pytest.mark.slow

COUNT = int(os.environ.get("FAIR_JOBS", "80"))
STAGE = {"drill_stage_ms": 10}


def push_to(world: World, service: Gunicorn) -> None:
    """Let Pub/Sub push the topic of jobs to the service, many at a time."""
    token = wire.PushConfig.OidcToken(service_account_email=ACCOUNT, audience=AUDIENCE)
    backoff = timedelta(milliseconds=200)
    with grpc.insecure_channel(world.pubsub.host) as channel:
        SubscriberClient(transport=SubscriberGrpcTransport(channel=channel)).create_subscription(
            request=wire.Subscription(
                name=SUBSCRIPTION,
                topic=f"projects/{PROJECT}/topics/{JOBS}",
                ack_deadline_seconds=300,
                push_config=wire.PushConfig(push_endpoint=f"http://127.0.0.1:{service.port}/push", oidc_token=token),
                retry_policy=wire.RetryPolicy(minimum_backoff=backoff, maximum_backoff=backoff),
            )
        )


def publish(world: World, brief: Brief) -> None:
    world.pubsub.publish(JOBS, brief.data())


def ended(world: World, user_id: str) -> int:
    (row,) = world.query("SELECT count(*) AS n FROM jobs WHERE user_id = :user AND state = 'completed'", user=user_id)
    return int(row["n"])


def test_a_thousand_jobs_of_one_user_leave_the_others_their_turn(
    world: World, gunicorn: Callable[..., Gunicorn]
) -> None:
    service = gunicorn(LIMIT_JOBS_IN_WORK="2", MAX_CONCURRENT_JOBS="4", LOG_LEVEL="WARNING")
    hog = [Brief(user_id="hog", metadata=STAGE) for _ in range(COUNT)]
    others = [Brief(user_id=f"user-{number}", metadata=STAGE) for number in range(5)]
    push_to(world, service)
    began = time.monotonic()
    # The others come last.
    for brief in (*hog, *others):
        publish(world, brief)
    eventually(lambda: all(ended(world, brief.user_id) for brief in others), timeout=300)
    waited, done = time.monotonic() - began, ended(world, "hog")
    assert done < COUNT / 2, "the others waited for the one"
    assert world.query("SELECT 1 FROM jobs WHERE state = 'processing' AND user_id = 'hog' OFFSET 2") == []
    # No sweep runs: each job that ends lets the next one go on.
    eventually(lambda: ended(world, "hog") == COUNT, timeout=300)
    print(f"others ended after {waited:.1f} s, {done} of {COUNT}; all after {time.monotonic() - began:.1f} s")  # noqa: T201
    assert {row["attempts"] for row in world.query("SELECT attempts FROM jobs")} == {0}
    assert promises.broken(world) == []
    assert promises.stuck_or_owing(world) == []
