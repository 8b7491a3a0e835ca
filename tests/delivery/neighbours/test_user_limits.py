"""A user's limits: most open jobs, most in work at a time, most spent a day. What is over them waits without costing an
attempt or another user's turn."""

import threading
from collections.abc import Callable
from concurrent.futures import wait
from typing import Any

import pytest

from lab.harness.messages import Brief, envelope
from lab.harness.names import JOBS
from lab.harness.waiting import eventually
from lab.harness.world import World
from service.config import Limits
from service.delivery import gate, held, settle
from service.operator import limits
from service.pipeline import Context, Job, Output, Outputs, Price
from tests.support import promises
from tests.support.acts import cancel, publish, swept
from tests.support.gated import Gates, InProcess, Start, later
from tests.support.jobs import end_backoff, expire_lease
from tests.support.lost_connections import broken
from tests.support.paid import Provider

HOG = "hog"


@pytest.fixture(autouse=True)
def _known_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "KEEP_S", 0.0)


def held_jobs(world: World) -> dict[str, str]:
    return {row["id"]: row["held_for"] for row in world.query("SELECT * FROM jobs WHERE held_for IS NOT NULL")}


def deliver(service: InProcess, world: World, since: int) -> list[int]:
    sent = world.pubsub.accepted(JOBS)[since:]
    return [service.push(envelope(message.data, attributes=message.attributes)).status for message in sent]


def together(function: Callable[..., Any], count: int, *, is_first: bool) -> Callable[..., Any]:
    """Make `count` calls of a function wait for each other: before it if `is_first`, else after it."""
    barrier = threading.Barrier(count)

    def waiting(*args: Any, **options: Any) -> Any:
        if is_first:
            barrier.wait(30)
        found = function(*args, **options)
        if not is_first:
            barrier.wait(30)
        return found

    return waiting


def test_no_more_than_the_limit_are_in_work_and_the_oldest_comes_next(start: Start, world: World, gates: Gates) -> None:
    service = start(max_concurrent_jobs=8, limits=Limits(jobs_in_work=2))
    briefs, other = [Brief(user_id=HOG) for _ in range(5)], Brief(user_id="other")
    pushes = {}
    for brief in briefs[:2]:
        gates.hold(brief.job_id, "A")
        pushes[brief.job_id] = service.push_soon(brief.body())
        gates.wait_reached(brief.job_id, "A")
    assert [service.push(brief.body()).status for brief in briefs[2:]] == [204] * 3
    assert held_jobs(world) == {brief.job_id: "limit_jobs_in_work" for brief in briefs[2:]}
    assert service.push(other.body()).status == 204
    assert world.job(other.job_id)["state"] == "completed"
    assert swept(service).resent == ()
    # Each end sends one: nobody waits for the sweep.
    for ended, brief in enumerate(briefs[:2], start=1):
        gates.open(brief.job_id, "A")
        assert pushes[brief.job_id].result().status == 204
        sent = [message.attributes["message_key"] for message in world.pubsub.accepted(JOBS)]
        assert sent == [f"job:{one.job_id}:1:0" for one in briefs[2 : 2 + ended]]
    assert deliver(service, world, 0) == [204, 204]
    assert deliver(service, world, 2) == [204]
    for brief in briefs:
        job = promises.ended(world, brief.job_id)
        assert (job["state"], job["attempts"]) == ("completed", 0)
    assert promises.broken(world) == []


