"""The same request again, with an Idempotency-Key: the same job and the same answer."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, update
from werkzeug.test import TestResponse

from service import db
from service.api.idempotency import parse_key
from service.api.submit import SUBMIT_KEYED
from service.auth.callers import ANYBODY
from service.db.schema import idempotency_keys, jobs, outbox
from service.dev.issuer import LocalIssuer
from service.errors import Unavailable
from tests.support.api import AUDIENCE, CALLER, Recorder, refused, rows
from tests.support.bad_messages import JOB, text
from tests.support.bad_messages import job as document
from tests.support.lost_answers import replace_rows


def keyed(client: FlaskClient, key: str, changes: dict[str, object] | None = None, **headers: str) -> TestResponse:
    body = text(document({"job_id": ..., **(changes or {})}))
    return client.post("/pipeline/run", data=body, headers={"Idempotency-Key": key, **headers})


def test_the_same_request_again_is_the_same_job_and_the_same_answer(
    client: FlaskClient, engine: Engine, publisher: Recorder
) -> None:
    first = keyed(client, '"k1"')
    assert first.status_code == 202
    db.execute(engine, update(jobs).values(state="cancelled"), {})
    again = keyed(client, ' "k1";later=?1 ')
    assert (again.status_code, again.data, again.headers["Location"]) == (202, first.data, first.headers["Location"])
    assert len(rows(engine, jobs)) == len(publisher.published) == 1
    assert keyed(client, '"k2"').json != first.json, "another key is another job"
    assert len(rows(engine, jobs)) == 2


def test_a_key_without_quotes_is_the_same_key(client: FlaskClient, engine: Engine) -> None:
    first = keyed(client, "abc")
    assert keyed(client, '"abc"').data == first.data
    assert len(rows(engine, jobs)) == 1


def test_a_body_with_other_whitespace_and_order_is_the_same(client: FlaskClient) -> None:
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


def test_a_request_is_refused_while_the_first_is_in_work(client: FlaskClient, engine: Engine) -> None:
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
        "traceparent": None,
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
    real, lose = db.execute, [True, True]

    def losing(*args: Any) -> Any:
        found = real(*args)
        if args[1] is SUBMIT_KEYED and lose and lose.pop():
            raise Unavailable("database_unreachable", "The connection was cut.")
        return found

    replace_rows(monkeypatch, losing)
    refused(keyed(client, '"k1"'), 503, "database_unreachable")
    assert keyed(client, '"k1"').status_code == 202
    assert (len(rows(engine, jobs)), len(rows(engine, outbox))) == (1, 1)


def test_a_key_with_the_id_of_an_existing_job(client: FlaskClient, engine: Engine) -> None:
    client.post("/pipeline/run", json=dict(JOB))
    db.execute(engine, update(jobs).values(state="failed"), {})
    first = keyed(client, '"k1"', {"job_id": JOB["job_id"]})
    assert first.json
    assert first.json["state"] == "failed"
    db.execute(engine, update(jobs).values(state="pending"), {})
    assert keyed(client, '"k1"', {"job_id": JOB["job_id"]}).data == first.data
    for _ in range(2):
        refused(keyed(client, '"k2"', {"job_id": JOB["job_id"], "content": "Other."}), 409, "job_id_conflict")


def test_an_expired_key_can_be_used_again_and_others_are_removed(client: FlaskClient, engine: Engine) -> None:
    for n in range(14):
        keyed(client, f'"old-{n}"')
    db.execute(engine, update(idempotency_keys).values(created_at=datetime.now(UTC) - timedelta(hours=23.9)), {})
    refused(keyed(client, '"old-0"', {"content": "Other."}), 422, "idempotency_key_reused")
    db.execute(engine, update(idempotency_keys).values(created_at=datetime.now(UTC) - timedelta(hours=24.1)), {})
    assert keyed(client, '"old-0"', {"content": "Other."}).status_code == 202
    left = {row["key"] for row in rows(engine, idempotency_keys)}
    assert len(left) == 4, "ten at a time"
    assert "old-0" in left
    keyed(client, '"new"')
    assert {row["key"] for row in rows(engine, idempotency_keys)} == {"old-0", "new"}


NO_KEYS = [
    "",
    '""',
    "a b",
    "a,b",
    "a;b=1",
    "a\\",
    "-a",
    "é",
    '"',
    '"a"b',
    '"a","b"',
    '"a\\b"',
    "?1",
    ":YQ==:",
]


def test_a_key_that_is_not_a_string(client: FlaskClient, engine: Engine, subtests: pytest.Subtests) -> None:
    for key in [*NO_KEYS, f'"{"x" * 256}"', "x" * 256, '"é"', '"a"; B=1', '"a";']:
        with subtests.test(key[:20]):
            body = refused(keyed(client, key), 400, "bad_idempotency_key")
            assert "double quotes" in body["detail"]
    assert rows(engine, jobs) == []


def test_a_key_is_parsed_as_rfc_9651_defines_it() -> None:
    for header, key in [
        ('"a"', "a"),
        ('  "a b"  ', "a b"),
        (r'"a\\"', "a\\"),
        (r'"\"\\"', '"\\'),
        ('"a"; b; c=1;d="x;y";*e=:YQ==:', "a"),
        (f'"{"x" * 255}"', "x" * 255),
        ("abc", "abc"),
        (" 8e03978e-40d5-43dd-bc93-6894a57f9324 ", "8e03978e-40d5-43dd-bc93-6894a57f9324"),
        ("order:17/retry=2", "order:17/retry=2"),
        ("x" * 255, "x" * 255),
        (None, None),
    ]:
        assert parse_key(header) == key
