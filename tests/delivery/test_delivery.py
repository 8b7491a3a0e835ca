"""The delivery's promises, each broken on purpose, with real threads on a real PostgreSQL."""

import io
import json
from collections.abc import Callable
from concurrent.futures import wait

import grpc
import pytest

from lab.harness.messages import Brief, envelope
from lab.harness.names import AUDIENCE
from lab.harness.waiting import eventually
from lab.harness.world import World
from service.pipeline import Context, Job, Later, Never, Output, Outputs
from tests.support.gated import Gates, InProcess

RESULTS, DLQ, JOBS = "aiprod-pipeline-results", "aiprod-pipeline-dlq", "aiprod-pipeline-jobs"

Start = Callable[..., InProcess]


def later(_job: Job, _outputs: Outputs, _context: Context) -> Output:
    raise Later("provider_busy", "The provider is busy.")


def never(_job: Job, _outputs: Outputs, _context: Context) -> Output:
    raise Never("provider_refused", "The provider refuses this brief.")


def crash(_job: Job, _outputs: Outputs, _context: Context) -> Output:
    raise ZeroDivisionError


def expire_lease(world: World, job_id: str) -> None:
    """As if the holder had not renewed: only the database's clock decides, so the row is put back in time."""
    world.query(
        "UPDATE jobs SET lease_until = clock_timestamp() - interval '1 second' WHERE id = :id RETURNING 1", id=job_id
    )


def end_backoff(world: World, job_id: str) -> None:
    world.query("UPDATE jobs SET not_before = NULL WHERE id = :id RETURNING 1", id=job_id)


def states(world: World, job_id: str) -> list[tuple[str, str, str]]:
    rows = world.query("SELECT * FROM job_states WHERE job_id = :id ORDER BY id", id=job_id)
    return [(row["previous_state"], row["new_state"], row["reason"]) for row in rows]


# One run, one outcome


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


def test_two_jobs_at_once_never_see_each_others_data(start: Start, world: World, gates: Gates) -> None:
    service = start(max_concurrent_jobs=8)
    briefs = [Brief(content=f"brief number {number}") for number in range(8)]
    for brief in briefs:
        gates.hold(brief.job_id, "B")
    pushes = [service.push_soon(brief.body()) for brief in briefs]
    for brief in briefs:
        gates.wait_reached(brief.job_id, "B")
    for brief in reversed(briefs):
        gates.open(brief.job_id, "B")
    wait(pushes)
    for brief in briefs:
        (result,) = world.query("SELECT output FROM job_results WHERE job_id = :id", id=brief.job_id)
        assert result["output"]["from"] == brief.content
        for stage in "ABC":
            seen = gates.seen[brief.job_id, stage]
            assert seen["content"] == brief.content
            assert {output["from"] for output in seen["outputs"].values()} <= {brief.content}


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


def test_metadata_cannot_take_the_place_of_the_jobs_own_fields(start: Start, world: World) -> None:
    brief = Brief(metadata={"user_id": "somebody-else", "job_id": "other", "content": "theirs"})
    start().push(brief.body())
    job = world.job(brief.job_id)
    assert (job["user_id"], job["content"]) == (brief.user_id, brief.content)


# Checkpoints, leases, takeovers


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


