"""SIGKILL of real processes in the middle of a job repeats only the stage that was running."""

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import unquote, urlsplit

import av
import pytest

from lab.harness.messages import Brief
from lab.harness.names import RESULTS
from lab.harness.processes import Gunicorn
from lab.harness.waiting import eventually
from lab.harness.world import World
from tests.support.drill import FAST_PATH, executions, fresh, stages_run

pytestmark = pytest.mark.slow


def test_kill_9_in_the_middle_of_a_job_repeats_the_stage_in_hand_alone(
    world: World, gunicorn: Callable[..., Gunicorn]
) -> None:
    job = Brief(metadata={"drill_stage_ms": 300})
    killed = gunicorn(LEASE_S="1", TMPDIR=fresh(world.folder / "first"))
    with ThreadPoolExecutor(1) as pool:
        cut_off = pool.submit(killed.push, job.body())
        eventually(lambda: len(stages_run(killed)) >= 3)
        killed.kill()
        assert isinstance(cut_off.exception(), ConnectionError)
    before = world.finished(job.job_id)

    server = gunicorn(LEASE_S="1", TMPDIR=fresh(world.folder / "second"))
    eventually(lambda: server.push(job.body()).status == 204)

    row = world.job(job.job_id)
    assert (row["state"], row["attempts"]) == ("completed", 0)
    assert before == FAST_PATH[: len(before)]
    # Only the stage that was running at the kill, and those after it; none that was checkpointed.
    assert stages_run(server) == FAST_PATH[len(before) :]
    assert world.finished(job.job_id) == FAST_PATH
    assert [stage for stage, status in executions(world, job.job_id) if status == "abandoned"] == [
        FAST_PATH[len(before)]
    ]
    (message,) = world.published(RESULTS)
    assert (message["message_key"], message["status"]) == (f"result:{job.job_id}:1", "success")


def test_kill_9_of_the_worker_alone_is_made_up_for_by_the_next_worker(
    world: World, gunicorn: Callable[..., Gunicorn]
) -> None:
    server = gunicorn(LEASE_S="1")
    job = Brief(metadata={"drill_stage_ms": 300})
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    (worker,) = children.read_text().split()
    with ThreadPoolExecutor(1) as pool:
        cut_off = pool.submit(server.push, job.body())
        eventually(lambda: len(stages_run(server)) >= 2)
        os.kill(int(worker), signal.SIGKILL)
        assert isinstance(cut_off.exception(), ConnectionError)
    eventually(lambda: children.read_text().split() not in ([], [worker]))

    eventually(lambda: server.push(job.body()).status == 204)
    assert world.finished(job.job_id) == FAST_PATH
    assert world.job(job.job_id)["attempts"] == 0
    assert len(world.published(RESULTS)) == 1


def test_kill_9_in_the_middle_of_a_film_repeats_no_finished_stage(
    world: World, gunicorn: Callable[..., Gunicorn]
) -> None:
    job = Brief(metadata={"duration_sec": 6})
    film = {"PIPELINE": "film", "PROVIDER": "local", "LEASE_S": "2"}
    killed = gunicorn(**film, TMPDIR=fresh(world.folder / "first"))
    shots = "SELECT part, finished_at FROM job_parts WHERE stage = 'RENDER_EXECUTION' ORDER BY part"
    with ThreadPoolExecutor(1) as pool:
        cut_off = pool.submit(killed.push, job.body(), timeout=300)
        eventually(lambda: world.query(shots) or cut_off.done(), timeout=300)
        killed.kill()
        assert isinstance(cut_off.exception(), ConnectionError)
    assert world.job(job.job_id)["stage"] == "RENDER_EXECUTION"
    before, kept = world.finished(job.job_id), world.query(shots)
    assert before == FAST_PATH[:5]

    server = gunicorn(**film, TMPDIR=fresh(world.folder / "second"))
    eventually(lambda: server.push(job.body(), timeout=300).status == 204, timeout=300)

    row = world.job(job.job_id)
    assert (row["state"], row["attempts"]) == ("completed", 0), row["error_message"]
    assert stages_run(killed, server) == FAST_PATH
    assert stages_run(server) == FAST_PATH[5:]
    assert [part for part in world.query(shots) if part in kept] == kept
    (message,) = world.published(RESULTS)
    assert (message["message_key"], message["status"]) == (f"result:{job.job_id}:1", "success")
    path = Path(unquote(urlsplit(message["output"]["film_url"]).path))
    assert path.name.endswith("-film.mp4")
    with av.open(str(path)) as opened:
        assert {stream.type for stream in opened.streams} == {"video", "audio"}
        assert opened.duration is not None
        assert opened.duration / av.time_base > 3
    # The scratch folder of the delivery is gone; what the killed one left is another machine's.
    assert list((world.folder / "second").glob("aiprod-*")) == []
