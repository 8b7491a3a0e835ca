"""What is away for every job costs no job an attempt: it waits, says for what, and a limit in hours ends it."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.harness.messages import Brief
from lab.harness.names import DLQ, RESULTS
from lab.harness.world import World
from service.delivery import retry
from service.delivery.retry import GiveUp, HandOver, Limits, Retry, Used, Wait
from service.pipeline import Context, Job, Later, Never, Output, Outputs, Pipeline, Unsure
from tests.support.gated import Gates, InProcess, Start, later
from tests.support.jobs import end_backoff
from tests.support.lost_connections import broken

LIMITS = Limits(attempts=5, wait_s=3600.0)


def push_until(service: InProcess, world: World, brief: Brief, times: int) -> list[int]:
    statuses = []
    for _ in range(times):
        statuses.append(service.push(brief.body()).status)
        end_backoff(world, brief.job_id)
    return statuses


@pytest.mark.parametrize(
    "error",
    [
        Later("provider_quota", "The quota is used up.", retry_after_s=1),
        Later("provider_unavailable", "The provider is away.", waits_for="provider"),
        Unsure("provider_timeout", "The provider gave no answer.", waits_for="provider"),
    ],
    ids=["asked to", "away", "unsure"],
)
def test_a_wait_for_the_provider_costs_no_attempt(start: Start, world: World, gates: Gates, error: Later) -> None:
    service, brief = start(), Brief()

    def eight_times(job: Job, _outputs: Outputs, _context: Context) -> Output:
        if job.failures < 8:
            raise error
        return {}

    gates.does(brief.job_id, "B", eight_times)
    assert push_until(service, world, brief, 8) == [500] * 8
    job = world.job(brief.job_id)
    assert (job["state"], job["attempts"], job["waits"], job["waits_for"]) == ("pending", 0, 8, "provider")
    assert (job["error_code"], job["failures"]) == (error.code, 8)
    history = world.query("SELECT * FROM job_states WHERE reason = :code ORDER BY id", code=error.code)
    assert [row["state_metadata"]["waits"] for row in history] == list(range(1, 9))
    assert {row["state_metadata"]["waits_for"] for row in history} == {"provider"}
    assert history[0]["created_at"] >= job["waiting_since"] > job["created_at"]
    assert service.push(brief.body()).status == 204
    job = world.job(brief.job_id)
    assert (job["state"], job["attempts"], job["waits"], job["waits_for"]) == ("completed", 0, 0, None)
    assert job["waiting_since"] is None


def test_a_wait_ends_after_hours_with_the_last_errors_code(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(max_wait_hours=2.0), Brief()
    waits = Later("provider_quota", "The quota is used up.", waits_for="provider")
    gates.does(brief.job_id, "B", raising(waits))
    assert push_until(service, world, brief, 1) == [500]
    world.query("UPDATE jobs SET waiting_since = waiting_since - interval '119 minutes' RETURNING 1")
    assert push_until(service, world, brief, 1) == [500]
    world.query("UPDATE jobs SET waiting_since = waiting_since - interval '1 minute' RETURNING 1")
    assert push_until(service, world, brief, 1) == [204]
    job = world.job(brief.job_id)
    assert (job["state"], job["attempts"], job["error_code"]) == ("failed", 0, "provider_quota")
    assert "The quota is used up. The job waited 2 hours for the provider" in job["error_message"]
    assert [letter["reason"] for letter in world.published(DLQ)] == ["provider_quota"]
    assert [result["error_message"] for result in world.published(RESULTS)] == [job["error_message"]]


def test_progress_starts_the_hours_again(start: Start, world: World, gates: Gates) -> None:
    """The stage keeps a part and then waits: the wait before it no longer counts."""
    service, brief = start(max_wait_hours=2.0), Brief()

    def part_then_wait(job: Job, _outputs: Outputs, context: Context) -> Output:
        context.once(f"part {job.failures}", lambda: 1)
        raise Later("provider_quota", "The quota is used up.", waits_for="provider")

    gates.does(brief.job_id, "B", part_then_wait)
    for _ in range(3):
        assert push_until(service, world, brief, 1) == [500]
        assert world.job(brief.job_id)["waits"] == 1
        world.query("UPDATE jobs SET waiting_since = waiting_since - interval '3 hours' RETURNING 1")


def test_a_failure_of_its_own_still_uses_up_attempts_among_the_waits(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(job_max_attempts=2), Brief()
    quota = Later("provider_quota", "The quota is used up.", retry_after_s=0)

    def in_turn(job: Job, _outputs: Outputs, _context: Context) -> Output:
        raise Later("provider_busy", "It is busy.") if job.failures % 2 else quota

    gates.does(brief.job_id, "B", in_turn)
    assert push_until(service, world, brief, 4) == [500, 500, 500, 204]
    assert (world.job(brief.job_id)["state"], world.job(brief.job_id)["attempts"]) == ("failed", 2)


def test_a_job_that_fails_no_longer_says_that_it_waits(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(), Brief()
    gates.does(brief.job_id, "B", raising(Later("provider_quota", "The quota is used up.", retry_after_s=0)))
    push_until(service, world, brief, 1)
    gates.does(brief.job_id, "B", later)
    push_until(service, world, brief, 1)
    job = world.job(brief.job_id)
    assert (job["attempts"], job["waits"], job["waits_for"], job["waiting_since"]) == (1, 0, None, None)


def test_an_artifact_store_that_is_away_costs_no_attempt(start: Start, world: World, gates: Gates) -> None:
    """Whoever calls it: a stage of a team's own pipeline knows nothing of the store's errors."""
    service, brief = start(), Brief()

    def put(_job: Job, _outputs: Outputs, context: Context) -> Output:
        file = context.scratch / "film.mp4"
        file.write_bytes(b"film")
        return {"url": context.artifacts.put(file, "film.mp4", "video/mp4")}

    def fetch(_job: Job, outputs: Outputs, context: Context) -> Output:
        return {"bytes": context.artifacts.fetch(outputs["A"]["url"], context.scratch / "copy").stat().st_size}

    folder = Path(service.service.settings.artifacts_url.removeprefix("file://"))
    gates.does(brief.job_id, "A", put)
    gates.does(brief.job_id, "B", fetch)
    shutil.rmtree(folder, ignore_errors=True)
    folder.write_text("no folder")
    assert push_until(service, world, brief, 6) == [500] * 6
    job = world.job(brief.job_id)
    assert (job["attempts"], job["waits_for"], job["error_code"]) == (0, "artifact_store", "artifacts_unavailable")
    folder.unlink()
    gates.does(brief.job_id, "C", never_mind)
    gates.hold(brief.job_id, "B")
    push = service.push_soon(brief.body())
    gates.wait_reached(brief.job_id, "B")
    aside = folder.rename(folder.with_name("aside"))
    gates.open(brief.job_id, "B")
    assert push.result(30).status == 500
    end_backoff(world, brief.job_id)
    assert push_until(service, world, brief, 5) == [500] * 5
    assert (world.job(brief.job_id)["stage"], world.job(brief.job_id)["attempts"]) == ("B", 0)
    aside.rename(folder)
    assert push_until(service, world, brief, 1) == [204]


def test_a_stage_that_this_revision_does_not_know_is_left_to_another(start: Start, world: World, gates: Gates) -> None:
    """It is pending without a backoff, so that the other revision can take it at once."""
    known, brief = gates.pipeline(), Brief()
    gates.does(brief.job_id, "B", later)
    new, old = start(), start(instead=without_b(known))
    assert new.push(brief.body()).status == 500
    end_backoff(world, brief.job_id)
    gates.does(brief.job_id, "B", None)
    for _ in range(6):
        answer = old.push(brief.body())
        assert (answer.status, answer.problem["code"]) == (503, "other_revision")
    job = world.job(brief.job_id)
    assert (job["state"], job["attempts"], job["waits_for"], job["not_before"]) == ("pending", 1, "revision", None)
    assert world.published(DLQ) == []
    assert new.push(brief.body()).status == 204


def test_a_pending_operation_of_a_provider_is_a_wait_that_ends(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(ack_deadline_s=3.0, lease_s=1.0, job_max_attempts=1, max_wait_hours=2.0), Brief()

    def rent(_job: Job, _outputs: Outputs, context: Context) -> Output:
        return {"it": context.effect("film", lambda _id: "op", lambda _op: None, repeatable=True, poll_every_s=9.0)}

    gates.does(brief.job_id, "A", rent)
    assert service.push(brief.body()).status == 204
    job = world.job(brief.job_id)
    assert (job["state"], job["hop"], job["waits"], job["waits_for"]) == ("pending", 1, 1, "provider")
    world.query("UPDATE jobs SET waiting_since = waiting_since - interval '2 hours' RETURNING 1")
    assert service.push(brief.body(hop=1)).status == 204
    job = world.job(brief.job_id)
    assert (job["state"], job["attempts"], job["error_code"]) == ("failed", 0, "operation_too_long")
    assert "waited 2 hours for the provider" in job["error_message"]


def test_a_hand_over_of_what_the_database_held_up_costs_no_attempt(start: Start, world: World) -> None:
    """The checkpoint gets no answer until the delivery's end; then the database is back and takes the hand-over."""
    service, brief = start(ack_deadline_s=3.0, lease_s=1.0, job_max_attempts=1), Brief()
    with broken(service.service.engine, "checkpoint", committed=False, times=1000):
        assert service.push(brief.body()).status in (204, 503)
    service.service.heartbeat.beat()
    job = world.job(brief.job_id)
    assert (job["state"], job["attempts"], job["waits_for"]) == ("pending", 0, "database")


