"""The application factory: the only place that wires things together."""

import os
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from types import FrameType

from flask import Blueprint, Flask

from service import artifacts, db, health, metrics, problems, tracing
from service.assets import store as asset_store
from service.assets.names import Reader
from service.assets.store import AssetStore
from service.auth.certificates import IapKeys, KeyCache, fetch_certs
from service.auth.iap import IapVerifier
from service.auth.verifier import Verifier
from service.config import Settings, read_settings
from service.delivery import pubsub, push
from service.delivery.context import COUNTED_REASONS, Asset, remove_leftovers
from service.delivery.gate import Gate
from service.delivery.heartbeat import Heartbeat
from service.delivery.outcomes import Outcome
from service.delivery.parts import Parts
from service.delivery.runner import Runner
from service.delivery.told import Told
from service.errors import Unavailable
from service.http import browsers, paths
from service.loading import load_pipeline
from service.pipeline import Pipeline
from service.slots import MOST_ARRIVING, Slots

EXTENSION = "aiprod"
"""The key of the `Parts` in `app.extensions`, for those who start and stop the process."""

LIGHT_THREADS = 4
"""Threads beyond the job slots: refusals, the API and health answer while every slot is busy."""


def create_app(environ: Mapping[str, str] | None = None) -> Flask:
    """Build the WSGI application from environment variables. Raises `SettingsError` if one is missing or wrong."""
    env = os.environ if environ is None else environ
    settings = read_settings(env)
    return build_app(settings, load_pipeline(settings.pipeline, env))


def build_app(settings: Settings, pipeline: Pipeline) -> Flask:
    """Build the WSGI application. Opens no connection and starts no thread yet, so a server may fork afterwards."""
    remove_leftovers()
    parts = build_parts(settings, pipeline)
    app = Flask("service", static_folder=None)
    app.extensions[EXTENSION] = parts
    problems.register(app)
    browsers.register(app, auth=settings.auth)
    paths.register(app)
    for blueprint in blueprints(parts):
        app.register_blueprint(blueprint)
    return app


def blueprints(parts: Parts) -> Iterator[Blueprint]:
    """The routes of the process, by `SURFACE`. Those that it does not serve are not imported: without them, a process
    that takes pushes starts in five sixths of the time."""
    surface = parts.settings.surface
    yield health.blueprint(parts)
    if surface in ("push", "all"):
        yield push.blueprint(parts)
    if surface in ("api", "all"):
        from service.api import docs, routes  # noqa: PLC0415

        yield routes.blueprint(parts)
        yield docs.blueprint()
    if surface in ("console", "all"):
        from service.console import routes as console  # noqa: PLC0415

        yield console.blueprint(parts)


def build_parts(settings: Settings, pipeline: Pipeline) -> Parts:
    """Make the parts of the process. Opens no connection and starts no thread."""
    engine = db.connect(settings.database_url, pool_size=pool_size(settings))
    slots = Slots(settings.max_concurrent_jobs, settings.max_in_flight_bytes)
    counts = metrics.of_process(
        slots, engine, outcomes=[outcome.label for outcome in Outcome], stop_reasons=COUNTED_REASONS
    )
    stores = artifacts.connect(settings.artifacts_url)
    assets = asset_store.connect(settings.artifacts_url)
    heartbeat = Heartbeat(engine, settings.lease_s, counts.heartbeat_failures.inc)
    return Parts(
        settings=settings,
        pipeline=pipeline,
        engine=engine,
        verifier=Verifier(KeyCache(lambda: fetch_certs(settings.oidc_certs_url)), count_result=counts.token_seen),
        iap=IapVerifier(IapKeys(lambda: fetch_certs(settings.iap_certs_url))),
        gate=Gate(settings.limits, pipeline.providers),
        publisher=pubsub.CountingPublisher(pubsub.connect(settings), counts),
        artifacts=stores,
        assets=assets,
        runner=Runner(
            engine=engine,
            pipeline=pipeline,
            artifacts=stores,
            heartbeat=heartbeat,
            lease_s=settings.lease_s,
            metrics=counts,
            max_job_usd=settings.max_job_usd,
            assets=partial(_asset_of, assets, settings),
        ),
        heartbeat=heartbeat,
        slots=slots,
        metrics=counts,
        told=Told(),
        tracing=tracing.connect(settings.otlp_endpoint, settings.project),
    )


def _asset_of(assets: AssetStore, settings: Settings, submitted_by: str | None, user_id: str) -> Asset:
    """Return `Context.asset` for the jobs that an account submitted for a user."""
    is_operator = not settings.auth or submitted_by in settings.api_operators
    return asset_store.reading(assets, Reader(submitted_by=submitted_by, user_id=user_id, is_operator=is_operator))


def pool_size(settings: Settings) -> int:
    """Return the most connections of one process: one for each running job and each light thread, one for the
    heartbeat."""
    return settings.max_concurrent_jobs + LIGHT_THREADS + 1


def request_threads(settings: Settings) -> int:
    """Return how many requests are served at one time: one for each running job, the light ones, and those of the API
    whose body arrives."""
    arriving = 0 if settings.surface == "push" else MOST_ARRIVING
    return settings.max_concurrent_jobs + LIGHT_THREADS + arriving


def prepare(app: Flask) -> None:
    """Ask for what the first push needs, Google's keys and the database's rules, before it comes: in threads, because
    nobody waits for it, and whatever fails here is tried again then. After the fork."""
    parts: Parts = app.extensions[EXTENSION]

    def read_rules() -> None:
        # Why it failed is in the log.
        with suppress(Unavailable):
            parts.gate.rules(parts.engine)

    if parts.settings.surface in ("push", "all"):
        asked = [read_rules, parts.verifier.prepare] if parts.settings.auth else [read_rules]
        for ask in asked:
            threading.Thread(target=ask, name="prepare", daemon=True).start()


def drain_on_sigterm(app: Flask) -> None:
    """Add our own step before the server's: on SIGTERM every stage stops and every push is answered.

    A signal handler must not wait for a lock that the interrupted code may hold, so a thread does the work; only the
    first SIGTERM starts one.
    """
    parts: Parts = app.extensions[EXTENSION]
    before = signal.getsignal(signal.SIGTERM)
    started = False

    def handle(number: int, frame: FrameType | None) -> None:
        nonlocal started
        if not started:
            started = True
            threading.Thread(target=parts.runner.drain, name="drain", daemon=True).start()
        if callable(before):
            before(number, frame)

    signal.signal(signal.SIGTERM, handle)
