"""Two real gunicorn processes receive the same job at once."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from lab.harness.calls import Answer
from lab.harness.messages import Brief
from lab.harness.names import RESULTS
from lab.harness.processes import Gunicorn
from lab.harness.world import World
from tests.support.drill import FAST_PATH, executions, stages_run

pytestmark = pytest.mark.slow


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
