"""Two revisions of the service on one database, as during a release: what one of them cannot run waits for the other,
and only what no revision can read is refused."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from lab.harness.calls import call
from lab.harness.messages import Brief, envelope
from lab.harness.names import API_AUDIENCE, CALLER, DLQ, JOBS, RESULTS
from lab.harness.processes import Gunicorn
from lab.harness.world import World
from tests.support.acts import cancel, replay, swept
from tests.support.jobs import expire_lease, states
from tests.support.revisions import Revision, ask, needs_tone, published_jobs, refuse, submit


def letters(world: World) -> list[str]:
    return [letter["reason"] for letter in world.published(DLQ)]


def waits(world: World, job_id: str) -> dict[str, Any]:
    job = world.job(job_id)
    return {name: job[name] for name in ("state", "waits_for", "error_code", "attempts", "not_before")}


WAITING = {
    "state": "pending",
    "waits_for": "revision",
    "error_code": "unknown_preset",
    "attempts": 0,
    "not_before": None,
}


def test_an_old_revision_leaves_a_new_ones_job_to_it(revision: Revision, world: World) -> None:
    old, new = revision("a"), revision("a", "b")
    job_id = submit(new, preset="b")
    (message,) = published_jobs(world)
    for _ in range(3):
        answer = old.push(message)
        assert (answer.status, answer.problem["code"]) == (503, "other_revision")
        assert "has no preset 'b'" in answer.problem["detail"]
    assert waits(world, job_id) == WAITING
    assert letters(world) == []
    assert states(world, job_id)[1:] == [("pending", "pending", "unknown_preset")], "once in the history, not each time"
    story = json.loads(ask(old, f"/pipeline/job/{job_id}").body)
    assert story["error"]["code"] == "unknown_preset"
    assert "has no preset 'b'" in story["error"]["message"]
    assert new.push(message).status == 204
    job = world.job(job_id)
    assert (job["state"], job["waits_for"], job["attempts"], job["error_code"]) == ("completed", None, 0, None)
    assert old.push(message).status == 204, "a late duplicate of an ended job is none of its business"
    assert letters(world) == []
    assert [result["status"] for result in world.published(RESULTS)] == ["success"]


def test_a_job_in_flight_outlives_a_release_that_drops_its_preset(revision: Revision, world: World) -> None:
    old, brief = revision("a", "b"), Brief(preset="b", metadata={"fails_at": "B"})
    assert old.push(brief.body()).status == 500
    without = revision("a")
    world.query("UPDATE jobs SET not_before = NULL RETURNING 1")
    assert without.push(brief.body()).status == 503
    assert waits(world, brief.job_id) == {**WAITING, "attempts": 1}
    assert old.push(brief.body()).status == 204
    assert world.finished(brief.job_id) == ["A", "B"]
    assert letters(world) == []


def test_a_continuation_of_a_dropped_preset_waits(revision: Revision, world: World) -> None:
    old, brief = revision("a", "b"), Brief(preset="b", metadata={"hands_over_at": "B"})
    assert old.push(brief.body()).status == 204
    (continuation,) = published_jobs(world)
    without = revision("a")
    assert without.push(continuation).status == 503
    assert without.push(brief.body()).status == 204, "the original is older than the job"
    assert waits(world, brief.job_id) == WAITING
    assert old.push(continuation).status == 204
    assert world.job(brief.job_id)["state"] == "completed"
    assert letters(world) == []


def test_sweeps_of_a_stranded_job_add_nothing_and_its_limit_adds_one_letter(revision: Revision, world: World) -> None:
    submit(revision("b"), job_id="j", preset="b")
    without = revision("a")
    for number in range(10):
        world.query("UPDATE jobs SET enqueued_at = enqueued_at - interval '1 day', resends = 0 RETURNING 1")
        assert swept(without, age_s=60).resent == ("j",)
        assert without.push(published_jobs(world)[-1]).status == 503
        assert swept(without, age_s=60).resent == (), "the message was given back to Pub/Sub"
        assert len(world.pubsub.accepted(JOBS)) == number + 2
    assert waits(world, "j") == WAITING
    assert len(world.query("SELECT 1 FROM jobs")) == 1
    assert letters(world) == []
    world.query("UPDATE jobs SET waiting_since = waiting_since - interval '25 h' RETURNING 1")
    for message in published_jobs(world):
        assert without.push(message).status == 204
    job = world.job("j")
    assert (job["state"], job["error_code"]) == ("failed", "unknown_preset")
    assert "has no preset 'b'" in job["error_message"]
    assert letters(world) == ["unknown_preset"]
    assert [(result["status"], result["job_id"]) for result in world.published(RESULTS)] == [("error", "j")]
    newer = revision("a", "b")
    assert replay(newer, Brief(job_id="j")) == 2
    assert (
        newer.push(
            envelope(Brief(job_id="j", content="A lighthouse.", preset="b").data(), attributes={"run": "2"})
        ).status
        == 204
    )
    assert world.job("j")["state"] == "completed"


def test_a_worker_that_died_with_it_leaves_it_to_the_revision_that_knows_it(revision: Revision, world: World) -> None:
    new, old = revision("a", "b"), revision("a")
    job_id = submit(new, preset="b")
    (message,) = published_jobs(world)
    world.query("UPDATE jobs SET state = 'processing', lease_token = gen_random_uuid() RETURNING 1")
    expire_lease(world, job_id)
    assert old.push(message).status == 503
    assert waits(world, job_id)["state"] == "pending"
    assert waits(world, job_id)["waits_for"] == "revision"
    assert new.push(message).status == 204
    assert letters(world) == []


def test_another_delivery_at_work_is_left_alone(revision: Revision, world: World) -> None:
    new, old = revision("a", "b"), revision("a")
    job_id = submit(new, preset="b")
    (message,) = published_jobs(world)
    world.query(
        "UPDATE jobs SET state = 'processing', lease_token = gen_random_uuid(),"
        " lease_until = clock_timestamp() + interval '1 h' RETURNING 1"
    )
    before = world.job(job_id)
    answer = old.push(message)
    assert (answer.status, answer.problem["code"]) == (503, "job_busy")
    assert world.job(job_id) == before


def test_other_inputs_under_its_id_are_refused_all_the_same(revision: Revision, world: World) -> None:
    old = revision("a")
    job_id = submit(revision("a", "b"), preset="b")
    before = world.job(job_id)
    assert old.push(Brief(job_id=job_id, preset="b", content="Other.").body()).status == 204
    assert old.push(Brief(job_id=job_id, preset="c").body()).status == 204
    assert letters(world) == ["job_id_conflict"] * 2
    assert world.published(RESULTS) == []
    assert world.job(job_id) == before


def test_a_cancel_ends_the_wait(revision: Revision, world: World) -> None:
    old = revision("a")
    job_id = submit(revision("a", "b"), preset="b")
    (message,) = published_jobs(world)
    old.push(message)
    assert cancel(old, Brief(job_id=job_id)) == "cancelled"
    assert old.push(message).status == 204
    assert [result["status"] for result in world.published(RESULTS)] == ["cancelled"]


def test_a_pruned_job_of_a_dropped_preset_is_a_duplicate(revision: Revision, world: World) -> None:
    old, brief = revision("a", "b"), Brief(preset="b")
    old.push(brief.body())
    world.query(
        "WITH gone AS (DELETE FROM jobs RETURNING *) INSERT INTO tombstones (job_id, input_sha256, state, run, hop)"
        " SELECT id, input_sha256, state, run, hop FROM gone RETURNING 1"
    )
    without = revision("a")
    assert without.push(brief.body()).status == 204
    assert letters(world) == []
    assert without.push(Brief(job_id=brief.job_id, preset="c").body()).status == 204
    assert letters(world) == ["job_id_conflict"]
    assert len(world.published(RESULTS)) == 1, "a job on record has its own"


@pytest.mark.parametrize("data", [b"in a form that only the newer one reads", b'{"job_id": "j", "v": 2}'])
def test_a_message_of_ours_that_cannot_be_read_is_not_refused(revision: Revision, world: World, data: bytes) -> None:
    """A newer revision may write its messages in another form; the key says which job it is."""
    new, old = revision("a", "b"), revision("a")
    submit(new, job_id="j", preset="b")
    ours = {"run": "1", "hop": "0", "message_key": "job:j:1:0"}
    assert old.push(envelope(data, attributes=ours)).status == 503
    assert waits(world, "j") == WAITING
    assert letters(world) == []
    assert new.push(envelope(data, attributes=ours)).status == 204
    assert world.job("j")["state"] == "completed", "what it asks for is on record"
    assert letters(world) == []
    assert old.push(envelope(data, attributes=ours)).status == 204, "a late duplicate"
    assert letters(world) == []


@pytest.mark.parametrize("key", ["job:unknown:1:0", "job:j:1:1", "job:k:1:0", "result:j:1", "job:j:1:0:0", ""])
def test_a_message_that_cannot_be_read_and_is_not_ours_is_refused(revision: Revision, world: World, key: str) -> None:
    submit(revision("a"), job_id="j", preset="a")
    submit(revision("a"), job_id="k", preset="a")
    data = b'{"job_id": "j", "v": 2}'
    assert revision("a").push(envelope(data, attributes={"message_key": key})).status == 204
    assert letters(world) == ["missing_user_id"]
    assert [world.job(job_id)["state"] for job_id in "jk"] == ["pending"] * 2


def test_a_renamed_stage_waits_for_the_revision_that_has_it(revision: Revision, world: World) -> None:
    old, brief = revision("a", stages="AB"), Brief(preset="a", metadata={"fails_at": "B"})
    assert old.push(brief.body()).status == 500
    renamed = revision("a", stages="AC")
    for _ in range(7):
        world.query("UPDATE jobs SET not_before = NULL RETURNING 1")
        answer = renamed.push(brief.body())
        assert (answer.status, answer.problem["code"]) == (503, "other_revision")
    assert waits(world, brief.job_id) == {**WAITING, "error_code": "unknown_stage", "attempts": 1}
    assert letters(world) == []
    assert old.push(brief.body()).status == 204
    assert world.job(brief.job_id)["state"] == "completed"


def test_a_job_that_has_not_begun_begins_at_the_first_stage_of_whichever_revision(
    revision: Revision, world: World
) -> None:
    submit(revision("a", stages="AB"), job_id="j", preset="a")
    renamed = revision("a", stages="XY")
    assert renamed.push(published_jobs(world)[0]).status == 204
    assert world.finished("j") == ["X", "Y"]


def test_what_the_api_took_waits_for_a_revision_whose_check_takes_it(revision: Revision, world: World) -> None:
    """The check of a revision before, or after, a release differs: what it refuses is not refused by all."""
    lenient, strict = revision("a"), revision("a", check=needs_tone)
    submit(lenient, job_id="j", preset="a")
    world.query("UPDATE jobs SET submitted_by = 'producer@example.org' RETURNING 1")
    (message,) = published_jobs(world)
    for _ in range(7):
        answer = strict.push(message)
        assert (answer.status, answer.problem["code"]) == (503, "other_revision")
    assert waits(world, "j") == {**WAITING, "error_code": "bad_metadata"}
    assert world.job("j")["error_message"].startswith("metadata.tone is missing.")
    assert letters(world) == []
    assert lenient.push(message).status == 204
    assert world.job("j")["state"] == "completed"


def test_a_message_that_nobody_has_checked_fails_at_once(revision: Revision, world: World) -> None:
    brief = Brief(preset="a")
    assert revision("a", check=needs_tone).push(brief.body()).status == 204
    job = world.job(brief.job_id)
    assert (job["state"], job["error_code"]) == ("failed", "bad_metadata")
    assert letters(world) == ["bad_metadata"]
    assert [result["status"] for result in world.published(RESULTS)] == ["error"]
    assert replay(revision("a"), brief) == 2


def test_a_direct_producers_message_that_meets_the_old_revision_first_is_fed_back_in_one_command(
    revision: Revision, world: World
) -> None:
    """Nothing is on record, so nobody can know that it will be a job: a letter and a result."""
    old, new, brief = revision("a"), revision("a", "b"), Brief(preset="b")
    assert old.push(brief.body()).status == 204
    assert letters(world) == ["unknown_preset"]
    assert new.push(brief.body(message_id="again")).status == 204, "the same message at the new one is a job"
    assert world.job(brief.job_id)["state"] == "completed"


@pytest.mark.slow
def test_two_real_revisions_side_by_side(world: World, gunicorn: Callable[..., Gunicorn]) -> None:
    old, new = (gunicorn(PIPELINE=f"tests.support.revisions:{name}") for name in ("older", "newer"))
    token = world.issuer.token(API_AUDIENCE, CALLER)
    job = {"job_id": "j", "user_id": "u", "content": "A lighthouse.", "preset": "b"}
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    assert call(new.port, "POST", "/pipeline/run", json.dumps(job).encode(), headers).status == 202
    (message,) = published_jobs(world)
    for _ in range(3):
        assert old.push(message).status == 503
    assert waits(world, "j") == WAITING
    assert new.push(message).status == 204
    assert world.job("j")["state"] == "completed"
    assert old.push(Brief(job_id="k", preset="b").body()).status == 204
    assert letters(world) == ["unknown_preset"]
    answer = call(new.port, "GET", "/pipeline/job/k", headers=headers)
    assert (answer.status, answer.problem["reason"]) == (404, "unknown_preset")


@pytest.mark.parametrize("key", [None, '"a-key"'])
def test_a_submission_that_is_sent_again_to_the_other_revision_is_the_same_job(
    revision: Revision, world: World, key: str | None
) -> None:
    """The answer of the newer one was lost, and the client's retry meets the older one."""
    new, old, strict = revision("a", "b"), revision("a"), revision("a", "b", check=needs_tone)
    job_id = submit(new, preset="b", key=key, **({} if key else {"job_id": "j"}))
    for service in (new, old, strict):
        assert submit(service, preset="b", key=key, **({} if key else {"job_id": "j"})) == job_id
    assert len(world.query("SELECT 1 FROM jobs")) == 1
    assert len(published_jobs(world)) == 1
    for service, code in ((old, "unknown_preset"), (strict, "bad_metadata")):
        assert refuse(service, preset="b", job_id="other") == code
        assert refuse(service, preset="b", job_id=job_id, content="Other.") == code
    assert len(world.query("SELECT 1 FROM jobs")) == 1
