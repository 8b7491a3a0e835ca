"""The answer to a request that gunicorn cannot parse, in the form of every other problem. Pure."""

import json
from http import HTTPStatus

from gunicorn.http import errors

from service.http.browsers import HEADERS

_OF_ERROR: tuple[tuple[tuple[type[Exception], ...], int, str, str], ...] = (
    ((errors.LimitRequestLine,), 414, "target_too_long", "The request's target is too long."),
    ((errors.LimitRequestHeaders,), 431, "head_too_long", "The request's head is too long, or has too many fields."),
    ((errors.UnsupportedTransferCoding,), 501, "bad_framing", "Only the transfer coding 'chunked' is understood."),
    ((errors.ExpectationFailed,), 417, "bad_expectation", "Only the expectation '100-continue' is understood."),
    ((errors.InvalidHTTPVersion,), 505, "bad_version", "Only HTTP/1.0 and HTTP/1.1 are spoken here."),
    (
        (
            errors.InvalidRequestLine,
            errors.InvalidRequestMethod,
            errors.InvalidHeader,
            errors.InvalidHeaderName,
            errors.ObsoleteFolding,
            errors.InvalidSchemeHeaders,
            errors.InvalidChunkSize,
            errors.InvalidChunkExtension,
            errors.ChunkMissingTerminator,
        ),
        400,
        "bad_request",
        "The request could not be understood.",
    ),
)


def status_of(error: BaseException) -> int:
    """The status for an error of gunicorn's parser; 500 if it is none."""
    # An answer of ours with a bad header would be our own fault.
    if isinstance(error, (errors.InvalidResponseHeader, errors.InvalidResponseHeaderName)):
        return 500
    return next((status for kinds, status, _, _ in _OF_ERROR if isinstance(error, kinds)), 500)


def answer(error: BaseException) -> bytes:
    """Return the whole answer, after which the connection ends. It repeats nothing that the client sent."""
    status = status_of(error)
    ours = ("internal_error", "Something went wrong; the service's log says what.")
    code, detail = next(
        ((code, sentence) for _, its, code, sentence in _OF_ERROR if its == status and status != 500), ours
    )
    title = HTTPStatus(status).phrase
    members = {"type": "about:blank", "title": title, "status": status, "code": code, "detail": detail}
    body = json.dumps(members) + "\n"
    fields = {
        "Connection": "close",
        "Content-Type": "application/problem+json",
        "Content-Length": str(len(body)),
        **HEADERS,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} {title}\r\n{head}\r\n{body}".encode()
