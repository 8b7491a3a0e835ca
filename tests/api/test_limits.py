"""A user at a limit is told so with a 429 that stores nothing: the same request succeeds when there is room again."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, insert, update
from werkzeug.test import TestResponse

from service import db
from service.config import Limits, Settings
from service.db.schema import idempotency_keys, job_effects, jobs, outbox
from service.operator import limits, pauses
from tests.support.api import TOKEN, refused, rows

Serve = Callable[[Settings], FlaskClient]


def send(client: FlaskClient, key: str | None = None, **changes: object) -> TestResponse:
    job = {"user_id": "hog", "content": "Bread.", "preset": "quick_social", **changes}
    return client.post("/pipeline/run", json=job, headers={"Idempotency-Key": f'"{key}"'} if key else {})


def end(engine: Engine, job_id: str) -> None:
    db.execute(engine, update(jobs).where(jobs.c.id == job_id).values(state="cancelled"), {})


@pytest.fixture
def limited(serve: Serve, settings: Settings) -> FlaskClient:
    """The API, which allows two open jobs."""
    return serve(replace(settings, limits=Limits(open_jobs=2)))


@pytest.mark.parametrize("key", [None, "k"])
def test_the_third_open_job_is_a_429_until_one_has_ended(limited: FlaskClient, engine: Engine, key: str | None) -> None:
    for number in (1, 2):
        assert send(limited, key and f"k{number}", job_id=f"j{number}").status_code == 202
    for _ in range(2):
        answer = send(limited, key and "k3", job_id="j3")
        body = refused(answer, 429, "limit_open_jobs")
        assert body["detail"].startswith("User 'hog' may have 2 open jobs and has 2; ")
        assert answer.headers["Retry-After"] == "30"
    assert len(rows(engine, jobs)) == len(rows(engine, outbox)) == 2
    assert len(rows(engine, idempotency_keys)) == (2 if key else 0)
    assert send(limited, user_id="other").status_code == 202
    # What was accepted is answered as ever, by its key and by its id.
    assert send(limited, key and "k1", job_id="j1").json["job_id"] == "j1"  # type: ignore[index]
    refused(send(limited, job_id="j1", content="Other."), 409, "job_id_conflict")
    end(engine, "j1")
    assert send(limited, key and "k3", job_id="j3").status_code == 202


def test_submissions_at_the_same_time_never_pass_the_limit(limited: FlaskClient, engine: Engine) -> None:
    client = limited.application.test_client

    def one(number: int) -> int:
        return send(client(), f"k{number}" if number % 2 else None, job_id=f"j{number}").status_code

    with ThreadPoolExecutor(12) as pool:
        statuses = sorted(pool.map(one, range(12)))
    assert statuses == [202, 202] + [429] * 10
    assert len(rows(engine, jobs)) == 2


def test_what_a_day_allows_is_spent(serve: Serve, settings: Settings, engine: Engine) -> None:
    client = serve(replace(settings, limits=Limits(usd_a_day=1.5)))
    assert send(client, job_id="j1").status_code == 202
    effect: dict[str, Any] = {"job_id": "j1", "round": 0, "stage": "S", "run": 1, "request_id": TOKEN}
    for name, usd in (("a", 1.0), ("b", 0.5)):
        assert send(client).status_code == 202
        db.execute(engine, insert(job_effects).values(**effect, name=name, cost_usd=usd), {})
    answer = send(client)
    body = refused(answer, 429, "limit_usd_a_day")
    assert body["detail"] == "User 'hog' has spent the 1.5 USD that a day allows; send it again tomorrow."
    assert 1 <= int(answer.headers["Retry-After"]) <= 3600
    assert send(client, user_id="other").status_code == 202
    yesterday = datetime(2020, 1, 1, tzinfo=UTC)
    db.execute(engine, update(job_effects).values(intended_at=yesterday), {})
    assert send(client).status_code == 202


def test_a_limit_of_ones_own(client: FlaskClient, engine: Engine) -> None:
    limits.set_limits(engine, "hog", Limits(open_jobs=0), who="ada", why="abuse")
    refused(send(client), 429, "limit_open_jobs")
    assert send(client, user_id="other").status_code == 202


def test_the_most_in_work_refuses_nothing(serve: Serve, settings: Settings) -> None:
    client = serve(replace(settings, limits=Limits(jobs_in_work=0)))
    assert send(client).status_code == 202


def test_a_paused_intake_accepts_jobs(client: FlaskClient, engine: Engine) -> None:
    pauses.pause(engine, "all", "", who="ada", why="an outage")
    assert send(client).status_code == 202
