"""Bring the tables to this version's shape, and set the time limits that the server enforces."""

from importlib import resources

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from service.db.engine import CONNECT_TIMEOUT_S, MIGRATION
from service.errors import Unavailable

LIMITS = {
    # Shorter than the statement's limit, so that a lock that is not had is told from a slow server.
    "lock_timeout": "3s",
    "statement_timeout": "5s",
    # A statement that waits for a lock goes on after its client is killed, and may commit: look whether it is there.
    "client_connection_check_interval": "2s",
}
"""Settings of the role in this database, made by `migrate`: what a client sets at its start, a pooler in transaction
mode refuses or drops. https://www.pgbouncer.org/features.html"""


def migrate(database_url: str) -> None:
    """Bring the tables to this version's shape, and set the role's `LIMITS` in this database. Two at once wait for one
    another (an advisory lock). Run it as the role that the service has.

    Raises `Unavailable` where the database cannot be reached.
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
    """Give the connected role its `LIMITS` in the connected database, for the sessions that begin from now on."""
    for name, value in LIMITS.items():
        sql = "SELECT format('ALTER ROLE %I IN DATABASE %I SET %I = %L', current_user, current_database(), "
        order = connection.execute(
            text(sql + "CAST(:name AS text), CAST(:value AS text))"), {"name": name, "value": value}
        )
        connection.execute(text(order.scalar_one()))


def _alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(resources.files("service.db") / "migrations"))
    return config
