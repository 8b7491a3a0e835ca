"""The stand-in fails, hangs, loses replies, holds and repeats messages when it is told to."""

import grpc
import pytest
from google.api_core import exceptions as gone_wrong

from service.dev.pubsub.server import LocalPubSub
from tests.support.pubsub import OTHER, PUSHED, TOPIC, Clients, Endpoint, pushes_to


def test_publishing_fails_as_told(clients: Clients, pubsub: LocalPubSub) -> None:
    pubsub.faults.fail_publish(grpc.StatusCode.UNAVAILABLE, times=2)
    for _ in range(2):
        with pytest.raises(gone_wrong.ServiceUnavailable):
            clients.publish()
    clients.publish()
    fault = pubsub.faults.fail_publish(grpc.StatusCode.PERMISSION_DENIED, topic="others")
    clients.publish()
    with pytest.raises(gone_wrong.PermissionDenied):
        clients.publish(topic=OTHER)
    pubsub.faults.remove(fault)
    clients.publish(topic=OTHER)
    assert fault.hits == 1
    pubsub.faults.fail_publish(grpc.StatusCode.INVALID_ARGUMENT, message_key=r"^result:7:")
    clients.publish(attributes={"message_key": "result:70:1"})
    with pytest.raises(gone_wrong.InvalidArgument):
        clients.publish(attributes={"message_key": "result:7:1"})
    pubsub.faults.clear()
    clients.publish(attributes={"message_key": "result:7:1"})
    assert (len(pubsub.accepted(TOPIC)), len(pubsub.accepted(OTHER))) == (4, 1)


def test_publishing_hangs_as_told(clients: Clients, pubsub: LocalPubSub) -> None:
    fault = pubsub.faults.hang_publish(60)
    with pytest.raises(gone_wrong.DeadlineExceeded):
        clients.publish(timeout=0.1)
    pubsub.faults.remove(fault)
    pubsub.faults.hang_publish(0.05)
    clients.publish(b"patient")
    assert [message.data for message in pubsub.accepted(TOPIC)] == [b"patient"]


def test_a_lost_reply_leaves_the_message_stored(clients: Clients, pubsub: LocalPubSub) -> None:
    pubsub.faults.lose_reply(times=1)
    with pytest.raises(gone_wrong.ServiceUnavailable):
        clients.publish(attributes={"message_key": "once"})
    clients.publish(attributes={"message_key": "once"})
    assert [message.attributes["message_key"] for message in pubsub.accepted(TOPIC)] == ["once", "once"]


def test_deliveries_are_held_and_released(clients: Clients, pubsub: LocalPubSub, endpoint: Endpoint) -> None:
    clients.subscriber.create_subscription(request=pushes_to(endpoint))
    pubsub.hold("jobs-sub")
    clients.publish()
    assert not pubsub.wait_until(lambda: bool(pubsub.pushes(PUSHED)), timeout_s=0.1)
    pubsub.release("jobs-sub")
    assert pubsub.wait_until(lambda: not pubsub.outstanding(PUSHED))


def test_deliveries_are_doubled_and_repeated(clients: Clients, pubsub: LocalPubSub, endpoint: Endpoint) -> None:
    clients.subscriber.create_subscription(request=pushes_to(endpoint))
    pubsub.copy_deliveries(PUSHED, 2)
    message_id = clients.publish()
    assert pubsub.wait_until(lambda: len(pubsub.pushes(PUSHED)) == 3)
    pubsub.copy_deliveries(PUSHED, 0)
    pubsub.deliver_again(PUSHED, message_id)
    assert pubsub.wait_until(lambda: len(pubsub.pushes(PUSHED)) == 4)
    assert {body["message"]["messageId"] for body in endpoint.bodies()} == {message_id}
