"""A push without a good token is refused from its headers alone, and nothing of it is logged."""

import io
import logging

import pytest

from lab.harness.messages import Brief
from lab.harness.names import AUDIENCE
from lab.harness.world import World
from tests.support.endpoint import Endpoint
from tests.support.gated import Start


def test_strangers_stay_outside(start: Start, world: World) -> None:
    service, body = start(), Brief().body()
    nobody = service.app.test_client().post("/push", data=body)
    assert nobody.status_code == 401
    assert nobody.headers["WWW-Authenticate"].startswith("Bearer")
    assert service.push(body, token=world.issuer.token("https://other", "x@y.z")).status == 401
    assert service.push(body, token=world.issuer.token(AUDIENCE, "x@y.z")).status == 403
    assert world.query("SELECT 1 FROM jobs") == []


def test_a_token_is_checked_before_a_byte_of_the_body_is_read(start: Start) -> None:
    service = start()

    class Unread(io.BytesIO):
        def readinto(self, *_: object) -> int:
            raise AssertionError("the body was read")

        read = read1 = readline = readinto  # type: ignore[assignment]

    answer = service.app.test_client().post("/push", input_stream=Unread(b"0123456789"), content_length=10)
    assert answer.status_code == 401


def test_nothing_of_a_message_is_logged_before_its_token_holds(
    endpoint: Endpoint, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answer = endpoint.client.post("/push", data=b"the secret", headers={"Authorization": "Bearer a.b.c"})
    assert answer.status_code == 401
    assert "secret" not in caplog.text
    assert "a.b.c" not in caplog.text + answer.text
