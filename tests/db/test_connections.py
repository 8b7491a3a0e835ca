"""Statements whose value is refused, whose server is frozen, or whose pool is used up."""

import os
import signal

import pytest
from sqlalchemy import Engine, text

from lab.harness.world import World
from service import db
from service.errors import Unavailable


def test_a_frozen_server_is_not_waited_for_for_ever(
    world: World, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.db.engine.PATIENCE_S", 0.5)
    (backend,) = world.query("SELECT pg_backend_pid() AS pid")
    with engine.connect() as connection:
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        assert pid == backend["pid"]
    os.kill(pid, signal.SIGSTOP)
    try:
        with pytest.raises(Unavailable):
            db.execute(engine, text("SELECT 1"), {})
    finally:
        os.kill(pid, signal.SIGCONT)
    # The frozen connection is thrown away: the next statement has one that works.
    (row,) = db.execute(engine, text("SELECT pg_backend_pid() AS pid"), {})
    assert row["pid"] != pid


@pytest.mark.parametrize("value", ["a\x00b", "\ud800"])
def test_what_only_the_database_refuses_is_bad_data(engine: Engine, value: str) -> None:
    with pytest.raises(db.BadData):
        db.execute(engine, text("SELECT CAST(:value AS text)"), {"value": value})


def test_a_number_out_of_range_is_bad_data(engine: Engine) -> None:
    with pytest.raises(db.BadData):
        db.execute(engine, text("SELECT CAST(:value AS int)"), {"value": 2**40})


def test_a_pool_that_is_used_up_is_unavailable(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.db.engine.POOL_TIMEOUT_S", 0.1)
    engine = db.connect(database_url, pool_size=1)
    with engine.connect(), pytest.raises(Unavailable, match="database_busy"):
        db.execute(engine, text("SELECT 1"), {})
    engine.dispose()