def test_the_state_says_what_is_waited_for(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(auth=False), Brief()
    gates.does(brief.job_id, "B", raising(Later("provider_quota", "The quota is used up.", retry_after_s=5)))
    push_until(service, world, brief, 1)
    shown = json.loads(service.get(f"/pipeline/job/{brief.job_id}").body)
    assert (shown["waits_for"], shown["waits"]) == ("provider", 1)
    assert shown["waiting_since"]


@pytest.mark.parametrize(
    ("error", "used", "decision"),
    [
        (Later("busy", "Busy."), Used(attempts=0), Retry(1, 1.0)),
        (Later("busy", "Busy."), Used(attempts=3, waits=9), Retry(4, 8.0)),
        (Later("quota", "Quota.", retry_after_s=7), Used(attempts=4), Wait("provider", 7.0)),
        (Later("quota", "Quota.", retry_after_s=1), Used(attempts=0, waits=9), Wait("provider", 1.0)),
        (Later("quota", "Quota.", retry_after_s=1), Used(attempts=0, waits=12), Wait("provider", 4.0)),
        (Later("away", "Away.", waits_for="store"), Used(attempts=0, waits=3), Wait("store", 8.0)),
        (Later("away", "Away.", waits_for="store"), Used(attempts=0, waits=90), Wait("store", 300.0)),
        (Later("old", "Old.", waits_for="revision"), Used(attempts=0, waits=90), Wait("revision", 0.0)),
        (Later("quota", "Quota.", retry_after_s=1e9), Used(attempts=0, waits=1, waited_s=3000), Wait("provider", 600)),
        (Later("quota", "Quota.", retry_after_s=float("inf")), Used(attempts=0), Wait("provider", 1.0)),
        (Later("quota", "Quota.", retry_after_s=float("nan")), Used(attempts=0), Wait("provider", 1.0)),
        (Later("quota", "Quota.", retry_after_s=-5), Used(attempts=0), Wait("provider", 0.0)),
    ],
)
def test_a_failure_is_told_apart_from_a_wait(error: Later, used: Used, decision: Retry | Wait) -> None:
    assert retry.after_failure(error, used, LIMITS) == decision


def test_what_is_over_is_given_up() -> None:
    long = Used(attempts=1, waits=40, waited_s=3600.0)
    given_up = retry.after_failure(Later("quota", "Quota.", waits_for="artifact_store"), long, LIMITS)
    assert given_up == GiveUp(
        1, "quota", "Quota. The job waited 1 hours for the artifact store without progress and is given up."
    )
    assert isinstance(retry.after_failure(Never("no", "No."), long, LIMITS), GiveUp)
    assert retry.after_time_up("A", long, LIMITS, has_progressed=True, waits_for=None) == HandOver(1)
    short = Used(attempts=1, waits=40, waited_s=10.0)
    handed = retry.after_time_up("A", short, LIMITS, has_progressed=False, waits_for="database")
    assert handed == HandOver(1, "database")


def raising(error: Exception) -> Any:
    def stage(_job: Job, _outputs: Outputs, _context: Context) -> Output:
        raise error

    return stage


def never_mind(_job: Job, _outputs: Outputs, _context: Context) -> Output:
    return {}


def without_b(pipeline: Pipeline) -> Pipeline:
    stages = {name: stage for name, stage in pipeline.stages.items() if name != "B"}
    return replace(pipeline, transitions={"A": "C", "C": "END"}, stages=stages)
