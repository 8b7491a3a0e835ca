"""Slots and bytes are bounded, and two jobs never meet."""

from concurrent.futures import wait

from lab.harness.messages import Brief
from lab.harness.world import World
from tests.support.gated import Gates, Start


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
