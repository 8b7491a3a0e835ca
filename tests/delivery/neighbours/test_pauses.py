"""Paused jobs stay pending without a message, whatever message comes for them, and every one of them ends once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest

from lab.harness.messages import Brief, envelope
from lab.harness.names import JOBS
from lab.harness.world import World
from service.delivery import gate, held
from service.operator import pauses
from tests.support import promises
from tests.support.acts import cancel, publish, replay, swept
from tests.support.gated import Gates, InProcess, Start, later, until_told
from tests.support.jobs import end_backoff, expire_lease
from tests.support.lost_connections import broken

WHO = "ada@desk"


@pytest.fixture(autouse=True)
def _known_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "KEEP_S", 0.0)


def pause(world: World, scope: str = "all", name: str = "") -> None:
    pauses.pause(world.engine, scope, name, who=WHO, why="the provider is down")


def resume(world: World, scope: str = "all", name: str = "") -> None:
    assert pauses.resume(world.engine, scope, name, who=WHO, why="it is back")


def deliver_what_was_sent(service: InProcess, world: World, since: int = 0) -> list[int]:
    """Push what the jobs' topic has accepted; return the answers."""
    return [
        service.push(envelope(message.data, attributes=message.attributes)).status
        for message in world.pubsub.accepted(JOBS)[since:]
    ]


def history(world: World, brief: Brief) -> list[tuple[str | None, str, str]]:
    rows = world.query("SELECT * FROM job_states WHERE job_id = :id ORDER BY id", id=brief.job_id)
    return [(row["previous_state"], row["new_state"], row["reason"]) for row in rows]


PAUSES: dict[tuple[str, str], dict[str, Any]] = {
    ("all", ""): {},
    ("user", "u7"): {"user_id": "u7"},
    ("preset", "premium_spot"): {"preset": "premium_spot"},
    ("provider", "vertex"): {"metadata": {"provider": "vertex"}},
}


@pytest.mark.parametrize("paused", list(PAUSES), ids=lambda paused: paused[0])
def test_what_is_paused_is_acked_and_kept_and_runs_when_it_is_resumed(
    start: Start, world: World, gates: Gates, paused: tuple[str, str]
) -> None:
    service, brief, other = start(), Brief(**PAUSES[paused]), Brief()
    scope, name = paused
    pause(world, scope, name)
    assert [service.push(brief.body()).status for _ in range(3)] == [204, 204, 204]
    job = world.job(brief.job_id)
    assert (job["state"], job["held_for"], job["attempts"]) == ("pending", f"paused_{scope}", 0)
    assert history(world, brief) == [(None, "pending", f"paused_{scope}")]
    assert gates.runs == []
    if scope != "all":
        assert service.push(other.body()).status == 204
        assert world.job(other.job_id)["state"] == "completed"
    # While it is paused no sweep sends it, however old it is.
    world.query("UPDATE jobs SET enqueued_at = enqueued_at - interval '1 day' RETURNING 1")
    assert swept(service).resent == ()
    resume(world, scope, name)
    assert swept(service).resent == (brief.job_id,)
    assert world.job(brief.job_id)["held_for"] is None
    assert deliver_what_was_sent(service, world) == [204]
    assert promises.ended(world, brief.job_id)["state"] == "completed"
    assert promises.broken(world) == []
    assert swept(service).resent == ()


def test_the_history_says_who_paused_it_and_why(start: Start, world: World) -> None:
    service, brief = start(), Brief()
    pause(world)
    service.push(brief.body())
    (row,) = world.query("SELECT state_metadata FROM job_states")
    note = row["state_metadata"]
    assert (note["by"], note["why"]) == (WHO, "the provider is down")
    sentence = gate.sentence("paused_all", brief.user_id, note)
    assert sentence.startswith("Intake is paused by ada@desk since 20")
    assert sentence.endswith("Z: the provider is down")
    acts = world.query("SELECT act, who, why, target FROM acts")
    target = {"scope": "all", "name": ""}
    assert acts == [{"act": "pause", "who": WHO, "why": "the provider is down", "target": target}]


