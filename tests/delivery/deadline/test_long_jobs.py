"""A job that takes several ack deadlines goes from delivery to delivery by continuations, never by a timeout.

`LONG_JOB=90` runs the 90 s form; the short one takes three deliveries.
"""

import os
import threading
from collections.abc import Callable

import pytest
from google.pubsub_v1 import types as wire

from lab.harness.messages import Brief
from lab.harness.names import ACCOUNT, AUDIENCE, JOBS, PROJECT, RESULTS, SUBSCRIPTION
from lab.harness.processes import Gunicorn
from lab.harness.waiting import eventually
from lab.harness.world import World
from service.dev import provision

pytestmark = pytest.mark.slow

ACK_DEADLINE_S = 10
STAGES = 9
SECONDS = float(os.environ.get("LONG_JOB", "18"))


def test_a_job_of_several_ack_deadlines(world: World, gunicorn: Callable[..., Gunicorn]) -> None:
    service = gunicorn(ACK_DEADLINE_S=str(ACK_DEADLINE_S), JOB_MAX_ATTEMPTS="1")
    subscription = SUBSCRIPTION
    with provision.clients(world.pubsub.host) as (_, subscriber):
        token = wire.PushConfig.OidcToken(service_account_email=ACCOUNT, audience=AUDIENCE)
        push = wire.PushConfig(push_endpoint=f"http://127.0.0.1:{service.port}/push", oidc_token=token)
        subscriber.create_subscription(
            request=wire.Subscription(
                name=subscription,
                topic=f"projects/{PROJECT}/topics/{JOBS}",
                ack_deadline_seconds=ACK_DEADLINE_S,
                push_config=push,
            )
        )
    brief = Brief(metadata={"drill_stage_ms": SECONDS / STAGES * 1000})
    alive: list[int] = []
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.02):
            alive.append(len(world.pubsub.outstanding(subscription)))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        world.pubsub.publish(JOBS, brief.data())
        eventually(lambda: world.query("SELECT 1 FROM job_results"), timeout=SECONDS * 5 + 60)
        assert world.pubsub.wait_until(lambda: not world.pubsub.outstanding(subscription))
    finally:
        ended.set()
        watcher.join()
    job = world.job(brief.job_id)
    pushes = world.pubsub.pushes(subscription)
    assert (job["state"], job["attempts"]) == ("completed", 0)
    # Each push was answered in its time, once, and each hand-over made one more.
    assert [push.status for push in pushes] == [204] * (job["hop"] + 1)
    assert job["hop"] >= 2
    assert all(push.took_s < ACK_DEADLINE_S for push in pushes)
    # While one message is being answered its continuation is there already; never more than these two.
    assert max(alive) <= 2
    assert len(world.finished(brief.job_id)) == STAGES
    slices = world.query("SELECT stage, part, count(*) AS n FROM job_parts GROUP BY stage, part")
    assert {row["n"] for row in slices} <= {1}
    assert len(world.published(RESULTS)) == 1
