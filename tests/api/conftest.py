"""The API on a real PostgreSQL, with authentication off (`client`) or on (`guarded`)."""

from collections.abc import Callable
from dataclasses import replace

import flask
import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from service import artifacts, problems
from service.api import routes as api
from service.auth.certificates import KeyCache
from service.auth.verifier import Verifier
from service.config import Settings, read_settings
from service.delivery.heartbeat import Heartbeat
from service.delivery.parts import Parts
from service.delivery.runner import Runner
from service.dev.issuer import LocalIssuer
from service.metrics import Metrics
from service.slots import Slots
from tests.support.api import AUDIENCE, CALLER, PIPELINE, Recorder


@pytest.fixture
def settings() -> Settings:
    """Settings with authentication off."""
    env = {
        "DATABASE_URL": "postgresql://in-the-fixture/",
        "GOOGLE_CLOUD_PROJECT": "my-project-1",
        "ARTIFACTS_URL": "file:///tmp/none",
        "AUTH": "off",
        "HOST": "127.0.0.1",
        "API_AUDIENCE": AUDIENCE,
        "API_CALLERS": f"{CALLER}, other@example.com",
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
        verifier = Verifier(KeyCache(issuer.certs_page))
        stores = artifacts.connect(settings.artifacts_url)
        slots = Slots(1, settings.max_in_flight_bytes)
        counts, heartbeat = Metrics(slots), Heartbeat(engine, settings.lease_s)
        parts = Parts(
            settings=settings,
            pipeline=PIPELINE,
            engine=engine,
            verifier=verifier,
            publisher=publisher,
            artifacts=stores,
            runner=Runner(
                engine=engine,
                pipeline=PIPELINE,
                artifacts=stores,
                heartbeat=heartbeat,
                lease_s=settings.lease_s,
                metrics=counts,
            ),
            heartbeat=heartbeat,
            slots=slots,
            metrics=counts,
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
