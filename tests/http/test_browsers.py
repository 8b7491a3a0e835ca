"""Security headers on every answer, and a service with AUTH=off that web pages cannot use."""

from collections.abc import Iterator, Mapping

import pytest
from flask.testing import FlaskClient

from lab.harness.world import World
from service.app import EXTENSION, create_app
from service.http.browsers import HEADERS


def client_of(world: World, **env: str) -> Iterator[FlaskClient]:
    app = create_app(world.env(**env))
    yield app.test_client()
    app.extensions[EXTENSION].close()


@pytest.fixture
def deployed(world: World) -> Iterator[FlaskClient]:
    yield from client_of(world)


@pytest.fixture
def laptop(world: World) -> Iterator[FlaskClient]:
    yield from client_of(world, AUTH="off")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/health", 200),
        ("GET", "/ready", 200),
        ("GET", "/metrics", 200),
        ("GET", "/openapi.json", 200),
        ("GET", "/nothing", 404),
        ("DELETE", "/push", 405),
        ("POST", "/push", 401),
        ("POST", "/pipeline/run", 401),
        ("GET", "/pipeline/job/x", 401),
        ("OPTIONS", "/push", 200),
    ],
)
def test_every_answer_has_them(deployed: FlaskClient, method: str, path: str, status: int) -> None:
    answer = deployed.open(path, method=method)
    assert answer.status_code == status
    for name, value in HEADERS.items():
        if not (path == "/openapi.json" and name == "Cache-Control"):
            assert answer.headers[name] == value
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    assert answer.headers["Content-Type"].split(";")[0] in {
        "application/json",
        "application/problem+json",
        "text/plain",
        "text/html",
    }


def fault() -> str:
    raise ZeroDivisionError


def test_an_answer_to_a_bug_has_them_too(world: World) -> None:
    for client in client_of(world):
        client.application.view_functions["health.health"] = fault
        answer = client.get("/health")
        assert answer.status_code == 500
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


FOREIGN: list[dict[str, str]] = [
    {"Host": "evil.example"},
    {"Host": "evil.example:8080"},
    {"Host": "localhost.evil.example"},
    {"Host": "10.0.0.1:8080"},
    {"Host": ""},
    {"Host": "[::1"},
    {"Host": "127.0.0.1@evil.example"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://[::1"},
    {"Host": "localhost:8080", "Origin": "http://localhost:3000"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
@pytest.mark.parametrize("path", ["/pipeline/run", "/push", "/sweep", "/health", "/metrics", "/pipeline/jobs"])
def test_without_tokens_no_web_page_is_answered(laptop: FlaskClient, path: str, headers: Mapping[str, str]) -> None:
    method = "GET" if path in ("/health", "/metrics", "/pipeline/jobs") else "POST"
    answer = laptop.open(path, method=method, headers=headers)
    assert answer.status_code == 403
    assert answer.json is not None
    assert answer.json["code"] == "foreign_page"
    assert "AUTH=off" in answer.json["detail"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Host": "127.0.0.1:8080"},
        {"Host": "localhost:8080"},
        {"Host": "[::1]:8080"},
        {"Sec-Fetch-Site": "none"},
        {"Host": "localhost:8080", "Sec-Fetch-Site": "same-origin", "Origin": "http://localhost:8080"},
    ],
    ids=str,
)
def test_without_tokens_a_shell_and_our_own_pages_are_answered(laptop: FlaskClient, headers: dict[str, str]) -> None:
    assert laptop.get("/pipeline/jobs", headers=headers).status_code == 200


def test_with_tokens_the_host_does_not_matter(deployed: FlaskClient) -> None:
    assert deployed.get("/health", headers={"Host": "service-abc.a.run.app"}).status_code == 200
