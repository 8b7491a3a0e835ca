"""A real process whose slots are all busy."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from lab.harness.calls import Answer, call
from lab.harness.messages import Brief
from lab.harness.processes import Gunicorn
from lab.harness.world import World
from tests.support.drill import LONG, busy, wait_in_work

pytestmark = pytest.mark.slow


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
