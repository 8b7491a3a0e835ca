"""Real gunicorn processes: concurrent deliveries, SIGKILL at a bad moment, SIGTERM under load, a refused start."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from urllib.parse import unquote, urlsplit

import av
import pytest

from lab.harness.calls import Answer, call
from lab.harness.messages import Brief
from lab.harness.processes import ROOT, Gunicorn
from lab.harness.waiting import eventually
from lab.harness.world import World

pytestmark = pytest.mark.slow

RESULTS = "aiprod-pipeline-results"
LONG = {"drill_stage_ms": 60_000}
END_S = 12
"""A process that has not ended by then has failed; Cloud Run would have killed it after 10 s."""
FAST_PATH = [
    "INIT",
    "ANALYSIS",
    "FAST_TRACK",
    "FINANCIAL_OPTIMIZATION",
    "AUDIO_GENERATION",
    "RENDER_EXECUTION",
    "QA_TECHNICAL",
    "QA_SEMANTIC",
    "FINALIZE",
]


def stages_run(*servers: Gunicorn) -> list[str]:
    """The stages that came to their end in these processes, in the order of their logs."""
    lines = [line for server in servers for line in server.log.read_text().splitlines() if '"stage finished"' in line]
    return [json.loads(line)["stage"] for line in lines]


def executions(world: World, job_id: str) -> list[tuple[str, str]]:
    rows = world.query("SELECT stage, status FROM job_stages WHERE job_id = :id ORDER BY id", id=job_id)
    return [(row["stage"], row["status"]) for row in rows]


def fresh(folder: Path) -> str:
    """An empty scratch folder of a process's own, for `TMPDIR`."""
    folder.mkdir()
    return str(folder)


def busy(server: Gunicorn) -> int:
    slots: int = json.loads(call(server.port, "GET", "/health").body)["busy_slots"]
    return slots


def stage_of(world: World, job: Brief) -> str | None:
    """The stage that the job is at, None before it is claimed."""
    rows = world.query("SELECT stage FROM jobs WHERE id = :id", id=job.job_id)
    return rows[0]["stage"] if rows else None


def commands_naming(folder: Path) -> list[str]:
    """The command lines of running processes that name a file in `folder`."""
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found.append(process.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return [command for command in found if str(folder) in command]


def wait_in_work(world: World, jobs: int) -> None:
    """Until so many jobs are past their first checkpoint."""
    sql = "SELECT id FROM jobs WHERE state = 'processing' AND stage = 'INIT'"
    eventually(lambda: len(world.query(sql)) == jobs)


def test_30_pushes_of_one_job_to_two_processes_run_it_once(world: World, gunicorn: Callable[..., Gunicorn]) -> None:
    servers = [gunicorn(MAX_CONCURRENT_JOBS="20"), gunicorn(MAX_CONCURRENT_JOBS="20")]
    job = Brief(metadata={"drill_stage_ms": 50})
    together = threading.Barrier(30)

    def push(number: int) -> Answer:
        body = job.body()
        together.wait()
        return servers[number % 2].push(body)

    with ThreadPoolExecutor(30) as pool:
        answers = list(pool.map(push, range(30)))

    assert {answer.status for answer in answers} <= {204, 503}
    assert 204 in {answer.status for answer in answers}
    refused = [answer for answer in answers if answer.status == 503]
    assert {answer.problem["code"] for answer in refused} <= {"job_busy", "slots_busy"}
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in refused)
    assert executions(world, job.job_id) == [(stage, "finished") for stage in FAST_PATH]
    assert Counter(stages_run(*servers)) == Counter(FAST_PATH)
    assert world.query("SELECT run, status FROM job_results") == [{"run": 1, "status": "success"}]
    assert world.job(job.job_id)["attempts"] == 0
    # A duplicate that meets the job between its commit and its publish may publish it too, under the same key.
    assert {message["message_key"] for message in world.published(RESULTS)} == {f"result:{job.job_id}:1"}
    assert [server.push(job.body()).status for server in servers] == [204, 204]


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
    # None of those that were checkpointed at the kill; the one in hand, and those after it.
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
    assert (row["state"], row["attempts"]) == ("completed", 0)
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


