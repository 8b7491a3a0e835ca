"""A job that kills its process costs its neighbours no attempt: they are suspects with it, and each runs alone."""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from lab.harness.messages import Brief
from lab.harness.names import DLQ
from lab.harness.processes import Gunicorn
from lab.harness.waiting import eventually
from lab.harness.world import World
from service.delivery import push
from tests.support.gated import Gates, InProcess, Start, later, until_told
from tests.support.jobs import end_backoff, expire_lease, states


def die(old: InProcess, world: World, gates: Gates, *briefs: Brief) -> None:
    """Let the jobs run in one process until it dies; the process is only left alone here, and does nothing any more."""
    for brief in briefs:
        gates.hold(brief.job_id, "A")
        runs = gates.count(brief.job_id, "A")
        old.push_soon(brief.body())
        wait_run(gates, brief, runs)
    for brief in briefs:
        expire_lease(world, brief.job_id)
        # What is held stays held, and the next process runs it anew.
        gates._held.discard((brief.job_id, "A"))  # noqa: SLF001


def wait_run(gates: Gates, brief: Brief, runs: int) -> None:
    """Wait until the job's first stage has run more often than `runs` times."""
    eventually(lambda: gates.count(brief.job_id, "A") > runs)


def wake(gates: Gates, *briefs: Brief) -> None:
    for brief in briefs:
        gates.open(brief.job_id, "A")


def test_who_was_at_work_when_a_process_died_is_a_suspect_without_an_attempt(
    start: Start, world: World, gates: Gates
) -> None:
    first, second = Brief(), Brief()
    die(start(), world, gates, first, second)
    new = start()
    for brief in (first, second):
        assert new.push(brief.body()).status == 204
        job = world.job(brief.job_id)
        assert (job["state"], job["attempts"], job["is_suspect"]) == ("completed", 0, False)
        assert ("processing", "processing", "lease_ran_out") in states(world, brief.job_id)
    wake(gates, first, second)


def test_a_suspect_runs_alone_and_others_wait(start: Start, world: World, gates: Gates) -> None:
    suspect, other, third = Brief(), Brief(), Brief()
    die(start(), world, gates, suspect)
    new = start()
    gates.hold(other.job_id, "A")
    running = new.push_soon(other.body())
    gates.wait_reached(other.job_id, "A")
    gates.hold(suspect.job_id, "A")
    runs = gates.count(suspect.job_id, "A")
    waiting = new.push_soon(suspect.body())
    eventually(lambda: new.push(third.body()).status == 503 or gates.count(suspect.job_id, "A") > runs)
    assert gates.count(suspect.job_id, "A") == runs
    gates.open(other.job_id, "A")
    assert running.result(30).status == 204
    eventually(lambda: gates.count(suspect.job_id, "A") > runs)
    job = world.job(suspect.job_id)
    assert (job["is_suspect"], job["lease_alone"], job["error_code"]) == (True, True, "worker_died")
    refused = new.push(third.body())
    assert (refused.status, refused.problem["code"]) == (503, "slots_busy")
    assert int(refused.headers["Retry-After"]) >= 1
    wake(gates, suspect)
    assert waiting.result(30).status == 204
    assert new.push(third.body()).status == 204


def test_progress_lets_others_run_beside_it_again(start: Start, world: World, gates: Gates) -> None:
    suspect, other = Brief(), Brief()
    die(start(), world, gates, suspect)
    new = start()
    gates.hold(suspect.job_id, "B")
    running = new.push_soon(suspect.body())
    gates.wait_reached(suspect.job_id, "B")
    assert world.job(suspect.job_id)["is_suspect"] is False
    assert new.push(other.body()).status == 204
    gates.open(suspect.job_id, "B")
    assert running.result(30).status == 204
    wake(gates, suspect)


def test_from_the_second_death_in_a_row_on_progress_ends_no_suspicion(start: Start, world: World, gates: Gates) -> None:
    """A job that finishes something before each death would take the others along each time."""
    leak, other = Brief(), Brief()
    die(start(), world, gates, leak)
    second, third = start(), start()
    gates.hold(leak.job_id, "B")
    second.push_soon(leak.body())
    gates.wait_reached(leak.job_id, "B")
    expire_lease(world, leak.job_id)
    gates._held.discard((leak.job_id, "B"))  # noqa: SLF001 (as in `die`)
    gates.hold(leak.job_id, "C")
    running = third.push_soon(leak.body())
    gates.wait_reached(leak.job_id, "C")
    job = world.job(leak.job_id)
    assert (job["is_suspect"], job["deaths"], job["lease_alone"], job["attempts"]) == (True, 2, True, 0)
    refused = third.push(other.body())
    assert (refused.status, refused.problem["code"]) == (503, "slots_busy")
    gates.open(leak.job_id, "C")
    assert running.result(30).status == 204
    job = world.job(leak.job_id)
    assert (job["state"], job["is_suspect"], job["deaths"]) == ("completed", False, 0)
    assert third.push(other.body()).status == 204
    gates.open(leak.job_id, "B")
    wake(gates, leak)


