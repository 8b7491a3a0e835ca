"""The role that serves: the time limits it has in this database."""

from sqlalchemy import text
from sqlalchemy.engine import Connection

LIMITS = {
    # Shorter than the statement's limit, so that waiting for a lock can be told from a slow server.
    "lock_timeout": "3s",
    "statement_timeout": "5s",
    # A statement that waits for a lock continues after its client dies, and may commit: check that the client is alive.
    "client_connection_check_interval": "2s",
}
"""Settings of the role in this database, made by `migrate`: a pooler in transaction mode rejects or drops those that a
client sets when it connects. https://www.pgbouncer.org/features.html"""


def set_limits(connection: Connection) -> None:
    """Set the `LIMITS` of the connected role in the connected database, for sessions that begin from now on."""
    for name, value in LIMITS.items():
        sql = "SELECT format('ALTER ROLE %I IN DATABASE %I SET %I = %L', current_user, current_database(), "
        alter_role = connection.execute(
            text(sql + "CAST(:name AS text), CAST(:value AS text))"), {"name": name, "value": value}
        )
        connection.execute(text(alter_role.scalar_one()))