def test_a_sigterm_in_the_middle_of_a_film_leaves_no_child_behind(
    world: World, gunicorn: Callable[..., Gunicorn]
) -> None:
    server = gunicorn(PIPELINE="film", PROVIDER="local", TMPDIR=fresh(world.folder / "scratch"))
    job = Brief(metadata={"duration_sec": 10})
    with ThreadPoolExecutor(1) as pool:
        push = pool.submit(server.push, job.body(), timeout=300)
        eventually(lambda: stage_of(world, job) == "RENDER_EXECUTION" or push.done(), timeout=300)
        eventually(lambda: commands_naming(world.folder / "scratch") or push.done(), timeout=300)
        server.terminate()
        assert push.result().status == 503
        server.process.wait(END_S)
    eventually(lambda: commands_naming(world.folder / "scratch") == [])
    row = world.job(job.job_id)
    assert (row["state"], row["stage"], row["attempts"]) == ("pending", "RENDER_EXECUTION", 0)
    assert row["lease_token"] is None


def test_sigterm_under_load_releases_every_job_unharmed(world: World, gunicorn: Callable[..., Gunicorn]) -> None:
    server = gunicorn(MAX_CONCURRENT_JOBS="5")
    jobs = [Brief(metadata=LONG) for _ in range(5)]
    with ThreadPoolExecutor(5) as pool:
        pushes = [pool.submit(server.push, job.body()) for job in jobs]
        wait_in_work(world, 5)
        server.terminate()
        eventually(lambda: any(push.done() for push in pushes))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.process.pid, signal.SIGTERM)
        server.process.wait(END_S)
        answers = [push.result() for push in pushes]

    assert [answer.status for answer in answers] == [503] * 5
    assert {answer.problem["code"] for answer in answers} == {"shutting_down"}
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in answers)
    for job in jobs:
        row = world.job(job.job_id)
        assert (row["state"], row["lease_token"], row["attempts"], row["failures"]) == ("pending", None, 0, 0)
        history = world.query("SELECT new_state, reason FROM job_states WHERE job_id = :id ORDER BY id", id=job.job_id)
        assert [tuple(entry.values()) for entry in history] == [("processing", "claimed"), ("pending", "drain")]
    assert world.published(RESULTS) == []
    assert '"Traceback' not in server.log.read_text()


def test_a_sigterm_leaves_a_deaf_stage_behind_and_ends_its_children(
    world: World, gunicorn: Callable[..., Gunicorn]
) -> None:
    server = gunicorn(PIPELINE="tests.support.stubborn:pipeline")
    job = Brief()
    with ThreadPoolExecutor(1) as pool:
        push = pool.submit(server.push, job.body())
        eventually(lambda: '"child ' in server.log.read_text())
        server.terminate()
        assert push.result().status == 503
        server.process.wait(END_S)
    (child,) = re.findall(r'"child (\d+)"', server.log.read_text())
    eventually(lambda: not Path(f"/proc/{child}").exists())
    row = world.job(job.job_id)
    assert (row["state"], row["lease_token"], row["attempts"]) == ("pending", None, 0)


