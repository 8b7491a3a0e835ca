"""SIGTERM of real gunicorn processes: under load, in the middle of a film, with clients that do not end."""

import contextlib
import http.client
import os
import re
import signal
import socket
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lab.harness.messages import Brief
from lab.harness.names import RESULTS
from lab.harness.processes import Gunicorn
from lab.harness.waiting import eventually
from lab.harness.world import World
from tests.support.drill import END_S, FAST_PATH, LONG, commands_naming, fresh, stage_of, stages_run, wait_in_work

pytestmark = pytest.mark.slow


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


def test_an_idle_and_a_silent_connection_do_not_hold_up_a_sigterm(gunicorn: Callable[..., Gunicorn]) -> None:
    # The grace period is longer than the limit: a server that waits for its end has been held up.
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
        # The job is still released at once.
        assert push.result().status == 503
        server.process.wait(END_S)
    assert world.job(job.job_id)["state"] == "pending"
