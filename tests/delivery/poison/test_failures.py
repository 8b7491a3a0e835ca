"""A stage that fails: for good, for now, or until no attempts are left."""

import pytest

from lab.harness.messages import Brief, envelope
from lab.harness.names import DLQ, RESULTS
from lab.harness.world import World
from service.pipeline import Output
from tests.support.gated import Gates, Start, crash, later, never
from tests.support.jobs import end_backoff, states


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
    assert (job["state"], job["attempts"], job["error_code"]) == ("failed", 3, "provider_busy")
    assert job["error_message"] == "The provider is busy. (attempt 3 of 3)"
    (letter,) = world.published(DLQ)
    assert (letter["reason"], letter["metadata"]["attempts_used_up"]) == ("provider_busy", True)
    assert states(world, brief.job_id)[-1] == ("processing", "failed", "provider_busy")
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


def test_data_that_is_no_job_owes_a_dead_letter_once(start: Start, world: World) -> None:
    service = start()
    for _ in range(3):
        assert service.push(envelope(b"not a job", message_id="m-9")).status == 204
    assert service.push(envelope(Brief(preset="nonsense").data(), message_id="m-10")).status == 204
    assert [letter["reason"] for letter in world.published(DLQ)] == ["data_not_json", "unknown_preset"]
    assert world.query("SELECT 1 FROM jobs") == []
    assert [result["error_code"] for result in world.published(RESULTS)] == ["unknown_preset"]
    stored = world.query("SELECT * FROM dead_letters ORDER BY id")
    assert bytes(stored[0]["data"]) == b"not a job"
    assert stored[0]["message_key"].endswith(":m-9")
