"""The API on a real PostgreSQL: what it takes, what it refuses and how, and what it shows of a job."""

import base64
import json
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, insert, select, update
from sqlalchemy import text as text_
from werkzeug.exceptions import NotFound
from werkzeug.test import TestResponse

from service import artifacts, db, problems, queries
from service.api import answers, openapi
from service.api import routes as api
from service.api.idempotency import parse_key
from service.api.progress import percent
from service.api.submit import SUBMIT_KEYED
from service.auth.callers import ANYBODY
from service.auth.certificates import KeyCache
from service.auth.verifier import Verifier
from service.config import Settings, read_settings
from service.db.schema import dead_letters, idempotency_keys, job_results, job_stages, job_states, jobs, outbox
from service.delivery.heartbeat import Heartbeat
from service.delivery.messages import MAX_BODY_BYTES, MAX_DATA_BYTES, JobMessage
from service.delivery.outbox import Message
from service.delivery.parts import Parts
from service.delivery.runner import Runner
from service.dev.issuer import LocalIssuer
from service.errors import NotAJob, Unavailable
from service.metrics import Metrics
from service.pipeline import Choice, Job, Never, Pipeline, Stage
from service.slots import Slots
from tests.support.bad_messages import FIELDS, JOB, PRESETS, text
from tests.support.bad_messages import job as document
from tests.support.lost_answers import replace_rows

AUDIENCE, CALLER = "https://api.example.com", "producer@example.com"
TOKEN = "00000000-0000-4000-8000-000000000001"


def check(job: Job) -> None:
    if job.metadata.get("duration_sec", 0) > 180:
        raise Never("too_long", "A film of this preset lasts at most 180 s.")


PIPELINE = Pipeline(
    name="test",
    presets=PRESETS,
    transitions={
        "INIT": "ANALYSIS",
        "ANALYSIS": Choice(("FAST", "SLOW"), lambda _job, _outputs: "FAST"),
        "FAST": "FINALIZE",
        "SLOW": "SLOWER",
        "SLOWER": "FINALIZE",
        "FINALIZE": "DELIVERED",
    },
    stages={
        name: Stage(lambda _job, _outputs, _context: {})
        for name in ("INIT", "ANALYSIS", "FAST", "SLOW", "SLOWER", "FINALIZE")
    },
    check=check,
)


class Recorder:
    """A publisher that keeps what it is given, or fails with `error`."""

    def __init__(self) -> None:
        self.published: list[Message] = []
        self.error: Exception | None = None

    def publish(self, message: Message, timeout_s: float) -> None:
        assert timeout_s > 0
        if self.error:
            raise self.error
        self.published.append(message)


@pytest.fixture(scope="module")
def issuer() -> LocalIssuer:
    return LocalIssuer.fresh()


@pytest.fixture
def settings() -> Settings:
    """With nobody asked for a token."""
    env = {
        "DATABASE_URL": "postgresql://in-the-fixture/",
        "GOOGLE_CLOUD_PROJECT": "my-project-1",
        "ARTIFACTS_URL": "file:///tmp/none",
        "AUTH": "off",
        "HOST": "127.0.0.1",
        "API_AUDIENCE": AUDIENCE,
        "API_CALLERS": f"{CALLER}, other@example.com",
    }
    return read_settings(env)


@pytest.fixture
def publisher() -> Recorder:
    return Recorder()


@pytest.fixture
def serve(engine: Engine, publisher: Recorder, issuer: LocalIssuer) -> Callable[[Settings], FlaskClient]:
    def client(settings: Settings) -> FlaskClient:
        app = flask.Flask("test")
        problems.register(app)
        verifier = Verifier(KeyCache(issuer.certs_page))
        stores = artifacts.connect(settings.artifacts_url)
        slots = Slots(1, settings.max_in_flight_bytes)
        counts, heartbeat = Metrics(slots), Heartbeat(engine, settings.lease_s)
        parts = Parts(
            settings=settings,
            pipeline=PIPELINE,
            engine=engine,
            verifier=verifier,
            publisher=publisher,
            artifacts=stores,
            runner=Runner(
                engine=engine,
                pipeline=PIPELINE,
                artifacts=stores,
                heartbeat=heartbeat,
                lease_s=settings.lease_s,
                metrics=counts,
            ),
            heartbeat=heartbeat,
            slots=slots,
            metrics=counts,
        )
        app.register_blueprint(api.blueprint(parts))
        return app.test_client()

    return client


