"""Migrate the tables to this version, and set the time limits that the server enforces."""

from importlib import resources

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from service.db.engine import CONNECT_TIMEOUT_S, MIGRATION
from service.errors import Unavailable

LIMITS = {
    # Shorter than the statement's limit, so that waiting for a lock can be told from a slow server.
    "lock_timeout": "3s",
    "statement_timeout": "5s",
    # A statement that waits for a lock continues after its client dies, and may commit: check that the client is alive.
    "client_connection_check_interval": "2s",
}
"""Settings of the role in this database, made by `migrate`: a pooler in transaction mode rejects or drops those that a
client sets when it connects. https://www.pgbouncer.org/features.html"""


def migrate(database_url: str) -> None:
    """Migrate the tables to this version, and set the role's `LIMITS` in this database. Two at once run one after the
    other (an advisory lock). Run it as the role that the service uses.

    Raises `Unavailable` if the database cannot be reached.
    """
    engine = create_engine(
        database_url, connect_args={"connect_timeout": CONNECT_TIMEOUT_S, "application_name": MIGRATION}
    )
    try:
        with engine.begin() as connection:
            connection.execute(text("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('aiprod-pipeline migrations'))"))
            config = _alembic_config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            set_limits(connection)
    except DBAPIError as error:
        raise Unavailable("database_unreachable", f"The database cannot be migrated: {error.orig}".strip()) from error
    finally:
        engine.dispose()


def set_limits(connection: Connection) -> None:
    """Set the `LIMITS` of the connected role in the connected database, for sessions that begin from now on."""
    for name, value in LIMITS.items():
        sql = "SELECT format('ALTER ROLE %I IN DATABASE %I SET %I = %L', current_user, current_database(), "
        alter_role = connection.execute(
            text(sql + "CAST(:name AS text), CAST(:value AS text))"), {"name": name, "value": value}
        )
        connection.execute(text(alter_role.scalar_one()))


def _alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(resources.files("service.db") / "migrations"))
    return config
