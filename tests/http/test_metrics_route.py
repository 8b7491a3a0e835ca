"""Who may read `/metrics`: this machine, and accounts that are named."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from lab.harness.world import World
from service.app import EXTENSION, create_app

AUDIENCE = "https://api.example.com"
SCRAPER, OPERATOR, CALLER = "scraper@example.com", "operator@example.com", "caller@example.com"
FAR, NEAR = "169.254.169.126", "127.0.0.1"


def client_of(world: World, **env: str) -> Iterator[FlaskClient]:
    app = create_app(world.env(**env))
    yield app.test_client()
    app.extensions[EXTENSION].close()


@pytest.fixture
def client(world: World) -> Iterator[FlaskClient]:
    callers = {"METRICS_CALLERS": SCRAPER, "API_OPERATORS": OPERATOR, "API_CALLERS": CALLER}
    yield from client_of(world, API_AUDIENCE=AUDIENCE, **callers)


@pytest.fixture
def pushed(world: World) -> Iterator[FlaskClient]:
    yield from client_of(world, SURFACE="push", API_AUDIENCE="", API_OPERATORS="")


@pytest.mark.parametrize(
    ("peer", "headers", "status"),
    [
        (NEAR, {}, 200),
        ("::1", {}, 200),
        ("::ffff:127.0.0.1", {}, 200),
        (FAR, {}, 401),
        ("", {}, 401),
        ("not an address", {}, 401),
        # Behind a front end on this machine, the peer is this machine and the client is not.
        (NEAR, {"X-Forwarded-For": "203.0.113.9"}, 401),
        (NEAR, {"Forwarded": "for=203.0.113.9"}, 401),
        # The client's word for where it is counts for nothing.
        (FAR, {"X-Forwarded-For": "127.0.0.1"}, 401),
        (FAR, {"X-Real-IP": "127.0.0.1", "Host": "localhost"}, 401),
    ],
)
def test_without_a_token_only_this_machine_reads_them(
    client: FlaskClient, peer: str, headers: dict[str, str], status: int
) -> None:
    answer = client.get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": peer})
    assert answer.status_code == status
    assert ("aiprod_" in answer.text) == (status == 200)


def test_from_elsewhere_only_who_is_named_reads_them(client: FlaskClient, world: World) -> None:
    def ask(email: str, audience: str = AUDIENCE) -> int:
        headers = {"Authorization": f"Bearer {world.issuer.token(audience, email)}"}
        return client.get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": FAR}).status_code

    assert [ask(email) for email in (SCRAPER, OPERATOR, CALLER)] == [200, 200, 403]
    assert ask(SCRAPER, audience="https://push.example.com") == 401


def test_a_push_service_that_names_nobody_says_what_to_set(pushed: FlaskClient) -> None:
    answer = pushed.get("/metrics", environ_base={"REMOTE_ADDR": FAR})
    assert answer.status_code == 403
    assert "METRICS_CALLERS" in answer.json["detail"]  # type: ignore[index]


def test_probes_need_no_token(client: FlaskClient) -> None:
    for path in ("/health", "/ready"):
        assert client.get(path, environ_base={"REMOTE_ADDR": FAR}).status_code == 200
