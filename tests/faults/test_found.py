"""Bugs found by the crash points, by the model and by reading the code: each test failed before the fix."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine

from lab.harness.messages import Brief
from lab.harness.names import RESULTS
from lab.harness.waiting import eventually
from lab.harness.world import World
from tests.support import wire
from tests.support.gated import Gates, Start, later
from tests.support.jobs import end_backoff, expire_lease

CHECKPOINTS = "SELECT DISTINCT ON (stage) stage, output"


@contextmanager
def held(
    engine: Engine, fragment: str, when: wire.When = "before"
) -> Iterator[tuple[threading.Event, threading.Event]]:
    """Hold the first statement that contains `fragment`, before it is sent or after its commit, until it may go on."""
    reached, may_go = threading.Event(), threading.Event()

    def wait(_connection: Any, sql: str, _values: Any) -> None:
        if fragment in sql and not reached.is_set():
            reached.set()
            assert may_go.wait(60)

    wire.listen(engine, when, wait)
    try:
        yield reached, may_go
    finally:
        may_go.set()


def test_a_zombie_that_wakes_before_it_reads_the_checkpoints_abandons_nobody(
    start: Start, world: World, gates: Gates
) -> None:
    """It used to abandon the new holder's execution, whose checkpoint then found no row to finish: the output was
    lost."""
    service, brief = start(), Brief()
    gates.does(brief.job_id, "B", later)
    service.push(brief.body())
    end_backoff(world, brief.job_id)
    gates.does(brief.job_id, "B", None)
    gates.hold(brief.job_id, "B")
    runs = gates.count(brief.job_id, "B")
    with held(service.service.engine, CHECKPOINTS) as (reached, may_go):
        zombie = service.push_soon(brief.body())
        assert reached.wait(30)
        expire_lease(world, brief.job_id)
        holder = start().push_soon(brief.body())
        eventually(lambda: gates.count(brief.job_id, "B") > runs)
        may_go.set()
        assert zombie.result(30).status == 503
    assert gates.count(brief.job_id, "B") == runs + 1, "the zombie ran a stage under a lease that is not its own"
    gates.open(brief.job_id, "B")
    assert holder.result(30).status == 204
    assert world.finished(brief.job_id) == ["A", "B", "C"]
    assert len(world.published(RESULTS)) == 1


def test_an_ended_job_leaves_no_execution_open(start: Start, world: World, gates: Gates) -> None:
    """Executions of workers that died used to stay 'started' forever if the next claim failed the job for good."""
    service, brief = start(job_max_attempts=1, max_concurrent_jobs=1), Brief()
    gates.hold(brief.job_id, "A")
    dead = service.push_soon(brief.body())
    gates.wait_reached(brief.job_id, "A")
    expire_lease(world, brief.job_id)
    assert start(job_max_attempts=1).push(brief.body()).status == 204
    assert world.job(brief.job_id)["error_code"] == "worker_died"
    assert [row["status"] for row in world.query("SELECT status FROM job_stages")] == ["abandoned"]
    gates.open(brief.job_id, "A")
    assert dead.result(30).status == 204


def test_a_checkpoint_in_flight_at_the_deadline_is_progress(start: Start, world: World, gates: Gates) -> None:
    """The hand-over used to read the progress while the checkpoint was still in flight, and to use up an attempt."""
    service, brief = start(ack_deadline_s=3.0, lease_s=1.0, job_max_attempts=1), Brief()
    checkpoint = "UPDATE jobs SET progress = progress + 1, stage ="
    began = time.monotonic()
    with held(service.service.engine, checkpoint, "after") as (reached, may_go):
        push = service.push_soon(brief.body())
        assert reached.wait(30)
        # Time runs out while the checkpoint is committed and its answer is still on the way.
        time.sleep(max(0.0, began + service.service.settings.delivery_budget_s + 0.2 - time.monotonic()))
        may_go.set()
        assert push.result(30).status == 204
    job = world.job(brief.job_id)
    assert (job["state"], job["hop"], job["attempts"], job["stage"]) == ("pending", 1, 0, "B")
    assert gates.count(brief.job_id, "A") == 1


def test_a_zombie_beside_the_new_holder_in_one_process_is_told(start: Start, world: World, gates: Gates) -> None:
    """Leases used to be renewed by job, so the holder's renewal also kept the zombie working until its next write."""
    service, brief = start(lease_s=1.0), Brief()
    told = threading.Event()

    def wait(_job: Any, _outputs: Any, context: Any) -> Any:
        if gates.count(brief.job_id, "A") > 1:
            assert told.wait(30), "the zombie was not told"
        else:
            context.wait(60)
        return {}

    gates.does(brief.job_id, "A", wait)
    zombie = service.push_soon(brief.body())
    gates.wait_reached(brief.job_id, "A")
    expire_lease(world, brief.job_id)
    # It is a suspect now, and no other job runs beside it; this claim is that of the same process nevertheless.
    world.query("UPDATE jobs SET progress_at_claim = -1 WHERE id = :id RETURNING 1", id=brief.job_id)
    holder = service.push_soon(brief.body())
    eventually(lambda: gates.count(brief.job_id, "A") == 2)
    assert zombie.result(30).status == 503
    told.set()
    assert holder.result(30).status == 204
