"""Asking again: 304 while nothing has changed, and a new ETag once something has."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, insert, update
from sqlalchemy import text as text_
from werkzeug.test import TestResponse

from service import db, queries
from service.api import answers, openapi
from service.db.schema import dead_letters, job_stages, job_states, jobs
from service.pipeline import Pipeline
from tests.support.api import PIPELINE, TOKEN, at_work, letter, refused
from tests.support.bad_messages import JOB


def look(client: FlaskClient, tag: str | None = None) -> TestResponse:
    return client.get(f"/pipeline/job/{JOB['job_id']}", headers={"If-None-Match": tag} if tag else {})


def test_asking_when_nothing_has_changed_is_cheap(
    client: FlaskClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_work(client, engine)
    first = look(client)
    tag = first.headers["ETag"]
    assert tag.startswith('"'), "a strong one"
    assert first.headers["Cache-Control"] == "private, no-cache"
    monkeypatch.setattr(queries, "job_story", lambda *_: pytest.fail("nothing was new"))
    for seen in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = look(client, seen)
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
        assert again.headers["Cache-Control"] == "private, no-cache"
        assert "Content-Type" not in again.headers
    monkeypatch.undo()
    for unseen in ('"other"', "nonsense", 'W/"', tag.strip('"') + "x"):
        assert look(client, unseen).data == first.data
    refused(client.get("/pipeline/job/nobody", headers={"If-None-Match": "*"}), 404, "no_such_job")


NEWS: dict[str, Any] = {
    "progress": text_("UPDATE jobs SET stage_progress = 0.75, updated_at = clock_timestamp()"),
    "an execution set aside": update(job_stages).where(job_stages.c.stage == "ANALYSIS").values(status="abandoned"),
    "a new execution": insert(job_stages).values(
        job_id=JOB["job_id"], run=1, round=0, stage="FAST", attempt=1, lease_token=TOKEN, status="started"
    ),
    "a dead letter": letter(),
}


@pytest.mark.parametrize("news", NEWS)
def test_every_change_has_a_new_etag(client: FlaskClient, engine: Engine, news: str) -> None:
    at_work(client, engine)
    first = look(client)
    db.execute(engine, NEWS[news], {})
    now = look(client, first.headers["ETag"])
    assert now.status_code == 200
    assert now.data != first.data
    assert now.headers["ETag"] != first.headers["ETag"]
    assert look(client, now.headers["ETag"]).status_code == 304


def test_handling_a_letter_is_a_change(client: FlaskClient, engine: Engine) -> None:
    client.post("/pipeline/run", json=dict(JOB))
    db.execute(engine, letter(), {})
    tag = look(client).headers["ETag"]
    db.execute(engine, update(dead_letters).values(discarded_at=datetime.now(UTC), handled_by="op"), {})
    now = look(client, tag)
    assert now.json
    assert now.json["dead_letters"][0]["handled_by"] == "op"


def test_what_does_not_change_the_answer_does_not_change_the_etag(client: FlaskClient, engine: Engine) -> None:
    """The sweep. A renewal of the lease does: the answer says until when the job is leased."""
    at_work(client, engine)
    tag = look(client).headers["ETag"]
    db.execute(engine, text_("UPDATE jobs SET enqueued_at = clock_timestamp(), resends = resends + 1"), {})
    assert look(client, tag).status_code == 304
    db.execute(engine, text_("UPDATE jobs SET lease_until = clock_timestamp()"), {})
    assert look(client, tag).status_code == 200


def test_a_job_with_its_whole_brief_has_another_etag(client: FlaskClient, engine: Engine) -> None:
    at_work(client, engine)
    tag = look(client).headers["ETag"]
    path = f"/pipeline/job/{JOB['job_id']}?full=true"
    whole = client.get(path, headers={"If-None-Match": tag})
    assert whole.status_code == 200
    assert client.get(path, headers={"If-None-Match": whole.headers["ETag"]}).status_code == 304


def test_another_pipeline_has_another_etag() -> None:
    def story_format(pipeline: Pipeline) -> str:
        return answers.story_format(openapi.document(pipeline.presets), pipeline)

    assert story_format(PIPELINE) == story_format(replace(PIPELINE))
    for other in (
        replace(PIPELINE, name="other"),
        replace(PIPELINE, transitions={**PIPELINE.transitions, "FAST": "SLOW"}),
        replace(PIPELINE, presets=frozenset({"other"})),
    ):
        assert story_format(other) != story_format(PIPELINE)


def test_a_job_that_failed_says_where_and_names_its_letter(client: FlaskClient, engine: Engine) -> None:
    at_work(client, engine)
    failed = {"state": "failed", "lease_token": None, "error_code": "too_long", "error_message": "It is too long."}
    db.execute(engine, update(jobs).values(**failed), {})
    note = {"stage": "ANALYSIS", "attempt": 3, "message_id": "m1"}
    change = {"previous_state": "processing", "new_state": "failed", "reason": "too_long", "state_metadata": note}
    db.execute(engine, insert(job_states).values(job_id=JOB["job_id"], run=1, **change), {})
    db.execute(engine, letter(run=1, reason="too_long", error="It is too long."), {})
    shown = look(client).json
    assert shown
    assert shown["error"] == {
        "code": "too_long",
        "message": "It is too long.",
        "stage": "ANALYSIS",
        "attempt": 3,
        "dead_letter_id": 1,
    }
    (one,) = shown["dead_letters"]
    assert (one["id"], one["run"], one["reason"], one["replayed_at"]) == (1, 1, "too_long", None)
    listed = client.get("/pipeline/jobs?state=failed").json
    assert listed
    assert listed["jobs"][0]["error"] == {"code": "too_long", "message": "It is too long."}
