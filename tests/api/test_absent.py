"""Asking for a job whose message was refused, or that was deleted: operators are told why, others that there is no such
job."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from msgspec import convert
from sqlalchemy import Engine, text

from service import db
from service.api.views import NoSuchJobView
from service.dev.issuer import LocalIssuer
from tests.support.api import AUDIENCE, CALLER, OPERATOR, letter, refused
from tests.support.bad_messages import JOB_ID

PATH = f"/pipeline/job/{JOB_ID}"


def put_letter(engine: Engine, key: str = "dead:msg:s:1", **values: Any) -> int:
    db.execute(engine, letter(message_key=key, reason="unknown_preset", error="No preset 'b'.", **values), {})
    row = db.first(engine, text("SELECT max(id) AS id FROM dead_letters"), {})
    assert row is not None
    return int(row["id"])


def test_the_newest_letter_is_named(client: FlaskClient, engine: Engine) -> None:
    assert "dead_letter_id" not in refused(client.get(PATH), 404, "no_such_job")
    put_letter(engine)
    newest = put_letter(engine, "dead:msg:s:2")
    said = refused(client.get(PATH), 404, "no_such_job")
    assert (said["dead_letter_id"], said["reason"], said["error"]) == (newest, "unknown_preset", "No preset 'b'.")
    assert (
        f"because its message was refused (unknown_preset): No preset 'b'. See dead letter {newest}" in said["detail"]
    )
    convert(said, NoSuchJobView)


@pytest.mark.parametrize("caller", [OPERATOR, CALLER])
def test_only_an_operator_is_told(guarded: FlaskClient, engine: Engine, issuer: LocalIssuer, caller: str) -> None:
    put_letter(engine)
    headers = {"Authorization": f"Bearer {issuer.token(AUDIENCE, caller)}"}
    said = refused(guarded.get(PATH, headers=headers), 404, "no_such_job")
    assert ("dead_letter_id" in said) == (caller == OPERATOR)
    assert ("preset" in said["detail"]) == (caller == OPERATOR)


def test_a_letter_of_a_run_or_of_a_job_that_is_gone_says_nothing(client: FlaskClient, engine: Engine) -> None:
    put_letter(engine, run=1)
    assert "dead_letter_id" not in refused(client.get(PATH), 404, "no_such_job")
    put_letter(engine, "dead:msg:s:2")
    tombstone = "INSERT INTO tombstones (job_id, input_sha256, state, run, hop) VALUES (:id, '', 'completed', 1, 0)"
    db.execute(engine, text(tombstone), {"id": JOB_ID})
    said = refused(client.get(PATH), 404, "no_such_job")
    assert "dead_letter_id" not in said
    assert said["state"] == "completed"
    assert f"ended as completed, and was deleted on {said['deleted_at'][:10]}" in said["detail"]
    convert(said, NoSuchJobView)


def test_only_an_operator_is_told_of_a_deleted_job(guarded: FlaskClient, engine: Engine, issuer: LocalIssuer) -> None:
    tombstone = "INSERT INTO tombstones (job_id, input_sha256, state, run, hop) VALUES (:id, '', 'completed', 1, 0)"
    db.execute(engine, text(tombstone), {"id": JOB_ID})
    headers = {"Authorization": f"Bearer {issuer.token(AUDIENCE, CALLER)}"}
    assert "state" not in refused(guarded.get(PATH, headers=headers), 404, "no_such_job")
