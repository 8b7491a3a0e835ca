"""Data that is refused: its producer is told, once, and it can be fed back once the cause is mended."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest

from lab.harness.messages import Brief, envelope
from lab.harness.names import DLQ, RESULTS, SUBSCRIPTION
from lab.harness.world import World
from service.operator import replays
from service.operator.replays import Handled
from tests.support.acts import publish, swept
from tests.support.gated import InProcess
from tests.support.revisions import Revision, ask, published_jobs


def replay(service: InProcess, letter_id: int, **more: Any) -> Handled:
    part = service.service
    return replays.replay_letter(part.engine, part.settings.topics, letter_id, handled_by="ada", **more)


def refused(world: World) -> list[dict[str, Any]]:
    return world.query("SELECT * FROM dead_letters WHERE run IS NULL ORDER BY id")


def test_the_producer_of_a_refused_job_is_told_once(revision: Revision, world: World) -> None:
    service, brief = revision("a"), Brief(preset="misspelt", user_id="user-7")
    for _ in range(3):
        assert service.push(brief.body(message_id="m-1")).status == 204
    sentence = "The field 'preset' must be one of a, not 'misspelt'."
    assert world.published(RESULTS) == [
        {
            "job_id": brief.job_id,
            "status": "error",
            "output": None,
            "error_message": sentence,
            "processing_time_ms": 0,
            "error_code": "unknown_preset",
            "user_id": "user-7",
            "message_key": f"result:msg:{SUBSCRIPTION}:m-1",
        }
    ]
    assert [message.ordering_key for message in world.pubsub.accepted(RESULTS)] == [brief.job_id]
    (letter,) = world.published(DLQ)
    assert (letter["job_id"], letter["reason"], letter["error"]) == (brief.job_id, "unknown_preset", sentence)
    assert letter["metadata"]["user_id"] == "user-7"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"job_id": "j", "content": "x", "preset": "a"}, "missing_user_id"),
        ({"job_id": "j", "user_id": "u", "content": "", "preset": "a"}, "missing_content"),
        ({"job_id": "j", "user_id": "u", "content": "x", "preset": "a", "metadata": 7}, "bad_metadata"),
    ],
)
def test_whatever_is_wrong_the_consumer_who_waits_for_that_job_hears_of_it(
    revision: Revision, world: World, data: dict[str, Any], code: str
) -> None:
    assert revision("a").push(envelope(json.dumps(data).encode())).status == 204
    (result,) = world.published(RESULTS)
    assert (result["job_id"], result["error_code"], result["user_id"]) == ("j", code, data.get("user_id"))


@pytest.mark.parametrize("data", [b"no job", b"[]", b'{"job_id": 7}', b'{"job_id": "%s"}' % (b"x" * 37)])
def test_data_that_names_no_job_owes_a_letter_alone(revision: Revision, world: World, data: bytes) -> None:
    assert revision("a").push(envelope(data)).status == 204
    assert len(world.published(DLQ)) == 1
    assert world.published(RESULTS) == []


def test_wrong_data_under_the_id_of_a_job_on_record_owes_no_result(revision: Revision, world: World) -> None:
    service, brief = revision("a"), Brief(preset="a")
    service.push(brief.body())
    for changes in ({"content": ""}, {"preset": "misspelt"}, {"content": "Other."}):
        data = json.dumps({**json.loads(brief.data()), **changes}).encode()
        assert service.push(envelope(data)).status == 204
    assert [letter["reason"] for letter in refused(world)] == ["missing_content", "job_id_conflict", "job_id_conflict"]
    assert [result["message_key"] for result in world.published(RESULTS)] == [f"result:{brief.job_id}:1"]


def test_a_result_that_could_not_be_published_is_published_before_the_ack_or_by_the_sweep(
    revision: Revision, world: World
) -> None:
    service, brief = revision("a"), Brief(preset="misspelt")
    world.pubsub.faults.fail_publish(grpc.StatusCode.UNAVAILABLE, message_key="^result:")
    assert service.push(brief.body(message_id="m-1")).status == 503
    world.pubsub.faults.clear()
    world.query("UPDATE outbox SET created_at = created_at - interval '1 day' RETURNING 1")
    assert swept(service).published == 1
    assert service.push(brief.body(message_id="m-1")).status == 204
    assert len(world.published(RESULTS)) == len(world.published(DLQ)) == 1


def test_asking_for_the_job_names_the_letter(revision: Revision, world: World) -> None:
    service, brief = revision("a"), Brief(preset="misspelt")
    assert "dead_letter_id" not in ask(service, f"/pipeline/job/{brief.job_id}").problem
    service.push(brief.body())
    (letter,) = refused(world)
    problem = ask(service, f"/pipeline/job/{brief.job_id}").problem
    assert (problem["status"], problem["code"]) == (404, "no_such_job")
    assert (problem["dead_letter_id"], problem["reason"]) == (letter["id"], "unknown_preset")
    assert problem["error"] == letter["error"]
    for part in (brief.job_id, "unknown_preset", letter["error"], f"dlq show {letter['id']}"):
        assert part in problem["detail"]


def test_a_letter_keeps_what_a_replay_needs(revision: Revision, world: World) -> None:
    brief = Brief(preset="misspelt", user_id="user-7")
    body = json.loads(brief.body(message_id="m-1"))
    body["message"] |= {"attributes": {"source": "shop"}, "orderingKey": "user-7"}
    assert revision("a").push(json.dumps(body).encode()).status == 204
    (letter,) = refused(world)
    assert bytes(letter["data"]) == brief.data()
    kept = {name: letter["metadata"][name] for name in ("user_id", "subscription", "ordering_key", "attributes")}
    assert kept == {
        "user_id": "user-7",
        "subscription": SUBSCRIPTION,
        "ordering_key": "user-7",
        "attributes": {"source": "shop"},
    }


def test_a_letter_keeps_only_so_much_of_the_attributes(revision: Revision, world: World) -> None:
    body = json.loads(Brief(preset="misspelt").body())
    body["message"]["attributes"] = {f"{number:0100}": "x" * 1000 for number in range(100)}
    assert revision("a").push(json.dumps(body).encode()).status == 204
    (letter,) = refused(world)
    assert 0 < len(json.dumps(letter["metadata"])) < 20_000


def test_what_was_refused_is_fed_back_once_a_revision_knows_it(revision: Revision, world: World) -> None:
    old, brief = revision("a"), Brief(preset="b", metadata={"number": 1e2})
    old.push(brief.body())
    new = revision("a", "b")
    (letter,) = refused(world)
    assert replay(new, letter["id"]) == Handled(letter_id=letter["id"], job_id=brief.job_id, run=1)
    job = world.job(brief.job_id)
    assert (job["state"], job["run"], job["preset"]) == ("pending", 1, "b")
    publish(new, brief)
    (message,) = published_jobs(world)
    assert new.push(message).status == 204
    assert world.job(brief.job_id)["state"] == "completed"
    assert [result["message_key"] for result in world.published(RESULTS)][1:] == [f"result:{brief.job_id}:1"]
    assert refused(world)[0]["handled_by"] == "ada"
    (act,) = world.query("SELECT * FROM acts")
    assert (act["act"], act["who"], act["job_id"], act["target"]["dead_letter_id"]) == (
        "replay",
        "ada",
        brief.job_id,
        letter["id"],
    )
    assert new.push(brief.body()).status == 204, "the producer's own message is a duplicate of it"
    assert len(world.published(DLQ)) == 1


def test_two_replays_at_once_make_one_job(revision: Revision, world: World) -> None:
    service, brief = revision("a"), Brief(preset="b")
    for message_id in ("m-1", "m-2"):
        service.push(brief.body(message_id=message_id))
    first, second = (letter["id"] for letter in refused(world))
    with ThreadPoolExecutor(16) as pool:
        done = list(pool.map(lambda letter_id: replay(service, letter_id), [first, second] * 8))
    assert [one.run for one in done if one.run is not None] == [1]
    assert len(world.query("SELECT 1 FROM jobs")) == 1
    assert len(world.query("SELECT 1 FROM acts")) == 1
    assert len(world.query("SELECT 1 FROM outbox WHERE job_id IS NOT NULL")) == 1
    assert sum(letter["replayed_at"] is not None for letter in refused(world)) == 1


def test_the_id_was_taken_meanwhile(revision: Revision, world: World) -> None:
    service, same, other = revision("a"), Brief(preset="b"), Brief(preset="b")
    for brief in (same, other):
        service.push(brief.body())
    newer = revision("a", "b")
    newer.push(same.body())
    newer.push(Brief(job_id=other.job_id, preset="a").body())
    first, second = (letter["id"] for letter in refused(world))
    assert "exists already, with the same inputs (completed, run 1)" in str(replay(newer, first).why)
    assert "exists with other inputs" in str(replay(newer, second).why)
    world.query(
        "WITH gone AS (DELETE FROM jobs RETURNING *) INSERT INTO tombstones (job_id, input_sha256, state, run, hop)"
        " SELECT id, input_sha256, state, run, hop FROM gone RETURNING 1"
    )
    assert "exists already" in str(replay(newer, first).why)
    assert world.query("SELECT 1 FROM jobs") == []


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"no job", "is not JSON"),
        (b'{"job_id": "j", "content": "x", "preset": "b"}', "The field 'user_id' is missing."),
        (b'{"user_id": "u", "content": "x", "preset": "b"}', "The field 'job_id' is missing."),
    ],
)
def test_what_is_no_job_to_any_revision_can_only_be_discarded(
    revision: Revision, world: World, data: bytes, why: str
) -> None:
    service = revision("a")
    service.push(envelope(data))
    (letter,) = refused(world)
    said = replay(service, letter["id"])
    assert said.run is None
    assert "can only be discarded" in str(said.why)
    assert why in str(said.why)
    assert refused(world)[0]["replayed_at"] is None


def test_a_new_job_has_no_stage_to_start_again_from(revision: Revision, world: World) -> None:
    service = revision("a")
    service.push(Brief(preset="b").body())
    (letter,) = refused(world)
    assert "leave --from-stage out" in str(replay(service, letter["id"], from_stage="B").why)
    assert replay(service, letter["id"]).run == 1
    assert "was already replayed" in str(replay(service, letter["id"]).why)


def test_a_replayed_job_begins_where_the_revision_that_takes_it_begins(revision: Revision, world: World) -> None:
    brief = Brief(preset="b")
    old = revision("a", stages="XY")
    old.push(brief.body())
    (letter,) = refused(world)
    assert replay(old, letter["id"]).run == 1
    assert revision("a", "b", stages="AB").push(brief.body()).status == 204
    assert world.finished(brief.job_id) == ["A", "B"]
