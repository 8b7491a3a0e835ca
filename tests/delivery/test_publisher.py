"""A publish is what Google's generated client would send, on the channel that it would make: ours makes both itself."""

import json
from pathlib import Path
from typing import Any

import grpc
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.api_core import grpc_helpers
from google.pubsub_v1 import PublisherClient
from google.pubsub_v1.types import PublishRequest, PubsubMessage
from hypothesis import given
from hypothesis import strategies as st

from service.config import read_settings
from service.delivery import pubsub
from service.delivery.outbox import Message

SETTINGS = read_settings(
    {
        "DATABASE_URL": "postgresql://db.test/aiprod",
        "GOOGLE_CLOUD_PROJECT": "project",
        "ARTIFACTS_URL": "gs://bucket",
        "PUSH_AUDIENCE": "https://push.test",
        "PUSH_SERVICE_ACCOUNT": "a@test.iam.gserviceaccount.com",
    }
)
STORABLE = st.text(st.characters(exclude_categories=["Cs"]))


class Line:
    """A channel that keeps what it is given to send."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.methods: list[str] = []

    def unary_unary(self, method: str, request_serializer: Any) -> Any:
        self.methods.append(method)
        return lambda request, **_: self.sent.append(request_serializer(request))


@given(payload=STORABLE, key=STORABLE, order=STORABLE, attributes=st.dictionaries(STORABLE, STORABLE, max_size=4))
def test_googles_types_read_what_is_sent(payload: str, key: str, order: str, attributes: dict[str, str]) -> None:
    line: Any = Line()
    message = Message(topic="results", payload=payload, ordering_key=order, message_key=key, attributes=attributes)
    pubsub.PubSubPublisher(line, SETTINGS).publish(message, 1.0)
    wanted = PubsubMessage(data=payload.encode(), ordering_key=order, attributes={**attributes, "message_key": key})
    assert PublishRequest.deserialize(line.sent[0]) == PublishRequest(
        topic=SETTINGS.topic_path("results"), messages=[wanted]
    )
    assert line.methods == ["/google.pubsub.v1.Publisher/Publish"]


def test_the_channel_is_the_one_that_googles_client_makes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[dict[str, Any]] = []

    def record(target: str, **arguments: Any) -> grpc.Channel:
        made.append({"target": target, **arguments})
        return grpc.insecure_channel("127.0.0.1:9")

    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(account(tmp_path)))
    monkeypatch.delenv("PUBSUB_EMULATOR_HOST", raising=False)
    monkeypatch.setattr(grpc_helpers, "create_channel", record)
    pubsub.connect(SETTINGS)
    PublisherClient()
    ours, googles = made
    # It has looked for the account itself, in the way that this function does if it is given none.
    assert googles.pop("credentials").service_account_email == "a@test.iam.gserviceaccount.com"
    assert {**ours, "options": list(ours["options"])} == {k: v for k, v in googles.items() if v is not None}


def account(folder: Path) -> Path:
    """The key of a service account, invented."""
    key = rsa.generate_private_key(65_537, 2_048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "account.json"
    file.write_text(
        json.dumps(
            {
                "type": "service_account",
                "client_email": "a@test.iam.gserviceaccount.com",
                "private_key": key.decode(),
                "token_uri": "https://oauth2.googleapis.com/token",
            }
        )
    )
    return file
