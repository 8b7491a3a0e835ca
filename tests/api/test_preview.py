"""A job's preview: what it would make is said, and nothing is stored."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from service.db.schema import acts, jobs, outbox
from service.dev.issuer import LocalIssuer
from tests.support.api import AUDIENCE, BOUND, Recorder, refused, rows
from tests.support.bad_messages import JOB, text
from tests.support.bad_messages import job as document


def test_a_preview_says_what_a_job_would_make_and_stores_nothing(
    client: FlaskClient, engine: Engine, publisher: Recorder
) -> None:
    answer = client.post("/pipeline/preview", json=dict(JOB))
    assert answer.status_code == 200
    assert answer.json == {
        "title": "A test",
        "facts": {"length": "about 5 s"},
        "parts": [
            {
                "name": "0:00 hook",
                "says": {"shows": JOB["content"], "says": JOB["content"]},
                "changes": [{"name": "Leave out", "metadata": {"leave_out": [JOB["content"]]}}],
            }
        ],
        "unused": [
            {
                "line": "Hi!",
                "why": "a greeting",
                "changes": [{"name": "Tell it", "metadata": {"tell": ["Hi!"]}}],
            }
        ],
        "changes": [{"name": "No title", "metadata": {"title": "off"}}],
        "warnings": ["Nothing is known of x."],
        "picture": None,
    }
    drawn = client.post("/pipeline/preview?picture=true", json=dict(JOB)).json
    assert drawn == {**answer.json, "picture": "data:image/webp;base64,UklGRg=="}
    assert not any(rows(engine, table) for table in (jobs, outbox, acts))
    assert not publisher.published


@pytest.mark.parametrize("field", ["user_id", "content", "preset"])
def test_what_is_not_a_job_has_no_preview(client: FlaskClient, field: str) -> None:
    body = refused(client.post("/pipeline/preview", data=text(document({field: ...}))), 422, f"missing_{field}")
    assert body["field"] == field


def test_what_the_pipeline_refuses_has_no_preview(client: FlaskClient) -> None:
    too_long = {**JOB, "metadata": {"duration_sec": 181}}
    refused(client.post("/pipeline/preview", json=too_long), 422, "too_long")
    refused(client.post("/pipeline/preview", json={**JOB, "content": "No full stop"}), 422, "no_sentence")
    refused(client.post("/pipeline/preview?picture=x", json=dict(JOB)), 422, "bad_picture")
    refused(client.post("/pipeline/preview?draw=1", json=dict(JOB)), 422, "unknown_parameter")


def test_a_caller_previews_jobs_of_its_own_users_only(guarded: FlaskClient, issuer: LocalIssuer) -> None:
    headers = {"Authorization": f"Bearer {issuer.token(AUDIENCE, BOUND)}"}
    others = {**JOB, "user_id": "user-1"}
    refused(guarded.post("/pipeline/preview", json=others, headers=headers), 403, "user_not_allowed")
    own = {**JOB, "user_id": "shop-1"}
    assert guarded.post("/pipeline/preview", json=own, headers=headers).status_code == 200
