"""What an operator does to a database behind the service's back."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from sqlalchemy.engine import make_url

from tests.support.databases import Admin

_numbers = count(1)


def admin(database_url: str) -> Admin:
    """A connection as the owner of everything, in autocommit."""
    return Admin(database_url, name_of(database_url))


def name_of(database_url: str) -> str:
    return str(make_url(database_url).database)


def do(database_url: str, *statements: str) -> None:
    """Run statements as the owner; `{database}` is the database's name."""
    connection = admin(database_url)
    try:
        for statement in statements:
            connection.do(statement.replace("{database}", name_of(database_url)))
    finally:
        connection.close()


def cut(database_url: str) -> None:
    """End every other session of the database, and wait until they are gone."""
    connection = admin(database_url)
    connection.ask(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )
    connection.close()


@contextmanager
def lesser_role(database_url: str) -> Iterator[tuple[str, str]]:
    """A role without any privilege, and the database's URL for it."""
    role = f"svc_{name_of(database_url)}_{next(_numbers)}"
    do(database_url, f"CREATE ROLE {role} LOGIN")
    try:
        yield role, make_url(database_url).set(username=role).render_as_string(hide_password=False)
    finally:
        cut(database_url)
        do(database_url, f"DROP OWNED BY {role}", f"DROP ROLE {role}")


@contextmanager
def locked(database_url: str, table: str) -> Iterator[None]:
    """A session that keeps everybody from a table."""
    connection = admin(database_url)
    try:
        connection.do("BEGIN")
        connection.do(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield
    finally:
        connection.close()
