"""Whose job it is: a caller sees and touches what it submitted, an operator everything, and all of it is on record."""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, insert, text, update
from werkzeug.test import TestResponse

from service import db
from service.api.ids import new_job_id
from service.api.owners import id_of
from service.auth.callers import Caller
from service.db.schema import acts, dead_letters, job_results, job_states, jobs
from service.dev.issuer import LocalIssuer
from tests.support.api import AUDIENCE, BOUND, CALLER, OPERATOR, OTHER, SWEEPER, letter, refused, rows
from tests.support.bad_messages import JOB, JOB_ID

UNKNOWN = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def ask(guarded: FlaskClient, issuer: LocalIssuer) -> Callable[..., TestResponse]:
    """Ask as an account: `ask(OTHER, "GET", path)`."""

    def request(email: str, method: str, path: str, **more: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {issuer.token(AUDIENCE, email)}", **more.pop("headers", {})}
        return guarded.open(path, method=method, headers=headers, **more)

    return request


def run(ask: Callable[..., TestResponse], email: str, key: str | None = None, **changes: object) -> TestResponse:
    headers = {"Idempotency-Key": f'"{key}"'} if key else {}
    body = {name: value for name, value in {**JOB, **changes}.items() if value is not ...}
    return ask(email, "POST", "/pipeline/run", json=body, headers=headers)


def completed(engine: Engine, folder: Path) -> None:
    """End the job as a film would."""
    output = {"video_url": f"{folder.as_uri()}/x", "format": "mp4"}
    values = {"job_id": JOB_ID, "run": 1, "status": "success", "output": output, "processing_time_ms": 1}
    db.execute(engine, insert(job_results).values(**values), {})
    db.execute(engine, update(jobs).values(state="completed"), {})


def answered(answer: TestResponse) -> Any:
    """Return the JSON of an answer that is not an error."""
    assert answer.status_code < 300, answer.text
    return json.loads(answer.data)


OF_ONE_JOB = [("GET", ""), ("POST", "/cancel"), ("POST", "/links")]


@pytest.mark.parametrize(("method", "act"), OF_ONE_JOB)
def test_a_foreign_job_is_answered_as_one_that_does_not_exist(
    ask: Callable[..., TestResponse], engine: Engine, method: str, act: str
) -> None:
    assert run(ask, CALLER).status_code == 202
    foreign = ask(OTHER, method, f"/pipeline/job/{JOB_ID}{act}")
    unknown = ask(OTHER, method, f"/pipeline/job/{UNKNOWN}{act}")
    refused(foreign, 404, "no_such_job")
    assert foreign.text.replace(JOB_ID, UNKNOWN) == unknown.text
    assert dict(foreign.headers) == dict(unknown.headers)
    assert [row["state"] for row in rows(engine, jobs)] == ["pending"]
    assert [row["act"] for row in rows(engine, acts)] == ["submit"]


def test_a_foreign_etag_is_no_way_in(ask: Callable[..., TestResponse]) -> None:
    run(ask, CALLER)
    etag = ask(CALLER, "GET", f"/pipeline/job/{JOB_ID}").headers["ETag"]
    for asked in (etag, "*"):
        headers = {"If-None-Match": asked}
        refused(ask(OTHER, "GET", f"/pipeline/job/{JOB_ID}", headers=headers), 404, "no_such_job")
    assert ask(CALLER, "GET", f"/pipeline/job/{JOB_ID}", headers={"If-None-Match": etag}).status_code == 304


def test_a_caller_sees_and_touches_its_own_and_an_operator_everything(
    ask: Callable[..., TestResponse], engine: Engine
) -> None:
    run(ask, CALLER)
    its_own = answered(run(ask, OTHER, job_id=...))["job_id"]
    db.execute(engine, text("UPDATE jobs SET submitted_by = NULL WHERE id = :id"), {"id": JOB_ID})
    mine = answered(run(ask, CALLER, job_id=...))["job_id"]

    def listed(email: str) -> set[str]:
        return {job["job_id"] for job in answered(ask(email, "GET", "/pipeline/jobs"))["jobs"]}

    assert listed(CALLER) == {mine}
    assert listed(OTHER) == {its_own}
    assert listed(OPERATOR) == {mine, its_own, JOB_ID}
    assert answered(ask(CALLER, "GET", "/pipeline/jobs?user=user-1"))["jobs"][0]["submitted_by"] == CALLER
    refused(ask(CALLER, "GET", f"/pipeline/job/{JOB_ID}"), 404, "no_such_job")
    for job_id in (mine, its_own, JOB_ID):
        assert ask(OPERATOR, "GET", f"/pipeline/job/{job_id}").status_code == 200
    assert ask(OPERATOR, "POST", f"/pipeline/job/{its_own}/cancel").status_code == 200
    assert ask(CALLER, "POST", f"/pipeline/job/{mine}/cancel").status_code == 200


def test_a_page_of_a_list_is_of_the_callers_jobs_whatever_its_cursor(ask: Callable[..., TestResponse]) -> None:
    for email in (CALLER, OTHER) * 3:
        run(ask, email, job_id=...)
    first = answered(ask(CALLER, "GET", "/pipeline/jobs?limit=2"))
    assert answered(ask(OTHER, "GET", f"/pipeline/jobs?limit=2&cursor={first['next']}"))["jobs"]
    for page in (first, answered(ask(OTHER, "GET", f"/pipeline/jobs?cursor={first['next']}"))):
        assert len({job["submitted_by"] for job in page["jobs"]}) == 1
    assert len(answered(ask(CALLER, "GET", f"/pipeline/jobs?limit=2&cursor={first['next']}"))["jobs"]) == 1


# ids


@pytest.mark.parametrize("changes", [{}, {"content": "Others."}, {"user_id": "mallory"}])
def test_an_id_in_use_by_a_foreign_job_is_a_conflict_that_says_nothing_of_it(
    ask: Callable[..., TestResponse], engine: Engine, changes: dict[str, str]
) -> None:
    run(ask, CALLER)
    told = refused(run(ask, OTHER, **changes), 409, "job_id_conflict")
    own = refused(run(ask, CALLER, content="Others."), 409, "job_id_conflict")
    assert told == own
    assert run(ask, CALLER).status_code == 202, "its own job again"
    keyed = [run(ask, OTHER, "key-1", **changes) for _ in range(3)]
    assert [refused(answer, 409, "job_id_conflict") for answer in keyed] == [told] * 3
    assert [row["submitted_by"] for row in rows(engine, jobs)] == [CALLER]


def test_a_callers_name_for_a_job_takes_no_id_that_a_message_may_come_with(
    ask: Callable[..., TestResponse], engine: Engine
) -> None:
    answer = run(ask, OTHER, job_id="order-4711", user_id="mallory")
    job_id = answered(answer)["job_id"]
    assert answer.status_code == 202
    assert job_id != "order-4711"
    assert answer.headers["Location"] == f"/pipeline/job/{job_id}"
    assert [row["id"] for row in rows(engine, jobs)] == [job_id]
    again = run(ask, OTHER, job_id="order-4711", user_id="mallory")
    assert answered(again) == answered(answer), "the same name, the same job"
    refused(run(ask, OTHER, job_id="order-4711"), 409, "job_id_conflict")
    for name in ("order-4711", job_id):
        assert answered(ask(OTHER, "GET", f"/pipeline/job/{name}"))["job_id"] == job_id
        refused(ask(CALLER, "GET", f"/pipeline/job/{name}"), 404, "no_such_job")
    assert answered(run(ask, CALLER, job_id="order-4711"))["job_id"] not in (job_id, "order-4711")
    assert answered(run(ask, OPERATOR, job_id="order-4711"))["job_id"] == "order-4711"
    assert answered(ask(OTHER, "POST", "/pipeline/job/order-4711/cancel"))["job_id"] == job_id
    states = {row["id"]: row["state"] for row in rows(engine, jobs)}
    assert states == {**dict.fromkeys(states, "pending"), job_id: "cancelled"}


def test_a_derived_id_cannot_be_taken_beforehand() -> None:
    a, b = Caller("a@example.com"), Caller("b@example.com")
    derived = id_of(a, "order-4711")
    assert len(derived) == 36
    assert id_of(b, derived) != derived
    assert id_of(a, derived) != derived
    assert id_of(a, JOB_ID) == id_of(b, JOB_ID) == JOB_ID
    timed = new_job_id()
    assert id_of(a, timed) == id_of(b, timed) == timed
    assert len({id_of(caller, name) for caller in (a, b) for name in ("x", "y", "x ", "X")}) == 8


# users


def test_a_bound_caller_sends_jobs_for_its_own_users_only(ask: Callable[..., TestResponse], engine: Engine) -> None:
    for user in ("user-1", "shop", "guest2", "Shop-1", "x-shop-1"):
        refused(run(ask, BOUND, job_id=..., user_id=user), 403, "user_not_allowed")
    assert not rows(engine, jobs)
    for user in ("shop-1", "shop-", "guest"):
        assert run(ask, BOUND, job_id=..., user_id=user).status_code == 202
    assert run(ask, CALLER, job_id=..., user_id="anyone").status_code == 202


# money


@pytest.mark.parametrize("budget", [20.01, 1e9, 10**30])
def test_a_budget_over_the_operators_ceiling_is_refused(
    ask: Callable[..., TestResponse], engine: Engine, budget: float
) -> None:
    problem = refused(run(ask, OPERATOR, metadata={"budget_usd": budget}), 422, "budget_too_high")
    assert problem["field"] == "metadata.budget_usd"
    assert "20" in problem["detail"]
    assert not rows(engine, jobs)
    assert run(ask, CALLER, metadata={"budget_usd": 20}).status_code == 202


# the record


def test_who_submitted_linked_and_cancelled_is_on_record_and_in_the_log(
    ask: Callable[..., TestResponse],
    engine: Engine,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    run(ask, CALLER)
    run(ask, CALLER)
    completed(engine, tmp_path)
    assert ask(CALLER, "POST", f"/pipeline/job/{JOB_ID}/links").status_code == 200
    assert ask(OPERATOR, "POST", f"/pipeline/job/{JOB_ID}/links").status_code == 200
    other = answered(run(ask, OTHER, job_id=...))["job_id"]
    ask(OPERATOR, "POST", f"/pipeline/job/{other}/cancel")
    recorded = [(row["act"], row["who"], row["job_id"]) for row in rows(engine, acts)]
    assert recorded == [
        ("submit", CALLER, JOB_ID),
        ("link", CALLER, JOB_ID),
        ("link", OPERATOR, JOB_ID),
        ("submit", OTHER, other),
        ("cancel", OPERATOR, other),
    ]
    submitted = [row["state_metadata"] for row in rows(engine, job_states) if row["reason"] == "submitted"]
    assert submitted == [{"by": CALLER}, {"by": OTHER}]
    logged = [(record.__dict__["action"], record.__dict__["by"]) for record in caplog.records if "by" in vars(record)]
    assert logged == [
        ("submit", CALLER),
        ("submit", CALLER),
        ("link", CALLER),
        ("link", OPERATOR),
        ("submit", OTHER),
        ("cancel", OPERATOR),
    ]


def test_letters_of_data_that_named_a_foreign_job_are_not_its_callers_business(
    ask: Callable[..., TestResponse], engine: Engine
) -> None:
    run(ask, CALLER)
    db.execute(engine, letter(run=None, reason="job_id_conflict", message_key="a"), {})
    db.execute(engine, letter(run=1, reason="bad", message_key="b"), {})
    assert len(rows(engine, dead_letters)) == 2

    def reasons(email: str) -> list[str]:
        letters = json.loads(ask(email, "GET", f"/pipeline/job/{JOB_ID}").data)["dead_letters"]
        return [one["reason"] for one in letters]

    assert reasons(CALLER) == ["bad"]
    assert reasons(OPERATOR) == ["job_id_conflict", "bad"]


# the sweep


def test_only_operators_and_who_is_named_may_sweep(ask: Callable[..., TestResponse]) -> None:
    refused(ask(CALLER, "POST", "/sweep"), 403, "caller_not_allowed")
    assert ask(SWEEPER, "POST", "/sweep").status_code == 200
    assert ask(OPERATOR, "POST", "/sweep").status_code == 200
    for method, path in (("GET", "/pipeline/jobs"), ("POST", "/pipeline/run"), ("GET", f"/pipeline/job/{JOB_ID}")):
        refused(ask(SWEEPER, method, path), 403, "caller_not_allowed")
