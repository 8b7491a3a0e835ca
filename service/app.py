"""The application factory: the only place that wires things together."""

import importlib
import os
import signal
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from types import FrameType

from flask import Flask
from sqlalchemy import Engine

from service import artifacts, db, metrics, problems
from service import health as operations
from service.api import routes as api
from service.auth import verifier as auth
from service.config import Settings, read_settings
from service.delivery import pubsub, push
from service.delivery.context import remove_leftovers
from service.delivery.heartbeat import Heartbeat
from service.delivery.outbox import Publisher
from service.delivery.runner import Runner
from service.errors import SettingsError
from service.pipeline import BadSetting, Pipeline
from service.slots import Slots

EXTENSION = "aiprod"

BUILT_IN = {"film": "service.pipelines.film:pipeline", "drill": "service.pipelines.drill:pipeline"}

LIGHT_THREADS = 4
"""Threads beyond the job slots: refusals, the API and health answer while every slot is busy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The parts of one process, for those who start and stop it."""

    settings: Settings
    engine: Engine
    runner: Runner
    heartbeat: Heartbeat
    slots: Slots
    publisher: Publisher

    def close(self) -> None:
        self.heartbeat.stop()
        self.engine.dispose()


def create_app(environ: Mapping[str, str] | None = None) -> Flask:
    """The WSGI application from environment variables. Raises `SettingsError` where one is missing or wrong."""
    env = os.environ if environ is None else environ
    settings = read_settings(env)
    return build_app(settings, load_pipeline(settings.pipeline, env))


def build_app(settings: Settings, pipeline: Pipeline) -> Flask:
    """The WSGI application, wired, with its heartbeat begun. Opens no connection yet."""
    remove_leftovers()
    engine = db.connect(settings.database_url, pool_size=pool_size(settings))
    topics = settings.topics
    slots = Slots(settings.max_concurrent_jobs, settings.max_in_flight_bytes)
    counts = metrics.of_process(slots, engine)
    stores = artifacts.connect(settings.artifacts_url)
    heartbeat = Heartbeat(engine, settings.lease_s, counts.heartbeat_failures.inc)
    service = Service(
        settings=settings,
        engine=engine,
        runner=Runner(
            engine=engine,
            pipeline=pipeline,
            artifacts=stores,
            heartbeat=heartbeat,
            lease_s=settings.lease_s,
            metrics=counts,
        ),
        heartbeat=heartbeat,
        slots=slots,
        publisher=metrics.CountingPublisher(pubsub.connect(settings), counts),
    )
    keys = auth.KeyCache(lambda: auth.fetch_certs(settings.oidc_certs_url))
    verifier = auth.Verifier(keys, seen=counts.token_seen)
    app = Flask("service", static_folder=None)
    app.extensions[EXTENSION] = service
    problems.register(app)
    app.register_blueprint(operations.health_routes(engine, service.runner, slots))
    app.register_blueprint(operations.metrics_routes(counts))
    if settings.surface in ("push", "all"):
        app.register_blueprint(
            push.blueprint(
                push.Pushed(
                    settings=settings,
                    engine=engine,
                    verifier=verifier,
                    publisher=service.publisher,
                    runner=service.runner,
                    heartbeat=heartbeat,
                    slots=slots,
                    topics=topics,
                    metrics=counts,
                )
            )
        )
    if settings.surface in ("api", "all"):
        app.register_blueprint(
            api.blueprint(
                engine=engine,
                settings=settings,
                verifier=verifier,
                pipeline=pipeline,
                publisher=service.publisher,
                artifacts=stores,
                slots=slots,
            )
        )
        app.register_blueprint(operations.sweep_routes(engine, settings, verifier, service.publisher, topics))
    heartbeat.start()
    return app


def pool_size(settings: Settings) -> int:
    """The most connections of one process: one for each job's walk and each light endpoint, and the heartbeat's."""
    return settings.max_concurrent_jobs + LIGHT_THREADS + 1


def load_pipeline(spec: str, env: Mapping[str, str]) -> Pipeline:
    """The pipeline that `PIPELINE` names: a built-in's name or `package.module:name`, which is a `Pipeline` or a
    function from the environment to one. Raises `SettingsError`."""
    module_name, _, attribute = BUILT_IN.get(spec, spec).partition(":")
    try:
        named = getattr(importlib.import_module(module_name), attribute)
        found = named if isinstance(named, Pipeline) else named(env)
    except BadSetting as error:
        raise SettingsError(f"{error.name} {error.sentence}") from error
    except (ImportError, AttributeError, ValueError, TypeError) as error:
        raise SettingsError(
            f"PIPELINE must be film, drill or package.module:name of a pipeline; {spec!r} cannot be loaded ({error})."
        ) from error
    if not isinstance(found, Pipeline):
        raise SettingsError(f"PIPELINE {spec!r} names {type(found).__name__}, which is no service.pipeline.Pipeline.")
    return found


def drain_on_sigterm(app: Flask) -> None:
    """Put our own step before the server's: on SIGTERM every stage stops and every push is answered.

    A signal handler must not wait for a lock that the interrupted code may hold, so the work is a thread's, and only
    the first SIGTERM starts one.
    """
    service: Service = app.extensions[EXTENSION]
    before = signal.getsignal(signal.SIGTERM)
    started = False

    def handle(number: int, frame: FrameType | None) -> None:
        nonlocal started
        if not started:
            started = True
            threading.Thread(target=service.runner.drain, name="drain", daemon=True).start()
        if callable(before):
            before(number, frame)

    signal.signal(signal.SIGTERM, handle)
