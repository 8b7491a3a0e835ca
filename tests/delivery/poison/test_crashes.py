"""A stage that crashes: what it was and where is kept; the traceback is for operators alone."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from lab.harness.messages import Brief
from lab.harness.names import DLQ, RESULTS
from lab.harness.world import World
from service import queries
from service.cli.main import main
from service.delivery import crashes
from service.pipeline import Context, Job, Later, Never, Output, Outputs
from tests.support.gated import Gates, Start
from tests.support.jobs import end_backoff

HERE = "test_crashes.py"


def words(_job: Job, outputs: Outputs, _context: Context) -> Output:
    return {"words": outputs["A"]["words"]}


LINE = words.__code__.co_firstlineno + 1


def test_the_text_file_and_line_of_a_crash_are_kept(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(job_max_attempts=2, auth=False), Brief()
    gates.does(brief.job_id, "B", words)
    answer = service.push(brief.body())
    said = f"Stage B crashed: KeyError: 'words' ({HERE}:{LINE})."
    assert (answer.status, answer.problem["code"], answer.problem["detail"]) == (500, "stage_crashed", said)
    assert world.job(brief.job_id)["error_message"] == said
    kept = queries.traceback_of(world.engine, brief.job_id, 1) or ""
    assert kept.startswith("Traceback (most recent call last):")
    assert f'{HERE}", line {LINE}, in words' in kept
    end_backoff(world, brief.job_id)
    assert service.push(brief.body()).status == 204
    (letter,) = world.published(DLQ)
    assert (letter["reason"], letter["error"]) == ("stage_crashed", f"{said} (attempt 2 of 2)")
    assert letter["metadata"]["attempts_used_up"] is True


def test_nobody_outside_sees_the_traceback(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(job_max_attempts=2, auth=False), Brief()
    gates.does(brief.job_id, "B", words)
    for _ in range(2):
        service.push(brief.body())
        end_backoff(world, brief.job_id)
    shown = service.get(f"/pipeline/job/{brief.job_id}").body
    published = json.dumps([*world.published(RESULTS), *world.published(DLQ)]).encode()
    for text in (shown, published):
        assert b"stage_crashed" in text or b"crashed" in text
        assert b"Traceback" not in text
        assert b"in words" not in text


def test_an_operator_reads_it_with_the_dead_letter(
    start: Start, world: World, gates: Gates, capsys: pytest.CaptureFixture[str]
) -> None:
    service, brief = start(job_max_attempts=1), Brief()
    gates.does(brief.job_id, "B", words)
    assert service.push(brief.body()).status == 204
    (row,) = world.query("SELECT id FROM dead_letters")
    command = ("dlq", "show", str(row["id"]), "--database-url", world.database_url)
    capsys.readouterr()
    assert main(command) == 0
    assert f'{HERE}", line {LINE}, in words' in capsys.readouterr().out
    assert main((*command, "--json")) == 0
    assert json.loads(capsys.readouterr().out)["traceback"].endswith("KeyError: 'words'\n")


@pytest.mark.parametrize(
    ("code", "make"),
    [
        ("provider_busy", lambda: Later("provider_busy", "The provider is busy.")),
        ("stage_crashed", lambda: KeyError("x")),
        ("provider_refused", lambda: Never("provider_refused", "The provider refuses.")),
    ],
)
def test_the_reason_is_the_code_of_the_last_error(
    start: Start, world: World, gates: Gates, code: str, make: Callable[[], Exception]
) -> None:
    service, brief = start(job_max_attempts=2), Brief()

    def fail(*_: Any) -> Output:
        raise make()

    gates.does(brief.job_id, "A", fail)
    for _ in range(2):
        service.push(brief.body())
        end_backoff(world, brief.job_id)
    assert world.job(brief.job_id)["error_code"] == code
    (stored,) = world.query("SELECT * FROM dead_letters")
    assert stored["reason"] == code
    assert stored["metadata"].get("attempts_used_up", False) is (code != "provider_refused")
    (last,) = world.query("SELECT * FROM job_states WHERE new_state = 'failed'")
    assert (last["reason"], last["state_metadata"]) == (code, stored["metadata"])


class Broken(Exception):
    def __str__(self) -> str:
        raise ZeroDivisionError


def raised(error: BaseException) -> BaseException:
    with pytest.raises(type(error)) as caught:
        raise error
    return caught.value


def deep(n: int) -> None:
    if n == 0:
        message = "x" * 1_000_000
        raise ValueError(message)
    deep(n - 1)


@pytest.mark.parametrize(
    "error",
    [
        Broken(),
        ValueError("x" * 1_000_000),
        ValueError("two\nlines\x00\x1b[31m"),
        ValueError("\ud800"),
        ValueError(),
        SystemExit(3),
        ExceptionGroup("many", [ValueError(n) for n in range(2_000)]),
    ],
    ids=["broken text", "a million characters", "lines", "surrogate", "no text", "exit", "group"],
)
def test_a_crash_is_short_and_can_be_stored(error: BaseException) -> None:
    caught = raised(error)
    said = crashes.sentence("A", caught)
    assert said.startswith(f"Stage A crashed: {type(error).__name__}")
    assert f"({HERE}:" in said
    assert len(said) < 500
    assert said.isprintable() or "\ud800" in said
    kept = crashes.bounded_traceback(caught)
    assert len(kept.encode()) <= crashes.MAX_TRACEBACK_BYTES
    assert "\x00" not in kept


def test_a_long_traceback_loses_its_middle() -> None:
    with pytest.raises(ValueError, match="x") as caught:
        deep(300)
    kept = crashes.bounded_traceback(caught.value)
    assert f"({HERE}:" in crashes.sentence("A", caught.value)
    assert kept.startswith("Traceback")
    assert "bytes are left out" in kept
    assert kept.rstrip().endswith("x")


def test_the_line_is_that_of_the_pipeline_and_not_of_python_or_the_service() -> None:
    def broken_json() -> None:
        json.loads("{")

    with pytest.raises(json.JSONDecodeError) as caught:
        broken_json()
    assert f"({HERE}:{broken_json.__code__.co_firstlineno + 1})" in crashes.sentence("A", caught.value)
