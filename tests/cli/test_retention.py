"""`prune` and `users forget` say beforehand what goes, and afterwards what went."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lab.harness.world import World
from service import artifacts
from tests.support.cli import Run

pytestmark = pytest.mark.usefixtures("dev")


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ARTIFACTS_URL", (tmp_path / "files").as_uri())
    return tmp_path / "files"


def ended(world: World, run: Run, job_id: str, user: str = "ada") -> None:
    run("submit", "Text", "--job-id", job_id, "--user", user)
    run("jobs", "cancel", job_id)
    world.query(
        "UPDATE jobs SET created_at = created_at - interval '31 d', updated_at = updated_at - interval '31 d'"
        " RETURNING 1"
    )


def test_prune_says_what_goes_and_deletes_it(run: Run, world: World, files: Path, tmp_path: Path) -> None:
    ended(world, run, "j1")
    run("submit", "Text", "--job-id", "new")
    (tmp_path / "film").write_text("film")
    artifacts.connect(files.as_uri())("j1").put(tmp_path / "film", "film.mp4", "video/mp4")
    said = run("prune", "--dry-run")
    assert said.code == 0
    assert "would be deleted: 1 cancelled" in said.out
    assert len(world.query("SELECT 1 FROM jobs")) == 2
    said = run("prune", "--by", "ada", "--why", "spring")
    assert (said.code, "deleted: 1 cancelled" in said.out) == (0, True)
    assert "files 1" in said.out
    assert [row["id"] for row in world.query("SELECT id FROM jobs WHERE state = 'pending'")] != ["j1"]
    assert len(world.query("SELECT 1 FROM jobs")) == 1
    assert list(files.iterdir()) == []
    (act,) = world.query("SELECT who, why FROM acts WHERE act = 'prune'")
    assert act == {"who": "ada", "why": "spring"}


def test_prune_prints_json_and_keeps_what_is_younger(run: Run, world: World) -> None:
    ended(world, run, "j1")
    kept = run("prune", "--retain-days", "60", "--json").json
    assert (kept["jobs"], kept["is_complete"]) == ({}, True)
    assert run("prune", "--retain-days", "30", "--json").json["jobs"] == {"cancelled": 1}


def test_forget_shows_what_goes_and_asks(run: Run, world: World, answer: Callable[[str], None]) -> None:
    ended(world, run, "j1", user="ada")
    ended(world, run, "j2", user="bob")
    said = run("users", "forget", "ada", "--dry-run")
    assert (said.code, "Jobs would be deleted: 1 cancelled" in said.out) == (0, True)
    answer("n\n")
    assert run("users", "forget", "ada").code == 1
    assert len(world.query("SELECT 1 FROM jobs")) == 2
    said = run("users", "forget", "ada", "--yes", "--by", "eve", "--why", "asked to")
    assert (said.code, "Jobs deleted: 1 cancelled" in said.out) == (0, True)
    assert "Not deleted here: messages that Pub/Sub keeps" in said.out
    assert [row["user_id"] for row in world.query("SELECT user_id FROM jobs")] == ["bob"]
    assert run("users", "forget", "ada", "--yes", "--json").json["jobs"] == {}


def test_forget_wants_to_know_where_the_files_are(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ARTIFACTS_URL")
    monkeypatch.setattr("service.cli.retention._artifacts_url", lambda _options: None)
    said = run("users", "forget", "ada", "--yes")
    assert said.code == 2
    assert "ARTIFACTS_URL" in said.err
    assert run("users", "forget", "ada", "--yes", "--keep-files").code == 0
