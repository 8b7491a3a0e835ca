"""The database loses the connection, or commits and loses the answer, at each statement of the delivery in turn."""

from typing import Any

import psycopg2
import pytest

from lab.harness.messages import Brief
from lab.harness.names import RESULTS
from lab.harness.waiting import eventually
from lab.harness.world import World
from tests.support import wire
from tests.support.gated import Gates, Start, later, never
from tests.support.lost_connections import STATEMENTS, broken


@pytest.mark.parametrize("committed", [False, True], ids=["not committed", "committed"])
@pytest.mark.parametrize("statement", list(STATEMENTS))
def test_a_lost_connection_costs_no_attempt_and_doubles_nothing(
    start: Start, world: World, gates: Gates, statement: str, *, committed: bool
) -> None:
    service, brief = start(), Brief()
    with broken(service.service.engine, statement, committed=committed) as hits:
        first = service.push(brief.body())
    assert hits, "the statement was never reached"
    assert first.status in (204, 503)
    assert service.push(brief.body()).status == 204
    job = world.job(brief.job_id)
    assert (job["state"], job["attempts"], job["failures"]) == ("completed", 0, 0)
    assert [gates.count(brief.job_id, stage) for stage in "ABC"] == [1, 1, 1]
    assert world.finished(brief.job_id) == ["A", "B", "C"]
    assert len(world.query("SELECT 1 FROM job_results")) == 1
    assert {message["message_key"] for message in world.published(RESULTS)} == {f"result:{brief.job_id}:1"}
    assert world.query("SELECT 1 FROM outbox WHERE published_at IS NULL") == []


@pytest.mark.parametrize("committed", [False, True], ids=["not committed", "committed"])
@pytest.mark.parametrize("behaviour", [later, never])
def test_a_failure_whose_commit_is_in_doubt_is_recorded_once(
    start: Start, world: World, gates: Gates, behaviour: Any, *, committed: bool
) -> None:
    service, brief = start(), Brief()
    gates.does(brief.job_id, "B", behaviour)
    with broken(service.service.engine, "settle", committed=committed) as hits:
        answer = service.push(brief.body())
    assert hits
    job = world.job(brief.job_id)
    assert (job["attempts"], job["failures"]) == (1, 1)
    if behaviour is never:
        assert (answer.status, job["state"]) == (204, "failed")
        assert len(world.query("SELECT 1 FROM dead_letters")) == 1
    else:
        assert (answer.status in (500, 503), job["state"]) == (True, "pending")


def test_a_claim_in_doubt_is_given_back_when_the_database_is_there_again(start: Start, world: World) -> None:
    """Both the claim's answer and the look after it are lost: the lease must not be left to run out."""
    service, brief = start(lease_s=3.0), Brief()
    engine = service.service.engine
    # What is paused is known, so that the delivery gets as far as its claim.
    service.service.gate.rules(engine)
    gone = True

    def refuse(connection: Any, sql: str, _values: Any) -> None:
        if gone and "SELECT" in sql and "INSERT INTO jobs" not in sql:
            connection.close()
            raise psycopg2.OperationalError("server closed the connection unexpectedly")

    wire.listen(engine, "before", refuse)
    with broken(engine, "claim", committed=True):
        assert service.push(brief.body()).status == 503
    assert world.job(brief.job_id)["state"] == "processing"
    gone = False
    eventually(lambda: world.job(brief.job_id)["state"] == "pending")
    assert service.push(brief.body()).status == 204
    assert world.job(brief.job_id)["attempts"] == 0
