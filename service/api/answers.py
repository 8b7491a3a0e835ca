"""How a view becomes an HTTP response: its JSON, how it may be cached, and its ETag."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import flask
from msgspec import Struct, to_builtins

from service.pipeline import Choice, Pipeline
from service.strictjson import dump

NEVER_CACHED = "no-store"
ASK_FIRST = "private, no-cache"
"""The client may keep the answer, but must ask whether it is still current before each use."""


def json_answer(body: Struct | Mapping[str, Any], status: int = HTTPStatus.OK) -> flask.Response:
    """Return a JSON response. Times are written in ISO 8601, in UTC."""
    members = to_builtins(body, builtin_types=(datetime,))
    response = flask.Response(dump(members, default=_iso) + "\n", status, mimetype="application/json")
    response.headers["Cache-Control"] = NEVER_CACHED
    return response


def tagged(response: flask.Response, etag: str) -> flask.Response:
    """Add an ETag (RFC 9110, section 8.8.3), and let the client keep the answer."""
    response.set_etag(etag)
    response.headers["Cache-Control"] = ASK_FIRST
    return response


def not_modified(etag: str) -> flask.Response:
    """Return a 304 (RFC 9110, section 15.4.5): the answer that the client has is current."""
    response = tagged(flask.Response(status=HTTPStatus.NOT_MODIFIED), etag)
    del response.headers["Content-Type"]
    return response


def etag_of(version: str, story_format: str) -> str:
    """Return the ETag of a job's story: strong, so it says that not a byte differs. The bytes follow from the job's
    rows (`version`) and from how they are written (`story_format`)."""
    return hashlib.sha256(f"{version} {story_format}".encode()).hexdigest()[:32]


def story_format(document: Mapping[str, Any], pipeline: Pipeline) -> str:
    """Return everything except the job's rows that decides what its story looks like: the answers' description, and
    the pipeline's transitions, from which the percentage is computed."""
    steps = {name: to.among if isinstance(to, Choice) else to for name, to in sorted(pipeline.transitions.items())}
    return dump([document, pipeline.name, steps])


def _iso(value: object) -> str:
    if not isinstance(value, datetime):
        raise TypeError(f"{type(value).__name__} has no JSON")
    return value.astimezone(UTC).isoformat()
