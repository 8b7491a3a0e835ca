"""The answers to requests that cannot be parsed."""

import json

import pytest
from gunicorn.http import errors

from service.http import refusals

CASES = [
    (errors.InvalidRequestLine("<script>"), 400),
    (errors.InvalidRequestMethod("<script>"), 400),
    (errors.InvalidHeader("<script>"), 400),
    (errors.InvalidHeaderName("<script>"), 400),
    (errors.ObsoleteFolding("<script>"), 400),
    (errors.InvalidSchemeHeaders(), 400),
    (errors.LimitRequestLine(9, 8), 414),
    (errors.ExpectationFailed("<script>"), 417),
    (errors.LimitRequestHeaders("<script>"), 431),
    (errors.UnsupportedTransferCoding("<script>"), 501),
    (errors.InvalidHTTPVersion("<script>"), 505),
    (errors.InvalidResponseHeader("<script>"), 500),
    (ZeroDivisionError("<script>"), 500),
]


@pytest.mark.parametrize(("error", "status"), CASES, ids=lambda value: type(value).__name__)
def test_each_is_a_problem_that_repeats_nothing(error: Exception, status: int) -> None:
    head, _, body = refusals.answer(error).partition(b"\r\n\r\n")
    first, *fields = head.decode().split("\r\n")
    assert first.startswith(f"HTTP/1.1 {status} ")
    assert refusals.status_of(error) == status
    assert json.loads(body)["status"] == status
    assert b"script" not in head + body
    named = dict(field.split(": ", 1) for field in fields)
    assert named["Content-Length"] == str(len(body))
    assert named["Connection"] == "close"
    assert named["Content-Type"] == "application/problem+json"
    assert named["X-Content-Type-Options"] == "nosniff"


def test_every_error_of_the_parser_has_its_status() -> None:
    """A new one would be answered as a fault of ours."""
    not_of_a_request = {
        "ParseException",
        "NoMoreData",
        "ConfigurationProblem",
        "InvalidResponseHeader",
        "InvalidResponseHeaderName",
        "InvalidProxyLine",
        "InvalidProxyHeader",
        "ForbiddenProxyRequest",
        "InvalidH2CPreface",
    }
    kinds = {
        name
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, Exception) and kind.__module__ == errors.__name__
    }
    assert {type(error).__name__ for error, status in CASES if status != 500} | {
        "InvalidChunkSize",
        "InvalidChunkExtension",
        "ChunkMissingTerminator",
    } == kinds - not_of_a_request
