"""Break connections to the database, at one statement of the delivery or all at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
from sqlalchemy import Engine

from lab.harness.world import World
from tests.support import wire

STATEMENTS = {
    "claim": "INSERT INTO jobs AS j",
    "checkpoint": "UPDATE jobs SET progress = progress + 1, stage =",
    "settle": "UPDATE jobs SET state =",
    "mark": "UPDATE outbox SET published_at",
}


@contextmanager
def broken(engine: Engine, statement: str, *, committed: bool, times: int = 1) -> Iterator[list[str]]:
    """Break the connection of the next `times` statements of this kind, before they are sent or after their commit."""
    hits: list[str] = []

    def strike(connection: Any, sql: str, _values: Any) -> None:
        if STATEMENTS[statement] in sql and len(hits) < times:
            hits.append(sql)
            connection.close()
            raise psycopg2.OperationalError("server closed the connection unexpectedly")

    with wire.listening(engine, "after" if committed else "before", strike):
        yield hits


def cut_all_connections(world: World) -> None:
    world.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
