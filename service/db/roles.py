"""The role that serves: its privileges, and the time limits it has in this database.

It need not be the role that migrates: the owner of the tables can drop them, and the service never has to.
"""

import logging

from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from service.errors import Unavailable

log = logging.getLogger(__name__)

LIMITS = {
    # Shorter than the statement's limit, so that waiting for a lock can be told from a slow server.
    "lock_timeout": "3s",
    "statement_timeout": "5s",
    # A statement that waits for a lock continues after its client dies, and may commit: check that the client is alive.
    "client_connection_check_interval": "2s",
}
"""Settings of the role in this database, made by `migrate`: a pooler in transaction mode rejects or drops those that a
client sets when it connects. https://www.pgbouncer.org/features.html"""

SUPER = "cloudsqlsuperuser"
"""Cloud SQL makes every user a member (https://cloud.google.com/sql/docs/postgres/users)."""
IS_MEMBER = text("""
SELECT EXISTS (SELECT 1 FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles r ON r.oid = m.member
               WHERE g.rolname = :super AND r.rolname = :role)
""")
IS_THERE = text("SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = :role)")
MAY_CONNECT = text("SELECT has_database_privilege(:role, current_database(), 'CONNECT')")
HAS_LIMITS = text("""
SELECT array_agg(lower(setting)) FROM pg_db_role_setting, unnest(setconfig) AS setting
WHERE setrole = to_regrole(quote_ident(:role)) AND setdatabase = (SELECT oid FROM pg_database
                                                                  WHERE datname = current_database())
""")
MAY_ALTER = text("""
SELECT r.rolname = current_user OR me.rolsuper
       OR me.rolcreaterole AND NOT r.rolsuper AND (
           current_setting('server_version_num')::int < 160000 OR EXISTS (
               SELECT 1 FROM pg_auth_members m WHERE m.roleid = r.oid AND m.member = me.oid AND m.admin_option))
FROM pg_roles r, pg_roles me WHERE r.rolname = :role AND me.rolname = current_user
""")


def grant(connection: Connection, role: str) -> str:
    """Give the role what serving needs, on the tables of today and on those that this owner makes later, and no more.
    Return "", or a sentence if it keeps more than that.

    Raises `Unavailable` if there is no such role.
    """
    from service.db.privileges import GRANTED  # noqa: PLC0415 (a process that serves starts sooner without)

    if not connection.execute(IS_THERE, {"role": role}).scalar_one():
        raise Unavailable(
            "no_such_role", f"There is no role {role} in this database's server: CREATE ROLE {role} LOGIN PASSWORD '…'."
        )
    if not connection.execute(MAY_CONNECT, {"role": role}).scalar_one():
        _run(connection, "GRANT CONNECT ON DATABASE %2$I TO %1$I", role)
    _run(connection, "GRANT USAGE ON SCHEMA %3$I TO %1$I", role)
    for table, acts in GRANTED.items():
        _run(connection, f"GRANT {', '.join(acts)} ON TABLE {table} TO %1$I", role)
    # To read how far they are, for `doctor`. An insert needs no privilege on the sequence of an identity.
    _run(connection, "GRANT SELECT ON ALL SEQUENCES IN SCHEMA %3$I TO %1$I", role)
    default = "ALTER DEFAULT PRIVILEGES IN SCHEMA %3$I GRANT"
    _run(connection, f"{default} SELECT, INSERT, UPDATE, DELETE ON TABLES TO %1$I", role)
    _run(connection, f"{default} SELECT ON SEQUENCES TO %1$I", role)
    return _lessen(connection, role)


def _lessen(connection: Connection, role: str) -> str:
    if connection.execute(IS_MEMBER, {"super": SUPER, "role": role}).scalar_one():
        try:
            with connection.begin_nested():
                _run(connection, f"REVOKE {SUPER} FROM %1$I", role)
        except DBAPIError:
            # Known by asking again: what this role may revoke differs between versions.
            log.warning("this role may not revoke %s", SUPER, extra={"action": "migrate"})
    if not connection.execute(IS_MEMBER, {"super": SUPER, "role": role}).scalar_one():
        return ""
    return f"The role {role} is a member of {SUPER}, which serving does not need: REVOKE {SUPER} FROM {role}."


def set_limits(connection: Connection, role: str | None = None) -> str:
    """Set the `LIMITS` of the role (default: the connected one) in the connected database, for sessions that begin from
    now on. Return "", or a sentence if this role may not set them."""
    role = role or str(connection.execute(text("SELECT current_user")).scalar_one())
    there = connection.execute(HAS_LIMITS, {"role": role}).scalar_one() or []
    wanted = {name: value for name, value in LIMITS.items() if f"{name}={value}" not in there}
    if wanted and not connection.execute(MAY_ALTER, {"role": role}).scalar_one():
        listed = "; ".join(f"ALTER ROLE {role} IN DATABASE … SET {name} = '{value}'" for name, value in wanted.items())
        return (
            f"The time limits of the role {role} are not set, since this role may not. The service sets them in its "
            f"sessions, but cannot behind a pooler. As a superuser, or as {role} itself: {listed}."
        )
    for name, value in wanted.items():
        _run(connection, f"ALTER ROLE %1$I IN DATABASE %2$I SET {name} = '{value}'", role)
    return ""


def _run(connection: Connection, form: str, role: str) -> None:
    """Run a command with names in it, which take no parameters: %1$I is the role, %2$I the database, %3$I the
    schema."""
    sql = "SELECT format(:form, CAST(:role AS text), current_database(), current_schema())"
    connection.exec_driver_sql(str(connection.execute(text(sql), {"form": form, "role": role}).scalar_one()))
