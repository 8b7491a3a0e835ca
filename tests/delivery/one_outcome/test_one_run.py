"""One run, one outcome, with real threads on a real PostgreSQL."""

import logging

import pytest

from lab.harness.messages import Brief, envelope
from lab.harness.names import DLQ, JOBS, RESULTS
from lab.harness.waiting import eventually
from lab.harness.world import World
from tests.support.gated import Gates, Start, later
from tests.support.jobs import states
from tests.support.samples import samples


def test_a_new_job_runs_to_its_end(start: Start, world: World) -> None:
    brief = Brief()
    answer = start().push(brief.body())
    assert (answer.status, answer.body) == (204, b"")
    job = world.job(brief.job_id)
    assert (job["state"], job["stage"], job["progress"], job["attempts"]) == ("completed", "END", 3, 0)
    assert (job["user_id"], job["content"], job["lease_token"]) == (brief.user_id, brief.content, None)
    assert world.finished(brief.job_id) == ["A", "B", "C"]
    assert states(world, brief.job_id) == [
        ("pending", "processing", "claimed"),
        ("processing", "completed", "completed"),
    ]
    (result,) = world.query("SELECT * FROM job_results WHERE job_id = :id", id=brief.job_id)
    assert (result["run"], result["status"], result["output"]["made_by"]) == (1, "success", "C")
    (message,) = world.published(RESULTS)
    assert message == {
        "job_id": brief.job_id,
        "status": "success",
        "output": {"made_by": "C", "from": brief.content},
        "error_message": None,
        "processing_time_ms": result["processing_time_ms"],
        "message_key": f"result:{brief.job_id}:1",
    }
    assert world.published(DLQ) == []


def test_each_stage_sees_the_outputs_of_those_before(start: Start, gates: Gates) -> None:
    brief = Brief()
    start().push(brief.body())
    assert list(gates.seen[brief.job_id, "C"]["outputs"]) == ["A", "B"]


