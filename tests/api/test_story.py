"""What the API shows of one job."""

from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, insert, update

from service import db
from service.db.schema import job_results, jobs
from tests.support.api import at_work, refused
from tests.support.bad_messages import JOB, text
from tests.support.bad_messages import job as document


def test_a_job_at_work(client: FlaskClient, engine: Engine) -> None:
    at_work(client, engine)
    answer = client.get(f"/pipeline/job/{JOB['job_id']}")
    assert answer.status_code == 200
    shown = answer.json
    assert shown
    assert {name: shown[name] for name in ("job_id", "user_id", "preset")} == {
        name: JOB[name] for name in ("job_id", "user_id", "preset")
    }
    assert (shown["state"], shown["stage"], shown["run"], shown["hop"], shown["attempts"]) == (
        "processing",
        "ANALYSIS",
        1,
        0,
        0,
    )
    assert shown["progress"] == {
        "done": 1,
        "stage": "ANALYSIS",
        "fraction": 0.5,
        "note": "reading the brief",
        "percent": 30,
    }
    assert [one["new_state"] for one in shown["history"]] == ["pending"]
    assert [(one["stage"], one["status"]) for one in shown["stages"]] == [("INIT", "finished"), ("ANALYSIS", "started")]
    assert shown["result"] is None
    assert shown["error"] is None
    assert datetime.fromisoformat(shown["created_at"]).tzinfo is not None
    assert "secret" not in answer.text, "outputs of stages are the service's own"


def test_a_job_that_ended(client: FlaskClient, engine: Engine) -> None:
    at_work(client, engine)
    ended = {"state": "completed", "lease_token": None, "stage": "DELIVERED", "stage_progress": None, "run": 2}
    db.execute(engine, update(jobs).values(**ended), {})
    for run, status in ((1, "error"), (2, "success")):
        result = {"job_id": JOB["job_id"], "run": run, "status": status, "output": {"n": run}, "processing_time_ms": 7}
        db.execute(engine, insert(job_results).values(**result), {})
    shown = client.get(f"/pipeline/job/{JOB['job_id']}").json
    assert shown
    assert shown["progress"]["percent"] == 100
    assert (shown["result"]["run"], shown["result"]["status"], shown["result"]["output"]) == (2, "success", {"n": 2})
    assert [one["run"] for one in shown["earlier_results"]] == [1]


def test_what_was_asked_for_and_what_it_waits_for(client: FlaskClient, engine: Engine) -> None:
    at_work(client, engine)
    brief = {"content": "é" * 3_000, "metadata": {"notes": "x" * 5_000}}
    at = datetime(2026, 11, 25, 12, tzinfo=UTC)
    waits = {"held_for": "paused_user", "held_at": at, "waits_for": "provider", "waiting_since": at, "not_before": at}
    lease = {"lease_holder": "host:7", "lease_until": at}
    db.execute(engine, update(jobs).values(**brief, **waits, **lease, spent_usd=0.5), {})
    path = f"/pipeline/job/{JOB['job_id']}"
    shown = client.get(path).json
    assert shown
    assert (shown["content"], shown["content_chars"]) == ("é" * 2_000, 3_000)
    assert (shown["metadata"], shown["metadata_bytes"]) == (None, 5_013)
    assert (shown["lease_holder"], shown["lease_until"]) == ("host:7", at.isoformat())
    assert {name: shown[name] for name in waits} == {
        "held_for": "paused_user",
        "held_at": at.isoformat(),
        "waits_for": "provider",
        "waiting_since": at.isoformat(),
        "not_before": at.isoformat(),
    }
    whole = client.get(path + "?full=true").json
    assert whole
    assert {name: whole[name] for name in brief} == brief
    refused(client.get(path + "?full=maybe"), 422, "bad_full")
    refused(client.get(path + "?fulll=true"), 422, "unknown_parameter")


def test_an_unknown_job(client: FlaskClient, subtests: pytest.Subtests) -> None:
    for job_id in ("nobody", "%00", "%ED%A0%80", "x" * 5_000, "..%2F..", "a%20b", "%F0%9F%8E%AC"):
        with subtests.test(job_id[:20]):
            refused(client.get(f"/pipeline/job/{job_id}"), 404, "no_such_job")


def test_a_job_is_found_at_its_location_whatever_its_id(client: FlaskClient, subtests: pytest.Subtests) -> None:
    for job_id in ("a/b", "a b", "...", "a/", "a%2F", "é\N{CLAPPER BOARD}", "?x=1#y", "a//b"):
        with subtests.test(job_id):
            answer = client.post("/pipeline/run", data=text(document({"job_id": job_id})))
            assert answer.status_code == 202
            found = client.get(answer.headers["Location"])
            assert found.json
            assert found.json["job_id"] == job_id
