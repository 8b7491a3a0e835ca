"""A team's own pipeline outside the service (`examples/wordcount`), under real gunicorn: duplicates and kill -9."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from lab.harness.calls import Answer
from lab.harness.messages import Brief
from lab.harness.processes import ROOT, Gunicorn
from lab.harness.waiting import eventually
from lab.harness.world import World
from service.loading import load_pipeline

EXAMPLE = ROOT / "examples" / "wordcount" / "__init__.py"
PIPELINE = "examples.wordcount:pipeline"
RESULTS = "aiprod-pipeline-results"
PARAGRAPHS = ("one", "two words", "now three words", "these are four words", "five words are in here")


def brief(pause_ms: int) -> Brief:
    return Brief(content="\n\n".join(PARAGRAPHS), preset="plain", metadata={"pause_ms": pause_ms})


def counted(*logs: Path) -> list[str]:
    """The paragraphs that a stage began to count, in the order of the logs."""
    lines = [line for log in logs for line in log.read_text().splitlines() if '"counting paragraph ' in line]
    return [json.loads(line)["message"].removeprefix("counting paragraph ") for line in lines]


def test_it_is_a_pipeline_of_under_40_lines_that_the_service_does_not_know() -> None:
    assert len(EXAMPLE.read_text().splitlines()) < 40
    assert load_pipeline(PIPELINE, {}).first == "COUNT"
    knowing = [path for path in (ROOT / "service").rglob("*.py") if "wordcount" in path.read_text()]
    assert knowing == []


@pytest.mark.slow
def test_the_page_holds_what_it_says(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "your-own-pipeline.md").read_text()
    pipeline, test = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (tmp_path / "shout.py").write_text(pipeline)
    (tmp_path / "test_shout.py").write_text(test)
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "test_shout.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "2 passed" in ran.stdout, ran.stdout + ran.stderr
    assert f"({len(EXAMPLE.read_text().splitlines())} lines:" in page


@pytest.mark.slow
def test_20_duplicates_at_once_make_one_result(world: World, gunicorn: Callable[..., Gunicorn]) -> None:
    server = gunicorn(PIPELINE=PIPELINE)
    job = brief(pause_ms=50)
    together = threading.Barrier(20)

    def push(_: int) -> Answer:
        together.wait()
        return server.push(job.body())

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(push, range(20)))

    assert {answer.status for answer in answers} <= {204, 503}
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in answers if answer.status == 503)
    assert server.push(job.body()).status == 204
    (result,) = world.query("SELECT status, output FROM job_results WHERE job_id = :id", id=job.job_id)
    assert result["status"] == "success"
    assert result["output"]["words"] == 15
    stages = world.query("SELECT stage, status FROM job_stages WHERE job_id = :id ORDER BY id", id=job.job_id)
    assert [(row["stage"], row["status"]) for row in stages] == [("COUNT", "finished"), ("REPORT", "finished")]
    assert counted(server.log) == ["0", "1", "2", "3", "4"]
    # A duplicate that meets the job between its commit and its publish may publish it too, under the same key.
    assert {message["message_key"] for message in world.published(RESULTS)} == {f"result:{job.job_id}:1"}


@pytest.mark.slow
def test_kill_9_within_a_part_repeats_that_part_alone(world: World, gunicorn: Callable[..., Gunicorn]) -> None:
    job = brief(pause_ms=300)
    killed = gunicorn(PIPELINE=PIPELINE, LEASE_S="1", TMPDIR=fresh(world.folder / "first"))
    with ThreadPoolExecutor(1) as pool:
        cut_off = pool.submit(killed.push, job.body())
        eventually(lambda: counted(killed.log) == ["0", "1", "2"])
        killed.kill()
        assert isinstance(cut_off.exception(), ConnectionError)

    server = gunicorn(PIPELINE=PIPELINE, LEASE_S="1", TMPDIR=fresh(world.folder / "second"))
    eventually(lambda: server.push(job.body()).status == 204)

    assert counted(killed.log, server.log) == ["0", "1", "2", "2", "3", "4"]
    stages = world.query("SELECT stage, status FROM job_stages WHERE job_id = :id ORDER BY id", id=job.job_id)
    assert [(row["stage"], row["status"]) for row in stages] == [
        ("COUNT", "abandoned"),
        ("COUNT", "finished"),
        ("REPORT", "finished"),
    ]
    assert world.job(job.job_id)["attempts"] == 0
    (message,) = world.published(RESULTS)
    assert message["message_key"] == f"result:{job.job_id}:1"
    assert message["output"]["words"] == 15
    report = Path(unquote(urlsplit(message["output"]["report"]).path))
    assert report.read_text().splitlines()[4] == "paragraph 4: 5 words"


def fresh(folder: Path) -> str:
    """An empty scratch folder of a process's own, for `TMPDIR`."""
    folder.mkdir()
    return str(folder)
