"""Run one statement: what it returns, and what its failures mean. Statements that every job needs are prepared: each
connection parses and plans them once (docs/decisions/0007).
"""

import hashlib
import logging
import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar, cast

import psycopg2
import psycopg2.extensions
from msgspec import Struct
from psycopg2.errors import DuplicatePreparedStatement, FeatureNotSupported, InvalidSqlStatementName
from sqlalchemy import Executable, PoolProxiedConnection, TextClause, text
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from service import tracing
from service.db.failures import (
    BadData,
    NotExecuted,
    Report,
    may_be_the_data,
    not_connected,
    report,
    unavailable,
)
from service.db.faults import faults_of
from service.db.idle import USED, kept_of
from service.db.patience import waiting
from service.errors import Unavailable

log = logging.getLogger(__name__)

T = TypeVar("T")
C = TypeVar("C")

MAX_TRIES = 3
"""How often a statement is sent that was surely not executed and may succeed at once."""

STICKY = frozenset({"database_read_only", "database_privilege", "database_not_migrated", "database_slow"})
"""Codes of faults that a session may keep although they are mended: a server that has been demoted, a setting of the
role. Connections that were used before are then replaced."""

UNSTORABLE = "NUL or a lone surrogate"

Row = Mapping[str, Any]
"""A row of a result, by column name."""


