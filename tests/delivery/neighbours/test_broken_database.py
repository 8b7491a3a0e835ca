"""A database that is away, or a row that is locked, costs no job an attempt."""

import time

from sqlalchemy import text

from lab.harness.messages import Brief
from lab.harness.world import World
from tests.support.gated import Gates, Start
from tests.support.lost_connections import cut_all_connections


def test_connections_cut_while_a_stage_runs_are_no_failure(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(), Brief()
    gates.hold(brief.job_id, "B")
    push = service.push_soon(brief.body())
    gates.wait_reached(brief.job_id, "B")
    cut_all_connections(world)
    gates.open(brief.job_id, "B")
    assert push.result().status == 204
    assert world.job(brief.job_id)["failures"] == 0


def test_an_unreachable_database_is_a_503(start: Start) -> None:
    service = start(database_url="postgresql+psycopg2://nobody@127.0.0.1:1/nothing")
    answer = service.push(Brief().body())
    assert (answer.status, answer.problem["code"]) == (503, "database_unreachable")
    assert int(answer.headers["Retry-After"]) >= 1
    assert service.get("/health").status == 200
    assert service.get("/ready").status == 503


def test_a_locked_row_does_not_hold_a_statement_for_ever(world: World, start: Start) -> None:
    service, brief = start(), Brief()
    service.push(brief.body())
    with world.engine.connect() as connection:
        connection.execution_options(isolation_level="READ COMMITTED")
        connection.execute(text("SELECT 1 FROM jobs WHERE id = :id FOR UPDATE"), {"id": brief.job_id})
        began = time.monotonic()
        # That the job has ended is found out only after the claim has given up waiting for the lock.
        assert service.push(brief.body()).status in (204, 503)
        assert time.monotonic() - began < 60
        connection.rollback()
