"""Push subscriptions: body, token, which answers acknowledge, backoff, and an end that leaves nothing running."""

import base64
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from google.api_core import exceptions as gone_wrong
from google.pubsub_v1 import types as wire

from service.auth.certificates import KeyCache
from service.auth.verifier import Verifier
from service.dev.issuer import LocalIssuer
from service.dev.pubsub.broker import backoff_s
from service.dev.pubsub.server import LocalPubSub
from tests.support.pubsub import EMAIL, OTHER, PUSHED, TOPIC, Clients, Endpoint, pulled, pushes_to, wait_for


def test_a_push_has_the_body_and_the_token_of_pubsub(
    issuer: LocalIssuer, clients: Clients, pubsub: LocalPubSub, endpoint: Endpoint
) -> None:
    clients.subscriber.create_subscription(request=pushes_to(endpoint))
    message_id = clients.publish(b"\xffdata", {"run": "1"}, "user")
    assert pubsub.wait_until(lambda: not pubsub.outstanding(PUSHED))
    (headers, body), (push,) = endpoint.requests[0], pubsub.pushes("jobs-sub")
    envelope = json.loads(body)
    when = envelope["message"].pop("publishTime")
    assert when.endswith("Z")
    assert envelope == {
        "message": {
            "data": base64.b64encode(b"\xffdata").decode(),
            "attributes": {"run": "1"},
            "messageId": message_id,
            "message_id": message_id,
            "publish_time": when,
            "orderingKey": "user",
        },
        "subscription": PUSHED,
    }
    assert headers["content-type"] == "application/json"
    identity = Verifier(KeyCache(issuer.certs_page)).verify(headers["authorization"])
    assert (identity.email, identity.audience) == (EMAIL, "https://service.example/push")
    assert (push.message_id, push.attempt, push.status, push.acked) == (message_id, 1, 204, True)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_these_answers_acknowledge(clients: Clients, pubsub: LocalPubSub, endpoint: Endpoint, status: int) -> None:
    endpoint.answer = lambda _: status
    clients.subscriber.create_subscription(request=pushes_to(endpoint))
    clients.publish()
    assert pubsub.wait_until(lambda: not pubsub.outstanding(PUSHED))
    assert [push.status for push in pubsub.pushes(PUSHED)] == [status]


def test_every_other_answer_makes_it_come_again(clients: Clients, pubsub: LocalPubSub, endpoint: Endpoint) -> None:
    answers = [203, 301, 400, 401, 404, 429, 500, 503, 204]
    endpoint.answer = lambda before: answers[before]
    clients.subscriber.create_subscription(request=pushes_to(endpoint))
    clients.publish()
    assert pubsub.wait_until(lambda: not pubsub.outstanding(PUSHED))
    assert [push.status for push in pubsub.pushes(PUSHED)] == answers
    assert [push.attempt for push in pubsub.pushes(PUSHED)] == list(range(1, 10))
    assert "deliveryAttempt" not in endpoint.bodies()[-1]


def test_no_answer_within_the_ack_deadline_is_a_nack(clients: Clients, pubsub: LocalPubSub, endpoint: Endpoint) -> None:
    let_go = threading.Event()
    endpoint.answer = lambda before: 204 if before or let_go.wait(10) else 500
    clients.subscriber.create_subscription(request=pushes_to(endpoint, ack_deadline_seconds=1))
    clients.publish()
    assert pubsub.wait_until(lambda: not pubsub.outstanding(PUSHED))
    let_go.set()
    assert [push.status for push in pubsub.pushes(PUSHED)] == [None, 204]
    assert pubsub.pushes(PUSHED)[0].took_s >= 1


def test_an_endpoint_that_is_not_there_is_tried_again(
    clients: Clients, pubsub: LocalPubSub, endpoint: Endpoint
) -> None:
    nowhere = wire.PushConfig(push_endpoint="http://127.0.0.1:1/push")
    clients.subscriber.create_subscription(request=pushes_to(endpoint, push_config=nowhere))
    clients.publish()
    assert pubsub.wait_until(lambda: len(pubsub.pushes(PUSHED)) > 2)
    assert "ConnectionRefusedError" in pubsub.pushes(PUSHED)[0].error
    assert len(pubsub.outstanding(PUSHED)) == 1


