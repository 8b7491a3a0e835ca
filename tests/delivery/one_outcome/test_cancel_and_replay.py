"""The two changes of a job's state that do not come from a worker: a cancel and a replay."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from lab.harness.messages import Brief
from lab.harness.names import JOBS, RESULTS
from lab.harness.waiting import eventually
from lab.harness.world import World
from tests.support.acts import cancel, publish, replay
from tests.support.gated import Gates, Start, later, never
from tests.support.jobs import end_backoff, states


def test_a_running_job_is_cancelled_and_its_late_result_is_not_written(
    start: Start, world: World, gates: Gates
) -> None:
    service, brief = start(), Brief()
    gates.hold(brief.job_id, "C")
    push = service.push_soon(brief.body())
    gates.wait_reached(brief.job_id, "C")
    assert cancel(service, brief) == "cancelled"
    assert cancel(service, brief) == "cancelled"
    gates.open(brief.job_id, "C")
    assert push.result().status == 204
    job = world.job(brief.job_id)
    assert (job["state"], job["lease_token"]) == ("cancelled", None)
    (result,) = world.query("SELECT * FROM job_results")
    assert (result["status"], result["output"]) == ("cancelled", None)
    assert [message["status"] for message in world.published(RESULTS)] == ["cancelled"]
    assert states(world, brief.job_id)[-1] == ("processing", "cancelled", "cancelled")
    assert world.query("SELECT 1 FROM job_stages WHERE status = 'started'") == []


def test_a_pending_job_is_cancelled(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(), Brief()
    gates.does(brief.job_id, "A", later)
    service.push(brief.body())
    assert cancel(service, brief) == "cancelled"
    assert service.push(brief.body()).status == 204
    assert gates.count(brief.job_id, "A") == 1
    assert [message["status"] for message in world.published(RESULTS)] == ["cancelled"]


def test_what_has_ended_or_is_not_there_is_not_cancelled(start: Start) -> None:
    service, brief = start(), Brief()
    assert cancel(service, brief) is None
    service.push(brief.body())
    assert cancel(service, brief) == "completed"


@pytest.mark.parametrize(
    "change",
    ["progress = progress + 1, stage = 'B'", "state = 'processing', lease_token = gen_random_uuid()"],
    ids=["checkpoint", "claim"],
)
def test_a_cancel_that_waits_for_a_write_closes_what_it_began(
    start: Start, world: World, gates: Gates, change: str
) -> None:
    """Its snapshot is older than its wait for the job's row, and lacks the execution that began in the meantime."""
    service, brief = start(), Brief()
    gates.does(brief.job_id, "A", later)
    service.push(brief.body())
    begun = (
        "INSERT INTO job_stages (job_id, run, round, stage, status, attempt, lease_token)"
        " VALUES (:id, 1, 0, 'B', 'started', 1, gen_random_uuid())"
    )
    with world.engine.connect() as other, ThreadPoolExecutor(1) as pool:
        other.execution_options(isolation_level="READ COMMITTED")
        other.execute(text(f"UPDATE jobs SET {change} WHERE id = :id"), {"id": brief.job_id})
        other.execute(text(begun), {"id": brief.job_id})
        cancelling = pool.submit(cancel, service, brief)
        eventually(
            lambda: world.query(
                "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
        )
        other.commit()
        assert cancelling.result(30) == "cancelled"
    assert world.query("SELECT 1 FROM job_stages WHERE status = 'started'") == []
    assert world.job(brief.job_id)["state"] == "cancelled"
    assert len(world.query("SELECT 1 FROM job_results")) == 1


def test_a_cancel_that_races_the_end_has_one_winner(start: Start, world: World) -> None:
    service = start(max_concurrent_jobs=20)
    briefs = [Brief() for _ in range(20)]
    with ThreadPoolExecutor(20) as pool:
        pushes = [service.push_soon(brief.body()) for brief in briefs]
        said = list(pool.map(lambda brief: cancel(service, brief), briefs))
    assert {push.result().status for push in pushes} == {204}
    for brief, state in zip(briefs, said, strict=True):
        now = world.job(brief.job_id)["state"]
        assert state in (now, None)
        assert len(world.query("SELECT 1 FROM job_results WHERE job_id = :id", id=brief.job_id)) == 1
    assert len({message["message_key"] for message in world.published(RESULTS)}) == 20


def test_a_replay_is_a_new_run_that_keeps_finished_stages(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(), Brief()
    gates.does(brief.job_id, "B", never)
    service.push(brief.body())
    assert replay(service, brief) == 2
    job = world.job(brief.job_id)
    assert (job["state"], job["run"], job["hop"], job["attempts"], job["stage"]) == ("pending", 2, 0, 0, "B")
    publish(service, brief)
    (message,) = world.pubsub.accepted(JOBS)
    assert message.attributes == {"message_key": f"job:{brief.job_id}:2:0", "run": "2", "hop": "0"}
    (letter,) = world.query("SELECT * FROM dead_letters")
    assert letter["replayed_at"] is not None
    assert letter["handled_by"] == "tester"
    gates.does(brief.job_id, "B", None)
    # The message of the first run comes again and is older.
    assert service.push(brief.body()).status == 204
    assert world.job(brief.job_id)["state"] == "pending"
    assert service.push(brief.body(run=2)).status == 204
    assert [gates.count(brief.job_id, stage) for stage in "ABC"] == [1, 2, 1]
    results = world.query("SELECT run, status FROM job_results ORDER BY run")
    assert [(row["run"], row["status"]) for row in results] == [(1, "error"), (2, "success")]
    keys = [message["message_key"] for message in world.published(RESULTS)]
    assert keys == [f"result:{brief.job_id}:1", f"result:{brief.job_id}:2"]


def test_a_replay_from_a_stage_runs_it_and_those_after_it_anew(start: Start, gates: Gates) -> None:
    service, brief = start(), Brief()
    gates.does(brief.job_id, "C", never)
    service.push(brief.body())
    assert replay(service, brief, from_stage="B") == 2
    gates.does(brief.job_id, "C", None)
    assert service.push(brief.body(run=2)).status == 204
    assert [gates.count(brief.job_id, stage) for stage in "ABC"] == [1, 2, 2]
    assert list(gates.seen[brief.job_id, "B"]["outputs"]) == ["A"]
    assert list(gates.seen[brief.job_id, "C"]["outputs"]) == ["A", "B"]


def test_two_replays_at_once_make_one_run(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(), Brief()
    gates.does(brief.job_id, "B", never)
    service.push(brief.body())
    with ThreadPoolExecutor(8) as pool:
        runs = list(pool.map(lambda _: replay(service, brief), range(8)))
    assert sorted(run or 0 for run in runs) == [0] * 7 + [2]
    assert world.job(brief.job_id)["run"] == 2
    assert len(world.query("SELECT 1 FROM outbox WHERE topic = :topic", topic=JOBS)) == 1


@pytest.mark.parametrize("run", [2, 3])
def test_only_an_ended_job_of_that_run_is_replayed(start: Start, world: World, gates: Gates, run: int) -> None:
    service, brief = start(), Brief()
    assert replay(service, brief, run=run) is None
    service.push(brief.body())
    assert replay(service, brief) is None
    failed = Brief()
    gates.does(failed.job_id, "A", never)
    service.push(failed.body())
    assert replay(service, failed, run=run) is None
    assert world.job(failed.job_id)["state"] == "failed"


def test_a_cancelled_job_is_replayed_by_its_id(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(), Brief()
    gates.does(brief.job_id, "B", later)
    service.push(brief.body())
    cancel(service, brief)
    assert replay(service, brief) == 2
    gates.does(brief.job_id, "B", None)
    end_backoff(world, brief.job_id)
    assert service.push(brief.body(run=2)).status == 204
    assert world.job(brief.job_id)["state"] == "completed"