def test_only_a_death_alone_uses_up_an_attempt_and_says_why(start: Start, world: World, gates: Gates) -> None:
    poison = Brief()
    services = [start(job_max_attempts=2) for _ in range(4)]
    for service, attempts in zip(services[:3], (0, 0, 1), strict=True):
        die(service, world, gates, poison)
        assert world.job(poison.job_id)["attempts"] == attempts
    assert services[3].push(poison.body()).status == 204
    job = world.job(poison.job_id)
    assert (job["state"], job["attempts"], job["error_code"]) == ("failed", 2, "worker_died")
    assert "(attempt 2 of 2)" in job["error_message"]
    (letter,) = world.published(DLQ)
    assert (letter["reason"], letter["metadata"]["attempts_used_up"]) == ("worker_died", True)
    wake(gates, poison)


def test_in_a_process_for_one_job_the_first_death_counts(start: Start, world: World, gates: Gates) -> None:
    poison = Brief()
    services = [start(max_concurrent_jobs=1, job_max_attempts=2) for _ in range(3)]
    die(services[0], world, gates, poison)
    die(services[1], world, gates, poison)
    assert world.job(poison.job_id)["attempts"] == 1
    assert services[2].push(poison.body()).status == 204
    assert world.job(poison.job_id)["error_code"] == "worker_died"
    wake(gates, poison)


def test_a_lease_that_ran_out_while_the_database_was_down_blames_nobody(
    start: Start, world: World, gates: Gates
) -> None:
    """It could not be renewed, and its process may be well."""
    brief = Brief()
    services = [start(max_concurrent_jobs=1), start()]
    die(services[0], world, gates, brief)
    world.query("UPDATE jobs SET lease_until = pg_postmaster_start_time() - interval '1 s' RETURNING 1")
    gates.hold(brief.job_id, "B")
    push = services[1].push_soon(brief.body())
    gates.wait_reached(brief.job_id, "B")
    job = world.job(brief.job_id)
    assert (job["attempts"], job["is_suspect"], job["error_code"]) == (0, False, None)
    assert ("processing", "processing", "lease_ran_out") in states(world, brief.job_id)
    gates.open(brief.job_id, "B")
    assert push.result(30).status == 204
    wake(gates, brief)


@pytest.mark.parametrize("reports", [True, False], ids=["it failed", "it was drained"])
def test_a_suspect_that_reports_is_none_any_more_and_a_drained_one_still_is(
    start: Start, world: World, gates: Gates, *, reports: bool
) -> None:
    suspect = Brief()
    die(start(), world, gates, suspect)
    new = start()
    gates.does(suspect.job_id, "A", later if reports else until_told)
    runs = gates.count(suspect.job_id, "A")
    push = new.push_soon(suspect.body())
    eventually(lambda: gates.count(suspect.job_id, "A") > runs)
    new.service.runner.drain()
    assert push.result(30).status == (500 if reports else 503)
    job = world.job(suspect.job_id)
    assert (job["state"], job["attempts"], job["is_suspect"]) == ("pending", int(reports), not reports)
    gates.does(suspect.job_id, "A", None)
    end_backoff(world, suspect.job_id)
    assert start().push(suspect.body()).status == 204
    wake(gates, suspect)


