"""What a job owes is published before its ack; Pub/Sub fails, hangs or loses its reply."""

import json

import grpc
import pytest

from lab.harness.messages import Brief
from lab.harness.names import DLQ, RESULTS
from lab.harness.world import World
from tests.support.gated import Gates, Start, never


@pytest.mark.parametrize("fault", ["fail", "hang", "reply lost"])
def test_a_publish_that_fails_is_nacked_and_made_up_for_without_running_again(
    start: Start, world: World, gates: Gates, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setattr("service.delivery.outbox.PUBLISH_TIMEOUT_S", 0.3)
    service, brief = start(), Brief()
    if fault == "fail":
        world.pubsub.faults.fail_publish(grpc.StatusCode.UNAVAILABLE, times=1)
    elif fault == "hang":
        world.pubsub.faults.hang_publish(20, times=1)
    else:
        world.pubsub.faults.lose_reply(times=1)
    answer = service.push(brief.body())
    assert (answer.status, answer.problem["code"]) == (503, "pubsub_unreachable")
    assert world.job(brief.job_id)["state"] == "completed"
    (row,) = world.query("SELECT * FROM outbox")
    assert row["published_at"] is None
    assert service.push(brief.body()).status == 204
    assert len(gates.runs) == 3
    keys = {message["message_key"] for message in world.published(RESULTS)}
    assert keys == {f"result:{brief.job_id}:1"}
    (row,) = world.query("SELECT * FROM outbox")
    assert row["published_at"] is not None


def test_a_dead_letter_that_cannot_be_published_holds_up_no_result(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(), Brief()
    gates.does(brief.job_id, "A", never)
    fault = world.pubsub.faults.fail_publish(grpc.StatusCode.NOT_FOUND, topic=RESULTS)
    assert service.push(brief.body()).status == 503
    assert len(world.published(DLQ)) == 1
    world.pubsub.faults.remove(fault)
    assert service.push(brief.body()).status == 204
    assert len(world.published(DLQ)) == 1
    assert len(world.published(RESULTS)) == 1


def test_a_row_that_pubsub_refuses_for_good_is_parked(start: Start, world: World) -> None:
    service, brief = start(), Brief()
    service.push(brief.body())
    world.query(
        "INSERT INTO outbox (job_id, topic, message_key, attributes, payload) VALUES"
        " (:id, 'aiprod-pipeline-results', 'too-long', CAST(:attributes AS json), '{}'),"
        " (:id, 'aiprod-pipeline-results', 'good', '{}', '{}') RETURNING 1",
        id=brief.job_id,
        attributes=json.dumps({"long": "x" * 2000}),
    )
    assert service.push(brief.body()).status == 204
    (parked,) = world.query("SELECT * FROM outbox WHERE parked_at IS NOT NULL")
    assert parked["message_key"] == "too-long"
    assert parked["error"]
    assert world.published(RESULTS)[-1]["message_key"] == "good"
