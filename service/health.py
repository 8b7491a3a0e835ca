"""The routes for operating the service: health and readiness, which are for probes and take no token, and metrics."""

import logging
from typing import Annotated, Literal

from flask import Blueprint, Response, jsonify, request
from msgspec import Meta, Struct, to_builtins

from service import db
from service.auth.callers import check_metrics
from service.delivery.parts import Parts
from service.metrics import CONTENT_TYPE
from service.problems import problem

log = logging.getLogger(__name__)

FORWARDED = ("X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "Via")
"""What front ends add. Cloud Run's own sets `X-Forwarded-For` on every request."""


class HealthView(Struct, forbid_unknown_fields=True):
    status: Literal["ok"]
    busy_slots: Annotated[int, Meta(ge=0)]


class ReadyView(Struct, forbid_unknown_fields=True):
    status: Literal["ready"]


def blueprint(parts: Parts) -> Blueprint:
    """`GET /health`, `GET /ready` and `GET /metrics`."""
    routes = Blueprint("health", __name__)

    @routes.get("/health")
    def health() -> Response:
        """Say whether this process can still do useful work: not if every slot is held by a stage that cannot be
        stopped."""
        if parts.slots.is_stuck:
            log.error("every job slot is held by a stage that does not end")
            return problem(503, "stages_stuck", "Every job slot is held by a stage that does not end.")
        return jsonify(to_builtins(HealthView(status="ok", busy_slots=parts.slots.busy)))

    @routes.get("/ready")
    def ready() -> Response:
        """Say whether it can take work now: the database, too, must be able to do what a delivery asks of it."""
        if parts.runner.is_draining:
            return problem(503, "shutting_down", "This instance is shutting down.", retry_after_s=1)
        db.check(parts.engine)
        return jsonify(to_builtins(ReadyView(status="ready")))

    @routes.get("/metrics")
    def metrics() -> Response:
        """Answer with the metrics in Prometheus' text format (docs/operating.md), to this machine without a token."""
        check_metrics(
            parts.settings,
            parts.verifier,
            request.headers.get("Authorization"),
            peer=request.remote_addr,
            is_forwarded=any(name in request.headers for name in FORWARDED),
        )
        return Response(parts.metrics.text(), content_type=CONTENT_TYPE)

    return routes
