"""More than one instance can take: it refuses at once, its memory is bounded, no thread leaks, and work goes on."""

import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from lab.harness.calls import Answer, call
from lab.harness.messages import Brief, envelope
from lab.harness.names import API_AUDIENCE, CALLER
from lab.harness.processes import Gunicorn
from lab.harness.world import World
from service.app import LIGHT_THREADS
from service.slots import MOST_ARRIVING

pytestmark = pytest.mark.slow

MB = 1_000_000


def worker_of(service: Gunicorn) -> psutil.Process:
    (worker,) = psutil.Process(service.process.pid).children()
    return worker


def refused_well(answer: Answer) -> bool:
    return answer.status == 503 and int(answer.headers["Retry-After"]) >= 1


def status_of(service: Gunicorn, body: bytes) -> int:
    """The status of a push; a refusal comes before the body is read, so a client still sending may be cut off."""
    try:
        return service.push(body).status
    except (BrokenPipeError, ConnectionResetError):
        return 503


def test_a_flood_is_refused_and_what_is_taken_is_done(gunicorn: Callable[..., Gunicorn], world: World) -> None:
    service = gunicorn(MAX_CONCURRENT_JOBS="3", LOG_LEVEL="ERROR")
    worker = worker_of(service)
    briefs = [Brief(metadata={"drill_stage_ms": 10}) for _ in range(300)]
    assert service.push(Brief().body()).status == 204
    before = worker.num_threads()
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda brief: service.push(brief.body()), briefs))
    assert Counter(answer.status for answer in answers).keys() == {204, 503}
    assert all(refused_well(answer) for answer in answers if answer.status == 503)
    done = sum(answer.status == 204 for answer in answers)
    assert len(world.query("SELECT 1 FROM jobs WHERE state = 'completed'")) == 1 + done
    assert world.query("SELECT 1 FROM jobs WHERE state <> 'completed'") == []
    # Each of gunicorn's threads may have been made by the flood, and for each slot one that runs stages and one more,
    # if the slot was free before its thread was; none is added by a job.
    assert worker.num_threads() <= before + 3 + LIGHT_THREADS + MOST_ARRIVING + 2 * 3
    assert service.push(Brief().body()).status == 204
    assert call(service.port, "GET", "/health").status == 200


def test_memory_is_bounded_with_messages_of_ten_megabytes(gunicorn: Callable[..., Gunicorn]) -> None:
    service = gunicorn(MAX_CONCURRENT_JOBS="5", MAX_IN_FLIGHT_BYTES=str(50 * MB), LOG_LEVEL="ERROR")
    worker = worker_of(service)
    service.push(Brief().body())
    before = worker.memory_info().rss
    bodies = [Brief(content="x" * 9_900_000, metadata={"drill_stage_ms": 20}).body() for _ in range(20)]
    with ThreadPoolExecutor(20) as pool:
        statuses = Counter(pool.map(lambda body: status_of(service, body), bodies))
    assert statuses[204] >= 5
    assert statuses.keys() <= {204, 503}
    # Five in work at 10 MB each, in a handful of copies (raw, decoded, parsed, encoded again for the database).
    assert worker.memory_info().rss - before < 5 * 12 * 10 * MB


def peak_memory(worker: psutil.Process) -> int:
    """The most that the process has had in memory so far, in bytes."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{worker.pid}/status").read_text())
    assert found
    return int(found[1]) * 1024


def test_ten_megabytes_of_tiny_values_take_no_memory(gunicorn: Callable[..., Gunicorn], world: World) -> None:
    service = gunicorn(LOG_LEVEL="ERROR")
    worker = worker_of(service)
    tiny = b'{"metadata": [' + b"[]," * 3_200_000 + b"[]]}"
    service.push(Brief(content="x" * 9_900_000).body())
    before = peak_memory(worker)
    assert service.push(envelope(tiny)).status == 204
    assert [row["reason"] for row in world.query("SELECT reason FROM dead_letters")] == ["data_not_json"]
    assert service.push(tiny).status == 400
    headers = {"Authorization": f"Bearer {world.issuer.token(API_AUDIENCE, CALLER)}"}
    assert call(service.port, "POST", "/pipeline/run", tiny, headers).status == 400
    # A few copies of the message (malloc keeps some for each thread), and no object a value: that was half a gigabyte.
    assert peak_memory(worker) - before < 150 * MB