def test_a_job_in_work_runs_on_and_is_held_at_its_next_message(start: Start, world: World, gates: Gates) -> None:
    service, done, retried = start(), Brief(), Brief()
    gates.does(retried.job_id, "B", later)
    pushes = {}
    for brief, stage in ((done, "B"), (retried, "A")):
        gates.hold(brief.job_id, stage)
        pushes[brief.job_id] = service.push_soon(brief.body())
        gates.wait_reached(brief.job_id, stage)
    pause(world)
    assert service.push(done.body()).status == 503
    for brief, stage in ((done, "B"), (retried, "A")):
        gates.open(brief.job_id, stage)
    assert pushes[done.job_id].result().status == 204
    assert pushes[retried.job_id].result().status == 500
    assert world.job(done.job_id)["state"] == "completed"
    # Its backoff has not passed, and its message is acked all the same: nothing burns the subscription's.
    assert service.push(retried.body()).status == 204
    gates.does(retried.job_id, "B", None)
    resume(world)
    assert swept(service).resent == ()
    end_backoff(world, retried.job_id)
    assert swept(service).resent == (retried.job_id,)
    assert deliver_what_was_sent(service, world) == [204]
    job = promises.ended(world, retried.job_id)
    assert (job["state"], job["attempts"]) == ("completed", 1)


