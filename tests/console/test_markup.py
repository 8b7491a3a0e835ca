"""What producers send is text on every page, whatever is in it; and their files are inert."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import Engine, insert, text

from service import artifacts, db
from service.config import Settings
from service.console.rendering import visible
from service.db.schema import job_effects, job_results, job_stages, job_states, outbox
from tests.support.api import TOKEN, letter
from tests.support.console import Console
from tests.support.rows import put

EVIL = "\"'><xss-probe onmouseover=alert(1)><script>alert(1)</script></title></textarea></pre><!--{{7*7}}"
SCRIPT_URL = "javascript:alert(document.domain)"


@pytest.fixture
def evil(engine: Engine) -> str:
    """A job that is evil in every field that a producer, a provider or a pipeline writes; return its id."""
    job_id = "<img src=x onerror=alert(1)>"
    metadata: dict[str, Any] = {EVIL: EVIL, "style": [EVIL, {EVIL: SCRIPT_URL}]}
    put(
        engine, job_id=job_id, user_id=EVIL, content=EVIL, metadata=metadata, **{EVIL: EVIL, "parent_job_id": EVIL[:36]}
    )
    sql = (
        "UPDATE jobs SET state = 'failed', error_code = :evil, error_message = :evil, stage_note = :evil,"
        " lease_holder = :evil, preset = :evil, waits_for = :evil, submitted_by = :evil"
    )
    db.execute(engine, text(sql), {"evil": EVIL})
    run: dict[str, Any] = {"job_id": job_id, "run": 1}
    note = {"stage": EVIL, "why": EVIL, "by": EVIL, "holder": EVIL, "waits_for": EVIL, "delivery_attempt": EVIL}
    for state in ("processing", "pending", "failed"):
        values = {**run, "new_state": state, "reason": EVIL, "state_metadata": note}
        db.execute(engine, insert(job_states).values(**values), {})
    stage = {**run, "round": 0, "stage": EVIL, "attempt": 1, "lease_token": TOKEN}
    db.execute(engine, insert(job_stages).values(**stage, status="failed", error=EVIL), {})
    done = {"status": "finished", "finished_at": text("clock_timestamp()"), "output": {EVIL: EVIL}}
    db.execute(engine, insert(job_stages).values(**stage, **done), {})
    order = {**run, "round": 0, "stage": EVIL, "name": EVIL, "request_id": TOKEN}
    db.execute(engine, insert(job_effects).values(**order, cost_usd=1.0), {})
    output = {f"{EVIL}_url": SCRIPT_URL, "film_url": EVIL, "poster_url": f"data:text/html,{EVIL}", "note": EVIL}
    result = {**run, "status": "error", "output": output, "error_code": EVIL, "error_message": EVIL}
    db.execute(engine, insert(job_results).values(**result, processing_time_ms=1), {})
    db.execute(
        engine, letter(job_id=job_id, run=1, reason=EVIL, error=EVIL, metadata={EVIL: EVIL}, handled_by=EVIL), {}
    )
    values = {"job_id": EVIL[:36], "message_key": "2", "reason": EVIL, "error": EVIL, "data": EVIL.encode()}
    db.execute(engine, letter(**values, metadata={"user_id": EVIL}), {})
    sql = "INSERT INTO pauses (scope, name, why, paused_by) VALUES ('user', :evil, :evil, :evil)"
    db.execute(engine, text(sql), {"evil": EVIL})
    sql = "INSERT INTO user_limits (user_id, open_jobs, set_by, why) VALUES (:evil, 1, :evil, :evil)"
    db.execute(engine, text(sql), {"evil": EVIL})
    sql = "INSERT INTO acts (act, who, why, target) VALUES (:evil, :evil, :evil, json_build_object(:evil, :evil))"
    db.execute(engine, text(sql), {"evil": EVIL})
    parked = {"topic": EVIL, "message_key": EVIL, "attributes": {EVIL: EVIL}, "payload": EVIL, "error": EVIL}
    db.execute(engine, insert(outbox).values(**parked, job_id=job_id, parked_at=text("now()")), {})
    return job_id


def test_no_markup_of_a_job_is_live(console: Console, evil: str, engine: Engine) -> None:
    with engine.connect() as connection:
        letters = [row[0] for row in connection.execute(text("SELECT id FROM dead_letters"))]
    paths = ["", "jobs", "letters", "spend", "controls", "record", f"job?id={quote(evil)}", f"new?from={quote(evil)}"]
    paths += [f"letter?id={number}" for number in letters]
    paths += [
        f"{page}?{name}={quote(EVIL)}" for page, name in (("jobs", "user"), ("letters", "shape"), ("record", "who"))
    ]
    for path in paths:
        page = console.page(path)
        names = {tag for tag, _ in page.tags}
        assert not names & {"xss-probe", "img"}, path
        assert len([tag for tag in page.tags if tag[0] == "script"]) == 2, path
        assert all(link.startswith(("/console/", "#")) for link in page.links()), (path, page.links())
        assert not [name for _, about in page.tags for name in about if name.startswith("on")], path
        assert "49" not in page.text.split("{{7*7}}", 1)[0][-10:], "templates do not render data"
    for path in ("", "jobs", f"job?id={quote(evil)}"):
        assert "<xss-probe" in console.page(path).text, "the text is shown as it is"


def test_an_evil_question_is_text_too(console: Console) -> None:
    for path in (f"job?id={quote(EVIL)}", f"nothing/{quote(EVIL, safe='')}", f"letters?before={quote(EVIL)}"):
        page = console.get(path)
        assert page.status_code >= 400
        assert "<xss-probe" not in page.text


def test_a_name_must_not_look_like_another() -> None:
    assert visible("ada\u202egro.elpmaxe") == "ada⟨202E⟩gro.elpmaxe"
    assert visible("a\u200bda\x00\x1b[31m") == "a⟨200B⟩da⟨0000⟩⟨001B⟩[31m"
    assert visible("line\n\tnext é 文 🎬") == "line\n\tnext é 文 🎬"


@pytest.fixture
def files(engine: Engine, settings: Settings, tmp_path: Path) -> str:
    """A job with a film, captions, and files that a browser must not run."""
    job_id = "files"
    put(engine, job_id=job_id)
    store = artifacts.connect(settings.artifacts_url)(job_id)
    output = {}
    for field, name, content in (
        ("film_url", "film.mp4", b"\0\0\0\x18ftypmp42" + bytes(1000)),
        ("captions_url", "film.vtt", b"WEBVTT\n\n00:00.000 --> 00:01.000\n<script>alert(1)</script>"),
        ("page_url", "page.html", b"<script>alert(1)</script>"),
        ("drawing_url", "drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        output[field] = store.put(path, name, "application/octet-stream")
    outside = tmp_path / "secret.mp4"
    outside.write_bytes(b"secret")
    output["outside_url"] = outside.as_uri()
    output["passwd_url"] = "file:///etc/passwd"
    result = {"job_id": job_id, "run": 1, "status": "success", "output": output, "processing_time_ms": 1}
    db.execute(engine, insert(job_results).values(**result), {})
    db.execute(engine, text("UPDATE jobs SET state = 'completed'"), {})
    return job_id


def test_the_film_is_played_with_its_captions(console: Console, files: str) -> None:
    page = console.page(f"job?id={files}")
    film, *_ = [about["src"] for tag, about in page.tags if tag == "video"]
    track, *_ = [about["src"] for tag, about in page.tags if tag == "track"]
    assert film is not None
    assert track is not None
    answer = console.get(film.removeprefix("/console/"), Range="bytes=0-9")
    assert (answer.status_code, answer.mimetype, len(answer.data)) == (206, "video/mp4", 10)
    answer.close()
    captions = console.get(track.removeprefix("/console/"))
    assert (captions.status_code, captions.mimetype) == (200, "text/vtt")
    assert captions.headers["X-Content-Type-Options"] == "nosniff"
    captions.close()


@pytest.mark.parametrize("name", ["page_url", "drawing_url"])
def test_a_file_that_could_run_is_only_saved(console: Console, files: str, name: str) -> None:
    answer = console.get(f"file?job={files}&name={name}")
    assert answer.status_code == 200
    assert answer.mimetype == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    answer.close()


@pytest.mark.parametrize("name", ["outside_url", "passwd_url", "nothing_url", "../film_url", ""])
def test_a_file_that_is_not_the_jobs(console: Console, files: str, name: str) -> None:
    assert console.get(f"file?job={files}&name={name}").status_code == 404


def test_the_output_of_a_stage_is_text(console: Console, evil: str, engine: Engine) -> None:
    with engine.connect() as connection:
        number = connection.execute(text("SELECT id FROM job_stages WHERE status = 'finished'")).scalar()
    answer = console.client.get(
        "/console/output", query_string={"job": evil, "execution": number}, headers=console.headers
    )
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
