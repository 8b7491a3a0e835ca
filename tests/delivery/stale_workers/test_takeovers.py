"""An expired lease is taken over, and its former holder writes nothing."""

from lab.harness.messages import Brief
from lab.harness.names import DLQ, RESULTS
from lab.harness.waiting import eventually
from lab.harness.world import World
from tests.support.gated import Gates, Start
from tests.support.jobs import expire_lease, states


def test_a_lease_that_ran_out_is_taken_over_and_goes_on_from_the_checkpoint(
    start: Start, world: World, gates: Gates
) -> None:
    service, brief = start(), Brief()
    gates.hold(brief.job_id, "B")
    old = service.push_soon(brief.body())
    gates.wait_reached(brief.job_id, "B")
    expire_lease(world, brief.job_id)
    # The zombie is still inside B when the new delivery claims the job and ends it.
    gates._held.clear()  # noqa: SLF001
    assert service.push(brief.body()).status == 204
    gates.open(brief.job_id, "B")
    assert old.result().status == 204
    assert [gates.count(brief.job_id, stage) for stage in "ABC"] == [1, 2, 1]
    assert world.finished(brief.job_id) == ["A", "B", "C"]
    executions = world.query("SELECT stage, status FROM job_stages WHERE stage = 'B' ORDER BY id")
    assert [row["status"] for row in executions] == ["abandoned", "finished"]
    assert len(world.query("SELECT 1 FROM job_results")) == 1
    assert len(world.published(RESULTS)) == 1
    # A was finished in the claim before, so the lost lease uses up no attempt.
    assert world.job(brief.job_id)["attempts"] == 0


def test_a_lease_lost_without_progress_makes_a_suspect(start: Start, world: World, gates: Gates) -> None:
    """Its process died, perhaps by its fault: `neighbours/test_suspects.py` has the rest."""
    service, elsewhere, brief = start(), start(), Brief()
    gates.hold(brief.job_id, "A")
    old = service.push_soon(brief.body())
    gates.wait_reached(brief.job_id, "A")
    expire_lease(world, brief.job_id)
    gates._held.clear()  # noqa: SLF001
    gates.hold(brief.job_id, "B")
    new = elsewhere.push_soon(brief.body())
    eventually(lambda: gates.count(brief.job_id, "A") == 2)
    assert (world.job(brief.job_id)["attempts"], world.job(brief.job_id)["error_code"]) == (0, "worker_died")
    gates.open(brief.job_id, "B")
    assert new.result().status == 204
    gates.open(brief.job_id, "A")
    assert old.result().status == 204
    assert ("processing", "processing", "lease_ran_out") in states(world, brief.job_id)


def test_a_zombie_writes_nothing_while_the_new_holder_works(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(), Brief()
    gates.hold(brief.job_id, "B")
    gates.hold(brief.job_id, "C")
    old = service.push_soon(brief.body())
    gates.wait_reached(brief.job_id, "B")
    expire_lease(world, brief.job_id)
    gates._held.discard((brief.job_id, "B"))  # noqa: SLF001
    new = service.push_soon(brief.body())
    gates.wait_reached(brief.job_id, "C")
    gates.open(brief.job_id, "B")
    assert old.result().status == 503
    assert world.finished(brief.job_id) == ["A", "B"]
    gates.open(brief.job_id, "C")
    assert new.result().status == 204
    assert gates.count(brief.job_id, "C") == 1


def test_a_job_that_keeps_losing_its_worker_is_given_up(start: Start, world: World, gates: Gates) -> None:
    """Each of these processes runs one job at a time, so that nobody else can have been at fault."""
    services, brief = [start(job_max_attempts=2, max_concurrent_jobs=1) for _ in range(3)], Brief()
    held = []
    for service in services[:2]:
        gates.hold(brief.job_id, "A")
        held.append(service.push_soon(brief.body()))
        eventually(lambda: gates.count(brief.job_id, "A") == len(held))
        expire_lease(world, brief.job_id)
    assert services[2].push(brief.body()).status == 204
    job = world.job(brief.job_id)
    assert (job["state"], job["attempts"], job["error_code"]) == ("failed", 2, "worker_died")
    assert [letter["reason"] for letter in world.published(DLQ)] == ["worker_died"]
    assert [result["status"] for result in world.published(RESULTS)] == ["error"]
    gates.open(brief.job_id, "A")
    assert {push.result().status for push in held} == {204}
    assert len(world.query("SELECT 1 FROM job_results")) == 1
