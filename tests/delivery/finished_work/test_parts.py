"""Parts of a stage are checkpoints of their own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from lab.harness.messages import Brief
from lab.harness.waiting import eventually
from lab.harness.world import World
from service.pipeline import Later
from tests.support.gated import Gates, Start
from tests.support.jobs import end_backoff, expire_lease


def test_finished_parts_are_not_made_again(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(), Brief()
    made: list[str] = []

    def make(name: str) -> Callable[[], str]:
        def part() -> str:
            made.append(name)
            return name

        return part

    def run(job: Any, _outputs: Any, context: Any) -> Any:
        parts = [context.once(name, make(name)) for name in ("one", "two")]
        if job.failures == 0:
            raise Later("between", "Broke off between two parts.")
        return {"parts": [*parts, context.once("three", make("three"))]}

    gates.does(brief.job_id, "B", run)
    assert service.push(brief.body()).status == 500
    end_backoff(world, brief.job_id)
    assert service.push(brief.body()).status == 204
    assert made == ["one", "two", "three"]
    (result,) = world.query("SELECT output FROM job_stages WHERE stage = 'B' AND status = 'finished'")
    assert result["output"] == {"parts": ["one", "two", "three"]}
    assert world.job(brief.job_id)["progress"] == 3 + 3


def test_parts_may_be_made_in_threads(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(), Brief()

    def run(_job: Any, _outputs: Any, context: Any) -> Any:
        with ThreadPoolExecutor(8) as pool:
            return {"parts": list(pool.map(lambda n: context.once(f"part {n}", lambda: n * n), range(16)))}

    gates.does(brief.job_id, "B", run)
    assert service.push(brief.body()).status == 204
    assert len(world.query("SELECT 1 FROM job_parts")) == 16
    assert world.job(brief.job_id)["progress"] == 3 + 16


def test_a_lost_lease_with_a_new_part_uses_up_no_attempt(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(), Brief()

    def run(_job: Any, _outputs: Any, context: Any) -> Any:
        context.once("one", lambda: 1)
        if gates.count(brief.job_id, "A") == 1:
            context.wait(60)
        return {}

    gates.does(brief.job_id, "A", run)
    old = service.push_soon(brief.body())
    eventually(lambda: world.query("SELECT 1 FROM job_parts"))
    expire_lease(world, brief.job_id)
    assert service.push(brief.body()).status == 204
    assert world.job(brief.job_id)["attempts"] == 0
    service.service.runner.drain()
    assert old.result().status in (204, 503)


def test_progress_is_written_and_never_fails_a_stage(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(), Brief()

    def says(fraction: float, note: str) -> Callable[..., Any]:
        def run(_job: Any, _outputs: Any, context: Any) -> Any:
            context.progress(fraction, note)
            return {"note": world.job(brief.job_id)["stage_note"]}

        return run

    gates.does(brief.job_id, "B", says(0.5, "half of it"))
    gates.does(brief.job_id, "C", says(7.0, "x" * 999))
    assert service.push(brief.body()).status == 204
    (said,) = world.query("SELECT output FROM job_stages WHERE stage = 'B' AND status = 'finished'")
    assert said["output"] == {"note": "half of it"}