def test_a_continuation_is_held_and_goes_on_where_it_was(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(ack_deadline_s=3.0, lease_s=1.0), Brief()
    gates.does(brief.job_id, "B", until_told)
    assert service.push(brief.body()).status == 204
    pause(world)
    gates.does(brief.job_id, "B", None)
    assert service.push(brief.body()).status == 204
    assert world.job(brief.job_id)["held_for"] is None
    assert deliver_what_was_sent(service, world) == [204]
    assert (world.job(brief.job_id)["hop"], world.job(brief.job_id)["held_for"]) == (1, "paused_all")
    resume(world)
    swept(service)
    assert [message.attributes["hop"] for message in world.pubsub.accepted(JOBS)] == ["1", "1"]
    assert deliver_what_was_sent(service, world, since=1) == [204]
    assert promises.ended(world, brief.job_id)["state"] == "completed"
    assert gates.count(brief.job_id, "A") == 1


def test_a_job_that_a_dead_worker_left_is_held_too(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(), Brief()
    gates.hold(brief.job_id, "A")
    push = service.push_soon(brief.body())
    gates.wait_reached(brief.job_id, "A")
    expire_lease(world, brief.job_id)
    pause(world)
    assert service.push(brief.body()).status == 204
    job = world.job(brief.job_id)
    assert (job["state"], job["held_for"], job["attempts"]) == ("pending", "paused_all", 0)
    assert job["is_suspect"]
    gates.open(brief.job_id, "A")
    assert push.result().status == 503
    assert gates.count(brief.job_id, "A") == 1
    resume(world)
    swept(service)
    assert deliver_what_was_sent(service, world) == [204]
    assert promises.ended(world, brief.job_id)["state"] == "completed"
    assert promises.broken(world) == []


def test_what_falls_under_two_pauses_waits_for_both(start: Start, world: World) -> None:
    service, brief = start(), Brief(user_id="u7", metadata={"provider": "a", "second_provider": "b"})
    for name in ("a", "b"):
        pause(world, "provider", name)
    pause(world, "user", "u7")
    service.push(brief.body())
    for scope, name, left in (("user", "u7", 1), ("provider", "a", 1), ("provider", "b", 0)):
        resume(world, scope, name)
        swept(service)
        deliver_what_was_sent(service, world)
        assert len(world.query("SELECT 1 FROM jobs WHERE held_for IS NOT NULL")) == left
    assert promises.ended(world, brief.job_id)["state"] == "completed"


def test_a_held_job_is_cancelled_and_replayed_as_any_other(start: Start, world: World) -> None:
    service, brief = start(), Brief()
    pause(world)
    service.push(brief.body())
    assert cancel(service, brief) == "cancelled"
    publish(service, brief)
    assert world.job(brief.job_id)["held_for"] is None
    assert replay(service, brief) == 2
    publish(service, brief)
    assert deliver_what_was_sent(service, world) == [204]
    assert world.job(brief.job_id)["held_for"] == "paused_all"
    resume(world)
    swept(service)
    assert deliver_what_was_sent(service, world, since=1) == [204]
    assert promises.ended(world, brief.job_id)["run"] == 2


def test_other_inputs_and_older_messages_are_not_held(start: Start, world: World) -> None:
    service, brief = start(), Brief()
    assert service.push(brief.body()).status == 204
    pause(world)
    assert service.push(brief.body()).status == 204
    assert service.push(Brief(job_id=brief.job_id, content="something else").body()).status == 204
    assert world.job(brief.job_id)["held_for"] is None
    assert [row["reason"] for row in world.query("SELECT reason FROM dead_letters")] == ["job_id_conflict"]


def test_a_message_that_pubsub_does_not_take_leaves_the_job_held(start: Start, world: World) -> None:
    service, briefs = start(), [Brief() for _ in range(2)]
    pause(world)
    for brief in briefs:
        service.push(brief.body())
    resume(world)
    world.pubsub.faults.fail_publish(grpc.StatusCode.UNAVAILABLE, times=1)
    done = swept(service)
    assert (len(done.resent), done.failed) == (2, 1)
    assert world.query("SELECT 1 FROM jobs WHERE held_for IS NOT NULL") == []


def test_a_job_whose_sender_died_is_found_by_the_sweep(
    start: Start, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, brief = start(), Brief()
    pause(world)
    service.push(brief.body())
    resume(world)
    with monkeypatch.context() as patch:
        patch.setattr(held._Sending, "_publish", lambda *_: True)  # noqa: SLF001 (it dies before it publishes)
        swept(service, age_s=600)
    assert world.pubsub.accepted(JOBS) == []
    assert swept(service, age_s=600).resent == ()
    world.query("UPDATE jobs SET enqueued_at = enqueued_at - interval '1 day' RETURNING 1")
    assert swept(service, age_s=600).resent == (brief.job_id,)


def test_two_sweeps_at_once_send_a_held_job_once(start: Start, world: World) -> None:
    service, briefs = start(), [Brief() for _ in range(10)]
    pause(world)
    for brief in briefs:
        service.push(brief.body())
    resume(world)
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: swept(service, age_s=600), range(4)))
    assert sorted(job_id for one in done for job_id in one.resent) == sorted(brief.job_id for brief in briefs)
    assert len(world.pubsub.accepted(JOBS)) == 10


def test_the_rules_are_read_once_a_second_and_not_by_each_delivery(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "KEEP_S", 60.0)
    service = start()
    read: list[int] = []
    real: Callable[..., Any] = gate.read_rules

    def counted(*args: Any) -> Any:
        read.append(1)
        return real(*args)

    monkeypatch.setattr(gate, "read_rules", counted)
    pushes = [service.push_soon(Brief().body()) for _ in range(5)]
    assert {push.result().status for push in pushes} == {204}
    assert len(read) == 1


def test_a_database_that_is_away_leaves_the_rules_as_they_were(start: Start, world: World) -> None:
    service = start()
    pause(world)
    rules = service.service.gate.rules(service.service.engine)
    away = start(database_url="postgresql+psycopg2://nobody@127.0.0.1:9/none")
    assert service.service.gate.rules(away.service.engine) == rules
    assert away.push(Brief().body()).problem["code"] == "database_unreachable"


def test_a_pipeline_that_cannot_name_its_providers_stops_nothing(
    start: Start, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, brief = start(), Brief()
    pause(world, "provider", "vertex")
    monkeypatch.setattr(service.service.gate, "providers_of", lambda _job: 1 / 0)
    assert service.push(brief.body()).status == 204
    assert world.job(brief.job_id)["state"] == "completed"


@pytest.mark.parametrize("committed", [False, True], ids=["not committed", "committed"])
def test_a_hold_whose_answer_is_lost_is_nacked_and_recorded_once(
    start: Start, world: World, *, committed: bool
) -> None:
    service, brief = start(), Brief()
    pause(world)
    with broken(service.service.engine, "claim", committed=committed) as hits:
        assert service.push(brief.body()).status == 503
    assert hits
    assert service.push(brief.body()).status == 204
    assert history(world, brief) == [(None, "pending", "paused_all")]


def test_the_time_on_hold_is_no_time_of_waiting(start: Start, world: World) -> None:
    """A limit in hours ends a job whose provider is away; an operator's pause must not use it up."""
    service, brief = start(), Brief()
    pause(world)
    service.push(brief.body())
    world.query(
        "UPDATE jobs SET waits = 1, waits_for = 'provider', held_at = held_at - interval '5 hours',"
        " waiting_since = clock_timestamp() - interval '6 hours' RETURNING 1"
    )
    resume(world)
    swept(service)
    (row,) = world.query("SELECT extract(epoch FROM clock_timestamp() - waiting_since)::float8 AS s FROM jobs")
    assert 3590 <= row["s"] < 3700
