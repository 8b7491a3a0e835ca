"""`/push` of the real application, called with a good token."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lab.harness.world import World


@dataclass(frozen=True)
class Endpoint:
    """`/push` of the real application, called with a good token."""

    client: FlaskClient
    world: World

    def push(self, body: bytes, headers: Mapping[str, str] | None = None) -> TestResponse:
        authorization = {"Authorization": f"Bearer {self.world.token()}"}
        return self.client.post("/push", data=body, headers={**authorization, **(headers or {})})

    def letters(self) -> list[dict[str, Any]]:
        return self.world.query("SELECT * FROM dead_letters")

    def forget(self) -> None:
        """Delete everything before the next kind, whose message may have the same id."""
        self.world.query("WITH gone AS (DELETE FROM outbox) DELETE FROM dead_letters RETURNING 1")