def test_a_lease_lost_without_progress_uses_up_an_attempt(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(), Brief()
    gates.hold(brief.job_id, "A")
    old = service.push_soon(brief.body())
    gates.wait_reached(brief.job_id, "A")
    expire_lease(world, brief.job_id)
    gates._held.clear()  # noqa: SLF001
    assert service.push(brief.body()).status == 204
    gates.open(brief.job_id, "A")
    assert old.result().status == 204
    assert world.job(brief.job_id)["attempts"] == 1
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
    service, brief = start(job_max_attempts=2), Brief()
    held = []
    for _ in range(2):
        gates.hold(brief.job_id, "A")
        held.append(service.push_soon(brief.body()))
        eventually(lambda: gates.count(brief.job_id, "A") == len(held))
        expire_lease(world, brief.job_id)
    assert service.push(brief.body()).status == 204
    job = world.job(brief.job_id)
    assert (job["state"], job["attempts"], job["error_code"]) == ("failed", 2, "attempts_used_up")
    assert [letter["reason"] for letter in world.published(DLQ)] == ["attempts_used_up"]
    assert [result["status"] for result in world.published(RESULTS)] == ["error"]
    gates.open(brief.job_id, "A")
    assert {push.result().status for push in held} == {204}
    assert len(world.query("SELECT 1 FROM job_results")) == 1


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


# Failures


def test_what_may_succeed_later_is_nacked_and_the_job_is_pending(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(), Brief()
    gates.does(brief.job_id, "B", later)
    answer = service.push(brief.body())
    assert (answer.status, answer.problem["code"]) == (500, "provider_busy")
    job = world.job(brief.job_id)
    assert (job["state"], job["attempts"], job["stage"]) == ("pending", 1, "B")
    assert states(world, brief.job_id)[-1] == ("processing", "pending", "provider_busy")
    refused = service.push(brief.body())
    assert (refused.status, refused.problem["code"]) == (503, "job_busy")
    gates.does(brief.job_id, "B", None)
    end_backoff(world, brief.job_id)
    assert service.push(brief.body()).status == 204
    assert gates.count(brief.job_id, "A") == 1
    assert world.finished(brief.job_id) == ["A", "B", "C"]
    assert world.published(DLQ) == []


def test_what_can_never_succeed_fails_once_with_a_result_and_a_dead_letter(
    start: Start, world: World, gates: Gates
) -> None:
    service, brief = start(), Brief()
    gates.does(brief.job_id, "B", never)
    for _ in range(3):
        assert service.push(brief.body(message_id="m-1")).status == 204
    assert gates.count(brief.job_id, "B") == 1
    (result,) = world.published(RESULTS)
    assert (result["status"], result["output"]) == ("error", None)
    assert result["error_message"] == "The provider refuses this brief."
    (letter,) = world.published(DLQ)
    assert letter == {
        "job_id": brief.job_id,
        "reason": "provider_refused",
        "error": "The provider refuses this brief.",
        "metadata": {"message_id": "m-1", "delivery_attempt": None, "stage": "B", "attempt": 1},
        "message_key": f"dead:{brief.job_id}:1",
    }
    (stored,) = world.query("SELECT * FROM dead_letters")
    assert (stored["job_id"], stored["run"], stored["reason"]) == (brief.job_id, 1, "provider_refused")


def test_attempts_are_used_up_by_failures(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(job_max_attempts=3), Brief()
    gates.does(brief.job_id, "B", later)
    statuses = []
    for _ in range(4):
        statuses.append(service.push(brief.body()).status)
        end_backoff(world, brief.job_id)
    assert statuses == [500, 500, 204, 204]
    job = world.job(brief.job_id)
    assert (job["state"], job["attempts"]) == ("failed", 3)
    assert [letter["reason"] for letter in world.published(DLQ)] == ["attempts_used_up"]
    assert gates.count(brief.job_id, "A") == 1


def test_a_crash_in_a_stage_may_pass_and_shows_no_traceback(
    start: Start, world: World, gates: Gates, caplog: pytest.LogCaptureFixture
) -> None:
    service, brief = start(), Brief()
    gates.does(brief.job_id, "A", crash)
    answer = service.push(brief.body())
    assert (answer.status, answer.problem["code"]) == (500, "stage_crashed")
    assert b"Traceback" not in answer.body
    assert any(record.exc_info for record in caplog.records)
    assert world.job(brief.job_id)["state"] == "pending"


@pytest.mark.parametrize(
    ("output", "code"),
    [
        ({"text": "a\x00b"}, "bad_output"),
        ({"text": "\ud800"}, "bad_output"),
        ({"number": float("nan")}, "bad_output"),
        ({"thing": object()}, "bad_output"),
        (["no", "object"], "bad_output"),
        ({"text": "x" * 1_100_000}, "output_too_large"),
    ],
    ids=["nul", "surrogate", "nan", "object", "list", "large"],
)
def test_an_output_that_cannot_be_kept_fails_the_job(
    start: Start, world: World, gates: Gates, output: Output, code: str
) -> None:
    service, brief = start(), Brief()
    gates.does(brief.job_id, "A", lambda *_: output)
    assert service.push(brief.body()).status == 204
    assert world.job(brief.job_id)["error_code"] == code


def test_the_check_of_the_job_comes_before_any_work(start: Start, world: World, gates: Gates) -> None:
    brief = Brief(metadata={"hopeless": True})
    assert start().push(brief.body()).status == 204
    assert gates.runs == []
    assert world.job(brief.job_id)["error_code"] == "hopeless"
    assert [result["status"] for result in world.published(RESULTS)] == ["error"]
    assert [letter["reason"] for letter in world.published(DLQ)] == ["hopeless"]


def test_data_that_is_no_job_owes_a_dead_letter_alone_and_once(start: Start, world: World) -> None:
    service = start()
    for _ in range(3):
        assert service.push(envelope(b"not a job", message_id="m-9")).status == 204
    assert service.push(envelope(Brief(preset="nonsense").data(), message_id="m-10")).status == 204
    assert [letter["reason"] for letter in world.published(DLQ)] == ["data_not_json", "unknown_preset"]
    assert world.query("SELECT 1 FROM jobs") == []
    assert world.published(RESULTS) == []
    stored = world.query("SELECT * FROM dead_letters ORDER BY id")
    assert bytes(stored[0]["data"]) == b"not a job"
    assert stored[0]["message_key"].endswith(":m-9")


# Ack means durable


@pytest.mark.parametrize("fault", ["fail", "hang", "reply lost"])
def test_a_publish_that_fails_is_nacked_and_made_up_for_without_running_again(
    start: Start, world: World, gates: Gates, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setattr("service.delivery.outbox.PUBLISH_TIMEOUT_S", 0.3)
    service, brief = start(), Brief()
    if fault == "fail":
        world.pubsub.faults.fail_publish(grpc.StatusCode.UNAVAILABLE, times=1)
    elif fault == "hang":
        world.pubsub.faults.hang_publish(20, times=1)
    else:
        world.pubsub.faults.lose_reply(times=1)
    answer = service.push(brief.body())
    assert (answer.status, answer.problem["code"]) == (503, "pubsub_unreachable")
    assert world.job(brief.job_id)["state"] == "completed"
    (row,) = world.query("SELECT * FROM outbox")
    assert row["published_at"] is None
    assert service.push(brief.body()).status == 204
    assert len(gates.runs) == 3
    keys = {message["message_key"] for message in world.published(RESULTS)}
    assert keys == {f"result:{brief.job_id}:1"}
    (row,) = world.query("SELECT * FROM outbox")
    assert row["published_at"] is not None


def test_a_dead_letter_that_cannot_be_published_holds_up_no_result(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(), Brief()
    gates.does(brief.job_id, "A", never)
    fault = world.pubsub.faults.fail_publish(grpc.StatusCode.NOT_FOUND, topic=RESULTS)
    assert service.push(brief.body()).status == 503
    assert len(world.published(DLQ)) == 1
    world.pubsub.faults.remove(fault)
    assert service.push(brief.body()).status == 204
    assert len(world.published(DLQ)) == 1
    assert len(world.published(RESULTS)) == 1


def test_a_row_that_pubsub_refuses_for_good_is_parked(start: Start, world: World) -> None:
    service, brief = start(), Brief()
    service.push(brief.body())
    world.query(
        "INSERT INTO outbox (job_id, topic, message_key, attributes, payload) VALUES"
        " (:id, 'aiprod-pipeline-results', 'too-long', CAST(:attributes AS json), '{}'),"
        " (:id, 'aiprod-pipeline-results', 'good', '{}', '{}') RETURNING 1",
        id=brief.job_id,
        attributes=json.dumps({"long": "x" * 2000}),
    )
    assert service.push(brief.body()).status == 204
    (parked,) = world.query("SELECT * FROM outbox WHERE parked_at IS NOT NULL")
    assert parked["message_key"] == "too-long"
    assert parked["error"]
    assert world.published(RESULTS)[-1]["message_key"] == "good"


# Who may come in, and how much


def test_strangers_stay_outside(start: Start, world: World) -> None:
    service, body = start(), Brief().body()
    nobody = service.app.test_client().post("/push", data=body)
    assert nobody.status_code == 401
    assert nobody.headers["WWW-Authenticate"].startswith("Bearer")
    assert service.push(body, token=world.issuer.token("https://other", "x@y.z")).status == 401
    assert service.push(body, token=world.issuer.token(AUDIENCE, "x@y.z")).status == 403
    assert world.query("SELECT 1 FROM jobs") == []


def test_a_token_is_checked_before_a_byte_of_the_body_is_read(start: Start) -> None:
    service = start()

    class Unread(io.BytesIO):
        def readinto(self, *_: object) -> int:
            raise AssertionError("the body was read")

        read = read1 = readline = readinto  # type: ignore[assignment]

    answer = service.app.test_client().post("/push", input_stream=Unread(b"0123456789"), content_length=10)
    assert answer.status_code == 401


def test_full_slots_refuse_at_once(start: Start, gates: Gates) -> None:
    service, first, second = start(max_concurrent_jobs=1), Brief(), Brief()
    gates.hold(first.job_id, "A")
    push = service.push_soon(first.body())
    gates.wait_reached(first.job_id, "A")
    answer = service.push(second.body())
    assert (answer.status, answer.problem["code"]) == (503, "slots_busy")
    assert int(answer.headers["Retry-After"]) >= 1
    assert service.get("/health").status == 200
    assert service.get("/ready").status == 200
    gates.open(first.job_id, "A")
    assert push.result().status == 204
    assert service.push(second.body()).status == 204


def test_bytes_in_flight_are_bounded_and_one_message_is_always_let_in(start: Start, gates: Gates) -> None:
    service, first, second = start(max_in_flight_bytes=1000), Brief(content="x" * 2000), Brief(content="y" * 100)
    gates.hold(first.job_id, "A")
    push = service.push_soon(first.body())
    gates.wait_reached(first.job_id, "A")
    answer = service.push(second.body())
    assert (answer.status, answer.problem["code"]) == (503, "bytes_in_flight")
    gates.open(first.job_id, "A")
    assert push.result().status == 204
    assert service.push(second.body()).status == 204


def test_a_body_over_the_limit_is_refused(start: Start, world: World) -> None:
    answer = start().push(b"{" + b" " * 15_000_000)
    assert (answer.status, answer.problem["code"]) == (413, "body_too_large")
    assert world.query("SELECT 1 FROM dead_letters") == []


def test_ten_megabytes_are_taken(start: Start, world: World) -> None:
    brief = Brief(content="x" * 9_980_000)
    assert start().push(brief.body()).status == 204
    assert world.job(brief.job_id)["state"] == "completed"
