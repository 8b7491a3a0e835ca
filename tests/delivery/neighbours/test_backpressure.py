"""More than one instance can take: it refuses at once, its memory is bounded, no thread leaks, and work goes on."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from lab.harness.calls import Answer, call
from lab.harness.messages import Brief
from lab.harness.processes import Gunicorn
from lab.harness.world import World

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
    # Each of gunicorn's threads may have been made by the flood; none is added by a job.
    assert worker.num_threads() <= before + 3 + 4
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