def test_claims_at_the_same_time_never_pass_the_limit(
    start: Start, world: World, gates: Gates, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two instances; every delivery passes the gate before any has claimed, and all have claimed before any counts."""
    instances = [start(max_concurrent_jobs=16, limits=Limits(jobs_in_work=2)) for _ in range(2)]
    briefs = [Brief(user_id=HOG) for _ in range(8)]
    for brief in briefs:
        gates.hold(brief.job_id, "A")
    for name in ("hold", "steps_back"):
        monkeypatch.setattr(held, name, together(getattr(held, name), len(briefs), is_first=name == "steps_back"))
    pushes = [instances[number % 2].push_soon(brief.body()) for number, brief in enumerate(briefs)]
    eventually(lambda: len(held_jobs(world)) + len(gates.runs) >= 8)
    assert (len(held_jobs(world)), len(gates.runs)) == (6, 2)
    assert len(world.query("SELECT 1 FROM jobs WHERE state = 'processing'")) == 2
    for brief in briefs:
        gates.open(brief.job_id, "A")
    wait(pushes)
    assert {push.result().status for push in pushes} == {204}
    assert len(gates.runs) == 6  # two ran, of three stages each
    assert {row["attempts"] for row in world.query("SELECT attempts FROM jobs")} == {0}
    assert promises.broken(world) == []


def test_a_failure_makes_room_and_its_own_retry_waits_its_turn(start: Start, world: World, gates: Gates) -> None:
    service = start(limits=Limits(jobs_in_work=1))
    first, second = Brief(user_id=HOG), Brief(user_id=HOG)
    gates.does(first.job_id, "B", later)
    gates.hold(first.job_id, "A")
    push = service.push_soon(first.body())
    gates.wait_reached(first.job_id, "A")
    assert service.push(second.body()).status == 204
    gates.open(first.job_id, "A")
    assert push.result().status == 500
    assert [message.attributes["message_key"] for message in world.pubsub.accepted(JOBS)] == [
        f"job:{second.job_id}:1:0"
    ]
    gates.hold(second.job_id, "A")
    (message,) = world.pubsub.accepted(JOBS)
    push = service.push_soon(envelope(message.data, attributes=message.attributes))
    gates.wait_reached(second.job_id, "A")
    end_backoff(world, first.job_id)
    gates.does(first.job_id, "B", None)
    assert service.push(first.body()).status == 204
    assert held_jobs(world) == {first.job_id: "limit_jobs_in_work"}
    gates.open(second.job_id, "A")
    assert push.result().status == 204
    assert deliver(service, world, 1) == [204]
    job = promises.ended(world, first.job_id)
    assert (job["state"], job["attempts"]) == ("completed", 1)


def test_the_sweep_finds_room_that_no_delivery_made_known(start: Start, gates: Gates) -> None:
    service = start(limits=Limits(jobs_in_work=1), max_concurrent_jobs=4)
    first, second, third = (Brief(user_id=HOG) for _ in range(3))
    gates.hold(first.job_id, "A")
    push = service.push_soon(first.body())
    gates.wait_reached(first.job_id, "A")
    for brief in (second, third):
        assert service.push(brief.body()).status == 204
    assert cancel(service, first) == "cancelled"
    publish(service, first)
    assert swept(service).resent == (second.job_id,)
    gates.open(first.job_id, "A")
    push.result()


def test_pushed_jobs_over_the_most_open_wait_outside(start: Start, world: World, gates: Gates) -> None:
    service = start(max_concurrent_jobs=8, limits=Limits(open_jobs=2))
    briefs = [Brief(user_id=HOG) for _ in range(5)]
    pushes = {}
    for brief in briefs[:2]:
        gates.hold(brief.job_id, "A")
        pushes[brief.job_id] = service.push_soon(brief.body())
        gates.wait_reached(brief.job_id, "A")
    for brief in briefs[2:]:
        assert service.push(brief.body()).status == 204
        assert service.push(brief.body()).status == 204
    assert held_jobs(world) == {brief.job_id: "limit_open_jobs" for brief in briefs[2:]}
    for brief in briefs[:2]:
        gates.open(brief.job_id, "A")
        assert pushes[brief.job_id].result().status == 204
    assert list(held_jobs(world)) == [briefs[4].job_id]
    assert deliver(service, world, 0) == [204, 204]
    assert deliver(service, world, 2) == [204]
    assert {promises.ended(world, brief.job_id)["state"] for brief in briefs} == {"completed"}


def test_pushes_at_the_same_time_never_pass_the_most_open(start: Start, world: World, gates: Gates) -> None:
    instances = [start(max_concurrent_jobs=16, limits=Limits(open_jobs=3)) for _ in range(2)]
    briefs = [Brief(user_id=HOG) for _ in range(10)]
    for brief in briefs:
        gates.hold(brief.job_id, "A")
    pushes = [instances[number % 2].push_soon(brief.body()) for number, brief in enumerate(briefs)]
    eventually(lambda: len(held_jobs(world)) == 7 and len(gates.runs) == 3)
    assert len(world.query("SELECT 1 FROM jobs WHERE state = 'processing'")) == 3
    for brief in briefs:
        gates.open(brief.job_id, "A")
    assert {push.result().status for push in pushes} == {204}


def buys(usd: float) -> Any:
    def run(_job: Job, _outputs: Outputs, context: Context) -> Output:
        return {"bought": context.effect("film", Provider().start, repeatable=False, price=Price(most_usd=usd))}

    return run


def test_what_a_day_allows_is_spent_and_the_rest_waits_for_the_next(start: Start, world: World, gates: Gates) -> None:
    service = start(limits=Limits(usd_a_day=1.0))
    first, second, third = (Brief(user_id=HOG) for _ in range(3))
    for brief in (first, second):
        gates.does(brief.job_id, "B", buys(0.5))
        assert service.push(brief.body()).status == 204
    assert service.push(third.body()).status == 204
    assert held_jobs(world) == {third.job_id: "limit_usd_a_day"}
    (note,) = world.query("SELECT state_metadata FROM job_states WHERE reason = 'limit_usd_a_day'")
    assert note["state_metadata"] == {"limit": 1.0}
    assert service.push(Brief(user_id="other").body()).status == 204
    assert swept(service).resent == ()
    # An order that may or may not have been taken counts, until the day is over.
    world.query("UPDATE job_effects SET operation = NULL, started_at = NULL, finished_at = NULL RETURNING 1")
    assert swept(service).resent == ()
    world.query("UPDATE job_effects SET intended_at = intended_at - interval '1 day' RETURNING 1")
    assert swept(service).resent == (third.job_id,)
    assert deliver(service, world, 0) == [204]
    assert promises.ended(world, third.job_id)["state"] == "completed"


def test_a_limit_of_ones_own_comes_before_the_settings(start: Start, world: World) -> None:
    service = start(limits=Limits(jobs_in_work=5, open_jobs=7))
    limits.set_limits(world.engine, HOG, Limits(jobs_in_work=0), who="ada", why="too many")
    rules = service.service.gate.rules(world.engine)
    assert rules.limits_of(HOG) == Limits(jobs_in_work=0, open_jobs=7)
    assert rules.limits_of("other") == Limits(jobs_in_work=5, open_jobs=7)
    brief = Brief(user_id=HOG)
    assert service.push(brief.body()).status == 204
    assert held_jobs(world) == {brief.job_id: "limit_jobs_in_work"}
    assert limits.clear_limits(world.engine, HOG, who="ada", why="all is well")
    assert not limits.clear_limits(world.engine, HOG, who="ada", why="again")
    assert swept(service).resent == (brief.job_id,)
    assert [row["target"]["limits"] for row in world.query("SELECT target FROM acts ORDER BY id")] == [
        {"open_jobs": None, "jobs_in_work": 0, "usd_a_day": None},
        "cleared",
    ]


def test_a_job_of_a_dead_worker_is_taken_over_at_the_limit(start: Start, world: World, gates: Gates) -> None:
    """It is counted as in work, and does not stand in its own way."""
    service, brief = start(limits=Limits(jobs_in_work=1)), Brief(user_id=HOG)
    gates.hold(brief.job_id, "A")
    push = service.push_soon(brief.body())
    gates.wait_reached(brief.job_id, "A")
    expire_lease(world, brief.job_id)
    gates.open(brief.job_id, "A")
    assert {push.result().status, service.push(brief.body()).status} <= {204, 503}
    assert promises.ended(world, brief.job_id)["state"] == "completed"


def test_users_without_a_limit_cost_no_statement(start: Start, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    service = start()
    limits.set_limits(world.engine, HOG, Limits(jobs_in_work=1), who="ada", why="")
    for name in ("ADMIT", "HOLD", "NEXT"):
        monkeypatch.setattr(held, name, None)
    monkeypatch.setattr(settle, "STEP_BACK", None)
    assert service.push(Brief().body()).status == 204


@pytest.mark.parametrize("committed", [False, True], ids=["not committed", "committed"])
def test_an_admission_or_a_step_back_whose_answer_is_lost_costs_nothing(
    start: Start, world: World, gates: Gates, monkeypatch: pytest.MonkeyPatch, *, committed: bool
) -> None:
    service = start(limits=Limits(jobs_in_work=1))
    first, second = Brief(user_id=HOG), Brief(user_id=HOG)
    gates.hold(first.job_id, "A")
    push = service.push_soon(first.body())
    gates.wait_reached(first.job_id, "A")
    with broken(service.service.engine, "claim", committed=committed) as hits:
        assert service.push(second.body()).status == 503
    assert hits
    assert service.push(second.body()).status == 204
    # As if it had passed the gate before the first was claimed.
    with monkeypatch.context() as patch, broken(service.service.engine, "settle", committed=committed) as hits:
        patch.setattr(held, "hold", lambda *_, **__: None)
        assert service.push(second.body()).status == 503
    assert hits
    eventually(lambda: world.job(second.job_id)["state"] == "pending")
    assert service.push(second.body()).status == 204
    assert (world.job(second.job_id)["held_for"], world.job(second.job_id)["attempts"]) == ("limit_jobs_in_work", 0)
    gates.open(first.job_id, "A")
    assert push.result().status == 204
    assert deliver(service, world, 0) == [204]
    assert promises.ended(world, second.job_id)["state"] == "completed"
