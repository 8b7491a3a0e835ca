"""Build and drop indexes while the service writes: for the `upgrade` of a revision.

    def upgrade() -> None:
        build_index("jobs_user", "jobs (user_id, created_at, id)")

A plain CREATE INDEX keeps every writer of the table waiting until it is built. These build concurrently, outside a
transaction (https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY). So a revision
that calls them should do nothing else: what it did before is committed even if the build fails. Each may be repeated:
`migrate` runs the whole revision again.
"""

import time
from typing import Any

from alembic import op
from sqlalchemy import text

from service.errors import Unavailable

IS_VALID = text("""
SELECT i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE c.relname = :name AND c.relnamespace = to_regnamespace(quote_ident(current_schema()))
""")
IS_EMPTY = text("SELECT pg_relation_size(to_regclass(:table)) = 0")
SET = text("SELECT set_config(:name, :value, false)")
POOLED = (
    "This database is reached through a pooler, and an index can be built without holding up the service only by a "
    "session of its own: run migrate with a DATABASE_URL that leads to the server itself."
)


def build_index(name: str, on: str, *, unique: bool = False) -> None:
    """Create the index `name`; `on` is what follows ON, such as `jobs (user_id) WHERE state <> 'completed'`.

    Does nothing if the index exists. What an interrupted build left is dropped and built again.
    """
    kind = "UNIQUE INDEX" if unique else "INDEX"
    is_valid = op.get_bind().execute(IS_VALID, {"name": name}).scalar_one_or_none()
    if is_valid:
        return
    if is_valid is None and op.get_bind().execute(IS_EMPTY, {"table": on.split(maxsplit=1)[0]}).scalar_one():
        # Nobody waits for the index of an empty table: a new database needs no connection that avoids the pooler.
        op.execute(f"CREATE {kind} {name} ON {on}")
        return
    leftover = () if is_valid is None else (f"DROP INDEX CONCURRENTLY {name}",)
    _outside_transaction(*leftover, f"CREATE {kind} CONCURRENTLY {name} ON {on}")


def drop_index(name: str) -> None:
    """Drop the index `name` if it exists."""
    if op.get_bind().execute(IS_VALID, {"name": name}).scalar_one_or_none() is not None:
        _outside_transaction(f"DROP INDEX CONCURRENTLY {name}")


def _outside_transaction(*statements: str) -> None:
    """Run statements that wait for every older transaction. Nobody waits for them meanwhile, so they may wait as long
    as `migrate` may."""
    context = op.get_context()
    attributes = context.config.attributes if context.config else {}
    if _is_pooled(op.get_bind()):
        raise Unavailable("database_pooled", POOLED)
    with context.autocommit_block():
        session = op.get_bind()
        try:
            for statement in statements:
                left_ms = max(1000, round(1000 * (attributes["until"] - time.monotonic())))
                session.execute(SET, {"name": "lock_timeout", "value": str(left_ms)})
                session.execute(SET, {"name": "statement_timeout", "value": "0"})
                op.execute(statement)
        finally:
            session.exec_driver_sql("RESET lock_timeout; RESET statement_timeout")


def _is_pooled(connection: Any) -> bool:
    """Whether a pooler stands between: it announces a process id that is not the session's own."""
    announced = connection.connection.driver_connection.info.backend_pid
    return bool(announced != connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
