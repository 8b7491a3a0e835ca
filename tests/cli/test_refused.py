"""A job whose message was refused: the command line says why, and feeds it back."""

from pathlib import Path

import pytest

from lab.harness.world import World
from service.app import EXTENSION, build_app
from service.config import read_settings
from tests.support.bad_messages import JOB_ID, job, text
from tests.support.cli import Run
from tests.support.revisions import pipeline, published_jobs


def push_refused(run: Run, *ids: str) -> None:
    """Push jobs with a preset that the drill does not know. The first one's dead letter is 1."""
    for job_id in ids:
        Path("refused.json").write_bytes(text(job({"job_id": job_id, "preset": "b"})))
        assert run("push", "refused.json").code == 0


@pytest.mark.usefixtures("dev")
@pytest.mark.parametrize("command", [("watch",), ("jobs", "show")], ids="-".join)
def test_why_there_is_no_such_job(run: Run, command: tuple[str, ...]) -> None:
    push_refused(run, JOB_ID)
    said = run(*command, JOB_ID)
    assert said.code == 1
    assert "its message was refused (unknown_preset): The field 'preset' must be one of" in said.err
    assert "dlq show 1" in said.err


@pytest.mark.usefixtures("dev")
def test_replaying_such_a_job_by_its_id_names_the_letter(run: Run) -> None:
    push_refused(run, JOB_ID)
    said = run("jobs", "replay", JOB_ID)
    assert said.code == 1
    assert said.out.startswith(f"There is no job '{JOB_ID}'. Its message was refused: `dlq replay 1`.")


@pytest.mark.usefixtures("dev")
def test_all_that_a_release_refused_is_fed_back_in_one_command(run: Run, world: World) -> None:
    push_refused(run, "j1", "j2")
    said = run("dlq", "replay", "--reason", "unknown_preset", "--yes")
    assert said.code == 0
    assert said.out.splitlines()[-2:] == ["1: job j1 is pending, run 1", "2: job j2 is pending, run 1"]
    for message in published_jobs(world):
        Path("message.json").write_bytes(message)
        assert run("push", "message.json").code == 2, "this revision does not know the preset either"
    assert "has no preset 'b'; the job waits for one." in run("jobs", "show", "j1").out
    newer = build_app(read_settings(world.env(AUTH="off")), pipeline("a", "b"))
    for message in published_jobs(world):
        assert newer.test_client().post("/push", data=message).status_code == 204
    newer.extensions[EXTENSION].close()
    assert [world.job(job_id)["state"] for job_id in ("j1", "j2")] == ["completed"] * 2
    assert "was already replayed" in run("dlq", "replay", "1").out
    assert len(world.query("SELECT 1 FROM job_states WHERE reason = 'replay'")) == 2
