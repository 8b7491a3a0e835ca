"""A delivery never outlives its deadline, and a drain hands every job back."""

import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import psycopg2
import pytest

from lab.harness.messages import Brief, envelope
from lab.harness.waiting import eventually
from lab.harness.world import World
from service.pipeline import Stage
from tests.delivery.test_delivery import JOBS, RESULTS
from tests.support import wire
from tests.support.gated import Gates, InProcess

Start = Callable[..., InProcess]

SHORT = 3.0
"""An ack deadline that leaves one second for the stages."""


def until_told(_job: Any, _outputs: Any, context: Any) -> Any:
    context.wait(60)
    return {}


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
    """Deaf to its context, without progress: a hand-over that could go on for ever is counted."""
    service, brief = start(ack_deadline_s=SHORT, lease_s=1.0, job_max_attempts=2, max_concurrent_jobs=1), Brief()
    gates.hold(brief.job_id, "A")
    assert service.push(brief.body()).status == 204
    job = world.job(brief.job_id)
    assert (job["state"], job["hop"], job["attempts"]) == ("pending", 1, 1)
    # The stage still runs, so its slot is taken and the process says that it is of no use.
    assert service.push(brief.body(run=1, hop=1)).problem["code"] == "slots_busy"
    assert service.get("/health").status == 503
    gates.open(brief.job_id, "A")
    eventually(lambda: service.get("/health").status == 200)
    gates.does(brief.job_id, "A", until_told)
    assert service.push(brief.body(run=1, hop=1)).status == 204
    job = world.job(brief.job_id)
    assert (job["state"], job["error_code"]) == ("failed", "attempts_used_up")
    assert "A" in job["error_message"]


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


def test_a_drain_hands_every_job_back_and_uses_up_nothing(start: Start, world: World, gates: Gates) -> None:
    service = start()
    briefs = [Brief() for _ in range(3)]
    for brief in briefs:
        gates.does(brief.job_id, "B", until_told)
    gates.does(briefs[2].job_id, "B", None)
    gates.hold(briefs[2].job_id, "B")
    pushes = [service.push_soon(brief.body()) for brief in briefs]
    for brief in briefs:
        gates.wait_reached(brief.job_id, "B")
    service.service.runner.drain()
    answers = [push.result() for push in pushes]
    assert {(answer.status, answer.problem["code"]) for answer in answers} == {(503, "shutting_down")}
    assert service.push(Brief().body()).problem["code"] == "shutting_down"
    assert service.get("/ready").status == 503
    for brief in briefs:
        job = world.job(brief.job_id)
        assert (job["state"], job["attempts"], job["failures"], job["stage"]) == ("pending", 0, 0, "B")
        assert job["lease_token"] is None
    gates.open(briefs[2].job_id, "B")
    for brief in briefs:
        gates.does(brief.job_id, "B", None)
    again = start()
    assert [again.push(brief.body()).status for brief in briefs] == [204, 204, 204]
    assert {gates.count(brief.job_id, "A") for brief in briefs} == {1}
    assert world.query("SELECT 1 FROM jobs WHERE attempts > 0") == []


@pytest.mark.parametrize("end", ["drain", "deadline"])
def test_children_and_scratch_end_with_their_delivery(start: Start, world: World, gates: Gates, end: str) -> None:
    service = start(**({"ack_deadline_s": SHORT, "lease_s": 1.0} if end == "deadline" else {}))
    brief = Brief()
    started = threading.Event()
    children: list[subprocess.Popen[bytes]] = []
    folders = []

    def with_a_child(_job: Any, _outputs: Any, context: Any) -> Any:
        folders.append(context.scratch)
        (context.scratch / "file").write_text("x")
        children.append(context.popen([sys.executable, "-c", "import time; time.sleep(600)"]))
        started.set()
        children[0].wait()
        context.check()
        raise AssertionError("not reached")

    gates.does(brief.job_id, "B", with_a_child)
    push = service.push_soon(brief.body())
    assert started.wait(30)
    if end == "drain":
        service.service.runner.drain()
    assert push.result().status == (503 if end == "drain" else 204)
    assert children[0].wait(10) == -9
    eventually(lambda: not folders[0].exists())
    assert world.job(brief.job_id)["failures"] == 0


def test_a_drain_answers_even_while_the_database_is_away(
    start: Start, world: World, gates: Gates, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could not be released is given back when the database is there again, and uses up no attempt."""
    monkeypatch.setattr("service.delivery.runner.DRAIN_S", 0.3)
    service, brief = start(lease_s=3.0), Brief()
    gates.does(brief.job_id, "A", until_told)
    push = service.push_soon(brief.body())
    gates.wait_reached(brief.job_id, "A")
    away = True

    def refuse(connection: Any, *_: Any) -> None:
        if away:
            connection.close()
            raise psycopg2.OperationalError("server closed the connection unexpectedly")

    wire.listen(service.service.engine, "before", refuse)
    service.service.runner.drain()
    assert push.result().status == 503
    assert world.job(brief.job_id)["state"] == "processing"
    away = False
    eventually(lambda: world.job(brief.job_id)["state"] == "pending")
    assert world.job(brief.job_id)["attempts"] == 0
