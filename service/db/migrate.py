"""Migrate the tables to this version while the service works on them.

A statement that changes a table waits for every transaction that has used it, and whatever comes afterwards waits
behind that statement. So each waits for a moment only, and is tried again later: pushes go on meanwhile.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources

import psycopg2.errors
import psycopg2.extensions
import psycopg2.extras
from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError

from service.db.blocking import blocking_session, describe
from service.db.engine import CONNECT_TIMEOUT_S, MIGRATION
from service.db.failures import Report, report
from service.db.roles import grant, set_limits
from service.db.sequences import Behind, mend_sequences
from service.errors import Unavailable

log = logging.getLogger(__name__)

WAIT_S = 60.0
"""How long `migrate` tries to get its locks, unless it is told otherwise."""
PAUSE_S = 2.0
"""Between two tries: those that waited behind the first get their turn."""

OWN_LIMITS = {
    # Below the service's own lock_timeout, so that what waits behind this statement is not refused.
    "lock_timeout": "1s",
    "statement_timeout": "0",
    "transaction_timeout": "0",
    # A migrate that is stopped must not keep its locks.
    "idle_in_transaction_session_timeout": "30s",
}
"""Settings of each transaction of a migration, whatever its role has."""

SET_LOCAL = """
SELECT set_config(s.name, w.value, true)
FROM (VALUES {}) AS w (name, value) JOIN pg_settings s ON s.name = w.name
""".format(", ".join(f"('{name}', '{value}')" for name, value in OWN_LIMITS.items()))
"""A server that does not know one of them, leaves it out."""

TRY_ALONE = text("SELECT pg_try_advisory_xact_lock(hashtext('aiprod-pipeline migrations'))")


@dataclass(frozen=True, slots=True)
class Migrated:
    """What else was done."""

    mended: Sequence[Behind]
    """The sequences that were behind their tables."""
    note: str
    """What the role that serves has more than it needs, as a sentence; empty if nothing."""
    problem: str
    """Why the role's time limits are not set, as a sentence; empty if they are."""


def migrate(
    database_url: str, *, serving_role: str | None = None, wait_s: float = WAIT_S, revision: str = "head"
) -> Migrated:
    """Migrate the tables to this version (or to `revision`), mend the sequences, and give the role that serves its
    privileges and time limits; without a name, it is the role that is connected. Two at once run one after the other.
    What is done stays done if a later step fails: to run it again continues there.

    Raises `Unavailable` if the database cannot be reached, or if another session has kept a lock for `wait_s` seconds;
    the sentence names that session.
    """
    until = time.monotonic() + wait_s
    engine = create_engine(
        database_url,
        # A transaction that keeps one snapshot would be waited for by our own concurrent index.
        isolation_level="READ COMMITTED",
        hide_parameters=True,
        connect_args={"connect_timeout": CONNECT_TIMEOUT_S, "application_name": MIGRATION},
    )
    # So that Ctrl-C ends a long statement: psycopg2 by itself waits for its end.
    psycopg2.extensions.set_wait_callback(psycopg2.extras.wait_select)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(SET_LOCAL))
    try:
        with _alone(engine, until, wait_s) as guard:
            _upgrade(engine, guard, revision, until, wait_s)
            with engine.begin() as connection:
                mended = mend_sequences(connection)
                note = "" if serving_role is None else grant(connection, serving_role)
                problem = set_limits(connection, serving_role)
    except DBAPIError as error:
        problem = _problem(error)
    else:
        return Migrated(mended, note, problem)
    finally:
        psycopg2.extensions.set_wait_callback(None)
        engine.dispose()
    raise Unavailable("database_not_migrated", f"The database cannot be migrated: {problem}")


def _problem(error: DBAPIError) -> str:
    """Say what PostgreSQL reports, without the values it may quote."""
    found = report(error.orig) if error.orig is not None else Report(sqlstate="")
    return found.message or str(found)


@contextmanager
def _alone(engine: Engine, until: float, wait_s: float) -> Iterator[Connection]:
    """Let one migrate at a time in. The lock belongs to a transaction, of a connection that does nothing else: behind
    a pooler, a session's lock would stay with a session that another client gets."""
    with engine.connect() as guard:
        while True:
            guard.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
            if guard.execute(TRY_ALONE).scalar_one():
                break
            guard.rollback()
            _pause(until, f"Another migrate has been running for {wait_s:g} s: wait for it, then run migrate again.")
        yield guard


def _upgrade(engine: Engine, guard: Connection, revision: str, until: float, wait_s: float) -> None:
    """Run the revisions that are missing, from the first that is not committed."""
    # Here, because a process that serves has no use for it: it is a tenth of a cold start.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(resources.files("service.db") / "migrations"))
    # A revision is not committed unless this migrate is still the only one.
    config.attributes["on_version_apply"] = lambda **_: guard.exec_driver_sql("SELECT 1")
    config.attributes["until"] = until
    while True:
        try:
            with engine.connect() as connection:
                config.attributes["connection"] = connection
                command.upgrade(config, revision)
        except DBAPIError as error:
            if not isinstance(error.orig, (psycopg2.errors.LockNotAvailable, psycopg2.errors.DeadlockDetected)):
                raise
            blocked_by = describe(blocking_session(guard, MIGRATION))
            log.warning("a migration waits for a lock; trying again. %s", blocked_by, extra={"action": "migrate"})
            _pause(
                until, f"The tables are in use: no lock within {wait_s:g} s, so the migration is not done. {blocked_by}"
            )
        else:
            return


def _pause(until: float, sentence: str) -> None:
    """Wait for the next try. Raises `Unavailable` with the sentence if there is no time for one."""
    if time.monotonic() + PAUSE_S > until:
        raise Unavailable("database_locked", sentence)
    time.sleep(PAUSE_S)
