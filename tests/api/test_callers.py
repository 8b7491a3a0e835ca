"""Who may use the API."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from service.config import Settings
from service.db.schema import jobs
from service.dev.issuer import LocalIssuer
from tests.support.api import AUDIENCE, CALLER, refused, rows
from tests.support.bad_messages import JOB, text

ROUTES = [
    ("POST", "/pipeline/run"),
    ("POST", "/pipeline/preview"),
    ("GET", "/pipeline/job/1"),
    ("GET", "/pipeline/jobs"),
    ("POST", "/pipeline/job/1/cancel"),
    ("POST", "/pipeline/job/1/links"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_only_a_caller_with_a_token_for_the_api_is_let_in(
    guarded: FlaskClient, engine: Engine, issuer: LocalIssuer, method: str, path: str
) -> None:
    def ask(authorization: str | None) -> TestResponse:
        headers = {"Authorization": authorization} if authorization else {}
        data = text(JOB) if path.endswith(("run", "preview")) else None
        return guarded.open(path, method=method, headers=headers, data=data)

    answer = ask(None)
    refused(answer, 401, "no_token")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    answer = ask("Bearer x.y.z")
    refused(answer, 401, "token_malformed")
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    refused(ask(f"Bearer {issuer.token('https://push.example.com', CALLER)}"), 401, "token_audience")
    refused(ask(f"Bearer {LocalIssuer.fresh().token(AUDIENCE, CALLER)}"), 401, "token_unknown_key")
    refused(ask(f"Bearer {issuer.token(AUDIENCE, 'stranger@example.com')}"), 403, "caller_not_allowed")
    assert rows(engine, jobs) == []
    assert ask(f"Bearer {issuer.token(AUDIENCE, CALLER)}").status_code in (200, 202, 404)


def test_an_unconfigured_api_says_how_to_configure_it(
    serve: Callable[[Settings], FlaskClient], settings: Settings, issuer: LocalIssuer
) -> None:
    guarded = replace(settings, auth=True)
    headers = {"Authorization": f"Bearer {issuer.token(AUDIENCE, CALLER)}"}
    for half in (replace(guarded, api_audience=None), replace(guarded, api_callers={}, api_operators=frozenset())):
        client = serve(half)
        for method, path in ROUTES:
            body = refused(client.open(path, method=method, headers=headers), 403, "api_not_configured")
            assert "API_AUDIENCE" in body["detail"]
            assert "API_CALLERS" in body["detail"]
