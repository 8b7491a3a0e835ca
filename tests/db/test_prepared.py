"""Statements are parsed and planned once per connection, even behind a pooler that changes the session each time."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from psycopg2 import extensions
from sqlalchemy import Engine, event, text

from lab.harness.messages import Brief
from lab.harness.world import World
from service import db
from service.db import prepared
from tests.support.gated import Start

DOUBLE = prepared(
    "double", "SELECT CAST(:number AS integer) * 2 AS doubled, CAST('50 %' AS text) AS sign, :number AS same"
)


@pytest.fixture
def one(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """An engine of one connection, which goes back to its pool after each statement."""
    monkeypatch.setattr("service.db.idle.KEEP_S", 0.0)
    engine = db.connect(database_url, pool_size=1)
    yield engine
    engine.dispose()


def known(engine: Engine) -> list[str]:
    return [row["name"] for row in db.execute(engine, text("SELECT name FROM pg_prepared_statements"), {})]


def doubled(engine: Engine, number: int = 21) -> Any:
    row = db.first(engine, DOUBLE, {"number": number})
    assert row is not None
    return row["doubled"]


def sent(engine: Engine, before: Callable[[Any, str], None] = lambda _cursor, _word: None) -> list[str]:
    """What goes to the server from now on, the first word of each; `before` is called with its cursor."""
    words: list[str] = []

    class Cursor(extensions.cursor):
        def execute(self, query: Any, vars: Any = None) -> None:  # noqa: A002 (psycopg2's name)
            words.append(query.split()[0])
            before(super(), words[-1])
            super().execute(query, vars)

    def listen(connection: Any, *_: Any) -> None:
        connection.cursor_factory = Cursor

    event.listen(engine, "checkout", listen)
    return words


def test_a_connection_prepares_once(one: Engine) -> None:
    words = sent(one)
    assert db.execute(one, DOUBLE, {"number": 21}) == [{"doubled": 42, "sign": "50 %", "same": 21}]
    assert doubled(one, 4) == 8
    assert words == ["PREPARE", "EXECUTE"]
    assert known(one) == [DOUBLE.name]


def test_a_name_is_of_one_text() -> None:
    assert prepared("double", "SELECT 1").name != prepared("double", "SELECT 2").name


def test_a_session_that_has_not_prepared_it_does_so(one: Engine) -> None:
    assert doubled(one) == 42
    with one.connect() as connection:
        connection.exec_driver_sql("DEALLOCATE ALL")
    words = sent(one)
    assert doubled(one) == 42
    assert words == ["EXECUTE", "PREPARE"]


def test_a_session_that_somebody_else_has_prepared_is_used(one: Engine) -> None:
    assert doubled(one) == 42
    with one.connect() as connection:
        connection.info.clear()
    words = sent(one)
    assert doubled(one) == 42
    assert words == ["PREPARE", "EXECUTE"]


def test_sessions_that_change_each_time_execute_it_unprepared(one: Engine) -> None:
    """Each EXECUTE meets a session that has it not, and each PREPARE one that has."""
    assert doubled(one) == 42

    def change(cursor: Any, word: str) -> None:
        if word == "EXECUTE":
            cursor.execute("DEALLOCATE ALL")
        elif word == "PREPARE":
            cursor.execute(f"PREPARE {DOUBLE.name} AS SELECT 1")

    words = sent(one, change)
    assert doubled(one) == 42
    assert words == ["EXECUTE", "PREPARE", "SELECT"]


def test_a_column_whose_type_a_migration_changes_is_read(one: Engine) -> None:
    read = prepared("read", "SELECT topic FROM outbox WHERE id = :id")
    insert = (
        "INSERT INTO outbox (topic, message_key, ordering_key, attributes, payload) VALUES ('t', 'k', '', '{}', '')"
    )
    with one.connect() as connection:
        row_id = connection.execute(text(f"{insert} RETURNING id")).scalar_one()
    assert db.first(one, read, {"id": row_id}) == {"topic": "t"}
    with one.connect() as connection:
        connection.execute(text("ALTER TABLE outbox ALTER COLUMN topic TYPE varchar(300)"))
    assert db.first(one, read, {"id": row_id}) == {"topic": "t"}


def test_a_value_that_the_database_refuses_is_bad_data(one: Engine) -> None:
    for value in ("many", "\x00"):
        with pytest.raises(db.BadData):
            db.execute(one, DOUBLE, {"number": value})
    assert doubled(one) == 42


MANY = """
INSERT INTO outbox (topic, message_key, ordering_key, attributes, payload, published_at)
SELECT 't', n::text, '', '{}', '', now() FROM generate_series(1, 20000) n RETURNING 1
"""


def test_the_statements_of_a_delivery_are_not_planned_each_time(start: Start, world: World) -> None:
    """PostgreSQL keeps a plan if one for any values costs no more than those it made for the first five. It takes an
    array for one of ten values, so a statement with one was planned each time."""
    world.query(MANY)
    world.query("ANALYZE outbox; SELECT 1")
    service = start()
    for _ in range(8):
        assert service.push(Brief().body()).status == 204
    found = db.execute(
        service.service.engine, text("SELECT name, generic_plans > 0 AS is_kept FROM pg_prepared_statements"), {}
    )
    kept = {row["name"].rpartition("_")[0]: row["is_kept"] for row in found}
    assert kept == {"claim": True, "checkpoint": True, "settle": True, "mark": True}
