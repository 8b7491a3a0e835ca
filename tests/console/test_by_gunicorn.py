"""What only a real server shows: a film comes whole, and in the parts that a player asks for."""

from collections.abc import Callable

import pytest
from sqlalchemy import insert

from lab.harness.calls import call
from lab.harness.processes import Gunicorn
from lab.harness.world import World
from service import artifacts
from service.db.schema import job_results
from tests.support.rows import put

pytestmark = pytest.mark.slow
FILM = bytes(range(256)) * 4_000


def test_a_film_comes_whole_and_in_parts(world: World, gunicorn: Callable[..., Gunicorn]) -> None:
    put(world.engine, job_id="one")
    path = world.folder / "film.mp4"
    path.write_bytes(FILM)
    url = artifacts.connect(world.env()["ARTIFACTS_URL"])("one").put(path, "film.mp4", "video/mp4")
    with world.engine.begin() as connection:
        result = {"job_id": "one", "run": 1, "status": "success", "output": {"film_url": url}, "processing_time_ms": 1}
        connection.execute(insert(job_results).values(**result))
    port = gunicorn(CONSOLE_AUTH="off").port
    whole = call(port, "GET", "/console/file?job=one&name=film_url")
    assert (whole.status, whole.body) == (200, FILM)
    part = call(port, "GET", "/console/file?job=one&name=film_url", b"", {"Range": "bytes=1000-1999"})
    assert (part.status, part.body) == (206, FILM[1000:2000])
