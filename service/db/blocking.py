"""Find the session that a migration waits for, and say what an operator needs to know about it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Connection

from service.db.schema import metadata

# First who holds a lock on our tables, then who has any transaction, which an index that is built concurrently waits
# for; the oldest first. The text of its query is not read: it may contain a brief. Without pg_read_all_stats, the times
# of other roles' sessions are NULL.
BLOCKING = text("""
WITH held AS (
    SELECT l.pid, min(c.relname) AS on_table FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
    WHERE l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND c.relname = ANY(CAST(:tables AS text[]))
    GROUP BY l.pid
), sessions AS (
    SELECT a.pid, a.application_name, a.usename AS role, a.state, a.xact_start AS began, a.query_start AS last, on_table
    FROM pg_stat_activity a LEFT JOIN held USING (pid)
    WHERE a.datname = current_database() AND a.application_name <> :own AND a.backend_type = 'client backend'
      AND (on_table IS NOT NULL OR a.xact_start IS NOT NULL)
    UNION ALL
    SELECT NULL, gid, owner, 'prepared', prepared, NULL, (SELECT min(on_table) FROM held WHERE pid IS NULL)
    FROM pg_prepared_xacts WHERE database = current_database()
)
SELECT * FROM sessions ORDER BY on_table IS NULL, began LIMIT 1
""")


def blocking_session(connection: Connection, own: str) -> Mapping[str, Any] | None:
    """Return the session that most likely holds up the migration, or None; `own` is the migration's application."""
    tables: Sequence[str] = [*metadata.tables, "alembic_version"]
    # Otherwise a transaction sees the sessions as they were when it first asked.
    connection.exec_driver_sql("SELECT pg_stat_clear_snapshot()")
    found = connection.execute(BLOCKING, {"tables": tables, "own": own}).mappings().first()
    return None if found is None else dict(found)


def describe(session: Mapping[str, Any] | None) -> str:
    """Name the session in a sentence, and how to end it. Pure."""
    if session is None:
        return "The session that held the lock has ended meanwhile: run migrate again."
    on_table = f"holds a lock on {session['on_table']}" if session["on_table"] else "has an open transaction"
    since = f" since {_time(session['began'])}" if session["began"] else ""
    if session["pid"] is None:
        name = str(session["application_name"]).replace("'", "''")
        end = f"COMMIT PREPARED or ROLLBACK PREPARED '{name}'"
        return (
            f"The prepared transaction '{name}' of {session['role']} {on_table}{since}: {end}, then run migrate again."
        )
    program = session["application_name"] or "unnamed"
    state = f", {session['state']}" if session["state"] else ""
    last = f", its last statement began at {_time(session['last'])}" if session["last"] else ""
    who = f"process {session['pid']} (application {program}, role {session['role']}{state})"
    end = f"end it by SELECT pg_terminate_backend({session['pid']})"
    return f"The database's {who} {on_table}{since}{last}. Wait for it, or {end}, then run migrate again."


def _time(moment: datetime) -> str:
    return moment.astimezone().strftime("%H:%M:%S %Z")
