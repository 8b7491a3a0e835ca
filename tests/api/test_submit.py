"""What is submitted, on a real PostgreSQL."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from service import db, queries
from service.api.submit import JobIdConflict, Submitted, submit
from service.db.schema import job_states, jobs, outbox
from service.delivery.messages import JobMessage, job_from
from service.errors import Unavailable
from tests.support.bad_messages import JOB, PRESETS
from tests.support.bad_messages import job as document
from tests.support.lost_answers import replace_rows
from tests.support.rows import OPERATOR, count, put


def test_a_job_its_history_and_its_message_are_stored_together(engine: Engine) -> None:
    assert put(engine, campaign={"id": 7}) == Submitted(JOB["job_id"], "pending", is_new=True)
    row = db.first(engine, select(jobs), {})
    assert row is not None
    assert (row["state"], row["state_before"], row["stage"], row["run"], row["hop"]) == ("pending", None, "INIT", 1, 0)
    assert (row["metadata"], row["extra"]) == ({"lang": "en"}, {"campaign": {"id": 7}})
    assert bytes(row["input_sha256"]) == JobMessage(**JOB).input_sha256
    change = db.first(engine, select(job_states), {})
    assert change is not None
    assert (change["previous_state"], change["new_state"], change["reason"]) == (None, "pending", "submitted")
    owed = db.first(engine, select(outbox), {})
    assert owed is not None
    assert owed["message_key"] == f"job:{JOB['job_id']}:1:0"
    assert owed["topic"] == "aiprod-pipeline-jobs"
    assert owed["ordering_key"] == JOB["user_id"]
    assert owed["attributes"] == {"run": "1", "hop": "0"}
    assert owed["published_at"] is None
    assert owed["payload"] == job_from(document({"campaign": {"id": 7}}), PRESETS).encode()


def test_the_same_job_again_is_the_same_job(engine: Engine) -> None:
    put(engine)
    db.execute(engine, update(jobs).values(state="cancelled"), {})
    assert put(engine, campaign="another field that is no input") == Submitted(JOB["job_id"], "cancelled", is_new=False)
    assert (count(engine, jobs), count(engine, job_states), count(engine, outbox)) == (1, 1, 1)


@pytest.mark.parametrize("changes", [{"user_id": "user-2"}, {"content": "Other."}, {"metadata": {}}], ids=str)
def test_other_inputs_under_the_same_id_are_a_conflict(engine: Engine, changes: dict[str, object]) -> None:
    put(engine)
    with pytest.raises(JobIdConflict) as caught:
        put(engine, **changes)
    assert (caught.value.code, caught.value.field) == ("job_id_conflict", "job_id")
    row = db.first(engine, select(jobs.c.content, jobs.c.user_id, jobs.c.metadata), {})
    assert row is not None
    assert dict(row) == {name: JOB[name] for name in ("content", "user_id", "metadata")}
    assert count(engine, outbox) == 1


def test_thirty_submissions_at_once_make_one_job(engine: Engine) -> None:
    start = threading.Barrier(10)

    def together(_: int) -> Submitted:
        start.wait()
        return put(engine)

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(together, range(30)))
    assert sum(answer.is_new for answer in answers) == 1
    assert (count(engine, jobs), count(engine, job_states), count(engine, outbox)) == (1, 1, 1)


def test_a_commit_whose_answer_was_lost_is_looked_up(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    real, answers = db.execute, iter([True])

    def lose_the_first(*args: Any) -> Any:
        found = real(*args)
        if next(answers, False):
            raise Unavailable("database_unreachable", "The connection was cut.")
        return found

    replace_rows(monkeypatch, lose_the_first)
    assert put(engine).state == "pending"
    assert (count(engine, jobs), count(engine, outbox)) == (1, 1)


def test_a_database_that_is_away_is_said_to_be(engine: Engine) -> None:
    away = db.connect("postgresql+psycopg2://nobody@127.0.0.1:9/none", pool_size=1)
    with pytest.raises(Unavailable):
        submit(away, JobMessage(**JOB), caller=OPERATOR, first_stage="INIT", topic="t")
    assert count(engine, jobs) == 0


def test_metadata_is_kept_as_it_was_spelled(engine: Engine) -> None:
    """Else a message built from the row would no longer be the same job."""
    metadata = {"n": [1e2, 100, 1e300, -0.0, 0.1, 10**40], "é\u2028": "\N{CLAPPER BOARD}", "z": 1, "a": 2}
    put(engine, metadata=metadata)
    found = queries.job_inputs(engine, JOB["job_id"])
    assert found is not None
    again = JobMessage(**{**JOB, "metadata": found.metadata, "content": found.content})
    assert again.input_sha256 == job_from(document({"metadata": metadata}), PRESETS).input_sha256
