"""The routes for those who run the service: health, readiness, the sweep."""

import logging
from dataclasses import asdict

from flask import Blueprint, Response, jsonify
from sqlalchemy import Engine

from service import db
from service.api.routes import let_in
from service.auth.verifier import Verifier
from service.config import Settings, Topics
from service.delivery.outbox import Publisher
from service.delivery.runner import Runner
from service.delivery.sweep import sweep
from service.metrics import CONTENT_TYPE, Metrics
from service.problems import problem
from service.slots import Slots

log = logging.getLogger(__name__)


def health_routes(engine: Engine, runner: Runner, slots: Slots) -> Blueprint:
    """`GET /health` and `GET /ready`: for probes, so nobody is asked who they are."""
    routes = Blueprint("health", __name__)

    @routes.get("/health")
    def health() -> Response:
        """Is this process of use? Not when every slot is held by a stage that cannot be stopped."""
        if slots.is_stuck:
            log.error("every job slot is held by a stage that does not end")
            return problem(503, "stages_stuck", "Every job slot is held by a stage that does not end.")
        return jsonify(status="ok", busy_slots=slots.busy)

    @routes.get("/ready")
    def ready() -> Response:
        """Can it take work now?"""
        if runner.is_draining:
            return problem(503, "shutting_down", "This instance is shutting down.", retry_after_s=1)
        if not db.is_reachable(engine):
            return problem(503, "database_unreachable", "The database cannot be reached.", retry_after_s=5)
        return jsonify(status="ready")

    return routes


def metrics_routes(metrics: Metrics) -> Blueprint:
    """`GET /metrics`, for Prometheus: numbers alone, so nobody is asked who they are (docs/operating.md)."""
    routes = Blueprint("metrics", __name__)

    @routes.get("/metrics")
    def read_metrics() -> Response:
        return Response(metrics.text(), content_type=CONTENT_TYPE)

    return routes


def sweep_routes(
    engine: Engine, settings: Settings, verifier: Verifier, publisher: Publisher, topics: Topics
) -> Blueprint:
    """`POST /sweep`, for Cloud Scheduler: one of the API's callers."""
    routes = Blueprint("sweep", __name__)

    @routes.post("/sweep")
    def run_sweep() -> Response:
        """What was done; 503 where something could not be sent, so that the scheduler's own log shows it."""
        let_in(settings, verifier)
        swept = sweep(engine, publisher, topics, ack_deadline_s=settings.ack_deadline_s)
        if swept.failed:
            sentence = f"{swept.failed} messages could not be published; the next sweep tries again."
            return problem(503, "pubsub_unreachable", sentence, retry_after_s=60, **asdict(swept))
        return jsonify(asdict(swept))

    return routes