def test_without_a_token_and_unwrapped_when_asked(clients: Clients, pubsub: LocalPubSub, endpoint: Endpoint) -> None:
    bare = wire.PushConfig(push_endpoint=endpoint.url, no_wrapper=wire.PushConfig.NoWrapper(write_metadata=True))
    clients.subscriber.create_subscription(request=pushes_to(endpoint, push_config=bare))
    message_id = clients.publish(b"raw", {"run": "2", "not a header": "x", "line": "a\r\nb"}, "user")
    assert pubsub.wait_until(lambda: not pubsub.outstanding(PUSHED))
    headers, body = endpoint.requests[0]
    assert body == b"raw"
    assert headers["x-goog-pubsub-message-id"] == message_id
    assert headers["x-goog-pubsub-subscription-name"] == PUSHED
    assert headers["x-goog-pubsub-ordering-key"] == "user"
    assert headers["run"] == "2"
    assert not {"authorization", "not a header", "line"} & set(headers)


def test_delivery_attempts_are_in_the_body_with_a_dead_letter_policy(
    clients: Clients, pubsub: LocalPubSub, endpoint: Endpoint
) -> None:
    endpoint.answer = lambda _: 500
    policy = wire.DeadLetterPolicy(dead_letter_topic=OTHER, max_delivery_attempts=5)
    clients.subscriber.create_subscription(request=pushes_to(endpoint, dead_letter_policy=policy))
    clients.publish()
    assert pubsub.wait_until(lambda: not pubsub.outstanding(PUSHED))
    assert [body["deliveryAttempt"] for body in endpoint.bodies()] == [1, 2, 3, 4, 5]
    assert len(pubsub.accepted(OTHER)) == 1


def test_no_more_than_twenty_pushes_are_in_flight(clients: Clients, pubsub: LocalPubSub, endpoint: Endpoint) -> None:
    let_go = threading.Event()
    endpoint.answer = lambda _: 204 if let_go.wait(10) else 500
    clients.subscriber.create_subscription(request=pushes_to(endpoint))
    messages = [wire.PubsubMessage(data=b"x")] * 50
    clients.publisher.publish(topic=TOPIC, messages=messages, retry=None, timeout=5)
    assert pubsub.wait_until(lambda: sum(held.taken for held in pubsub.outstanding(PUSHED)) == 20)
    let_go.set()
    assert pubsub.wait_until(lambda: not pubsub.outstanding(PUSHED))
    assert endpoint.most_in_work <= 20
    assert len(endpoint.requests) == 50


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_the_backoff_doubles_between_its_bounds(chance: float) -> None:
    waits = [backoff_s(attempts, (10.0, 600.0), chance) for attempts in (1, 2, 3, 4, 10, 10_000)]
    assert waits == sorted(waits)
    assert all(10 <= wait <= 600 for wait in waits)
    assert 31 <= waits[2] <= 49
    assert backoff_s(3, (0.0, 0.0), chance) == 0


def test_closing_ends_calls_and_pushes_under_way_and_every_thread(issuer: LocalIssuer, endpoint: Endpoint) -> None:
    threads_before = set(threading.enumerate())
    let_go, arrived = threading.Event(), threading.Event()

    def hang(_: int) -> int:
        arrived.set()
        let_go.wait(10)
        return 204

    endpoint.answer = hang
    pubsub = LocalPubSub(issuer)
    clients = Clients(pubsub.host)
    clients.publisher.create_topic(name=TOPIC)
    clients.subscriber.create_subscription(request=pushes_to(endpoint))
    clients.publish()
    pulled(clients)
    assert arrived.wait(10)
    fault = pubsub.faults.hang_publish(60)
    with ThreadPoolExecutor(2) as pool:
        pull, publish = pool.submit(clients.pull), pool.submit(clients.publish, timeout=60)
        assert wait_for(lambda: fault.hits == 1)
        pubsub.close()
        assert isinstance(publish.exception(10), gone_wrong.GoogleAPICallError)
        assert isinstance(pull.exception(10), (gone_wrong.GoogleAPICallError, type(None)))
    let_go.set()
    clients.close()
    names = [thread.name for thread in set(threading.enumerate()) - threads_before]
    assert not [name for name in names if name.startswith(("pub", "push"))]
    pubsub.close()
