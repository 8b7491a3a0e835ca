"""The API on a real PostgreSQL, with authentication off (`client`) or on (`guarded`)."""

from collections.abc import Callable
from dataclasses import replace

import flask
import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from service import problems
from service.api import routes as api
from service.app import build_parts
from service.auth.certificates import KeyCache
from service.auth.verifier import Verifier
from service.config import Settings, read_settings
from service.dev.issuer import LocalIssuer
from service.slots import Slots
from tests.support.api import AUDIENCE, BOUND, CALLER, OPERATOR, OTHER, PIPELINE, SWEEPER, Recorder


@pytest.fixture
def settings() -> Settings:
    """Settings with authentication off."""
    env = {
        "DATABASE_URL": "postgresql://in-the-fixture/",
        "GOOGLE_CLOUD_PROJECT": "my-project-1",
        "ARTIFACTS_URL": "file:///tmp/none",
        "PUBSUB_EMULATOR_HOST": "in-the-fixture:1",  # so that no credentials are looked for
        "AUTH": "off",
        "HOST": "127.0.0.1",
        "API_AUDIENCE": AUDIENCE,
        "API_CALLERS": f"{CALLER}, {OTHER}, {BOUND}:shop-*|guest",
        "API_OPERATORS": OPERATOR,
        "SWEEP_CALLERS": SWEEPER,
        "MAX_JOB_USD": "20",
    }
    return read_settings(env)


@pytest.fixture
def publisher() -> Recorder:
    return Recorder()


@pytest.fixture
def serve(engine: Engine, publisher: Recorder, issuer: LocalIssuer) -> Callable[[Settings], FlaskClient]:
    def client(settings: Settings) -> FlaskClient:
        app = flask.Flask("test")
        problems.register(app)
        parts = replace(
            build_parts(settings, PIPELINE),
            engine=engine,
            verifier=Verifier(KeyCache(issuer.certs_page)),
            publisher=publisher,
            slots=Slots(1, settings.max_in_flight_bytes),
        )
        app.register_blueprint(api.blueprint(parts))
        return app.test_client()

    return client


@pytest.fixture
def client(serve: Callable[[Settings], FlaskClient], settings: Settings) -> FlaskClient:
    return serve(settings)


@pytest.fixture
def guarded(serve: Callable[[Settings], FlaskClient], settings: Settings) -> FlaskClient:
    return serve(replace(settings, auth=True))