def test_a_job_that_has_ended_is_acked_and_nothing_runs(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(), Brief()
    service.push(brief.body())
    assert service.push(brief.body()).status == 204
    assert gates.count(brief.job_id, "A") == 1
    assert len(world.published(RESULTS)) == 1


def test_the_log_says_why_there_was_nothing_to_run(
    start: Start, world: World, gates: Gates, caplog: pytest.LogCaptureFixture
) -> None:
    """The two values are in docs/operating.md, and log filters name them."""
    caplog.set_level(logging.INFO)
    service, ended, older = start(), Brief(), Brief()
    service.push(ended.body())
    assert service.push(ended.body()).status == 204
    gates.does(older.job_id, "A", later)
    service.push(older.body())
    world.query("UPDATE jobs SET hop = 1 WHERE id = :id RETURNING 1", id=older.job_id)
    assert service.push(older.body()).status == 204
    skipped = [vars(line)["reason"] for line in caplog.records if vars(line).get("action") == "skip"]
    assert skipped == ["ended", "older"]


def test_thirty_pushes_of_one_job_at_once_run_it_once(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(max_concurrent_jobs=30, max_in_flight_bytes=10**9), Brief()
    gates.hold(brief.job_id, "B")
    pushes = [service.push_soon(brief.body()) for _ in range(30)]
    gates.wait_reached(brief.job_id, "B")
    eventually(lambda: sum(push.done() for push in pushes) == 29)
    gates.open(brief.job_id, "B")
    answers = [push.result() for push in pushes]
    assert sorted(answer.status for answer in answers) == [204] + [503] * 29
    for answer in answers:
        if answer.status == 503:
            assert int(answer.headers["Retry-After"]) >= 1
            assert answer.problem["code"] == "job_busy"
    assert world.finished(brief.job_id) == ["A", "B", "C"]
    assert len(gates.runs) == 3
    assert len(world.query("SELECT 1 FROM job_results")) == 1
    assert len(world.published(RESULTS)) == 1
    assert world.job(brief.job_id)["attempts"] == 0


def test_many_refusals_are_one_line_and_their_number(
    start: Start, world: World, gates: Gates, caplog: pytest.LogCaptureFixture
) -> None:
    """They were half of all lines. Each state of a job is told once; the next claim says how many there were."""
    caplog.set_level(logging.INFO)
    service, brief = start(max_concurrent_jobs=30, max_in_flight_bytes=10**9), Brief()
    gates.hold(brief.job_id, "B")
    gates.does(brief.job_id, "C", later)
    working = service.push_soon(brief.body())
    gates.wait_reached(brief.job_id, "B")
    number = 50
    assert {service.push(brief.body()).status for _ in range(number)} == {503}
    gates.open(brief.job_id, "B")
    assert working.result().status == 500
    assert {service.push(brief.body()).status for _ in range(2)} == {503}
    world.query("UPDATE jobs SET not_before = now() WHERE id = :id RETURNING 1", id=brief.job_id)
    gates.does(brief.job_id, "C", None)
    service.push(brief.body())
    lines = [vars(line) for line in caplog.records]
    assert [line["reason"] for line in lines if line.get("action") == "busy"] == [
        "Another delivery is working on this job.",
        "The job is waiting for its next attempt.",
    ]
    assert [line["refused"] for line in lines if line.get("action") == "claim"] == [0, number + 2]
    counted = samples(service.get("/metrics").body)
    assert counted["aiprod_push_deliveries_total", "job_busy"] == number + 2


def test_other_inputs_under_a_known_id_are_put_aside(start: Start, world: World) -> None:
    service, brief = start(), Brief()
    service.push(brief.body())
    before = world.job(brief.job_id)
    other = Brief(job_id=brief.job_id, content="something else")
    for _ in range(2):
        assert service.push(other.body(message_id="m-2")).status == 204
    after = world.job(brief.job_id)
    assert {**before, "input_sha256": 0} == {**after, "input_sha256": 0}
    (letter,) = world.query("SELECT * FROM dead_letters")
    assert (letter["reason"], letter["job_id"], letter["run"]) == ("job_id_conflict", brief.job_id, None)
    assert bytes(letter["data"]) == other.data()
    (message,) = world.published(DLQ)
    assert (message["reason"], message["metadata"]["message_id"]) == ("job_id_conflict", "m-2")


def test_a_refusal_is_told_with_its_job_and_its_letter(
    start: Start, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    service, brief = start(), Brief()
    service.push(brief.body())
    service.push(Brief(job_id=brief.job_id, content="Something else.").body())
    (letter,) = world.query("SELECT * FROM dead_letters")
    said = [vars(line) for line in caplog.records if vars(line).get("action") == "refuse"]
    assert [(line["job_id"], line["letter"]) for line in said] == [(brief.job_id, letter["id"])]


def test_metadata_cannot_take_the_place_of_the_jobs_own_fields(start: Start, world: World) -> None:
    brief = Brief(metadata={"user_id": "somebody-else", "job_id": "other", "content": "theirs"})
    start().push(brief.body())
    job = world.job(brief.job_id)
    assert (job["user_id"], job["content"]) == (brief.user_id, brief.content)


@pytest.mark.parametrize(("run", "hop"), [(1, 0), (1, 2), (2, 2)])
def test_an_older_message_never_claims_and_publishes_what_is_owed(
    start: Start, world: World, gates: Gates, run: int, hop: int
) -> None:
    service, brief = start(), Brief()
    gates.does(brief.job_id, "A", later)
    service.push(brief.body())
    world.query("UPDATE jobs SET run = 2, hop = 3, not_before = NULL WHERE id = :id RETURNING 1", id=brief.job_id)
    world.query(
        "INSERT INTO outbox (job_id, topic, message_key, attributes, payload)"
        " VALUES (:id, 'aiprod-pipeline-jobs', 'left-behind', '{}', '{}') RETURNING 1",
        id=brief.job_id,
    )
    gates.does(brief.job_id, "A", None)
    assert service.push(brief.body(run=run, hop=hop)).status == 204
    assert world.job(brief.job_id)["state"] == "pending"
    assert gates.count(brief.job_id, "A") == 1
    assert [message["message_key"] for message in world.published(JOBS)] == ["left-behind"]
    assert service.push(brief.body(run=2, hop=3)).status == 204
    assert world.job(brief.job_id)["state"] == "completed"


@pytest.mark.parametrize("value", ["-1", "1.0", "ten", "99999999999", "٣", ""])
def test_a_foreign_run_attribute_counts_as_absent(start: Start, world: World, value: str) -> None:
    brief = Brief()
    body = envelope(brief.data(), attributes={"run": value, "hop": value})
    assert start().push(body).status == 204
    job = world.job(brief.job_id)
    assert (job["state"], job["run"], job["hop"]) == ("completed", 1, 0)
