"""dev's page at `/`: jobs and films for whoever sits at this machine, and for nobody else."""

import os
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from uuid import uuid4

import flask
import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, insert
from werkzeug.test import TestResponse

from service import db, problems
from service.app import build_parts
from service.config import read_settings
from service.db.schema import job_results, jobs
from service.dev import front
from service.http import browsers, paths
from service.loading import load_pipeline

ENV = {
    "DATABASE_URL": "postgresql://in-the-fixture/",
    "GOOGLE_CLOUD_PROJECT": "my-project-1",
    "PUBSUB_EMULATOR_HOST": "in-the-fixture:1",
    "PUSH_AUDIENCE": "https://push.example.com",
    "PUSH_SERVICE_ACCOUNT": "pusher@example.com",
    "PIPELINE": "drill",
}
ODD_ID = "a/b c?d<é"


class Page:
    def __init__(self, engine: Engine, folder: Path) -> None:
        settings = read_settings({**ENV, "ARTIFACTS_URL": (folder / "artifacts").as_uri()})
        self.parts = replace(build_parts(settings, load_pipeline("drill", os.environ)), engine=engine)
        self.engine = engine
        self.folder = folder
        app = flask.Flask("test", static_folder=None)
        problems.register(app)
        browsers.register(app, auth=True)
        paths.register(app)
        app.register_blueprint(front.blueprint(self.parts, "aiprod"))
        self.client: FlaskClient = app.test_client()

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, buffered=True, **options)

    def keep(self, job_id: str, name: str, content: bytes) -> str:
        (self.folder / "source").write_bytes(content)
        return self.parts.artifacts(job_id).put(self.folder / "source", name, "")

    def job(self, job_id: str, state: str, output: object = None, **values: object) -> None:
        row: dict[str, object] = {
            "id": job_id,
            "user_id": "u",
            "content": "<b>Bread</b> at six",
            "preset": "p",
            "metadata": {},
            "extra": {},
        }
        row |= {"input_sha256": b"", "state": state, "state_before": "pending", "stage": "RENDER_EXECUTION", **values}
        db.execute(self.engine, insert(jobs).values(**row), {})
        if state in ("completed", "failed"):
            status = "success" if state == "completed" else "error"
            result = {"job_id": job_id, "run": 1, "status": status, "output": output, "processing_time_ms": 7}
            db.execute(self.engine, insert(job_results).values(**result), {})


@pytest.fixture
def page(engine: Engine, tmp_path: Path) -> Page:
    return Page(engine, tmp_path)


def test_it_shows_the_last_jobs_and_their_films(page: Page) -> None:
    assert "No job yet." in page.get("/").text
    film, poster = page.keep(ODD_ID, "film.mp4", b"0123456789"), page.keep(ODD_ID, "poster.jpg", b"p")
    page.job(ODD_ID, "completed", {"film_url": film, "poster_url": poster, "width": 1080, "x": "https://e.example/"})
    lease = {"lease_token": str(uuid4()), "lease_until": datetime.now(UTC) + timedelta(hours=1)}
    page.job("running", "processing", stage_progress=0.5, stage_note="shot <1> of 3", **lease)
    page.job("broken", "failed", error_code="stage_crashed", error_message="KeyError: 'words' (mine.py:7)")
    html = page.get("/").text
    assert "<b>Bread" not in html
    assert "shot &lt;1&gt; of 3" in html
    assert "KeyError: &#39;words&#39; (mine.py:7)" in html
    assert html.count("<progress ") == 1
    assert html.count("<video ") == 1
    (video,) = re.findall(r'<video [^>]*src="([^"]+)"', html)
    part = page.get(unescape(video), headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.data, part.mimetype) == (206, b"234", "video/mp4")
    for path in re.findall(r'(?:src|href)="(/front/[^"]+)"', html):
        assert page.get(unescape(path)).status_code == 200, path
    assert not re.search(r"<script>|<style|style=|\son\w+=", html), "the policy would block it"


def test_a_stored_file_never_runs_in_the_browser(page: Page) -> None:
    for name in ("page.html", "drawing.svg", "script.js", "none"):
        url = page.keep("j", name, b"<script>alert(1)</script>")
        answer = page.get("/front/files/j", query_string={"url": url})
        assert (answer.status_code, answer.mimetype) == (200, "text/plain")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


def test_only_files_of_the_job_are_served(page: Page) -> None:
    other = page.keep("other", "film.mp4", b"secret")
    urls = ["", "file:///etc/passwd", other, other.replace("other/", "j/../other/"), "gs://bucket/x", "http://x/y"]
    for url in urls:
        assert page.get("/front/files/j", query_string={"url": url}).status_code == 404, url
    assert page.get("/front/page.html").status_code == 404


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}], ids=str
)
def test_another_site_gets_nothing(page: Page, headers: dict[str, str]) -> None:
    for path in ("/", "/front/page.js", "/front/files/j"):
        answer = page.get(path, headers=headers)
        assert answer.status_code == 403
        assert answer.get_json()["code"] == "foreign_page"
