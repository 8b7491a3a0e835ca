"""Run one statement: what it returns, and what its failures mean. Statements that every job needs are prepared: each
connection parses and plans them once (docs/decisions/0007).
"""

import hashlib
import logging
import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

import psycopg2
import psycopg2.extensions
from psycopg2.errors import DuplicatePreparedStatement, FeatureNotSupported, InvalidSqlStatementName
from sqlalchemy import Executable, text
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from service.errors import Unavailable

log = logging.getLogger(__name__)

BAD_DATA_CLASSES = ("22", "23", "54")
"""SQLSTATE classes of data that the database rejects: data exception, constraint violation, program limit.
https://www.postgresql.org/docs/current/errcodes-appendix.html"""

NO_TABLES = ("42P01", "42703")
"""SQLSTATEs of an undefined table and an undefined column."""
NOT_MIGRATED = "The database does not have this version's tables: run `python -m service migrate`."


Row = Mapping[str, Any]
"""A row of a result, by column name."""


class BadData(Exception):
    """The database, or its driver, rejects this data and always will."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement that each connection parses and plans once
    (https://www.postgresql.org/docs/current/sql-prepare.html).

    For a claim or a settle, parsing and planning are two thirds of the server's work. Made by `prepared`; `str()` is
    its text.
    """

    sql: str
    name: str
    """Includes a hash of the text: behind a pooler, another version of this service may share the server's session."""
    plain: str
    first: str
    again: str
    """The three forms for psycopg2: not prepared; prepared and executed in one round trip; only executed."""

    def __str__(self) -> str:
        return self.sql


def prepared(name: str, sql: str) -> Prepared:
    """Make a prepared statement of `sql`, which must return rows, with parameters as in `sqlalchemy.text`. PostgreSQL
    infers a parameter's type from where it is used, so one that is used as two types needs a CAST."""
    plain = str(text(sql).compile(dialect=PGDialect_psycopg2()))  # type: ignore[no-untyped-call]
    name = f"{name}_{hashlib.sha256(plain.encode()).hexdigest()[:8]}"
    parameters = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", plain)))
    numbered = re.sub(r"%\((\w+)\)s", lambda found: f"${parameters.index(found[1]) + 1}", plain)
    again = f"EXECUTE {name}({', '.join(f'%({parameter})s' for parameter in parameters)})"
    return Prepared(sql=sql, name=name, plain=plain, first=f"PREPARE {name} AS {numbered}; {again}", again=again)


def execute(engine: Engine, statement: Executable | Prepared, params: Mapping[str, object]) -> Sequence[Row]:
    """Run one statement in a transaction of its own and return its rows.

    Raises `BadData` if the data is rejected for good, and `Unavailable` if the database cannot be reached or did not
    answer: then the statement may or may not have been executed.
    """
    try:
        with engine.connect() as connection:
            if isinstance(statement, Prepared):
                return _execute_prepared(connection, statement, params)
            result = connection.execute(statement, params)
            return cast("Sequence[Row]", result.mappings().all()) if result.returns_rows else []
    except PoolTimeout as error:
        raise Unavailable("database_busy", "All database connections of this process are in use.") from error
    except (DBAPIError, psycopg2.Error) as error:
        original = error.orig if isinstance(error, DBAPIError) else error
        sqlstate: str = getattr(original, "pgcode", None) or ""
        if sqlstate[:2] in BAD_DATA_CLASSES:
            raise BadData(type(original).__name__) from error
        if sqlstate in NO_TABLES:
            raise Unavailable("database_not_migrated", NOT_MIGRATED, retry_after_s=60) from error
        raise Unavailable("database_unreachable", "The database cannot be reached or did not answer.") from error
    except (ValueError, UnicodeError) as error:
        # psycopg2 rejects NUL characters and lone surrogates before anything is sent.
        raise BadData(type(error).__name__) from error


def _execute_prepared(connection: Connection, statement: Prepared, params: Mapping[str, object]) -> Sequence[Row]:
    """Execute through psycopg2's own cursor: SQLAlchemy's overhead is larger than the statement's time."""
    cursor = connection.connection.cursor()
    try:
        _send(cursor, statement, params, connection.info.setdefault("prepared", set()))
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    except psycopg2.Error:
        if cursor.connection.closed:
            # SQLAlchemy must notice it by itself: then it discards every connection that is as old.
            with suppress(DBAPIError):
                connection.exec_driver_sql("SELECT 1")
        raise
    finally:
        cursor.close()


def _send(cursor: Any, statement: Prepared, params: Mapping[str, object], known: set[str]) -> None:
    """Execute the statement, prepared. A pooler may give us a different session each time, in which other clients have
    prepared other statements; these errors say so before anything is executed, so trying again is safe."""
    for _ in range(2):
        try:
            cursor.execute(statement.again if statement.name in known else statement.first, params)
        except DuplicatePreparedStatement:
            known.add(statement.name)
        except (InvalidSqlStatementName, FeatureNotSupported):
            # FeatureNotSupported: a migration changed the type of a column that the statement returns.
            known.discard(statement.name)
        else:
            known.add(statement.name)
            return
    cursor.execute(statement.plain, params)


def first(engine: Engine, statement: Executable | Prepared, params: Mapping[str, object]) -> Row | None:
    """As `execute`, for a statement that returns at most one row: that row, or None."""
    found = execute(engine, statement, params)
    return found[0] if found else None


def persist(
    engine: Engine, statement: Executable | Prepared, params: Mapping[str, object], *, out_of_time: Callable[[], bool]
) -> None:
    """Run an idempotent statement; repeat it while the database is away. Raises as `execute` once `out_of_time()`."""
    pause = 0.05
    while True:
        try:
            execute(engine, statement, params)
        except Unavailable:
            if out_of_time():
                raise
            log.warning("a fact could not be written; retrying", exc_info=True)
            time.sleep(pause)
            pause = min(pause * 2, 1.0)
        else:
            return


def is_reachable(engine: Engine) -> bool:
    try:
        execute(engine, text("SELECT 1"), {})
    except Unavailable:
        return False
    return True
