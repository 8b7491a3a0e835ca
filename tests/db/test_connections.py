"""Statements whose value is refused, whose server is frozen, or whose pool is used up."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, Executable, text

from lab.harness.waiting import eventually
from service import db
from service.errors import Unavailable

ASLEEP = db.prepared("asleep", "SELECT pid FROM (SELECT pg_backend_pid() AS pid) own, pg_sleep(CAST(:s AS float8))")
BACKEND = "SELECT pg_backend_pid() AS pid, CAST(:n AS int) AS n"


@pytest.mark.parametrize("statement", [text(BACKEND), db.prepared("backend", BACKEND)], ids=["text", "prepared"])
def test_a_frozen_server_is_not_waited_for_for_ever(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, statement: Executable | db.Prepared
) -> None:
    monkeypatch.setattr("service.db.patience.PATIENCE_S", 0.5)
    monkeypatch.setattr("service.db.patience.LOOK_EVERY_S", 0.1)
    (backend,) = db.execute(engine, statement, {"n": 1})
    os.kill(backend["pid"], signal.SIGSTOP)
    try:
        with pytest.raises(Unavailable, match="database_unreachable"):
            db.execute(engine, statement, {"n": 1})
    finally:
        os.kill(backend["pid"], signal.SIGCONT)
    # The frozen connection is thrown away: the next statement has one that works.
    (row,) = db.execute(engine, statement, {"n": 1})
    assert row["pid"] != backend["pid"]


def test_a_slow_answer_that_comes_in_time_is_taken(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.db.patience.LOOK_EVERY_S", 0.1)
    assert db.execute(engine, text("SELECT 1 AS one FROM pg_sleep(0.5)"), {}) == [{"one": 1}]


def test_a_connection_that_is_kept_goes_to_whoever_waits_for_the_pool(database_url: str) -> None:
    engine = db.connect(database_url, pool_size=1)

    def ask(number: int) -> set[int]:
        statement = ASLEEP if number % 2 else text(ASLEEP.sql)
        return {db.execute(engine, statement, {"s": 0.01})[0]["pid"] for _ in range(20)}

    with ThreadPoolExecutor(4) as threads:
        assert len(set().union(*threads.map(ask, range(4)))) == 1
    engine.dispose()


@pytest.mark.parametrize("value", ["a\x00b", "\ud800"])
def test_what_only_the_database_refuses_is_bad_data(engine: Engine, value: str) -> None:
    with pytest.raises(db.BadData):
        db.execute(engine, text("SELECT CAST(:value AS text)"), {"value": value})


def test_a_number_out_of_range_is_bad_data(engine: Engine) -> None:
    with pytest.raises(db.BadData):
        db.execute(engine, text("SELECT CAST(:value AS int)"), {"value": 2**40})


def test_a_connection_in_use_while_the_engine_is_disposed_of_is_not_kept(database_url: str) -> None:
    """What it knows of the server may be old."""
    engine = db.connect(database_url, pool_size=2)
    with ThreadPoolExecutor(1) as threads:
        before = threads.submit(db.execute, engine, ASLEEP, {"s": 0.5})
        eventually(lambda: db.execute(engine, text("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"), {}))
        engine.dispose()
    assert db.execute(engine, ASLEEP, {"s": 0.0}) != before.result()
    engine.dispose()


def test_a_pool_that_is_used_up_is_unavailable(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.db.engine.POOL_TIMEOUT_S", 0.1)
    engine = db.connect(database_url, pool_size=1)
    with engine.connect(), pytest.raises(Unavailable, match="database_busy"):
        db.execute(engine, text("SELECT 1"), {})
    engine.dispose()
