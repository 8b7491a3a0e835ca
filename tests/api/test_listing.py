"""Lists of jobs: filters, pages, and parameters that are wrong."""

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, update

from service import db
from service.db.schema import jobs
from tests.support.api import refused
from tests.support.bad_messages import job as document


@pytest.fixture
def three(client: FlaskClient, engine: Engine) -> FlaskClient:
    for n in range(3):
        client.post("/pipeline/run", json=document({"job_id": f"job-{n}", "user_id": f"user-{n % 2}"}))
        at = datetime(2026, 11, 25, 12, tzinfo=UTC) + timedelta(minutes=n)
        db.execute(engine, update(jobs).where(jobs.c.id == f"job-{n}").values(created_at=at), {})
    for job_id, values in (
        ("job-0", {"content": "An Octopus."}),
        ("job-1", {"error_code": "provider_busy", "waits_for": "provider"}),
        ("job-2", {"held_for": "paused_user"}),
    ):
        db.execute(engine, update(jobs).where(jobs.c.id == job_id).values(**values), {})
    return client


NARROWED = [
    ("", "210"),
    ("state=pending", "210"),
    ("state=failed", ""),
    ("user=user-0", "20"),
    ("preset=premium_spot", ""),
    ("since=2026-11-25T12:01:00Z", "21"),
    ("since=2026-11-25T13:01:00+01:00", "21"),
    ("since=2026-11-25T12:01:00", "21"),
    ("until=2026-11-25", ""),
    ("since=2026-11-25&until=2026-11-25T12:02:00Z", "10"),
    ("state=&user=&since=&cursor=&limit=&text=&stage=", "210"),
    ("stage=INIT", "210"),
    ("stage=RENDER", ""),
    ("error_code=provider_busy", "1"),
    ("error_code=none", ""),
    ("waits_for=provider", "1"),
    ("held_for=paused_user", "2"),
    ("held_for=paused_user&user=user-0", "2"),
    ("held_for=paused_user&user=user-1", ""),
    ("text=CAF%C3%89%20opens", "21"),
    ("text=octopus", "0"),
    ("text=octopus&state=failed", ""),
]


def test_jobs_newest_first_narrowed(three: FlaskClient, subtests: pytest.Subtests) -> None:
    for query, found in NARROWED:
        with subtests.test(query):
            answer = three.get(f"/pipeline/jobs?{query}")
            assert answer.json
            assert [one["job_id"] for one in answer.json["jobs"]] == [f"job-{n}" for n in found]
            assert answer.json["next"] is None


def test_pages(three: FlaskClient) -> None:
    first = three.get("/pipeline/jobs?limit=2").json
    assert first
    assert first["next"]
    second = three.get(f"/pipeline/jobs?limit=2&cursor={first['next']}").json
    assert second
    assert [one["job_id"] for one in first["jobs"] + second["jobs"]] == ["job-2", "job-1", "job-0"]
    assert second["next"] is None


WRONG_FILTERS = [
    ("state=sleeping", "state"),
    ("state=%00", "state"),
    ("user=%00", "user"),
    ("user=" + "u" * 2_000, "user"),
    ("preset=a%00", "preset"),
    ("since=yesterday", "since"),
    ("until=2026-13-01", "until"),
    ("since=99999-01-01", "since"),
    ("cursor=abc", "cursor"),
    ("limit=0", "limit"),
    ("limit=201", "limit"),
    ("limit=-1", "limit"),
    ("limit=1e2", "limit"),
    ("limit=%D9%A3", "limit"),
    ("limit=" + "9" * 5_000, "limit"),
]


def test_a_wrong_filter_is_named(three: FlaskClient, subtests: pytest.Subtests) -> None:
    for query, field in WRONG_FILTERS:
        with subtests.test(query[:20]):
            body = refused(three.get(f"/pipeline/jobs?{query}"), 422, f"bad_{field}")
            assert body["field"] == field
            assert f"'{field}'" in body["detail"] or "cursor" in body["detail"]


def test_a_misspelled_filter_does_not_list_everything(three: FlaskClient) -> None:
    body = refused(three.get("/pipeline/jobs?stat=failed"), 422, "unknown_parameter")
    assert body["field"] == "stat"
    assert "state, user, preset" in body["detail"]
    refused(three.get("/pipeline/jobs?limit=1&%00%F0="), 422, "unknown_parameter")
    body = refused(three.get("/pipeline/jobs?state=failed&state=pending"), 422, "repeated_parameter")
    assert body["field"] == "state"