def test_a_busy_process_keeps_the_turn_of_a_suspect(
    start: Start, world: World, gates: Gates, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits in vain, because the other takes longer. The next jobs do not get the slots before it."""
    monkeypatch.setattr(push, "TURN_SHARE", 0.01)
    suspect, other, third = Brief(), Brief(), Brief()
    die(start(), world, gates, suspect)
    new = start()
    gates.hold(other.job_id, "A")
    running = new.push_soon(other.body())
    gates.wait_reached(other.job_id, "A")
    answer = new.push(suspect.body())
    assert (answer.status, answer.problem["code"]) == (503, "slots_busy")
    assert new.push(third.body()).status == 503
    gates.open(other.job_id, "A")
    assert running.result(30).status == 204
    assert new.push(suspect.body()).status == 204
    assert new.push(third.body()).status == 204
    wake(gates, suspect)


def test_a_turn_is_dropped_when_another_process_has_run_the_job(
    start: Start, world: World, gates: Gates, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits in vain in the one process, whose turn is kept for it, and is run by the other."""
    monkeypatch.setattr(push, "TURN_SHARE", 0.01)
    suspect, running, third = Brief(), Brief(), Brief()
    die(start(), world, gates, suspect)
    busy, idle = start(), start()
    gates.hold(running.job_id, "A")
    held = busy.push_soon(running.body())
    gates.wait_reached(running.job_id, "A")
    assert busy.push(suspect.body()).status == 503
    assert busy.push(third.body()).status == 503
    assert idle.push(suspect.body()).status == 204
    assert busy.push(third.body()).status == 204
    gates.open(running.job_id, "A")
    assert held.result(30).status == 204
    wake(gates, suspect)


def test_who_waits_for_its_turn_sees_that_another_process_has_the_job(
    start: Start, world: World, gates: Gates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push, "LOOK_EVERY_S", 0.0)
    suspect, running = Brief(), Brief()
    die(start(), world, gates, suspect)
    busy, idle = start(), start()
    gates.hold(running.job_id, "A")
    held = busy.push_soon(running.body())
    gates.wait_reached(running.job_id, "A")
    waiting = busy.push_soon(suspect.body())
    eventually(lambda: busy.service.slots._turn is not None)  # noqa: SLF001
    assert idle.push(suspect.body()).status == 204
    assert waiting.result(30).status == 503
    assert busy.push(Brief().body()).status == 204
    gates.open(running.job_id, "A")
    assert held.result(30).status == 204
    wake(gates, suspect)


def test_a_turn_that_came_late_costs_no_attempt(
    start: Start, world: World, gates: Gates, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half its time went by while it waited for the other; it is handed over, and the next delivery is alone."""
    suspect, other = Brief(), Brief()
    die(start(), world, gates, suspect)
    new = start(ack_deadline_s=4.0, lease_s=1.0)
    gates.hold(other.job_id, "A")
    running = new.push_soon(other.body())
    gates.wait_reached(other.job_id, "A")
    gates.does(suspect.job_id, "A", until_told)
    waiting = new.push_soon(suspect.body())
    eventually(lambda: new.service.slots._turn is not None)  # noqa: SLF001
    monkeypatch.setattr(push, "WAITED_LONG", 0.0)
    gates.open(other.job_id, "A")
    assert running.result(30).status == 204
    assert waiting.result(30).status == 204
    job = world.job(suspect.job_id)
    assert (job["state"], job["hop"], job["attempts"]) == ("pending", 1, 0)
    assert (job["waits_for"], job["is_suspect"]) == ("turn", True)
    assert new.push(Brief().body()).status == 503
    gates.does(suspect.job_id, "A", None)
    assert new.push(suspect.body(hop=1)).status == 204
    wake(gates, suspect)


def test_the_holder_of_a_lease_is_on_record(start: Start, world: World) -> None:
    brief = Brief()
    assert start().push(brief.body()).status == 204
    assert f"/{os.getpid()}/" in world.job(brief.job_id)["lease_holder"]


@pytest.mark.slow
def test_of_five_jobs_in_a_process_that_dies_again_and_again_only_the_poison_fails(
    world: World, gunicorn: Callable[..., Gunicorn]
) -> None:
    server = gunicorn(PIPELINE="tests.support.poison:pipeline", LEASE_S="1", JOB_MAX_ATTEMPTS="2")
    poison = Brief(metadata={"seconds": 0.5, "is_poison": True})
    good = [Brief(metadata={"seconds": 1.5}) for _ in range(4)]
    message_ids = count()

    def deliver(brief: Brief) -> None:
        try:
            server.push(brief.body(message_id=f"m{next(message_ids)}"))
        except OSError:
            return  # its process was killed, or is not up again

    def unended() -> list[Brief]:
        rows = world.query("SELECT id FROM jobs WHERE state IN ('completed', 'failed')")
        ended = {row["id"] for row in rows}
        return [brief for brief in (poison, *good) if brief.job_id not in ended]

    with ThreadPoolExecutor(64) as pool:
        while briefs := unended():
            for brief in briefs:
                pool.submit(deliver, brief)
            time.sleep(0.7)
    assert {world.job(brief.job_id)["state"] for brief in good} == {"completed"}
    assert {world.job(brief.job_id)["attempts"] for brief in good} == {0}
    job = world.job(poison.job_id)
    assert (job["state"], job["error_code"], job["attempts"]) == ("failed", "worker_died", 2)
