"""Leases are renewed while a stage runs, and a stage is told when its lease is gone."""

import threading
from typing import Any

from sqlalchemy import text

from lab.harness.messages import Brief
from lab.harness.waiting import eventually
from lab.harness.world import World
from tests.support.gated import Gates, Start
from tests.support.lost_connections import cut_all_connections


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
