"""Errors as RFC 9457 problems: the only place that makes them, for all routes of the service.

https://www.rfc-editor.org/rfc/rfc9457
"""

import json
import logging
import math
from http import HTTPStatus
from typing import Annotated

import flask
from msgspec import UNSET, Meta, Struct, UnsetType, to_builtins
from werkzeug.exceptions import HTTPException

from service.db import BadData
from service.errors import (
    BadAsset,
    BadEnvelope,
    BadField,
    BadToken,
    NotAllowed,
    Refused,
    RetryLater,
    ServiceError,
    TooLarge,
    TooSlow,
    Unavailable,
    UnknownAsset,
)
from service.strictjson import storable

log = logging.getLogger(__name__)

MAX_RETRY_AFTER_S = 3_600
MAX_SENTENCE = 2_000

STATUS: dict[type[ServiceError], int] = {
    BadToken: 401,
    NotAllowed: 403,
    BadEnvelope: 400,
    TooSlow: 408,
    TooLarge: 413,
    BadField: 422,
    UnknownAsset: 415,
    BadAsset: 422,
    Refused: 400,
    Unavailable: 503,
    RetryLater: 500,
}

SENTENCES = {
    400: ("bad_request", "The request could not be understood."),
    404: ("no_such_path", "There is nothing at this path."),
    405: ("method_not_allowed", "This path does not take this method; the Allow header names those that it takes."),
    413: ("body_too_large", "The body is over the limit."),
}


class ProblemView(Struct):
    """The members that every problem has. A problem may have more."""

    type: str
    title: str
    status: Annotated[int, Meta(ge=400, le=599)]
    code: Annotated[str, Meta(description="Stable, for machines")]
    detail: Annotated[str, Meta(description="A sentence, for people")]
    field: Annotated[str, Meta(description="The field or parameter that is wrong")] | UnsetType = UNSET


def problem(
    status: int, code: str, sentence: str, *, retry_after_s: float | None = None, **extra: object
) -> flask.Response:
    """Return a response of application/problem+json. `code` is stable, for machines; `sentence` is for people; each of
    `extra` becomes a member. `retry_after_s` becomes a Retry-After in whole seconds, at least 1 and at most an hour."""
    view = ProblemView(
        type="about:blank",
        title=HTTPStatus(status).phrase,
        status=status,
        code=code,
        detail=storable(sentence, MAX_SENTENCE),
    )
    body = {**to_builtins(view), **extra}
    response = flask.Response(json.dumps(body) + "\n", status, mimetype="application/problem+json")
    response.headers["Cache-Control"] = "no-store"
    if retry_after_s is not None:
        seconds = min(max(retry_after_s, 1.0), MAX_RETRY_AFTER_S)
        response.headers["Retry-After"] = str(math.ceil(seconds))
    if status == HTTPStatus.UNAUTHORIZED:
        # RFC 6750, section 3.1: the answer to a request without a token has no error code.
        response.headers["WWW-Authenticate"] = "Bearer" if code == "no_token" else 'Bearer error="invalid_token"'
    return response


def problem_of(error: ServiceError) -> flask.Response:
    """Return the problem of a service error; 500 if its type has no status."""
    status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), None)
    if status is None:
        return unexpected(error)
    extra = {"field": storable(error.field, MAX_SENTENCE)} if isinstance(error, BadField) else {}
    retry_after_s = error.retry_after_s if isinstance(error, (Unavailable, RetryLater)) else None
    return problem(status, error.code, error.sentence, retry_after_s=retry_after_s, **extra)


def unexpected(error: Exception) -> flask.Response:
    """Return a 500 that reveals nothing of its cause; the log has the traceback."""
    log.error("unexpected error", exc_info=error, extra={"action": "unexpected_error"})
    return problem(500, "internal_error", "Something went wrong; the service's log says what.")


def register(app: flask.Flask) -> None:
    """Turn every error that leaves a route, and every request that matches no route, into a problem."""
    app.register_error_handler(ServiceError, problem_of)
    app.register_error_handler(BadData, _bad_data)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, unexpected)


def _bad_data(_error: BadData) -> flask.Response:
    return problem(422, "bad_data", "The database cannot store, or search for, what this request contains.")


def _http(error: HTTPException) -> flask.typing.ResponseReturnValue:
    """Werkzeug's own errors: no route, a wrong method, a body over the limit. A redirect stays a redirect."""
    status = error.code or 500
    if status < HTTPStatus.BAD_REQUEST:
        return error.get_response()
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return unexpected(error)
    code, sentence = SENTENCES.get(status, ("refused", error.description or "The request was refused."))
    response = problem(status, code, sentence)
    allowed = getattr(error, "valid_methods", None)
    if allowed:
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response
