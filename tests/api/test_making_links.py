"""Links to the files of a job's result."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, insert, update

from service import artifacts, db
from service.config import Settings
from service.db.schema import job_results, jobs
from service.errors import Unavailable
from tests.support.api import refused
from tests.support.bad_messages import JOB


def ended(engine: Engine, output: object, status: str = "success") -> None:
    state = "completed" if status == "success" else "failed"
    db.execute(engine, update(jobs).values(state=state, stage="DELIVERED"), {})
    row = {"job_id": JOB["job_id"], "run": 1, "status": status, "output": output, "processing_time_ms": 7}
    db.execute(engine, insert(job_results).values(**row), {})


def test_links_to_what_the_result_names(
    serve: Callable[[Settings], FlaskClient], settings: Settings, engine: Engine, tmp_path: Path
) -> None:
    settings = replace(settings, artifacts_url=(tmp_path / "artifacts").as_uri())
    client, store_of = serve(settings), artifacts.connect(settings.artifacts_url)
    source = tmp_path / "source"
    source.write_bytes(b"x")
    mine, other = (store_of(job_id).put(source, "film.mp4", "video/mp4") for job_id in (JOB["job_id"], "another"))
    client.post("/pipeline/run", json=dict(JOB))
    output = {"film_url": mine, "other_url": other, "site_url": "https://example.com", "n_url": 1, "film": mine}
    ended(engine, {**output, "qa": {"film_url": mine}})
    tag = client.get(f"/pipeline/job/{JOB['job_id']}").headers["ETag"]
    answer = client.post(f"/pipeline/job/{JOB['job_id']}/links")
    assert answer.json == {"job_id": JOB["job_id"], "run": 1, "expires_at": None, "links": {"film_url": mine}}
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.get(f"/pipeline/job/{JOB['job_id']}", headers={"If-None-Match": tag}).status_code == 304


class Signs:
    """A store whose links are new each time and expire, or that cannot make any."""

    link_s: float | None = 3600.0
    error: Exception | None = None

    def __init__(self) -> None:
        self.made = 0

    def __call__(self, _job_id: str) -> "Signs":
        return self

    def link(self, url: str) -> str | None:
        if self.error:
            raise self.error
        self.made += 1
        return f"{url}?{self.made}"

    def put(self, *_: object) -> str:
        raise AssertionError

    def fetch(self, *_: object) -> Path:
        raise AssertionError


def test_links_that_expire_do_not_change_the_etag(
    serve: Callable[[Settings], FlaskClient], settings: Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    signs = Signs()
    monkeypatch.setattr(artifacts, "connect", lambda _url: signs)
    client = serve(settings)
    client.post("/pipeline/run", json=dict(JOB))
    path = f"/pipeline/job/{JOB['job_id']}"
    refused(client.post(f"{path}/links"), 409, "no_result")
    ended(engine, {"film_url": "gs://films/a"})
    tag, before = client.get(path).headers["ETag"], datetime.now(UTC)
    for number in (1, 2):
        shown = client.post(f"{path}/links").json
        assert shown
        assert shown["links"] == {"film_url": f"gs://films/a?{number}"}
        until = datetime.fromisoformat(shown["expires_at"]) - timedelta(hours=1)
        assert before <= until <= datetime.now(UTC)
        assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    signs.error = Unavailable("links_unavailable", "Not now.")
    away = client.post(f"{path}/links")
    refused(away, 503, "links_unavailable")
    assert away.headers["Retry-After"]


@pytest.mark.parametrize(("output", "status", "links"), [([1], "success", {}), (None, "error", None)])
def test_a_result_without_files(
    client: FlaskClient, engine: Engine, output: object, status: str, links: object
) -> None:
    client.post("/pipeline/run", json=dict(JOB))
    ended(engine, output, status)
    answer = client.post(f"/pipeline/job/{JOB['job_id']}/links")
    if links is None:
        assert "it is failed" in refused(answer, 409, "no_result")["detail"]
    else:
        assert answer.json
        assert answer.json["links"] == links


def test_links_of_an_unknown_job(client: FlaskClient) -> None:
    refused(client.post("/pipeline/job/nobody/links"), 404, "no_such_job")
