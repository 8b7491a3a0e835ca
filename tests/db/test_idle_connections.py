"""Connections that died while they were idle: the statement that would have been sent on one is sent on another."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, text

from lab.harness.messages import Brief
from lab.harness.waiting import eventually
from lab.harness.world import World
from service import db
from service.errors import Unavailable
from tests.support.gated import Start
from tests.support.operators import admin, cut, do
from tests.support.silence import Firewall

PID = text("SELECT pg_backend_pid() AS pid")
SESSIONS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


@pytest.fixture
def small(database_url: str) -> Iterator[Engine]:
    engine = db.connect(database_url, pool_size=5)
    yield engine
    engine.dispose()


def fill(engine: Engine) -> set[int]:
    """Open every connection of the pool; return their processes."""
    opened = [engine.connect() for _ in range(5)]
    pids = {connection.execute(PID).scalar_one() for connection in opened}
    for connection in opened:
        connection.close()
    return pids


def pid(engine: Engine) -> int:
    (row,) = db.execute(engine, PID, {})
    return int(row["pid"])


def gone(database_url: str) -> bool:
    """No other session is left."""
    connection = admin(database_url)
    ((others,),) = connection.ask(SESSIONS)
    connection.close()
    return bool(others == 0)


def test_a_pool_that_was_cut_is_noticed_before_anything_is_sent(small: Engine, database_url: str) -> None:
    before = fill(small)
    cut(database_url)
    with ThreadPoolExecutor(5) as pool:
        after = set(pool.map(pid, [small] * 20))
    assert not after & before


def test_connections_that_the_server_ends_when_idle(database_url: str) -> None:
    do(database_url, "ALTER DATABASE {database} SET idle_session_timeout = '100ms'")
    engine = db.connect(database_url, pool_size=5)
    seen = set()
    for _ in range(3):
        seen.add(pid(engine))
        eventually(lambda: gone(database_url))
    assert len(seen) == 3
    engine.dispose()


def test_pushes_are_taken_at_the_first_try(start: Start, world: World) -> None:
    do(world.database_url, "ALTER DATABASE {database} SET idle_session_timeout = '100ms'")
    service = start()
    for _ in range(3):
        assert service.push(Brief().body()).status == 204
        world.engine.dispose()
        eventually(lambda: gone(world.database_url))


def test_a_prepared_statement_too(small: Engine, database_url: str) -> None:
    doubled = db.prepared("doubled", "SELECT CAST(:n AS int) * 2 AS n")
    for _ in range(3):
        assert db.first(small, doubled, {"n": 21}) == {"n": 42}
        cut(database_url)


@pytest.mark.usefixtures("quick_pings")
def test_connections_that_a_firewall_forgot(database_url: str) -> None:
    with Firewall(database_url) as firewall:
        engine = db.connect(firewall.url, pool_size=5)
        before = fill(engine)
        assert firewall.forget() == 5
        after = [pid(engine) for _ in range(5)]
        assert not set(after) & before
        engine.dispose()


@pytest.fixture
def quick_pings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every connection that was idle must answer, and soon."""
    monkeypatch.setattr("service.db.idle.IDLE_S", 0.0)
    monkeypatch.setattr("service.db.idle.PING_S", 0.5)


@pytest.mark.usefixtures("quick_pings")
def test_a_frozen_session_is_replaced(small: Engine) -> None:
    frozen = pid(small)
    os.kill(frozen, signal.SIGSTOP)
    try:
        assert pid(small) != frozen
    finally:
        os.kill(frozen, signal.SIGCONT)


def test_a_session_that_ends_in_the_middle_of_a_statement_is_in_doubt(small: Engine, database_url: str) -> None:
    """Nobody knows whether it was committed: it is not sent again."""
    with ThreadPoolExecutor(1) as pool:
        asleep = pool.submit(
            db.execute, small, text("SELECT pg_sleep(4) FROM jobs RIGHT JOIN (SELECT 1) o ON true"), {}
        )
        connection = admin(database_url)
        eventually(lambda: connection.ask("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"))
        connection.close()
        cut(database_url)
        error = asleep.exception()
    assert isinstance(error, Unavailable)
    assert not isinstance(error, db.NotExecuted)
    assert error.code == "database_unreachable"


def test_a_demoted_server_is_left_as_soon_as_it_refuses_a_write(small: Engine, database_url: str) -> None:
    """Sessions that were opened while the server took no writes do not outlive that."""
    do(database_url, "ALTER DATABASE {database} SET default_transaction_read_only = on")
    fill(small)
    write = text("INSERT INTO acts (act, who, target) VALUES ('test', 'me', '{}')")
    with pytest.raises(db.NotExecuted, match="database_read_only"):
        db.execute(small, write, {})
    do(
        database_url,
        "SET default_transaction_read_only = off",
        "ALTER DATABASE {database} RESET default_transaction_read_only",
    )
    db.execute(small, write, {})
    db.check(small)


def test_a_long_statement_is_no_idleness(small: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection was kept at hand before it; it needs no ping afterwards."""
    pings: list[object] = []

    def answers(connection: object) -> bool:
        pings.append(connection)
        return True

    monkeypatch.setattr("service.db.idle._answers", answers)
    number = db.prepared("number", "SELECT CAST(:n AS int) AS n")
    db.execute(small, number, {"n": 1})
    db.execute(small, text("SELECT 1 FROM pg_sleep(1.1)"), {})
    db.execute(small, number, {"n": 2})
    assert pings == []
