"""Sending a job: what is accepted, what is refused and how."""

import base64
import json
import time
import uuid

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from service.api.ids import new_job_id
from service.db.schema import jobs, outbox
from service.delivery.messages import MAX_BODY_BYTES, MAX_DATA_BYTES, JobMessage
from service.errors import Unavailable
from tests.support.api import PIPELINE, Recorder, refused, rows
from tests.support.bad_messages import FIELDS, JOB, text
from tests.support.bad_messages import job as document
from tests.support.lost_answers import replace_rows


def test_a_job_is_taken_stored_and_sent(client: FlaskClient, engine: Engine, publisher: Recorder) -> None:
    answer = client.post("/pipeline/run", json=dict(JOB))
    assert answer.status_code == 202
    location = f"/pipeline/job/{JOB['job_id']}"
    assert answer.json == {"job_id": JOB["job_id"], "state": "pending", "location": location}
    assert answer.headers["Location"] == location
    assert answer.content_type == "application/json"
    (sent,) = publisher.published
    assert sent.topic == "aiprod-pipeline-jobs"
    assert sent.attributes == {"run": "1", "hop": "0"}
    assert sent.message_key == f"job:{JOB['job_id']}:1:0"
    assert sent.ordering_key == JOB["user_id"]
    assert json.loads(sent.payload) == JOB
    assert rows(engine, outbox)[0]["published_at"] is not None
    assert client.get(location).status_code == 200


@pytest.mark.parametrize("job_id", [..., None], ids=["absent", "null"])
def test_a_job_without_an_id_is_given_one(client: FlaskClient, job_id: object) -> None:
    first, second = (client.post("/pipeline/run", data=text(document({"job_id": job_id}))) for _ in range(2))
    assert first.status_code == second.status_code == 202
    assert first.json
    assert second.json
    assert uuid.UUID(first.json["job_id"]) != uuid.UUID(second.json["job_id"])


def test_given_ids_begin_with_the_time() -> None:
    before = time.time_ns() // 1_000_000
    ids = [uuid.UUID(new_job_id()) for _ in range(100)]
    after = time.time_ns() // 1_000_000
    assert {(one.version, one.variant) for one in ids} == {(7, uuid.RFC_4122)}
    assert all(before <= one.int >> 80 <= after for one in ids)
    assert len({one.int & (1 << 62) - 1 for one in ids}) == 100, "the random part differs"


def test_the_same_job_again_is_the_same_job(client: FlaskClient, engine: Engine, publisher: Recorder) -> None:
    assert client.post("/pipeline/run", json=dict(JOB)).json == client.post("/pipeline/run", json=dict(JOB)).json
    assert len(rows(engine, jobs)) == len(publisher.published) == 1


def test_an_id_that_belongs_to_other_inputs(client: FlaskClient, engine: Engine) -> None:
    client.post("/pipeline/run", json=dict(JOB))
    body = refused(client.post("/pipeline/run", json=document({"content": "Other."})), 409, "job_id_conflict")
    assert body["field"] == "job_id"
    assert rows(engine, jobs)[0]["content"] == JOB["content"]


@pytest.mark.parametrize("error", [Unavailable("pubsub_unreachable", "It is away."), RuntimeError("a fault of ours")])
def test_a_job_that_cannot_be_published_now_is_accepted(
    client: FlaskClient, engine: Engine, publisher: Recorder, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    """It is stored, and the sweep publishes what is owed."""
    publisher.error = error
    assert client.post("/pipeline/run", json=dict(JOB)).status_code == 202
    assert rows(engine, outbox)[0]["published_at"] is None
    assert "the sweep will retry" in caplog.text


NO_OBJECTS = [
    (b"", "body_not_json"),
    (b"content=x", "body_not_json"),
    (b"\xff", "body_not_json"),
    (b'{"content": NaN}', "body_not_json"),
    (b"[" * 100_000, "body_not_json"),
    (b"[]", "body_not_object"),
    (b"null", "body_not_object"),
    (b'"text"', "body_not_object"),
]


def test_a_body_that_is_not_a_json_object(client: FlaskClient, engine: Engine, subtests: pytest.Subtests) -> None:
    for body, code in NO_OBJECTS:
        with subtests.test(str(body[:9])):
            refused(client.post("/pipeline/run", data=body), 400, code)
    assert rows(engine, jobs) == []


def test_a_wrong_field_is_named(client: FlaskClient, engine: Engine, subtests: pytest.Subtests) -> None:
    for bad in FIELDS:
        if bad.kind in ("job_id missing", "job_id null"):
            continue
        with subtests.test(bad.kind):
            data = base64.b64decode(json.loads(bad.body())["message"]["data"])
            body = refused(client.post("/pipeline/run", data=data), 422, bad.code)
            assert bad.names in body["detail"]
            assert bad.names.strip("'") in body["field"]
    assert rows(engine, jobs) == []


def test_a_job_that_the_pipeline_refuses(client: FlaskClient, engine: Engine) -> None:
    body = refused(client.post("/pipeline/run", json=document({"metadata": {"duration_sec": 181}})), 422, "too_long")
    assert body["detail"] == "A film of this preset lasts at most 180 s."
    assert rows(engine, jobs) == []


@pytest.mark.parametrize("size", [MAX_BODY_BYTES + 1, 15_000_000])
def test_a_body_over_the_limit(client: FlaskClient, size: int) -> None:
    refused(client.post("/pipeline/run", data=b" " * size), 413, "body_too_large")


def test_a_job_over_the_limit_in_our_own_spelling(client: FlaskClient) -> None:
    body = text(document({"content": "x" * (MAX_DATA_BYTES - 1_000)}))
    refused(client.post("/pipeline/run", data=body), 413, "job_too_large")


def test_an_unreachable_database(
    client: FlaskClient, engine: Engine, publisher: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise Unavailable("database_unreachable", "The database cannot be reached.", retry_after_s=0.2)

    replace_rows(monkeypatch, away)
    for answer in (
        client.post("/pipeline/run", json=dict(JOB)),
        client.get("/pipeline/job/1"),
        client.get("/pipeline/jobs"),
    ):
        refused(answer, 503, "database_unreachable")
        assert answer.headers["Retry-After"] == "1"
    assert publisher.published == []
    assert engine is not None


def test_the_example_job_has_a_preset_of_the_pipeline() -> None:
    assert JobMessage(**JOB).preset in PIPELINE.presets
