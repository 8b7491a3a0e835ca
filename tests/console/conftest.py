"""The console on a real PostgreSQL: open (`console`), or behind IAP (`behind_iap`)."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import flask
import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from lab.console.fill import Amounts, fill
from service import artifacts, problems
from service.app import build_parts
from service.auth.certificates import IapKeys
from service.auth.iap import IapVerifier
from service.config import Settings, read_settings
from service.console import routes
from service.http import browsers
from service.pipeline import Pipeline
from tests.support.api import PIPELINE, Recorder
from tests.support.console import AUDIENCE, USERS, Console, Iap

AMOUNTS = Amounts(jobs=600, failed=60, pending=40, in_work=3, refused=4, detailed=300)


def env_of(folder: Path) -> dict[str, str]:
    """The environment of an open console that keeps files in the folder; its database is given by itself."""
    return {
        "DATABASE_URL": "postgresql://in-the-fixture/",
        "GOOGLE_CLOUD_PROJECT": "my-project-1",
        "ARTIFACTS_URL": folder.as_uri(),
        "PUBSUB_EMULATOR_HOST": "in-the-fixture:1",
        "AUTH": "off",
        "HOST": "127.0.0.1",
        "CONSOLE_USERS": USERS,
        "CONSOLE_AUDIENCE": AUDIENCE,
    }


def make_app(
    settings: Settings, engine: Engine, publisher: Recorder, iap: Iap, pipeline: Pipeline = PIPELINE
) -> flask.Flask:
    """The console alone, with the headers that the whole service sends."""
    app = flask.Flask("test", static_folder=None)
    problems.register(app)
    browsers.register(app, auth=settings.auth)
    parts = replace(
        build_parts(settings, pipeline),
        engine=engine,
        iap=IapVerifier(IapKeys(iap.page)),
        publisher=publisher,
        artifacts=artifacts.connect(settings.artifacts_url),
    )
    app.register_blueprint(routes.blueprint(parts))
    return app


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings(env_of(tmp_path))


@pytest.fixture
def publisher() -> Recorder:
    return Recorder()


@pytest.fixture(scope="session")
def iap() -> Iap:
    return Iap()


@pytest.fixture
def serve(engine: Engine, publisher: Recorder, iap: Iap) -> Callable[[Settings], FlaskClient]:
    def client(settings: Settings) -> FlaskClient:
        return make_app(settings, engine, publisher, iap).test_client()

    return client


@pytest.fixture
def console(serve: Callable[[Settings], FlaskClient], settings: Settings) -> Console:
    return Console(serve(settings))


@pytest.fixture
def behind_iap(serve: Callable[[Settings], FlaskClient], settings: Settings) -> Callable[..., Console]:
    """`behind_iap(headers)` is somebody with these headers."""
    served = replace(settings, auth=True, console_auth=True)

    def somebody(headers: dict[str, str] | None = None) -> Console:
        return Console(serve(served), headers)

    return somebody


@pytest.fixture
def mess(database_url: str) -> None:
    """600 jobs: 60 failed for several reasons, 43 have not ended; and 4 messages that were not jobs."""
    fill(database_url, AMOUNTS, gathers=False)
