"""Rows that tests write and count by themselves."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, func, select

from service import db
from service.api.submit import Submitted, submit
from service.auth.callers import Caller
from service.delivery.messages import job_from
from tests.support.bad_messages import PRESETS
from tests.support.bad_messages import job as document

OPERATOR = Caller("operator@example.com", is_operator=True)
TOKEN = "00000000-0000-4000-8000-000000000001"
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def put(engine: Engine, **changes: object) -> Submitted:
    message = job_from(document(changes), PRESETS)
    return submit(engine, message, caller=OPERATOR, first_stage="INIT", topic="aiprod-pipeline-jobs")


def count(engine: Engine, table: Any) -> int:
    row = db.first(engine, select(func.count().label("n")).select_from(table), {})
    assert row is not None
    return int(row["n"])
