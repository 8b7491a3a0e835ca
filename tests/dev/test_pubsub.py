"""The stand-in for Pub/Sub, with the real clients on one side and a real HTTP endpoint on the other."""

import base64
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import grpc
import pytest
from google.api_core import exceptions as gone_wrong
from google.pubsub_v1 import PublisherClient, SubscriberClient
from google.pubsub_v1 import types as wire
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport

from service.auth.verifier import KeyCache, Verifier
from service.dev.broker import wait_s
from service.dev.keys import LocalIssuer
from service.dev.pubsub import LocalPubSub

TOPIC = "projects/aiprod-dev/topics/jobs"
OTHER = "projects/aiprod-dev/topics/others"
PUSHED = "projects/aiprod-dev/subscriptions/jobs-sub"
PULLED = "projects/aiprod-dev/subscriptions/jobs-pull"
EMAIL = "pusher@aiprod-dev.iam.gserviceaccount.com"


class Endpoint:
    """An HTTP endpoint that keeps what it is sent and answers as `answer(how many came before)` says."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.answer: Callable[[int], int] = lambda _: 204
        self.in_work = 0
        self.most_in_work = 0
        lock = threading.Lock()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with lock:
                    before = len(outer.requests)
                    outer.requests.append(({name.lower(): value for name, value in self.headers.items()}, body))
                    outer.in_work += 1
                    outer.most_in_work = max(outer.most_in_work, outer.in_work)
                status = outer.answer(before)
                with lock:
                    outer.in_work -= 1
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 64

        self._http = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}/push"

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.requests]

    def close(self) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


class Clients:
    """The plain clients of google-cloud-pubsub on one insecure channel."""

    def __init__(self, host: str) -> None:
        self._channel = grpc.insecure_channel(host)
        self.publisher = PublisherClient(transport=PublisherGrpcTransport(channel=self._channel))
        self.subscriber = SubscriberClient(transport=SubscriberGrpcTransport(channel=self._channel))

    def publish(
        self,
        data: bytes = b"x",
        attributes: dict[str, str] | None = None,
        ordering_key: str = "",
        topic: str = TOPIC,
        timeout: float = 5,
    ) -> str:
        message = wire.PubsubMessage(data=data, attributes=attributes or {}, ordering_key=ordering_key)
        answer = self.publisher.publish(topic=topic, messages=[message], retry=None, timeout=timeout)
        return str(answer.message_ids[0])

    def pull(self, timeout: float = 5) -> list[wire.ReceivedMessage]:
        answer = self.subscriber.pull(subscription=PULLED, max_messages=10, retry=None, timeout=timeout)
        return list(answer.received_messages)

    def close(self) -> None:
        self._channel.close()


@pytest.fixture(scope="module")
def issuer() -> LocalIssuer:
    return LocalIssuer.fresh()


@pytest.fixture
def pubsub(issuer: LocalIssuer) -> Iterator[LocalPubSub]:
    with LocalPubSub(issuer, least_ack_deadline_s=1) as pubsub:
        yield pubsub


@pytest.fixture
def clients(pubsub: LocalPubSub) -> Iterator[Clients]:
    clients = Clients(pubsub.host)
    for topic in (TOPIC, OTHER):
        clients.publisher.create_topic(name=topic)
    yield clients
    clients.close()


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    endpoint = Endpoint()
    yield endpoint
    endpoint.close()


def pushes_to(endpoint: Endpoint, **changes: Any) -> wire.Subscription:
    token = wire.PushConfig.OidcToken(service_account_email=EMAIL, audience="https://service.example/push")
    fields = {
        "name": PUSHED,
        "topic": TOPIC,
        "ack_deadline_seconds": 10,
        "push_config": wire.PushConfig(push_endpoint=endpoint.url, oidc_token=token),
        "retry_policy": wire.RetryPolicy(
            minimum_backoff=timedelta(milliseconds=20), maximum_backoff=timedelta(milliseconds=50)
        ),
    }
    return wire.Subscription(fields | changes)


def pulled(clients: Clients, **changes: Any) -> None:
    fields = {"name": PULLED, "topic": TOPIC, "ack_deadline_seconds": 10}
    clients.subscriber.create_subscription(request=wire.Subscription(fields | changes))


def wait_for(holds: Callable[[], bool]) -> bool:
    """For what no message's move tells of."""
    return any(holds() or threading.Event().wait(0.01) for _ in range(1_000))


# Publishing and its limits


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


# Pulling


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


# Pushing


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
    waits = [wait_s(attempts, (10.0, 600.0), chance) for attempts in (1, 2, 3, 4, 10, 10_000)]
    assert waits == sorted(waits)
    assert all(10 <= wait <= 600 for wait in waits)
    assert 31 <= waits[2] <= 49
    assert wait_s(3, (0.0, 0.0), chance) == 0


# Faults


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


# Stopping


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
