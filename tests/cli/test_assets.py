"""`assets`, what `submit` uploads, and `jobs film`."""

import json
import os
from pathlib import Path

import pytest

from lab.harness.world import World
from service import artifacts
from service.assets.examine import MAX_BYTES
from service.assets.store import FOLDER
from service.cli import assets as command
from tests.support import files
from tests.support.cli import Run

pytestmark = pytest.mark.usefixtures("dev")


@pytest.fixture(autouse=True)
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTIFACTS_URL", (tmp_path / "artifacts").as_uri())
    (tmp_path / "logo.png").write_bytes(files.picture(mode="RGBA"))
    (tmp_path / "shop.jpg").write_bytes(files.picture("JPEG"))


def test_a_file_is_uploaded_listed_and_removed(run: Run) -> None:
    reference = run("assets", "add", "logo.png").out.strip()
    assert reference.startswith("asset:")
    assert run("assets", "add", "logo.png", "--json").json["asset"] == reference
    assert reference in run("assets", "list").out
    assert run("assets", "list", "--json").json["assets"][0]["asset"] == reference
    assert run("assets", "remove", reference).code == 0
    assert reference not in run("assets", "list").out


def test_what_cannot_be_uploaded_is_one_sentence(run: Run, tmp_path: Path) -> None:
    assert command.MAX_BYTES == MAX_BYTES
    assert run("assets", "add", "nothing.png").code == 2
    (tmp_path / "logo.svg").write_text("<svg/>")
    said = run("assets", "add", "logo.svg")
    assert (said.code, "export the drawing as PNG" in said.err) == (1, True)
    with (tmp_path / "large").open("wb") as large:
        large.truncate(MAX_BYTES + 1)
    assert run("assets", "add", "large").code == 1
    assert run("assets", "remove", "../../jobs").code == 1


def test_submit_uploads_for_the_jobs_user(run: Run, world: World) -> None:
    options = ("--logo", "logo.png", "--picture", "shop.jpg", "--picture", "logo.png", "--meta", "lang=en")
    assert run("submit", "Text", "--job-id", "j1", "--user", "ada", *options).code == 0
    metadata = world.job("j1")["metadata"]
    assert sorted(metadata) == ["lang", "logo", "pictures"]
    assert [metadata["logo"]] == metadata["pictures"][1:]
    assert run("submit", "Text", "--user", "bob", "--meta", f"logo={metadata['logo']}").code == 1
    assert run("submit", "Text", "--logo", "nothing.png").code == 2


def test_a_persons_assets_are_forgotten_and_old_ones_pruned(run: Run, tmp_path: Path) -> None:
    run("assets", "add", "logo.png", "--user", "ada")
    run("assets", "add", "logo.png")
    kept = tmp_path / "artifacts" / FOLDER
    assert len(list(kept.glob("*/*/*"))) == 2
    assert "Files deleted: 1" in run("users", "forget", "ada", "--yes").out
    assert len(list(kept.glob("*/*/*"))) == 1
    assert "files 0" in run("prune").out
    (left,) = kept.glob("*/*/*")

    os.utime(left, (1e9, 1e9))
    assert "files 1" in run("prune").out


def completed(world: World, run: Run, tmp_path: Path, content: str = "Beam: the lighthouse!") -> dict[str, str]:
    """End a job with the files of a film."""
    run("submit", content, "--job-id", "j1")
    store = artifacts.connect((tmp_path / "artifacts").as_uri())("j1")
    output = {}
    for name, file in (("film", "film.mp4"), ("poster", "poster.jpg"), ("manifest", "manifest.json")):
        (tmp_path / file).write_text(f"the {name}")
        output[f"{name}_url"] = store.put(tmp_path / file, file, "video/mp4")
    world.query("UPDATE jobs SET state = 'completed' RETURNING 1")
    world.query(
        "INSERT INTO job_results (job_id, run, status, output, processing_time_ms)"
        " VALUES ('j1', 1, 'success', CAST(:output AS json), 1) RETURNING 1",
        output=json.dumps(output),
    )
    return output


def test_the_film_is_downloaded_and_nothing_written_over(run: Run, world: World, tmp_path: Path) -> None:
    completed(world, run, tmp_path, "灯台の物語。")
    first, second = (Path(run("jobs", "film", "j1").out.strip()) for _ in range(2))
    assert first == tmp_path / "films" / "灯台の物語.mp4"
    assert second.name == "灯台の物語-2.mp4"
    assert first.read_text() == "the film"
    every = run("jobs", "film", "j1", "--all", "--out", "other", "--json").json
    assert sorted(Path(path).suffix for path in every.values()) == [".jpg", ".json", ".mp4"]
    assert Path(run("jobs", "film", "j1", "--out", "spot.mp4").out.strip()).read_text() == "the film"
    said = run("jobs", "film", "j1", "--out", "spot.mp4")
    assert (said.code, "not written over" in said.err) == (1, True)


def test_a_film_that_is_not_there_leaves_no_file(run: Run, world: World, tmp_path: Path) -> None:
    run("submit", "Text", "--job-id", "j1")
    assert run("jobs", "film", "j1").code == 1
    world.query("DELETE FROM jobs RETURNING 1")
    output = completed(world, run, tmp_path)
    Path(output["film_url"].removeprefix("file://")).unlink()
    said = run("jobs", "film", "j1", "--out", "here")
    assert (said.code, "no longer in the artifact store" in said.err) == (1, True)
    assert list((tmp_path / "here").iterdir()) == []
    assert run("jobs", "film", "nobody").code == 1