def test_after_a_sigterm_the_next_process_finishes_the_jobs(world: World, gunicorn: Callable[..., Gunicorn]) -> None:
    server = gunicorn(MAX_CONCURRENT_JOBS="5")
    jobs = [Brief(metadata={"drill_stage_ms": 300}) for _ in range(5)]
    with ThreadPoolExecutor(5) as pool:
        pushes = [pool.submit(server.push, job.body()) for job in jobs]
        eventually(lambda: all(stages_run(server).count(stage) == 5 for stage in FAST_PATH[:2]))
        server.terminate()
        server.process.wait(END_S)
        assert [push.result().status for push in pushes] == [503] * 5
        kept = Counter(stage for job in jobs for stage in world.finished(job.job_id))
        following = gunicorn(MAX_CONCURRENT_JOBS="5")
        # At once: a drained job waits for no lease to run out.
        assert list(pool.map(lambda job: following.push(job.body()).status, jobs)) == [204] * 5

    for job in jobs:
        row = world.job(job.job_id)
        assert (row["state"], row["attempts"]) == ("completed", 0)
        assert world.finished(job.job_id) == FAST_PATH
    assert Counter(stages_run(following)) == Counter(FAST_PATH * 5) - kept
    keys = sorted(message["message_key"] for message in world.published(RESULTS))
    assert keys == sorted(f"result:{job.job_id}:1" for job in jobs)


def test_full_slots_leave_health_and_refusals_their_threads(world: World, gunicorn: Callable[..., Gunicorn]) -> None:
    server = gunicorn(MAX_CONCURRENT_JOBS="5")
    with ThreadPoolExecutor(5) as pool:
        pushes: list[Future[Answer]] = [pool.submit(server.push, Brief(metadata=LONG).body()) for _ in range(5)]
        wait_in_work(world, 5)
        assert busy(server) == 5
        assert call(server.port, "GET", "/ready").status == 200
        sixth = server.push(Brief().body(), timeout=10)
        assert (sixth.status, sixth.problem["code"]) == (503, "slots_busy")
        assert int(sixth.headers["Retry-After"]) >= 1
        assert not any(push.done() for push in pushes)
        server.terminate()
        assert [push.result().status for push in pushes] == [503] * 5
    assert len(world.query("SELECT id FROM jobs")) == 5


def test_an_idle_and_a_silent_connection_do_not_hold_up_a_sigterm(gunicorn: Callable[..., Gunicorn]) -> None:
    # With a grace longer than the limit: who waits for the grace to pass has been held up.
    server = gunicorn(GUNICORN_CMD_ARGS="--graceful-timeout 60")
    idle = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    idle.request("GET", "/health")
    idle.getresponse().read()
    with contextlib.closing(idle), socket.create_connection(("127.0.0.1", server.port)):
        server.terminate()
        server.process.wait(40)


def test_a_request_that_never_ends_does_not_outlast_the_grace(world: World, gunicorn: Callable[..., Gunicorn]) -> None:
    server = gunicorn()
    job = Brief(metadata=LONG)
    half = f"POST /push HTTP/1.1\r\nHost: push.test\r\nAuthorization: Bearer {world.token()}\r\nContent-Length: 9\r\n"
    with (
        ThreadPoolExecutor(1) as pool,
        socket.create_connection(("127.0.0.1", server.port)) as headers_alone,
        socket.create_connection(("127.0.0.1", server.port)) as body_begun,
    ):
        headers_alone.sendall(half.encode())
        body_begun.sendall(f"{half}\r\n{{".encode())
        push = pool.submit(server.push, job.body())
        wait_in_work(world, 1)
        server.terminate()
        # The job is given back at once all the same.
        assert push.result().status == 503
        server.process.wait(END_S)
    assert world.job(job.job_id)["state"] == "pending"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUSH_SERVICE_ACCOUNT", ""),
        ("LEASE_S", "soon"),
        ("ARTIFACTS_URL", "s3://bucket"),
        ("PIPELINE", "no.such.module:pipeline"),
    ],
)
def test_a_wrong_variable_stops_the_start_with_a_sentence(world: World, name: str, value: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "gunicorn"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **world.env(**{name: value}), "PORT": "8099"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said = ended.stdout + ended.stderr
    assert ended.returncode != 0
    assert "Traceback" not in said
    assert said.count(f"The service does not start: {name} ") == 1
