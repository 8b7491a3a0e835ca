"""`doctor --before`: would a release strand jobs? And what plain `doctor` says once one has."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lab.harness.messages import Brief
from lab.harness.world import World
from service.cli.main import main
from tests.support.gated import InProcess
from tests.support.revisions import needs_tone, pipeline, submit

Ask = Callable[..., tuple[int, list[dict[str, Any]]]]

WITHOUT_B = pipeline("a")
LONGER = pipeline("a", "b", stages="ABC")
RENAMED = pipeline("a", "b", stages="AX")
STRICT = pipeline("a", "b", check=needs_tone)


@pytest.fixture
def ask(world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Ask:
    """Run `doctor --json --before` with nothing set but a database and one of the pipelines above."""
    monkeypatch.chdir(tmp_path)
    for name in ("PUSH_AUDIENCE", "GOOGLE_CLOUD_PROJECT", "ARTIFACTS_URL"):
        monkeypatch.delenv(name, raising=False)

    def run(name: str, **env: str) -> tuple[int, list[dict[str, Any]]]:
        monkeypatch.setenv("PIPELINE", name if ":" in name else f"tests.cli.doctor.test_before:{name}")
        for variable, value in {"DATABASE_URL": world.database_url, **env}.items():
            monkeypatch.setenv(variable, value)
        code = main(["doctor", "--before", "--json"])
        return code, json.loads(capsys.readouterr().out)["findings"]

    return run


@pytest.fixture
def serving(world: World) -> Any:
    """The revision before, with jobs that have not begun, have begun, and have failed."""
    service = InProcess(world, pipeline("a", "b"))
    submit(service, job_id="new", preset="b")
    assert service.push(Brief(job_id="begun", preset="b", metadata={"fails_at": "B"}).body()).status == 500
    assert service.push(Brief(job_id="done", preset="b").body()).status == 204
    yield service
    service.close()


def bad(findings: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(one["level"], one["sentence"]) for one in findings if one["level"] != "ok"]


@pytest.mark.usefixtures("serving")
def test_a_release_that_strands_nothing_is_let_through(ask: Ask) -> None:
    code, findings = ask("LONGER")
    assert (code, [one["level"] for one in findings]) == (0, ["ok", "ok"])
    assert "can run every job that has not ended" in findings[1]["sentence"]


@pytest.mark.usefixtures("serving")
def test_a_preset_that_is_dropped_is_named_with_its_jobs(ask: Ask) -> None:
    code, findings = ask("WITHOUT_B")
    ((level, sentence),) = bad(findings)
    assert (code, level) == (1, "fail")
    assert sentence.startswith("2 un-ended jobs have a preset that the pipeline revision-a-AB lacks (b 2)")


@pytest.mark.usefixtures("serving")
def test_a_stage_that_is_renamed_is_named_with_the_jobs_at_it(ask: Ask) -> None:
    code, findings = ask("RENAMED")
    ((level, sentence),) = bad(findings)
    assert (code, level) == (1, "fail")
    assert sentence.startswith("1 un-ended jobs are at a stage that the pipeline revision-ab-AX lacks (B 1)")


@pytest.mark.usefixtures("serving")
def test_jobs_that_a_stricter_check_would_fail_are_named(ask: Ask) -> None:
    code, findings = ask("STRICT")
    ((level, sentence),) = bad(findings)
    assert (code, level) == (1, "fail")
    assert sentence.startswith("1 jobs that have not begun would fail as bad_metadata, such as new.")


def test_open_letters_whose_jobs_it_could_not_run_again_count(ask: Ask, world: World) -> None:
    service = InProcess(world, pipeline("b", check=needs_tone))
    service.push(Brief(preset="b").body())
    service.close()
    code, findings = ask("WITHOUT_B")
    ((level, sentence),) = bad(findings)
    assert (code, level) == (1, "fail")
    assert sentence.startswith("1 open dead letters are of jobs")
    world.query("UPDATE dead_letters SET discarded_at = clock_timestamp() RETURNING 1")
    assert ask("WITHOUT_B")[0] == 0


def test_what_cannot_be_asked_is_no_yes(ask: Ask, world: World) -> None:
    assert ask("tests.support.revisions:nothing")[0] == 1
    assert ask("WITHOUT_B", DATABASE_URL="postgresql://nobody@127.0.0.1:9/nothing")[0] == 2
    world.query("SELECT 1")
    with world.engine.connect() as connection:
        connection.exec_driver_sql("ALTER TABLE jobs RENAME TO jobs_of_nobody")
        assert ask("WITHOUT_B")[0] == 0, "a first release has nothing to strand"
        connection.exec_driver_sql("ALTER TABLE jobs_of_nobody RENAME TO jobs")


@pytest.mark.usefixtures("serving")
def test_after_such_a_release_doctor_names_the_jobs_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in world.env(PIPELINE="tests.cli.doctor.test_before:WITHOUT_B").items():
        monkeypatch.setenv(name, value)
    assert main(["doctor"]) == 1
    assert "FAIL     pipeline: 2 un-ended jobs have a preset that the pipeline" in capsys.readouterr().out
