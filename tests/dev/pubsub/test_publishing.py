"""Topics, publishing, and the limits that Pub/Sub has."""

from typing import Any

import pytest
from google.api_core import exceptions as gone_wrong
from google.pubsub_v1 import types as wire

from service.dev.pubsub.server import LocalPubSub
from tests.support.pubsub import OTHER, TOPIC, Clients


def test_topics_are_made_once_and_found(clients: Clients) -> None:
    assert clients.publisher.get_topic(topic=TOPIC).name == TOPIC
    with pytest.raises(gone_wrong.AlreadyExists):
        clients.publisher.create_topic(name=TOPIC)
    with pytest.raises(gone_wrong.NotFound):
        clients.publisher.get_topic(topic=TOPIC + "-not")
    with pytest.raises(gone_wrong.NotFound):
        clients.publish(topic=TOPIC + "-not")


@pytest.mark.parametrize("name", ["jobs", "projects/aiprod-dev/topics/ab", "projects/aiprod-dev/topics/googol"])
def test_a_name_that_is_no_topics_is_refused(clients: Clients, name: str) -> None:
    with pytest.raises(gone_wrong.InvalidArgument):
        clients.publisher.create_topic(name=name)


def test_what_is_published_can_be_looked_at(clients: Clients, pubsub: LocalPubSub) -> None:
    message_id = clients.publish(b"\x00data", {"message_key": "job:1:1:0"}, "user")
    (message,) = pubsub.accepted("jobs")
    assert (message.id, message.data) == (message_id, b"\x00data")
    assert (message.attributes, message.ordering_key) == ({"message_key": "job:1:1:0"}, "user")
    assert pubsub.accepted(OTHER) == []


@pytest.mark.parametrize(
    "message",
    [
        {"data": b"x" * 9_999_000},
        {"data": b"", "attributes": {"a": ""}},
        {"attributes": {str(n): "v" for n in range(100)}},
        {"attributes": {"k" * 256: "v"}},
        {"attributes": {"é" * 128: "é" * 512}},
        {"data": b"x", "ordering_key": "o" * 1_024},
    ],
)
def test_what_is_just_inside_the_limits_is_taken(clients: Clients, message: dict[str, Any]) -> None:
    assert clients.publish(**({"data": b"x"} | message))


@pytest.mark.parametrize(
    "message",
    [
        {"data": b"x" * 10_000_001},
        {"data": b"x" * 9_999_999},  # with its envelope the request is over 10 MB
        {"data": b""},
        {"attributes": {str(n): "v" for n in range(101)}},
        {"attributes": {"k" * 257: "v"}},
        {"attributes": {"é" * 129: "v"}},
        {"attributes": {"k": "é" * 513}},
        {"attributes": {"k": "v" * 1_025}},
        {"attributes": {"goog-trace": "v"}},
        {"attributes": {"": "v"}},
        {"ordering_key": "é" * 513},
    ],
)
def test_what_is_over_a_limit_is_refused(clients: Clients, pubsub: LocalPubSub, message: dict[str, Any]) -> None:
    with pytest.raises(gone_wrong.InvalidArgument):
        clients.publish(**({"data": b"x"} | message))
    assert pubsub.accepted(TOPIC) == []


def test_one_bad_message_refuses_the_whole_request(clients: Clients, pubsub: LocalPubSub) -> None:
    messages = [wire.PubsubMessage(data=b"good"), wire.PubsubMessage(data=b"bad", attributes={"k": "v" * 1_025})]
    for refused in (messages, [], [wire.PubsubMessage(data=b"x")] * 1_001):
        with pytest.raises(gone_wrong.InvalidArgument):
            clients.publisher.publish(topic=TOPIC, messages=refused, retry=None, timeout=5)
    assert pubsub.accepted(TOPIC) == []
