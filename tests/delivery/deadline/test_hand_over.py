"""Time used up hands the job over with a continuation."""

from dataclasses import replace

from lab.harness.messages import Brief, envelope
from lab.harness.names import JOBS, RESULTS
from lab.harness.waiting import eventually
from lab.harness.world import World
from service.pipeline import Stage
from tests.support.gated import Gates, InProcess, Start, until_told

SHORT = 3.0
"""An ack deadline that leaves one second for the stages."""


def test_time_used_up_hands_over_with_a_continuation(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(ack_deadline_s=SHORT, lease_s=1.0), Brief(metadata={"number": 1e2, "exact": 0.1})
    gates.does(brief.job_id, "B", until_told)
    assert service.push(brief.body()).status == 204
    job = world.job(brief.job_id)
    assert (job["state"], job["hop"], job["stage"], job["attempts"]) == ("pending", 1, "B", 0)
    (message,) = world.pubsub.accepted(JOBS)
    assert message.attributes == {"message_key": f"job:{brief.job_id}:1:1", "run": "1", "hop": "1"}
    assert message.ordering_key == ""
    gates.does(brief.job_id, "B", None)
    # The original comes again: it is older now, and changes nothing.
    assert service.push(brief.body()).status == 204
    assert world.job(brief.job_id)["state"] == "pending"
    # The continuation has the same inputs, whatever the database did to their spelling.
    assert service.push(envelope(message.data, attributes=message.attributes)).status == 204
    assert world.job(brief.job_id)["state"] == "completed"
    assert gates.count(brief.job_id, "A") == 1
    assert world.finished(brief.job_id) == ["A", "B", "C"]
    assert len(world.published(RESULTS)) == 1


def test_a_hung_stage_ends_with_its_delivery_and_uses_up_an_attempt(start: Start, world: World, gates: Gates) -> None:
    """The stage ignores its context and makes no progress: a hand-over that could go on forever uses up an attempt."""
    service, brief = start(ack_deadline_s=SHORT, lease_s=1.0, job_max_attempts=2, max_concurrent_jobs=1), Brief()
    gates.hold(brief.job_id, "A")
    assert service.push(brief.body()).status == 204
    job = world.job(brief.job_id)
    assert (job["state"], job["hop"], job["attempts"]) == ("pending", 1, 1)
    assert job["error_code"] == "stage_too_long"
    # The stage still runs, so its slot is taken and the process says that it is of no use.
    assert service.push(brief.body(run=1, hop=1)).problem["code"] == "slots_busy"
    assert service.get("/health").status == 503
    gates.open(brief.job_id, "A")
    eventually(lambda: service.get("/health").status == 200)
    gates.does(brief.job_id, "A", until_told)
    assert service.push(brief.body(run=1, hop=1)).status == 204
    job = world.job(brief.job_id)
    assert (job["state"], job["error_code"]) == ("failed", "stage_too_long")
    assert job["error_message"] == "Stage A does not end within a delivery's time. (attempt 2 of 2)"


def test_no_lease_reaches_past_its_deliverys_deadline(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(ack_deadline_s=SHORT, lease_s=2.9), Brief()
    gates.does(brief.job_id, "A", until_told)
    push = service.push_soon(brief.body())
    gates.wait_reached(brief.job_id, "A")
    (row,) = world.query("SELECT extract(epoch FROM lease_until - started_at)::float8 AS s FROM jobs")
    assert row["s"] <= service.service.settings.delivery_budget_s
    push.result()


def test_a_stage_that_needs_more_time_than_is_left_waits_for_its_own_delivery(world: World, gates: Gates) -> None:
    plain = gates.pipeline()
    pipeline = replace(plain, stages={**plain.stages, "B": Stage(plain.stages["B"].run, lambda _job: 3600.0)})
    service = InProcess(world, pipeline)
    brief = Brief()
    assert service.push(brief.body()).status == 204
    assert gates.count(brief.job_id, "B") == 0
    assert world.job(brief.job_id)["attempts"] == 0
    # A delivery that has only this stage to run runs it, however much it asks for.
    assert service.push(brief.body(run=1, hop=1)).status == 204
    assert world.job(brief.job_id)["state"] == "completed"
    service.close()
