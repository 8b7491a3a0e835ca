"""Errors as problems (RFC 9457)."""

import json

import flask
import pytest
from flask.testing import FlaskClient
from werkzeug.exceptions import NotFound

from service import problems
from service.errors import NotAJob
from tests.support.api import refused
from tests.support.lost_answers import replace_rows


def test_an_unknown_path(client: FlaskClient) -> None:
    for path in ("/", "/pipeline/", "/pipeline/job/", "/nothing\ud83c"):
        refused(client.get(path.encode("utf-8", "replace").decode()), 404, "no_such_path")


def test_a_method_that_is_not_allowed(client: FlaskClient) -> None:
    answer = client.delete("/pipeline/run")
    refused(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == "OPTIONS, POST"


def test_a_bug_is_a_500_that_reveals_nothing(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fault(*_: object, **__: object) -> None:
        secret = "the secret"
        raise ZeroDivisionError(secret)

    replace_rows(monkeypatch, fault)
    answer = client.get("/pipeline/jobs")
    refused(answer, 500, "internal_error")
    assert "secret" not in answer.text
    assert "ZeroDivisionError: the secret" in caplog.text, "the log has the traceback"


@pytest.mark.parametrize(("given", "said"), [(0.0, "1"), (0.2, "1"), (1.2, "2"), (5, "5"), (-3, "1"), (1e9, "3600")])
def test_retry_after_is_in_whole_seconds(given: float, said: str) -> None:
    assert problems.problem(503, "busy", "Come back.", retry_after_s=given).headers["Retry-After"] == said


def test_a_sentence_may_contain_anything() -> None:
    answer = problems.problem(422, "code", "a\x00\ud800" + "x" * 5_000, field="\ud800")
    body = json.loads(answer.data.decode("utf-8"))
    assert body["detail"].startswith("a\ufffd?x")
    assert len(body["detail"]) == 2_000


def test_an_error_without_a_status_of_its_own_is_a_500(caplog: pytest.LogCaptureFixture) -> None:
    assert problems.problem_of(NotAJob("x", "y")).status_code == 500
    assert "NotAJob" in caplog.text


def test_werkzeugs_own_errors_have_a_sentence() -> None:
    app = flask.Flask("test")
    problems.register(app)

    @app.get("/gone")
    def gone() -> str:
        flask.abort(410)

    @app.get("/folder/")
    def folder() -> str:
        raise NotFound

    refused(app.test_client().get("/gone"), 410, "refused")
    assert app.test_client().get("/folder").status_code == 308, "a redirect is no error"
