"""A job can be opened by its id, whatever characters that has."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from lab.harness.world import World
from service.app import EXTENSION, create_app


@pytest.fixture
def client(world: World) -> Iterator[FlaskClient]:
    app = create_app(world.env(AUTH="off"))
    yield app.test_client()
    app.extensions[EXTENSION].close()


ODD = [
    "/x",
    "x/",
    "a//b",
    "//",
    "/",
    "a\nb",
    "\x01",
    "a\x7fb",
    "x/cancel",
    "/links",
    "é☀",
    "a?b#c",
    "a%2Fb",
    "a;b",
    "a\\b",
    "…",
    "..x",
    "a/../b",
]


@pytest.mark.parametrize("job_id", ODD, ids=ascii)
def test_a_job_on_record_can_be_opened_and_cancelled(client: FlaskClient, world: World, job_id: str) -> None:
    """New ids are plain (`messages.odd_id`); an older version took any."""
    world.query(
        "INSERT INTO jobs (id, user_id, content, preset, metadata, extra, input_sha256, state, stage) VALUES "
        "(:id, 'u', 'Hello.', 'quick_social', '{}', '{}', '', 'pending', 'INIT') RETURNING 1",
        id=job_id,
    )
    location = f"/pipeline/job/{quote(job_id, safe='')}"
    shown = client.get(location)
    assert shown.status_code == 200
    assert shown.json is not None
    assert shown.json["job_id"] == job_id
    cancelled = client.post(f"{location}/cancel")
    assert (cancelled.status_code, cancelled.json) == (200, {"job_id": job_id, "state": "cancelled"})
