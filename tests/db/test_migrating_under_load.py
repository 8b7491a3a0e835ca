"""A migration of tables that are in use: pushes go on meanwhile, and it ends with a sentence if it cannot be done."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
import pytest
from sqlalchemy import text

from service import db
from service.db.migrate import migrate
from service.errors import Unavailable

BEFORE_COLUMNS, BEFORE_INDEXES, INDEXES = "0004", "0003", "0004"
INSERT = """
    INSERT INTO jobs (id, user_id, content, preset, metadata, extra, input_sha256, state, stage)
    SELECT CAST(n AS text), 'u', 'Text', 'p', '{}', '{}', 'x', 'completed', 'END' FROM generate_series(1, 10) n
"""


@contextmanager
def session(url: str, application: str = "a long report") -> Iterator[Any]:
    connection = psycopg2.connect(url.replace("+psycopg2", ""), application_name=application)
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def long_transaction(url: str) -> Iterator[Any]:
    """A session that has updated a job and does not commit."""
    with session(url) as connection:
        connection.cursor().execute("UPDATE jobs SET content = content WHERE id = '1'")
        yield connection


@pytest.fixture
def old_url(bare_url: str) -> str:
    """A database with jobs, at the revision before the index and column that are added while it is in use."""
    migrate(bare_url, revision=BEFORE_INDEXES)
    with session(bare_url) as connection:
        connection.cursor().execute(INSERT)
        connection.commit()
    return bare_url


def run(url: str, sql: str) -> list[Any]:
    with session(url) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(sql)
        return list(cursor.fetchall()) if cursor.description else []


@pytest.mark.parametrize("before", [BEFORE_INDEXES, BEFORE_COLUMNS])
def test_a_migration_that_cannot_be_done_ends_and_names_the_session(old_url: str, before: str) -> None:
    migrate(old_url, revision=before)
    with long_transaction(old_url) as blocking:
        pid = blocking.info.backend_pid
        with pytest.raises(Unavailable) as caught:
            migrate(old_url, wait_s=0.1)
    assert caught.value.code == "database_locked"
    assert f"process {pid} (application a long report, role postgres, idle in transaction)" in caught.value.sentence
    assert f"pg_terminate_backend({pid})" in caught.value.sentence
    assert "holds a lock on jobs since" in caught.value.sentence
    migrate(old_url)
    assert run(old_url, "SELECT count(*) FROM pg_index WHERE NOT indisvalid") == [(0,)]


@pytest.mark.parametrize("before", [BEFORE_INDEXES, BEFORE_COLUMNS])
def test_writers_are_not_refused_while_a_migration_waits(old_url: str, before: str) -> None:
    migrate(old_url, revision=before)
    engine = db.connect(old_url, pool_size=1)
    done: list[BaseException | None] = []

    def migrating() -> None:
        try:
            migrate(old_url)
        except BaseException as error:
            done.append(error)
            raise
        done.append(None)

    with long_transaction(old_url) as blocking:
        thread = threading.Thread(target=migrating)
        thread.start()
        written = 0
        until = time.monotonic() + 4
        while time.monotonic() < until:
            # Each has the service's own time limits.
            db.execute(engine, text("UPDATE jobs SET content = content WHERE id = '2'"), {})
            written += 1
        assert not done
        blocking.commit()
    thread.join()
    assert done == [None]
    assert written > 1
    engine.dispose()


def test_two_migrations_of_tables_in_use_run_one_after_the_other(old_url: str) -> None:
    results: list[object] = []
    threads = [threading.Thread(target=lambda: results.append(migrate(old_url))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == len(threads)


def test_a_second_migration_does_not_wait_for_ever(old_url: str) -> None:
    with session(old_url) as other:
        other.cursor().execute("SELECT pg_advisory_xact_lock(hashtext('aiprod-pipeline migrations'))")
        with pytest.raises(Unavailable, match="Another migrate has been running"):
            migrate(old_url, wait_s=0.1)


def test_an_index_that_was_interrupted_is_built_again(old_url: str) -> None:
    run(old_url, "CREATE INDEX jobs_user ON jobs (user_id, created_at, id)")
    run(old_url, "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'jobs_user'::regclass")
    migrate(old_url, revision=INDEXES)
    assert run(old_url, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'jobs_user'::regclass") == [(True,)]


def test_each_revision_is_kept_though_a_later_one_fails(old_url: str) -> None:
    run(old_url, "CREATE TABLE pauses ()")
    with pytest.raises(Unavailable):
        migrate(old_url)
    assert run(old_url, "SELECT version_num FROM alembic_version") == [(BEFORE_COLUMNS,)]
    run(old_url, "DROP TABLE pauses")
    migrate(old_url)


def test_sequences_that_are_behind_their_tables_are_mended(bare_url: str) -> None:
    migrate(bare_url)
    run(bare_url, INSERT)
    states = (
        "INSERT INTO job_states (job_id, run, new_state, reason, state_metadata) VALUES ('1', 1, 'pending', 'r', '{}')"
    )
    for _ in range(3):
        run(bare_url, states)
    run(bare_url, "ALTER SEQUENCE job_states_id_seq RESTART WITH 1")
    mended = migrate(bare_url).mended
    assert [(one.table, one.at, one.highest) for one in mended] == [("job_states", 0, 3)]
    run(bare_url, states)
    assert run(bare_url, "SELECT max(id) FROM job_states") == [(4,)]
    assert migrate(bare_url).mended == []
