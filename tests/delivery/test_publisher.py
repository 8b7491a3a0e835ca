"""A publish is what Google's generated client would send, on the channel that it would make: ours makes both itself."""

import json
from pathlib import Path
from typing import Any

import grpc
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.pubsub_v1 import PublisherClient
from google.pubsub_v1.types import PublishRequest, PubsubMessage
from hypothesis import example, given
from hypothesis import strategies as st

from service.auth.web import GoogleRequest
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

    def unary_unary(self, method: str) -> Any:
        self.methods.append(method)
        return lambda request, **_: self.sent.append(request)


@example(payload="é" * 20_000, key="", order="", attributes={"": ""})
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
    channels: list[Any] = []
    plugins: list[Any] = []
    credentials: list[grpc.ChannelCredentials] = []

    def channel(target: str, kind: object, **arguments: Any) -> grpc.Channel:
        arguments["options"] = list(arguments["options"])
        channels.append((target, kind in credentials, {name: value for name, value in arguments.items() if value}))
        return grpc.insecure_channel("127.0.0.1:9")

    def call_credentials(plugin: Any) -> grpc.CallCredentials:
        plugins.append(plugin)
        return make_call(plugin)

    def channel_credentials(of: grpc.CallCredentials) -> grpc.ChannelCredentials:
        credentials.append(make(of))
        return credentials[-1]

    make_call, make = grpc.metadata_call_credentials, grpc.compute_engine_channel_credentials

    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(account(tmp_path)))
    monkeypatch.delenv("PUBSUB_EMULATOR_HOST", raising=False)
    monkeypatch.setattr(grpc, "secure_channel", channel)
    monkeypatch.setattr(grpc, "metadata_call_credentials", call_credentials)
    monkeypatch.setattr(grpc, "compute_engine_channel_credentials", channel_credentials)
    pubsub.connect(SETTINGS)
    PublisherClient()
    ours, googles = channels
    assert ours == googles
    assert ours[1], "made of something other than an account's tokens"
    ours, googles = (vars(plugin) for plugin in plugins)
    assert isinstance(ours["_request"], GoogleRequest)
    for name in ("_default_host", "_suppress_metrics_header"):
        assert ours[name] == googles[name]
    for name in ("service_account_email", "scopes", "default_scopes"):
        assert getattr(ours["_credentials"], name) == getattr(googles["_credentials"], name)


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
