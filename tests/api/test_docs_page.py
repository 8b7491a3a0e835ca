"""`/docs`: a page that needs nothing from elsewhere and that a strict Content-Security-Policy lets work."""

import gzip
import re
from importlib import resources

import flask
import pytest
from flask.testing import FlaskClient

from service import problems
from service.api import docs
from service.api.docs import FILES, PATH
from service.http import browsers


@pytest.fixture
def page() -> FlaskClient:
    app = flask.Flask("test", static_folder=None)
    problems.register(app)
    browsers.register(app, auth=True)
    app.register_blueprint(docs.blueprint())
    return app.test_client()


def test_the_page_and_its_files_are_there(page: FlaskClient) -> None:
    html = page.get(PATH)
    assert html.status_code == 200
    assert "script-src 'self'" in html.headers["Content-Security-Policy"]
    wanted = [path for path in re.findall(r'(?:src|href)="(/[^"]+)"', html.text) if path != "/openapi.json"]
    assert {f"{PATH}/{name}" for name in FILES} == set(wanted)
    for path in wanted:
        answer = page.get(path, headers={"Accept-Encoding": "gzip, br"})
        assert answer.status_code == 200, path
        body = gzip.decompress(answer.data) if answer.headers.get("Content-Encoding") == "gzip" else answer.data
        assert page.get(path).data == body, "without gzip, the same"
    # What the policy would block.
    assert not re.search(r"<script>|<style|style=|\son\w+=|https?://", html.text)


def test_nothing_else_is_served(page: FlaskClient) -> None:
    for name in ("page.html", "LICENSE", "..%2fdocs.py", "../docs.py", f"swagger-ui-{docs.VERSION}.js.gz"):
        assert page.get(f"{PATH}/{name}").status_code == 404


@pytest.mark.parametrize("name", ["LICENSE", "NOTICE", "LICENSE.bundled"])
def test_the_licences_lie_beside_it(name: str) -> None:
    assert (resources.files("service.api") / "page" / name).is_file()
