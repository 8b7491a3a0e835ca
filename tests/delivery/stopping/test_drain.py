"""A drain hands every job back and uses up no attempt; child processes and scratch folders end with their delivery."""

import subprocess
import sys
import threading
from typing import Any

import psycopg2
import pytest

from lab.harness.messages import Brief
from lab.harness.waiting import eventually
from lab.harness.world import World
from tests.delivery.deadline.test_hand_over import SHORT
from tests.support import wire
from tests.support.gated import Gates, Start, until_told


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
    """A job that could not be released is released when the database is back, and uses up no attempt."""
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