@pytest.fixture
def client(serve: Callable[[Settings], FlaskClient], settings: Settings) -> FlaskClient:
    return serve(settings)


def refused(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    """The problem in an answer, with everything that all of them have."""
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    body = json.loads(answer.data)
    assert body["code"] == code
    assert body["status"] == status
    assert body["type"] == "about:blank"
    assert body["title"]
    assert body["detail"]
    return dict(body)


def rows(engine: Engine, table: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in db.rows(engine, select(table), {})]


# Sending a job


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


def test_the_same_job_again_is_the_same_job(client: FlaskClient, engine: Engine, publisher: Recorder) -> None:
    assert client.post("/pipeline/run", json=dict(JOB)).json == client.post("/pipeline/run", json=dict(JOB)).json
    assert len(rows(engine, jobs)) == len(publisher.published) == 1


def test_an_id_that_is_taken_by_other_inputs(client: FlaskClient, engine: Engine) -> None:
    client.post("/pipeline/run", json=dict(JOB))
    body = refused(client.post("/pipeline/run", json=document({"content": "Other."})), 409, "job_id_conflict")
    assert body["field"] == "job_id"
    assert rows(engine, jobs)[0]["content"] == JOB["content"]


@pytest.mark.parametrize("error", [Unavailable("pubsub_unreachable", "It is away."), RuntimeError("a fault of ours")])
def test_a_job_that_cannot_be_published_now_is_taken(
    client: FlaskClient, engine: Engine, publisher: Recorder, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    """It is stored, and the sweep publishes what is owed."""
    publisher.error = error
    assert client.post("/pipeline/run", json=dict(JOB)).status_code == 202
    assert rows(engine, outbox)[0]["published_at"] is None
    assert "the sweep will retry" in caplog.text


# The same request again


def keyed(client: FlaskClient, key: str, changes: dict[str, object] | None = None, **headers: str) -> TestResponse:
    body = text(document({"job_id": ..., **(changes or {})}))
    return client.post("/pipeline/run", data=body, headers={"Idempotency-Key": key, **headers})


def test_the_same_request_again_is_the_same_job_and_the_same_answer(
    client: FlaskClient, engine: Engine, publisher: Recorder
) -> None:
    first = keyed(client, '"k1"')
    assert first.status_code == 202
    db.rows(engine, update(jobs).values(state="cancelled"), {})
    again = keyed(client, ' "k1";later=?1 ')
    assert (again.status_code, again.data, again.headers["Location"]) == (202, first.data, first.headers["Location"])
    assert len(rows(engine, jobs)) == len(publisher.published) == 1
    assert keyed(client, '"k2"').json != first.json, "another key is another job"
    assert len(rows(engine, jobs)) == 2


def test_a_body_that_is_spelled_otherwise_is_the_same(client: FlaskClient) -> None:
    bodies = [
        b'{"user_id":"u","content":"T\xc3\xa9","preset":"quick_social"}',
        b'{ "preset": "quick_social", "content": "T\\u00e9", "user_id": "u" }',
    ]
    answers = [client.post("/pipeline/run", data=body, headers={"Idempotency-Key": '"k"'}).json for body in bodies]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("changes", [{"content": "Other."}, {"job_id": "j"}, {"extra": 1}], ids=str)
def test_a_key_of_another_request(client: FlaskClient, engine: Engine, changes: dict[str, object]) -> None:
    keyed(client, '"k1"')
    body = refused(keyed(client, '"k1"', changes), 422, "idempotency_key_reused")
    assert body["field"] == "Idempotency-Key"
    assert len(rows(engine, jobs)) == 1


def test_a_key_belongs_to_its_caller(guarded: FlaskClient, engine: Engine, issuer: LocalIssuer) -> None:
    def ask(email: str, changes: dict[str, object]) -> TestResponse:
        return keyed(guarded, '"k1"', changes, Authorization=f"Bearer {issuer.token(AUDIENCE, email)}")

    assert ask(CALLER, {}).status_code == 202
    assert ask("other@example.com", {"content": "Other."}).status_code == 202
    assert len(rows(engine, jobs)) == 2
    assert {row["caller"] for row in rows(engine, idempotency_keys)} == {CALLER, "other@example.com"}


def test_while_the_first_is_in_work_the_second_is_told_so(client: FlaskClient, engine: Engine) -> None:
    """The first submission is held between its statement and its commit."""
    job = {"id": "first", "user_id": "u", "content": "c", "preset": "p", "metadata": "{}", "extra": "{}", "sha": b"s"}
    request = {"caller": ANYBODY, "key": "k1", "fingerprint": b"f", "kept_h": 24}
    parameters = {
        **job,
        **request,
        "first_stage": "INIT",
        "topic": "t",
        "message_key": "job:first:1:0",
        "payload": "{}",
    }
    with engine.execution_options(isolation_level="READ COMMITTED").begin() as first:
        first.execute(SUBMIT_KEYED, parameters)
        answer = keyed(client, '"k1"')
        refused(answer, 409, "request_in_work")
        assert answer.headers["Retry-After"] == "1"
        first.rollback()
    assert keyed(client, '"k1"').status_code == 202


def test_thirty_of_one_request_at_once_make_one_job(client: FlaskClient, engine: Engine) -> None:
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: keyed(client.application.test_client(), '"k1"'), range(30)))
    assert {answer.status_code for answer in answers} <= {202, 409}
    assert len({answer.data for answer in answers if answer.status_code == 202}) == 1
    assert (len(rows(engine, jobs)), len(rows(engine, outbox))) == (1, 1)