class Prepared(Struct, frozen=True):
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

    Raises `BadData` if the data is rejected for good, `NotExecuted` if the statement was surely not executed, for a
    reason that is not the data's, and any other `Unavailable` if the database did not answer: then the statement may or
    may not have been executed.
    """
    if not tracing.is_recording():
        return _executed(engine, statement, params)
    with tracing.span(_span_name(statement), "client", db__system__name="postgresql"):
        return _executed(engine, statement, params)


def _executed(engine: Engine, statement: Executable | Prepared, params: Mapping[str, object]) -> Sequence[Row]:
    tries = 0
    while True:
        if isinstance(statement, Prepared):
            outcome = _attempt_prepared(engine, statement, params)
        else:
            outcome = _attempt(engine, lambda connection: _run(connection, statement, params))
        if not isinstance(outcome, (Report, Unavailable)):
            faults = faults_of(engine)
            if faults.last is not None:
                faults.succeeded(_sql(statement))
            return outcome
        error = _meaning(engine, statement, params, outcome)
        tries += 1
        if tries == MAX_TRIES or not (isinstance(error, NotExecuted) and error.is_repeatable):
            break
    if _is_write(statement):
        faults_of(engine).failed(_sql(statement), error)
    why = error.__cause__ or error.sentence
    log.warning("a statement failed: %s", why, extra={"action": "database", "code": error.code})
    raise error


def _span_name(statement: Executable | Prepared) -> str:
    """The name of a prepared statement, or the verb and the first table of another one."""
    if isinstance(statement, Prepared):
        return statement.name.rpartition("_")[0]
    verb = re.search(r"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM)\b", _sql(statement))
    table = re.search(r"\b(?:FROM|INTO|UPDATE)\s+(?!SET\b)([a-z_]{2,})", _sql(statement))
    return " ".join(found[1] for found in (verb, table) if found) or "statement"


def _meaning(
    engine: Engine, statement: Executable | Prepared, params: Mapping[str, object], failure: Report | Unavailable
) -> Unavailable:
    """Return the error of a statement that failed. Raises `BadData` if its data is at fault."""
    if isinstance(failure, Unavailable):
        return failure
    if may_be_the_data(failure) and (not _is_write(statement) or _is_refused_alone(engine, statement, params)):
        raise BadData(f"SQLSTATE {failure.sqlstate}")
    return unavailable(failure)


def undone(engine: Engine, statement: Executable, params: Mapping[str, object]) -> None:
    """Run one statement and roll it back: could it be executed now? Raises as `execute`, but not `BadData`."""

    def run(connection: Connection) -> None:
        with connection.execution_options(isolation_level="READ COMMITTED").begin() as transaction:
            connection.execute(statement, params)
            transaction.rollback()

    outcome = _attempt(engine, run)
    if isinstance(outcome, (Report, Unavailable)):
        raise outcome if isinstance(outcome, Unavailable) else unavailable(outcome)


def _attempt(engine: Engine, run: Callable[[Connection], T]) -> T | Report | Unavailable:
    """Run something on a connection; return what it returns, or why it failed: what PostgreSQL reports, or the error.

    Errors are returned, so that none of ours carries one of psycopg2's as its context: that may quote values.
    """
    connection = _connected(lambda: Connection(engine, kept_of(engine).take(engine)))
    if isinstance(connection, Unavailable):
        return connection
    with connection:
        try:
            with waiting(connection.connection.dbapi_connection):
                return run(connection)
        except (DBAPIError, psycopg2.Error) as error:
            failure = report(_original(error))
        is_new = connection.invalidated or USED not in connection.info
    return failure if is_new else _or_reconnected(engine, failure)


def _attempt_prepared(
    engine: Engine, statement: Prepared, params: Mapping[str, object]
) -> Sequence[Row] | Report | Unavailable:
    """As `_attempt`, without a connection of SQLAlchemy's own: to make and close one takes as long as to send a
    statement."""
    kept = kept_of(engine)
    pooled = _connected(lambda: kept.take(engine))
    if isinstance(pooled, Unavailable):
        return pooled
    try:
        with waiting(pooled.dbapi_connection):
            rows = _execute_prepared(pooled, statement, params)
    except psycopg2.Error as error:
        failure = report(error)
        is_new = USED not in pooled.info or _has_ended(engine, pooled)
        pooled.close()
        return failure if is_new else _or_reconnected(engine, failure)
    except BaseException:
        pooled.close()
        raise
    kept.give_back(pooled)
    return rows


def _connected(connect: Callable[[], C]) -> C | Unavailable:
    try:
        return connect()
    except PoolTimeout:
        return NotExecuted("database_busy", "All database connections of this process are in use.")
    except Unavailable as error:
        return error
    except (SQLAlchemyError, psycopg2.Error) as error:
        return not_connected(_original(error))


def _has_ended(engine: Engine, pooled: PoolProxiedConnection) -> bool:
    """Whether the connection is broken. SQLAlchemy must notice it by itself: then it discards every connection that is
    as old."""
    if not cast("Any", pooled.dbapi_connection).closed:
        return False
    with suppress(DBAPIError):
        Connection(engine, pooled).exec_driver_sql("SELECT 1")
    return True


def _or_reconnected(engine: Engine, failure: Report) -> Report | Unavailable:
    """Return the failure; if a session may keep its cause although it is mended, replace all connections."""
    refused = unavailable(failure)
    if not isinstance(refused, NotExecuted) or refused.code not in STICKY:
        return failure
    # What is being used by others is closed when they return it.
    engine.dispose()
    refused.is_repeatable = refused.code != "database_slow"
    return refused


def _original(error: Exception) -> BaseException:
    return getattr(error, "orig", None) or error


def _run(connection: Connection, statement: Executable, params: Mapping[str, object]) -> Sequence[Row]:
    try:
        result = connection.execute(statement, params)
        return cast("Sequence[Row]", result.mappings().all()) if result.returns_rows else []
    except (ValueError, StatementError) as error:
        if isinstance(error, DBAPIError) or not _holds_unstorable(params):
            raise
    raise BadData(UNSTORABLE)


def _holds_unstorable(params: Mapping[str, object]) -> bool:
    """Whether psycopg2 rejected a value: NUL characters and lone surrogates, before anything is sent."""
    return any(_is_unstorable(value) for value in params.values())


def _is_unstorable(value: object) -> bool:
    """Whether it contains text that no PostgreSQL stores."""
    if isinstance(value, (list, tuple)):
        return any(_is_unstorable(one) for one in value)
    return isinstance(value, str) and ("\0" in value or any("\ud800" <= character <= "\udfff" for character in value))


def _is_write(statement: Executable | Prepared) -> bool:
    return re.search(r"\b(INSERT|UPDATE|DELETE)\b", _sql(statement)) is not None


def _sql(statement: Executable | Prepared) -> str:
    return statement.text if isinstance(statement, TextClause) else str(statement)


def _is_refused_alone(engine: Engine, statement: Executable | Prepared, params: Mapping[str, object]) -> bool:
    """Whether the database refuses these values without any table, as text or as what the statement takes them for.
    If it does not, its tables are at fault: a column that was changed, a trigger, an index that was added."""
    as_json = set(re.findall(r"CAST\(:(\w+) AS json\)", _sql(statement)))
    values = {name: value for name, value in params.items() if isinstance(value, str)}
    if not values:
        return False
    casts = ", ".join(f"CAST(:{name} AS {'json' if name in as_json else 'text'})" for name in values)
    outcome = _attempt(engine, lambda connection: _run(connection, text(f"SELECT {casts}"), values))
    return isinstance(outcome, Report) and may_be_the_data(outcome)


def _execute_prepared(
    pooled: PoolProxiedConnection, statement: Prepared, params: Mapping[str, object]
) -> Sequence[Row]:
    """Execute through psycopg2's own cursor: SQLAlchemy's overhead is larger than the statement's time."""
    cursor = pooled.cursor()
    try:
        _send(cursor, statement, params, pooled.info.setdefault("prepared", set()))
        rows = cursor.fetchall()
        if not rows:
            return []
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in rows]
    except ValueError:
        if not _holds_unstorable(params):
            raise
    finally:
        cursor.close()
    raise BadData(UNSTORABLE)


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
