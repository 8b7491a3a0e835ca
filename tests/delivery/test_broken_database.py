"""The database goes away, hangs, or commits and loses the answer, at each statement of the delivery in turn."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
import pytest
from sqlalchemy import Engine, text

from lab.harness.messages import Brief
from lab.harness.waiting import eventually
from lab.harness.world import World
from service import db
from service.errors import Unavailable
from tests.delivery.test_delivery import RESULTS, later, never
from tests.support import wire
from tests.support.gated import Gates, InProcess

Start = Callable[..., InProcess]

STATEMENTS = {
    "claim": "INSERT INTO jobs AS j",
    "checkpoint": "UPDATE jobs SET progress = progress + 1, stage =",
    "settle": "UPDATE jobs SET state =",
    "mark": "UPDATE outbox SET published_at",
}


@contextmanager
def broken(engine: Engine, statement: str, *, committed: bool, times: int = 1) -> Iterator[list[str]]:
    """The next `times` statements of this kind lose their connection, before they are sent or after their commit."""
    hits: list[str] = []

    def strike(connection: Any, sql: str, _values: Any) -> None:
        if STATEMENTS[statement] in sql and len(hits) < times:
            hits.append(sql)
            connection.close()
            raise psycopg2.OperationalError("server closed the connection unexpectedly")

    with wire.listening(engine, "after" if committed else "before", strike):
        yield hits


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


def test_connections_cut_while_a_stage_runs_are_no_failure(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(), Brief()
    gates.hold(brief.job_id, "B")
    push = service.push_soon(brief.body())
    gates.wait_reached(brief.job_id, "B")
    cut_all_connections(world)
    gates.open(brief.job_id, "B")
    assert push.result().status == 204
    assert world.job(brief.job_id)["failures"] == 0


def cut_all_connections(world: World) -> None:
    world.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


def test_a_claim_in_doubt_is_given_back_when_the_database_is_there_again(start: Start, world: World) -> None:
    """Both the claim's answer and the look after it are lost: the lease must not be left to run out."""
    service, brief = start(lease_s=3.0), Brief()
    engine = service.service.engine
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


def test_an_unreachable_database_is_a_503(start: Start) -> None:
    service = start(database_url="postgresql+psycopg2://nobody@127.0.0.1:1/nothing")
    answer = service.push(Brief().body())
    assert (answer.status, answer.problem["code"]) == (503, "database_unreachable")
    assert int(answer.headers["Retry-After"]) >= 1
    assert service.get("/health").status == 200
    assert service.get("/ready").status == 503


def test_a_frozen_server_is_not_waited_for_for_ever(
    world: World, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.db.engine.PATIENCE_S", 0.5)
    (backend,) = world.query("SELECT pg_backend_pid() AS pid")
    with engine.connect() as connection:
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        assert pid == backend["pid"]
    os.kill(pid, signal.SIGSTOP)
    try:
        with pytest.raises(Unavailable):
            db.rows(engine, text("SELECT 1"), {})
    finally:
        os.kill(pid, signal.SIGCONT)
    # The frozen connection is thrown away: the next statement has one that works.
    (row,) = db.rows(engine, text("SELECT pg_backend_pid() AS pid"), {})
    assert row["pid"] != pid


def test_a_locked_row_does_not_hold_a_statement_for_ever(world: World, start: Start) -> None:
    service, brief = start(), Brief()
    service.push(brief.body())
    with world.engine.connect() as connection:
        connection.execution_options(isolation_level="READ COMMITTED")
        connection.execute(text("SELECT 1 FROM jobs WHERE id = :id FOR UPDATE"), {"id": brief.job_id})
        began = time.monotonic()
        # An ended job is told apart without its lock only after the claim has given up waiting for it.
        assert service.push(brief.body()).status in (204, 503)
        assert time.monotonic() - began < 60
        connection.rollback()


@pytest.mark.parametrize("value", ["a\x00b", "\ud800"])
def test_what_only_the_database_refuses_is_bad_data(engine: Engine, value: str) -> None:
    with pytest.raises(db.BadData):
        db.rows(engine, text("SELECT CAST(:value AS text)"), {"value": value})


def test_a_number_out_of_range_is_bad_data(engine: Engine) -> None:
    with pytest.raises(db.BadData):
        db.rows(engine, text("SELECT CAST(:value AS int)"), {"value": 2**40})


def test_a_pool_that_is_used_up_is_unavailable(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.db.engine.POOL_TIMEOUT_S", 0.1)
    engine = db.connect(database_url, pool_size=1)
    with engine.connect(), pytest.raises(Unavailable, match="database_busy"):
        db.rows(engine, text("SELECT 1"), {})
    engine.dispose()


# The heartbeat


def test_leases_are_renewed_for_as_long_as_the_stage_runs(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(lease_s=1.0), Brief()
    gates.hold(brief.job_id, "A")
    push = service.push_soon(brief.body())
    gates.wait_reached(brief.job_id, "A")
    first = world.job(brief.job_id)["lease_until"]
    eventually(lambda: world.job(brief.job_id)["lease_until"] > first)
    # The first lease is over by now or will be soon, and the job is still held.
    eventually(lambda: bool(world.query("SELECT 1 WHERE clock_timestamp() > :first", first=first)))
    assert service.push(brief.body()).status == 503
    gates.open(brief.job_id, "A")
    assert push.result().status == 204
    assert gates.count(brief.job_id, "A") == 1


def test_the_heartbeat_survives_a_lost_connection(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(lease_s=1.0), Brief()
    gates.hold(brief.job_id, "A")
    push = service.push_soon(brief.body())
    gates.wait_reached(brief.job_id, "A")
    cut_all_connections(world)
    now = world.job(brief.job_id)["lease_until"]
    eventually(lambda: world.job(brief.job_id)["lease_until"] > now)
    gates.open(brief.job_id, "A")
    assert push.result().status == 204


def test_a_stage_is_told_that_its_lease_is_gone(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(lease_s=1.0), Brief()
    told = threading.Event()

    def wait_to_be_told(_job: Any, _outputs: Any, context: Any) -> Any:
        try:
            context.wait(60)
        finally:
            told.set()

    gates.does(brief.job_id, "A", wait_to_be_told)
    push = service.push_soon(brief.body())
    gates.wait_reached(brief.job_id, "A")
    other = "00000000-0000-0000-0000-000000000001"
    world.query("UPDATE jobs SET lease_token = :other WHERE id = :id RETURNING 1", other=other, id=brief.job_id)
    assert push.result().status == 503
    assert told.wait(10)


def test_a_locked_row_holds_up_no_other_renewal(start: Start, world: World, gates: Gates) -> None:
    service, first, second = start(lease_s=1.0), Brief(), Brief()
    pushes = []
    for brief in (first, second):
        gates.hold(brief.job_id, "A")
        pushes.append(service.push_soon(brief.body()))
        gates.wait_reached(brief.job_id, "A")
    with world.engine.connect() as connection:
        connection.execution_options(isolation_level="READ COMMITTED")
        connection.execute(text("SELECT 1 FROM jobs WHERE id = :id FOR UPDATE"), {"id": first.job_id})
        now = world.job(second.job_id)["lease_until"]
        eventually(lambda: world.job(second.job_id)["lease_until"] > now)
        connection.rollback()
    for brief in (first, second):
        gates.open(brief.job_id, "A")
    assert [push.result().status for push in pushes] == [204, 204]
