"""A stage sends the job back: a new round, in which the stages from there on run again."""

from collections.abc import Callable
from typing import Any

import pytest

from lab.harness.messages import Brief
from lab.harness.world import World
from service.pipeline import Choice, Job, Pipeline, Stage, outputs_before
from tests.support import wire
from tests.support.acts import replay
from tests.support.gated import Gates, Start, later, never
from tests.support.jobs import end_backoff


def sends_back(times: int) -> Callable[..., Any]:
    """A stage that sends the job back until it has seen its own report `times` times."""

    def run(_job: Any, outputs: Any, _context: Any) -> Any:
        number = outputs.get("C", {}).get("number", 0) + 1
        return {"number": number, "back": number <= times}

    return run


def executions(world: World) -> list[tuple[int, str, str]]:
    return [
        (row["round"], row["stage"], row["status"])
        for row in world.query("SELECT round, stage, status FROM job_stages ORDER BY id")
    ]


def test_a_job_that_is_sent_back_runs_those_stages_anew_and_sees_the_report(
    start: Start, world: World, gates: Gates
) -> None:
    brief = Brief()
    gates.does(brief.job_id, "C", sends_back(1))
    assert start().push(brief.body()).status == 204
    assert executions(world) == [
        (0, "A", "finished"),
        (0, "B", "finished"),
        (0, "C", "finished"),
        (1, "B", "finished"),
        (1, "C", "finished"),
    ]
    assert gates.seen[brief.job_id, "B"]["outputs"].keys() == {"A", "C"}
    job = world.job(brief.job_id)
    assert (job["state"], job["round"], job["progress"], job["sent_back_by"]) == ("completed", 1, 5, "C")
    (result,) = world.query("SELECT output FROM job_results")
    assert result["output"] == {"number": 2, "back": False}


@pytest.mark.parametrize("stage", ["B", "C"])
def test_a_round_goes_on_in_the_next_delivery_with_the_same_outputs(
    start: Start, world: World, gates: Gates, stage: str
) -> None:
    service, brief = start(), Brief()
    seen: list[Any] = []

    def breaks_off_in_the_second_round(job: Any, outputs: Any, context: Any) -> Any:
        if job.round == 1:
            seen.append({name: dict(output) for name, output in outputs.items()})
            if job.failures == 0:
                return later(job, outputs, context)
        return sends_back(1)(job, outputs, context) if stage == "C" else {"round": job.round}

    gates.does(brief.job_id, "C", sends_back(1))
    gates.does(brief.job_id, stage, breaks_off_in_the_second_round)
    assert service.push(brief.body()).status == 500
    end_backoff(world, brief.job_id)
    assert service.push(brief.body()).status == 204
    assert seen[0] == seen[1]
    assert seen[0]["C"] == {"number": 1, "back": True}
    assert gates.count(brief.job_id, "A") == 1
    assert world.job(brief.job_id)["round"] == 1


def test_parts_and_effects_belong_to_a_round(start: Start, gates: Gates) -> None:
    brief = Brief()
    made: list[str] = []

    def make(job: Any, _outputs: Any, context: Any) -> Any:
        def one(name: str) -> int:
            made.append(name)
            return int(job.round)

        part = context.once("part", lambda: one("part"))
        bought = context.effect("effect", lambda _id: one("effect"), repeatable=False)
        return {"part": part, "bought": bought}

    gates.does(brief.job_id, "B", make)
    gates.does(brief.job_id, "C", sends_back(1))
    assert start().push(brief.body()).status == 204
    assert made == ["part", "effect"] * 2
    assert gates.seen[brief.job_id, "C"]["outputs"]["B"] == {"part": 1, "bought": 1}


def test_a_checkpoint_that_sends_back_is_repeated_harmlessly_when_its_answer_is_lost(
    start: Start, world: World, gates: Gates
) -> None:
    service, brief = start(), Brief()
    lost: list[str] = []
    gates.does(brief.job_id, "C", sends_back(1))

    def lose(connection: Any, sql: str, values: Any) -> None:
        if values.get("rounds") == 1 and not lost:
            lost.append(sql)
            connection.close()

    wire.listen(service.service.engine, "after", lose)
    assert service.push(brief.body()).status == 204
    assert len(lost) == 1
    job = world.job(brief.job_id)
    assert (job["state"], job["round"], job["progress"]) == ("completed", 1, 5)


def test_a_replay_from_a_stage_forgets_the_report_and_one_without_keeps_it(
    start: Start, world: World, gates: Gates
) -> None:
    service, brief = start(), Brief()
    gates.does(brief.job_id, "C", sends_back(1))

    def fails_in_the_second_round(job: Any, outputs: Any, context: Any) -> Any:
        return never(job, outputs, context) if job.round == 1 else {"round": 0}

    gates.does(brief.job_id, "B", fails_in_the_second_round)
    assert service.push(brief.body()).status == 204
    assert world.job(brief.job_id)["state"] == "failed"
    assert replay(service, brief) == 2
    assert service.push(brief.body(run=2)).status == 204
    assert gates.seen[brief.job_id, "B"]["outputs"].keys() == {"A", "C"}
    assert replay(service, brief, run=2, from_stage="B") == 3
    gates.does(brief.job_id, "B", None)
    gates.does(brief.job_id, "C", None)
    assert service.push(brief.body(run=3)).status == 204
    assert gates.seen[brief.job_id, "B"]["outputs"].keys() == {"A"}


def test_a_pipeline_that_sends_back_for_ever_is_ended(start: Start, world: World, gates: Gates) -> None:
    brief = Brief()
    gates.does(brief.job_id, "C", sends_back(1_000_000))
    assert start().push(brief.body()).status == 204
    assert world.job(brief.job_id)["error_code"] == "too_many_rounds"


def test_the_way_to_a_stage_that_is_not_on_it_comes_to_an_end() -> None:
    def back(_job: Job, _outputs: Any) -> str:
        return "A"

    pipeline = Pipeline(
        name="circle",
        presets=frozenset({"x"}),
        transitions={"A": "B", "B": Choice(among=("A", "END"), pick=back)},
        stages={name: Stage(lambda *_: {}) for name in "AB"},
    )
    job = Job(id="j", user_id="u", content="c", preset="x", metadata={})
    assert outputs_before(pipeline, "Z", job, {"A": {}, "B": {}}) == {"A": {}, "B": {}}
