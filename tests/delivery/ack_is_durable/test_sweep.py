"""The sweep sends messages for jobs that no message will bring back, and changes nothing else."""

from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

from lab.harness.messages import Brief, envelope
from lab.harness.names import API_AUDIENCE, CALLER, JOBS, RESULTS
from lab.harness.world import World
from service.delivery.sweep import Swept
from tests.support.acts import swept
from tests.support.gated import Gates, Start, later
from tests.support.jobs import end_backoff, expire_lease


def row_of(world: World, job_id: str) -> dict[str, object]:
    job = world.job(job_id)
    return {name: job[name] for name in ("state", "run", "hop", "attempts", "lease_token", "stage", "progress")}


def test_a_pending_job_without_a_message_gets_one(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(), Brief()
    gates.does(brief.job_id, "B", later)
    service.push(brief.body())
    before = row_of(world, brief.job_id)
    assert swept(service).resent == (brief.job_id,)
    assert row_of(world, brief.job_id) == before
    (message,) = world.pubsub.accepted(JOBS)
    assert message.attributes["message_key"] == f"job:{brief.job_id}:1:0"
    gates.does(brief.job_id, "B", None)
    end_backoff(world, brief.job_id)
    assert service.push(envelope(message.data, attributes=message.attributes)).status == 204
    assert world.job(brief.job_id)["state"] == "completed"
    assert swept(service).resent == ()


def test_a_job_whose_lease_ran_out_gets_a_message_and_a_held_one_does_not(
    start: Start, world: World, gates: Gates
) -> None:
    service, dead, alive = start(), Brief(), Brief()
    pushes = []
    for brief in (dead, alive):
        gates.hold(brief.job_id, "A")
        pushes.append(service.push_soon(brief.body()))
        gates.wait_reached(brief.job_id, "A")
    expire_lease(world, dead.job_id)
    before = row_of(world, dead.job_id)
    assert swept(service).resent == (dead.job_id,)
    assert row_of(world, dead.job_id) == before
    for brief in (dead, alive):
        gates.open(brief.job_id, "A")
    assert {push.result().status for push in pushes} == {204}


def test_nothing_is_sent_while_all_is_well(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(), Brief()
    gates.does(brief.job_id, "B", later)
    service.push(brief.body())
    assert swept(service, age_s=None) == Swept(resent=(), published=0, failed=0, parked=())
    assert world.pubsub.accepted(JOBS) == []


def test_the_wait_doubles_with_each_resend(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(), Brief()
    gates.does(brief.job_id, "B", later)
    service.push(brief.body())
    age = "UPDATE jobs SET enqueued_at = clock_timestamp() - make_interval(secs => :s) RETURNING 1"
    world.query(age, s=1.5 * 100)
    assert swept(service, age_s=100).resent == (brief.job_id,)
    world.query(age, s=1.5 * 100)
    assert swept(service, age_s=100).resent == ()
    world.query(age, s=2.5 * 100)
    assert swept(service, age_s=100).resent == (brief.job_id,)


def test_two_sweeps_at_once_send_one_message(start: Start, world: World, gates: Gates) -> None:
    service = start()
    briefs = [Brief() for _ in range(10)]
    for brief in briefs:
        gates.does(brief.job_id, "B", later)
        service.push(brief.body())
    world.query("UPDATE jobs SET enqueued_at = clock_timestamp() - interval '1 hour' RETURNING 1")
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: swept(service, age_s=600), range(4)))
    assert sorted(job_id for one in done for job_id in one.resent) == sorted(brief.job_id for brief in briefs)
    assert len(world.pubsub.accepted(JOBS)) == 10


def test_a_message_that_pubsub_did_not_take_is_sent_by_the_next_sweep(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(), Brief()
    gates.does(brief.job_id, "B", later)
    service.push(brief.body())
    world.query("UPDATE jobs SET enqueued_at = clock_timestamp() - interval '1 hour' RETURNING 1")
    world.pubsub.faults.fail_publish(grpc.StatusCode.UNAVAILABLE, times=1)
    assert swept(service, age_s=600).failed == 1
    assert swept(service, age_s=600).resent == (brief.job_id,)


@pytest.mark.parametrize("age_s", [30, 120])
def test_an_outbox_row_that_was_left_behind_is_published(start: Start, world: World, age_s: int) -> None:
    service, brief = start(), Brief()
    world.pubsub.faults.fail_publish(grpc.StatusCode.UNAVAILABLE, times=1)
    assert service.push(brief.body()).status == 503
    world.query("UPDATE outbox SET created_at = clock_timestamp() - make_interval(secs => :s) RETURNING 1", s=age_s)
    assert swept(service).published == (1 if age_s > 60 else 0)
    assert len(world.published(RESULTS)) == (1 if age_s > 60 else 0)


def test_a_parked_row_is_named_and_no_failure(start: Start, world: World) -> None:
    service = start()
    world.query(
        "INSERT INTO outbox (topic, message_key, attributes, payload, parked_at, error)"
        " VALUES ('t', 'parked-key', '{}', '{}', clock_timestamp(), 'too long') RETURNING 1"
    )
    assert swept(service) == Swept(resent=(), published=0, failed=0, parked=("parked-key",))


def test_the_scheduler_sweeps_by_http(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(), Brief()
    gates.does(brief.job_id, "B", later)
    service.push(brief.body())
    world.query("UPDATE jobs SET enqueued_at = clock_timestamp() - interval '1 day' RETURNING 1")
    client = service.app.test_client()
    assert client.post("/sweep").status_code == 401
    assert client.post("/sweep", headers={"Authorization": f"Bearer {world.token()}"}).status_code == 401
    caller = {"Authorization": f"Bearer {world.issuer.token(API_AUDIENCE, CALLER)}"}
    world.pubsub.faults.fail_publish(grpc.StatusCode.UNAVAILABLE, times=1)
    assert client.post("/sweep", headers=caller).status_code == 503
    answer = client.post("/sweep", headers=caller)
    assert answer.get_json() == {"resent": [brief.job_id], "published": 0, "failed": 0, "parked": [], "skipped": False}


def test_a_topic_that_is_gone_starves_no_other(start: Start, world: World) -> None:
    service = start()
    world.query(
        "INSERT INTO outbox (topic, message_key, attributes, payload, created_at)"
        " SELECT CASE n WHEN 150 THEN 'aiprod-pipeline-results' ELSE 'no-such-topic' END, 'key-' || n, '{}', '{}',"
        " clock_timestamp() - interval '1 hour' FROM generate_series(1, 150) n RETURNING 1"
    )
    done = swept(service)
    assert (done.published, done.failed) == (1, 3)
    assert [message["message_key"] for message in world.published(RESULTS)] == ["key-150"]
