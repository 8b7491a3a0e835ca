"""Cancelling a job."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, update

from service import db
from service.db.schema import job_states, jobs, outbox
from service.dev.issuer import LocalIssuer
from service.errors import Unavailable
from tests.support.api import AUDIENCE, CALLER, Recorder, refused, rows
from tests.support.bad_messages import JOB, text
from tests.support.bad_messages import job as document


def test_cancelling_twice_cancels_once(
    guarded: FlaskClient, engine: Engine, issuer: LocalIssuer, publisher: Recorder
) -> None:
    headers = {"Authorization": f"Bearer {issuer.token(AUDIENCE, CALLER)}"}
    guarded.post("/pipeline/run", json=dict(JOB), headers=headers)
    for _ in range(2):
        answer = guarded.post(f"/pipeline/job/{JOB['job_id']}/cancel", headers=headers)
        assert (answer.status_code, answer.json) == (200, {"job_id": JOB["job_id"], "state": "cancelled"})
    assert [sent.topic for sent in publisher.published] == ["aiprod-pipeline-jobs", "aiprod-pipeline-results"]
    (change,) = [row for row in rows(engine, job_states) if row["new_state"] == "cancelled"]
    assert change["state_metadata"] == {"by": CALLER}


def test_a_job_that_ended_otherwise_is_not_cancelled(client: FlaskClient, engine: Engine) -> None:
    client.post("/pipeline/run", json=dict(JOB))
    db.execute(engine, update(jobs).values(state="completed"), {})
    body = refused(client.post(f"/pipeline/job/{JOB['job_id']}/cancel"), 409, "job_has_ended")
    assert (body["job_id"], body["state"]) == (JOB["job_id"], "completed")


def test_a_cancel_whose_message_cannot_be_sent_still_cancels(
    client: FlaskClient, engine: Engine, publisher: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    client.post("/pipeline/run", json=dict(JOB))
    publisher.error = Unavailable("pubsub_unreachable", "It is away.")
    assert client.post(f"/pipeline/job/{JOB['job_id']}/cancel").status_code == 200
    assert [row["published_at"] is None for row in rows(engine, outbox)] == [False, True]
    assert "the sweep will retry" in caplog.text


def test_jobs_of_any_id_are_cancelled(client: FlaskClient, subtests: pytest.Subtests) -> None:
    for job_id in ("a/b", "x/cancel", "...", "a//b", "a/", "é?#"):
        with subtests.test(job_id):
            location = client.post("/pipeline/run", data=text(document({"job_id": job_id}))).headers["Location"]
            answer = client.post(f"{location}/cancel")
            assert answer.json == {"job_id": job_id, "state": "cancelled"}
    for job_id in ("nobody", "%00", "x" * 5_000):
        refused(client.post(f"/pipeline/job/{job_id}/cancel"), 404, "no_such_job")
