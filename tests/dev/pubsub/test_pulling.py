"""Pull subscriptions: acknowledgements, deadlines, ordering, dead-letter policies."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from google.api_core import exceptions as gone_wrong
from google.pubsub_v1 import types as wire

from service.dev.issuer import LocalIssuer
from service.dev.pubsub.server import LocalPubSub
from tests.support.pubsub import OTHER, PULLED, TOPIC, Clients, pulled


def test_a_pulled_message_is_gone_once_it_is_acknowledged(clients: Clients, pubsub: LocalPubSub) -> None:
    pulled(clients)
    message_id = clients.publish(b"data", {"a": "b"}, "key")
    (received,) = clients.pull()
    assert (received.message.message_id, received.message.data) == (message_id, b"data")
    assert (dict(received.message.attributes), received.message.ordering_key) == ({"a": "b"}, "key")
    assert received.message.publish_time.timestamp() > 1_700_000_000
    assert received.delivery_attempt == 0
    assert clients.pull(timeout=0.2) == []
    assert [held.taken for held in pubsub.outstanding(PULLED)] == [True]
    clients.subscriber.acknowledge(subscription=PULLED, ack_ids=[received.ack_id, "never-heard-of"])
    assert pubsub.outstanding("jobs-pull") == []


def test_a_nacked_message_and_one_past_its_deadline_come_again(clients: Clients) -> None:
    pulled(clients, ack_deadline_seconds=1)
    clients.publish()
    (first,) = clients.pull()
    clients.subscriber.modify_ack_deadline(subscription=PULLED, ack_ids=[first.ack_id], ack_deadline_seconds=0)
    (second,) = clients.pull()
    (third,) = clients.pull()
    assert len({first.ack_id, second.ack_id, third.ack_id}) == 3
    clients.subscriber.acknowledge(subscription=PULLED, ack_ids=[second.ack_id])
    clients.subscriber.modify_ack_deadline(subscription=PULLED, ack_ids=[third.ack_id], ack_deadline_seconds=0)
    assert len(clients.pull()) == 1


def test_pull_waits_for_a_message_and_not_longer_than_its_caller(clients: Clients) -> None:
    pulled(clients)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(clients.pull)
        clients.publish(b"late")
        assert waiting.result(5)[0].message.data == b"late"
    assert len(clients.pull(timeout=0.2)) == 0


def test_with_ordering_one_message_of_a_key_is_out_at_a_time(clients: Clients) -> None:
    pulled(clients, enable_message_ordering=True)
    for data, key in ((b"a1", "a"), (b"a2", "a"), (b"b1", "b"), (b"c", "")):
        clients.publish(data, ordering_key=key)
    first = {received.message.data: received.ack_id for received in clients.pull()}
    assert sorted(first) == [b"a1", b"b1", b"c"]
    clients.subscriber.acknowledge(subscription=PULLED, ack_ids=[first[b"a1"]])
    assert [received.message.data for received in clients.pull()] == [b"a2"]


def test_a_dead_letter_policy_counts_attempts_and_moves_the_message(clients: Clients, pubsub: LocalPubSub) -> None:
    pulled(clients, dead_letter_policy=wire.DeadLetterPolicy(dead_letter_topic=OTHER, max_delivery_attempts=5))
    clients.publish(b"poison")
    for attempt in range(1, 6):
        (received,) = clients.pull()
        assert received.delivery_attempt == attempt
        clients.subscriber.modify_ack_deadline(subscription=PULLED, ack_ids=[received.ack_id], ack_deadline_seconds=0)
    assert [message.data for message in pubsub.accepted(OTHER)] == [b"poison"]
    assert pubsub.outstanding(PULLED) == []


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"topic": TOPIC + "-not"}, gone_wrong.NotFound),
        ({"name": "jobs-sub"}, gone_wrong.InvalidArgument),
        ({"ack_deadline_seconds": 601}, gone_wrong.InvalidArgument),
        ({"ack_deadline_seconds": -1}, gone_wrong.InvalidArgument),
        ({"filter": 'hasPrefix(attributes.a, "b")'}, gone_wrong.MethodNotImplemented),
        ({"push_config": wire.PushConfig(push_endpoint="https://example.com/")}, gone_wrong.InvalidArgument),
        ({"retry_policy": wire.RetryPolicy(minimum_backoff=timedelta(seconds=601))}, gone_wrong.InvalidArgument),
    ],
)
def test_a_wrong_subscription_is_refused(
    clients: Clients, changes: dict[str, Any], error: type[gone_wrong.GoogleAPICallError]
) -> None:
    with pytest.raises(error):
        pulled(clients, **changes)


def test_the_least_ack_deadline_is_that_of_pubsub(issuer: LocalIssuer) -> None:
    with LocalPubSub(issuer) as strict:
        clients = Clients(strict.host)
        clients.publisher.create_topic(name=TOPIC)
        with pytest.raises(gone_wrong.InvalidArgument):
            pulled(clients, ack_deadline_seconds=9)
        pulled(clients, ack_deadline_seconds=0)
        assert clients.subscriber.get_subscription(subscription=PULLED).ack_deadline_seconds == 10
        clients.close()