def test_a_lost_answer_makes_no_second_job(
    client: FlaskClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, lose = db.rows, [True, True]

    def losing(*args: Any) -> Any:
        found = real(*args)
        if args[1] is SUBMIT_KEYED and lose and lose.pop():
            raise Unavailable("database_unreachable", "The connection was cut.")
        return found

    replace_rows(monkeypatch, losing)
    refused(keyed(client, '"k1"'), 503, "database_unreachable")
    assert keyed(client, '"k1"').status_code == 202
    assert (len(rows(engine, jobs)), len(rows(engine, outbox))) == (1, 1)


def test_a_key_with_the_id_of_a_job_that_is_there(client: FlaskClient, engine: Engine) -> None:
    client.post("/pipeline/run", json=dict(JOB))
    db.rows(engine, update(jobs).values(state="failed"), {})
    first = keyed(client, '"k1"', {"job_id": JOB["job_id"]})
    assert first.json
    assert first.json["state"] == "failed"
    db.rows(engine, update(jobs).values(state="pending"), {})
    assert keyed(client, '"k1"', {"job_id": JOB["job_id"]}).data == first.data
    for _ in range(2):
        refused(keyed(client, '"k2"', {"job_id": JOB["job_id"], "content": "Other."}), 409, "job_id_conflict")


def test_a_key_that_has_run_out_is_free_and_others_are_removed(client: FlaskClient, engine: Engine) -> None:
    for n in range(14):
        keyed(client, f'"old-{n}"')
    db.rows(engine, update(idempotency_keys).values(created_at=datetime.now(UTC) - timedelta(hours=23.9)), {})
    refused(keyed(client, '"old-0"', {"content": "Other."}), 422, "idempotency_key_reused")
    db.rows(engine, update(idempotency_keys).values(created_at=datetime.now(UTC) - timedelta(hours=24.1)), {})
    assert keyed(client, '"old-0"', {"content": "Other."}).status_code == 202
    left = {row["key"] for row in rows(engine, idempotency_keys)}
    assert len(left) == 4, "ten at a time"
    assert "old-0" in left
    keyed(client, '"new"')
    assert {row["key"] for row in rows(engine, idempotency_keys)} == {"old-0", "new"}


NO_KEYS = [
    "",
    "k1",
    "8e03978e-40d5-43dd-bc93-6894a57f9324",
    '""',
    '"',
    '"a"b',
    '"a","b"',
    '"a\\b"',
    "?1",
    "1",
    ":YQ==:",
]


def test_a_key_that_is_no_string(client: FlaskClient, engine: Engine, subtests: pytest.Subtests) -> None:
    for key in [*NO_KEYS, f'"{"x" * 256}"', '"é"', '"a"; B=1', '"a";']:
        with subtests.test(key[:20]):
            body = refused(keyed(client, key), 400, "bad_idempotency_key")
            assert "double quotes" in body["detail"]
    assert rows(engine, jobs) == []


def test_a_key_is_read_as_rfc_9651_has_it() -> None:
    for header, key in [
        ('"a"', "a"),
        ('  "a b"  ', "a b"),
        (r'"a\\"', "a\\"),
        (r'"\"\\"', '"\\'),
        ('"a"; b; c=1;d="x;y";*e=:YQ==:', "a"),
        (f'"{"x" * 255}"', "x" * 255),
        (None, None),
    ]:
        assert parse_key(header) == key


# Cancelling


def test_a_job_is_cancelled_once_and_said_so_twice(
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
    db.rows(engine, update(jobs).values(state="completed"), {})
    body = refused(client.post(f"/pipeline/job/{JOB['job_id']}/cancel"), 409, "job_has_ended")
    assert (body["job_id"], body["state"]) == (JOB["job_id"], "completed")


def test_a_cancel_whose_message_cannot_be_sent_is_a_cancel(
    client: FlaskClient, engine: Engine, publisher: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    client.post("/pipeline/run", json=dict(JOB))
    publisher.error = Unavailable("pubsub_unreachable", "It is away.")
    assert client.post(f"/pipeline/job/{JOB['job_id']}/cancel").status_code == 200
    assert [row["published_at"] is None for row in rows(engine, outbox)] == [False, True]
    assert "the sweep will retry" in caplog.text


def test_jobs_of_any_id_are_cancelled(client: FlaskClient, subtests: pytest.Subtests) -> None:
    for job_id in ("a/b", "x/cancel", "..", "a//b", "é?#"):
        with subtests.test(job_id):
            location = client.post("/pipeline/run", data=text(document({"job_id": job_id}))).headers["Location"]
            answer = client.post(f"{location}/cancel")
            assert answer.json == {"job_id": job_id, "state": "cancelled"}
    for job_id in ("nobody", "%00", "x" * 5_000):
        refused(client.post(f"/pipeline/job/{job_id}/cancel"), 404, "no_such_job")


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


def test_a_body_that_is_no_json_object(client: FlaskClient, engine: Engine, subtests: pytest.Subtests) -> None:
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


def test_a_database_that_is_away(
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


# Who may


@pytest.fixture
def guarded(serve: Callable[[Settings], FlaskClient], settings: Settings) -> FlaskClient:
    return serve(replace(settings, auth=True))


ROUTES = [
    ("POST", "/pipeline/run"),
    ("GET", "/pipeline/job/1"),
    ("GET", "/pipeline/jobs"),
    ("POST", "/pipeline/job/1/cancel"),
    ("POST", "/pipeline/job/1/links"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_only_a_caller_with_a_token_for_the_api_is_let_in(
    guarded: FlaskClient, engine: Engine, issuer: LocalIssuer, method: str, path: str
) -> None:
    def ask(authorization: str | None) -> TestResponse:
        headers = {"Authorization": authorization} if authorization else {}
        return guarded.open(path, method=method, headers=headers, data=text(JOB) if path.endswith("run") else None)

    answer = ask(None)
    refused(answer, 401, "no_token")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    answer = ask("Bearer x.y.z")
    refused(answer, 401, "token_malformed")
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    refused(ask(f"Bearer {issuer.token('https://push.example.com', CALLER)}"), 401, "token_audience")
    refused(ask(f"Bearer {LocalIssuer.fresh().token(AUDIENCE, CALLER)}"), 401, "token_unknown_key")
    refused(ask(f"Bearer {issuer.token(AUDIENCE, 'stranger@example.com')}"), 403, "caller_not_allowed")
    assert rows(engine, jobs) == []
    assert ask(f"Bearer {issuer.token(AUDIENCE, CALLER)}").status_code in (200, 202, 404)


def test_an_api_that_is_not_set_up_says_how(
    serve: Callable[[Settings], FlaskClient], settings: Settings, issuer: LocalIssuer
) -> None:
    guarded = replace(settings, auth=True)
    headers = {"Authorization": f"Bearer {issuer.token(AUDIENCE, CALLER)}"}
    for half in (replace(guarded, api_audience=None), replace(guarded, api_callers=frozenset())):
        client = serve(half)
        for method, path in ROUTES:
            body = refused(client.open(path, method=method, headers=headers), 403, "api_not_configured")
            assert "API_AUDIENCE" in body["detail"]
            assert "API_CALLERS" in body["detail"]


# One job


def at_work(client: FlaskClient, engine: Engine) -> None:
    """The job with one stage finished, at work in the next."""
    client.post("/pipeline/run", json=dict(JOB))
    done = {"stage": "INIT", "status": "finished", "finished_at": datetime.now(UTC), "output": {"secret": 1}}
    for stage in (done, {"stage": "ANALYSIS", "status": "started", "finished_at": None, "output": None}):
        row = {"job_id": JOB["job_id"], "run": 1, "round": 0, "attempt": 1, "lease_token": TOKEN, **stage}
        db.rows(engine, insert(job_stages).values(**row), {})
    now = {"state": "processing", "lease_token": TOKEN, "stage": "ANALYSIS"}
    db.rows(engine, update(jobs).values(**now, stage_progress=0.5, stage_note="reading the brief"), {})


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
    db.rows(engine, update(jobs).values(**ended), {})
    for run, status in ((1, "error"), (2, "success")):
        result = {"job_id": JOB["job_id"], "run": run, "status": status, "output": {"n": run}, "processing_time_ms": 7}
        db.rows(engine, insert(job_results).values(**result), {})
    shown = client.get(f"/pipeline/job/{JOB['job_id']}").json
    assert shown
    assert shown["progress"]["percent"] == 100
    assert (shown["result"]["run"], shown["result"]["status"], shown["result"]["output"]) == (2, "success", {"n": 2})
    assert [one["run"] for one in shown["earlier_results"]] == [1]


def test_a_job_that_nobody_knows(client: FlaskClient, subtests: pytest.Subtests) -> None:
    for job_id in ("nobody", "%00", "%ED%A0%80", "x" * 5_000, "..%2F..", "a%20b", "%F0%9F%8E%AC"):
        with subtests.test(job_id[:20]):
            refused(client.get(f"/pipeline/job/{job_id}"), 404, "no_such_job")


def test_a_job_is_found_at_its_location_whatever_its_id(client: FlaskClient, subtests: pytest.Subtests) -> None:
    for job_id in ("a/b", "a b", "..", "%2F", "é\N{CLAPPER BOARD}", "?x=1#y", "a//b"):
        with subtests.test(job_id):
            answer = client.post("/pipeline/run", data=text(document({"job_id": job_id})))
            assert answer.status_code == 202
            found = client.get(answer.headers["Location"])
            assert found.json
            assert found.json["job_id"] == job_id


# Links


def ended(engine: Engine, output: object, status: str = "success") -> None:
    state = "completed" if status == "success" else "failed"
    db.rows(engine, update(jobs).values(state=state, stage="DELIVERED"), {})
    row = {"job_id": JOB["job_id"], "run": 1, "status": status, "output": output, "processing_time_ms": 7}
    db.rows(engine, insert(job_results).values(**row), {})


def test_links_to_what_the_result_names(
    serve: Callable[[Settings], FlaskClient], settings: Settings, engine: Engine, tmp_path: Path
) -> None:
    settings = replace(settings, artifacts_url=(tmp_path / "artifacts").as_uri())
    client, store_of = serve(settings), artifacts.connect(settings.artifacts_url)
    source = tmp_path / "source"
    source.write_bytes(b"x")
    mine, other = (store_of(job_id).put(source, "film.mp4", "video/mp4") for job_id in (JOB["job_id"], "another"))
    client.post("/pipeline/run", json=dict(JOB))
    output = {"film_url": mine, "other_url": other, "site_url": "https://example.com", "n_url": 1, "film": mine}
    ended(engine, {**output, "qa": {"film_url": mine}})
    tag = client.get(f"/pipeline/job/{JOB['job_id']}").headers["ETag"]
    answer = client.post(f"/pipeline/job/{JOB['job_id']}/links")
    assert answer.json == {"job_id": JOB["job_id"], "run": 1, "expires_at": None, "links": {"film_url": mine}}
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.get(f"/pipeline/job/{JOB['job_id']}", headers={"If-None-Match": tag}).status_code == 304


class Signs:
    """A store whose links are new each time and expire, or that cannot make any."""

    link_s: float | None = 3600.0
    error: Exception | None = None

    def __init__(self) -> None:
        self.made = 0

    def __call__(self, _job_id: str) -> "Signs":
        return self

    def link(self, url: str) -> str | None:
        if self.error:
            raise self.error
        self.made += 1
        return f"{url}?{self.made}"

    def put(self, *_: object) -> str:
        raise AssertionError

    def fetch(self, *_: object) -> Path:
        raise AssertionError


def test_links_that_expire_change_no_tag(
    serve: Callable[[Settings], FlaskClient], settings: Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    signs = Signs()
    monkeypatch.setattr(artifacts, "connect", lambda _url: signs)
    client = serve(settings)
    client.post("/pipeline/run", json=dict(JOB))
    path = f"/pipeline/job/{JOB['job_id']}"
    refused(client.post(f"{path}/links"), 409, "no_result")
    ended(engine, {"film_url": "gs://films/a"})
    tag, before = client.get(path).headers["ETag"], datetime.now(UTC)
    for number in (1, 2):
        shown = client.post(f"{path}/links").json
        assert shown
        assert shown["links"] == {"film_url": f"gs://films/a?{number}"}
        until = datetime.fromisoformat(shown["expires_at"]) - timedelta(hours=1)
        assert before <= until <= datetime.now(UTC)
        assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    signs.error = Unavailable("links_unavailable", "Not now.")
    away = client.post(f"{path}/links")
    refused(away, 503, "links_unavailable")
    assert away.headers["Retry-After"]


@pytest.mark.parametrize(("output", "status", "links"), [([1], "success", {}), (None, "error", None)])
def test_a_result_without_files(
    client: FlaskClient, engine: Engine, output: object, status: str, links: object
) -> None:
    client.post("/pipeline/run", json=dict(JOB))
    ended(engine, output, status)
    answer = client.post(f"/pipeline/job/{JOB['job_id']}/links")
    if links is None:
        assert "it is failed" in refused(answer, 409, "no_result")["detail"]
    else:
        assert answer.json
        assert answer.json["links"] == links


def test_links_of_a_job_that_nobody_knows(client: FlaskClient) -> None:
    refused(client.post("/pipeline/job/nobody/links"), 404, "no_such_job")


# Asking again


def look(client: FlaskClient, tag: str | None = None) -> TestResponse:
    return client.get(f"/pipeline/job/{JOB['job_id']}", headers={"If-None-Match": tag} if tag else {})


def test_a_look_that_finds_nothing_new_is_cheap(
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


def letter(**values: object) -> Any:
    row = {"job_id": JOB["job_id"], "message_key": "dead", "reason": "bad", "error": "Bad.", "metadata": {}, **values}
    return insert(dead_letters).values(**row)


NEWS: dict[str, Any] = {
    "progress": text_("UPDATE jobs SET stage_progress = 0.75, updated_at = clock_timestamp()"),
    "an execution set aside": update(job_stages).where(job_stages.c.stage == "ANALYSIS").values(status="abandoned"),
    "a new execution": insert(job_stages).values(
        job_id=JOB["job_id"], run=1, round=0, stage="FAST", attempt=1, lease_token=TOKEN, status="started"
    ),
    "a dead letter": letter(),
}


@pytest.mark.parametrize("news", NEWS)
def test_whatever_is_new_has_a_new_tag(client: FlaskClient, engine: Engine, news: str) -> None:
    at_work(client, engine)
    first = look(client)
    db.rows(engine, NEWS[news], {})
    now = look(client, first.headers["ETag"])
    assert now.status_code == 200
    assert now.data != first.data
    assert now.headers["ETag"] != first.headers["ETag"]
    assert look(client, now.headers["ETag"]).status_code == 304


def test_a_letter_that_is_handled_is_news(client: FlaskClient, engine: Engine) -> None:
    client.post("/pipeline/run", json=dict(JOB))
    db.rows(engine, letter(), {})
    tag = look(client).headers["ETag"]
    db.rows(engine, update(dead_letters).values(discarded_at=datetime.now(UTC), handled_by="op"), {})
    now = look(client, tag)
    assert now.json
    assert now.json["dead_letters"][0]["handled_by"] == "op"


def test_what_changes_no_answer_changes_no_tag(client: FlaskClient, engine: Engine) -> None:
    """A renewal of the lease, and the sweep."""
    at_work(client, engine)
    tag = look(client).headers["ETag"]
    db.rows(engine, text_("UPDATE jobs SET lease_until = clock_timestamp(), enqueued_at = clock_timestamp()"), {})
    assert look(client, tag).status_code == 304


def test_another_pipelines_answer_has_another_tag() -> None:
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
    db.rows(engine, update(jobs).values(**failed), {})
    note = {"stage": "ANALYSIS", "attempt": 3, "message_id": "m1"}
    change = {"previous_state": "processing", "new_state": "failed", "reason": "too_long", "state_metadata": note}
    db.rows(engine, insert(job_states).values(job_id=JOB["job_id"], run=1, **change), {})
    db.rows(engine, letter(run=1, reason="too_long", error="It is too long."), {})
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


# Lists


@pytest.fixture
def three(client: FlaskClient, engine: Engine) -> FlaskClient:
    for n in range(3):
        client.post("/pipeline/run", json=document({"job_id": f"job-{n}", "user_id": f"user-{n % 2}"}))
        at = datetime(2026, 11, 25, 12, tzinfo=UTC) + timedelta(minutes=n)
        db.rows(engine, update(jobs).where(jobs.c.id == f"job-{n}").values(created_at=at), {})
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
    ("state=&user=&since=&cursor=&limit=", "210"),
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


def test_a_filter_with_a_slip_in_its_name_does_not_list_everything(three: FlaskClient) -> None:
    body = refused(three.get("/pipeline/jobs?stat=failed"), 422, "unknown_parameter")
    assert body["field"] == "stat"
    assert "state, user, preset" in body["detail"]
    refused(three.get("/pipeline/jobs?limit=1&%00%F0="), 422, "unknown_parameter")
    body = refused(three.get("/pipeline/jobs?state=failed&state=pending"), 422, "repeated_parameter")
    assert body["field"] == "state"


# Problems


def test_a_path_that_is_none(client: FlaskClient) -> None:
    for path in ("/", "/pipeline/", "/pipeline/job/", "/nothing\ud83c"):
        refused(client.get(path.encode("utf-8", "replace").decode()), 404, "no_such_path")


def test_a_method_that_is_not_taken(client: FlaskClient) -> None:
    answer = client.delete("/pipeline/run")
    refused(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == "OPTIONS, POST"


def test_a_fault_of_ours_is_a_500_that_says_nothing(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fault(*_: object, **__: object) -> None:
        secret = "the secret"
        raise ZeroDivisionError(secret)

    replace_rows(monkeypatch, fault)
    answer = client.get("/pipeline/jobs")
    refused(answer, 500, "internal_error")
    assert "secret" not in answer.text
    assert "ZeroDivisionError: the secret" in caplog.text, "the log has the traceback"


@pytest.mark.parametrize(("given", "said"), [(0.0, "1"), (0.2, "1"), (1.2, "2"), (5, "5"), (-3, "1"), (1e9, "3600")])
def test_retry_after_is_in_whole_seconds(given: float, said: str) -> None:
    assert problems.problem(503, "busy", "Come back.", retry_after_s=given).headers["Retry-After"] == said


def test_a_sentence_may_hold_anything() -> None:
    answer = problems.problem(422, "code", "a\x00\ud800" + "x" * 5_000, field="\ud800")
    body = json.loads(answer.data.decode("utf-8"))
    assert body["detail"].startswith("a\ufffd?x")
    assert len(body["detail"]) == 2_000


def test_an_error_without_a_status_of_its_own_is_a_500(caplog: pytest.LogCaptureFixture) -> None:
    assert problems.problem_of(NotAJob("x", "y")).status_code == 500
    assert "NotAJob" in caplog.text


def test_a_refusal_of_werkzeugs_own_has_a_sentence() -> None:
    app = flask.Flask("test")
    problems.register(app)

    @app.get("/gone")
    def gone() -> str:
        flask.abort(410)

    @app.get("/folder/")
    def folder() -> str:
        raise NotFound

    refused(app.test_client().get("/gone"), 410, "refused")
    assert app.test_client().get("/folder").status_code == 308, "a redirect is no error"


# Progress


@pytest.mark.parametrize(
    ("stage", "done", "fraction", "expected"),
    [
        ("INIT", 0, None, 0),
        ("INIT", 0, 0.5, 10),
        ("ANALYSIS", 1, 0.0, 20),
        ("SLOW", 2, None, 40),
        ("SLOWER", 3, None, 60),
        ("FAST", 2, None, 50),
        ("FINALIZE", 3, 0.99, 99),
        ("FINALIZE", 4, 7.0, 100),
        ("DELIVERED", 4, None, 100),
        ("SOMEWHERE_ELSE", 4, None, None),
    ],
)
def test_percent(stage: str, done: int, fraction: float | None, expected: int | None) -> None:
    assert percent(PIPELINE, stage, done, fraction) == expected


def test_a_way_that_leads_back_has_an_end() -> None:
    """A pipeline may repair: the check sends the job back to the work."""
    again = Choice(("WORK", "END"), lambda _job, _outputs: "END")
    stages = {name: Stage(lambda _job, _outputs, _context: {}) for name in ("WORK", "CHECK")}
    repairing = Pipeline(
        name="repairing", presets=PRESETS, transitions={"WORK": "CHECK", "CHECK": again}, stages=stages
    )
    assert percent(repairing, "WORK", 0, None) == 0
    assert percent(repairing, "CHECK", 1, None) == 50


def test_the_catalogue_is_of_this_apis_job() -> None:
    assert JobMessage(**JOB).preset in PIPELINE.presets
