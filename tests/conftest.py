"""A real PostgreSQL for the whole run, and the service around it as each test needs it."""

import gc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from lab.harness.processes import Gunicorn
from lab.harness.world import World, certs_server, make_topics
from service import db
from service.dev.issuer import LocalIssuer
from service.dev.pubsub.server import LocalPubSub
from service.pipeline import Pipeline
from tests.support.databases import Databases, server, url_of
from tests.support.gated import Gates, InProcess

pytest_plugins = ["tests.support.emulator_plugin"]


def pytest_collection_finish() -> None:
    """What is loaded by now stays: the garbage collector need not go through it again and again."""
    gc.freeze()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL of this run's own, which pytest-xdist's workers share."""
    with server() as url:
        yield url


@pytest.fixture(scope="session")
def databases(postgres: str) -> Iterator[Databases]:
    databases = Databases(postgres)
    yield databases
    databases.close()


@pytest.fixture
def database_url(postgres: str, databases: Databases) -> Iterator[str]:
    """An empty, migrated database."""
    name = databases.take()
    yield url_of(postgres, name)
    databases.give_back(name)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """As the service has it."""
    engine = db.connect(database_url, pool_size=40)
    yield engine
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
    """Starts the service in this process, on the gated pipeline or `instead`; `start(lease_s=1.0)` changes its
    settings."""
    started: list[InProcess] = []

    def make(*, instead: Pipeline | None = None, **changes: Any) -> InProcess:
        started.append(InProcess(world, instead or gates.pipeline(), **changes))
        return started[-1]

    yield make
    gates.let_go()
    for one in started:
        one.close()
