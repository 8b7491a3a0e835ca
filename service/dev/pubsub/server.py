"""The stand-in for Pub/Sub: its gRPC server, and the methods with which tests inspect and disturb it.

The service talks to it with the real client, through `PUBSUB_EMULATOR_HOST`. Unlike Google's emulator, it refuses
everything that Pub/Sub refuses, signs its pushes, and can be told to fail.
"""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, Self

import grpc
from google.pubsub_v1 import types as wire

from service.dev.issuer import LocalIssuer
from service.dev.pubsub import limits
from service.dev.pubsub.broker import Broker, Message, Outstanding, Rejected
from service.dev.pubsub.faults import Faults, PublishFault
from service.dev.pubsub.pusher import Push, Pusher
from service.dev.pubsub.subscriptions import MAX_ACK_DEADLINE_S, describe, read_subscription, refuse_if

PULL_WAIT_S = 10.0


class LocalPubSub:
    """Pub/Sub on a loopback port, serving from its creation until `close`; also a context manager.

    `issuer` signs the tokens of pushes. `min_ack_deadline_s` is Pub/Sub's 10 s; tests may use less, in whole seconds.
    Topics and subscriptions are named in full or by the last part of their names.
    """

    def __init__(
        self, issuer: LocalIssuer, *, port: int = 0, max_pushes_in_flight: int = 20, min_ack_deadline_s: int = 10
    ) -> None:
        self.faults = Faults()
        self._issuer = issuer
        self._max_pushes_in_flight = max_pushes_in_flight
        self._min_ack_deadline_s = min_ack_deadline_s
        self._broker = Broker()
        self._pushers: dict[str, Pusher] = {}
        self._pool = ThreadPoolExecutor(64, thread_name_prefix="pubsub")
        self._server = grpc.server(
            self._pool,
            handlers=[grpc.method_handlers_generic_handler(*service) for service in self._services().items()],
            # `limits` checks Pub/Sub's own limit, to give its error; this one only bounds memory.
            options=[("grpc.max_receive_message_length", 2 * limits.MAX_REQUEST_BYTES), ("grpc.so_reuseport", 0)],
        )
        self.port: int = self._server.add_insecure_port(f"127.0.0.1:{port}")
        self._server.start()

    @property
    def host(self) -> str:
        """For `PUBSUB_EMULATOR_HOST`."""
        return f"127.0.0.1:{self.port}"

    def close(self) -> None:
        """Abort the calls and pushes in flight, and end every thread. Unacknowledged messages are lost."""
        self._broker.close()
        self._server.stop(grace=0).wait()
        for pusher in self._pushers.values():
            pusher.close()
        self._pool.shutdown(wait=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # For tests and tools in the same process

    def publish(
        self, topic: str, data: bytes, attributes: Mapping[str, str] | None = None, ordering_key: str = ""
    ) -> str:
        """Publish without any fault; return the message's id. Raises `Rejected` for what Pub/Sub would refuse."""
        message = wire.PubsubMessage(data=data, attributes=attributes or {}, ordering_key=ordering_key)
        request = wire.PublishRequest(topic=self._topic(topic), messages=[message])
        return self._accept(request)[0]

    def accepted(self, topic: str) -> list[Message]:
        """The messages the topic accepted, oldest first; the last 10,000."""
        return self._broker.accepted(self._topic(topic))

    def outstanding(self, subscription: str) -> list[Outstanding]:
        """The messages of the subscription that are not acknowledged yet."""
        return self._broker.outstanding(self._subscription(subscription))

    def pushes(self, subscription: str) -> list[Push]:
        """The finished pushes, oldest first; the last 10,000."""
        with self._broker.changed:
            return list(self._pushers[self._subscription(subscription)].log)

    def hold(self, subscription: str) -> None:
        """Deliver nothing until `release`."""
        self._broker.hold(self._subscription(subscription), on=True)

    def release(self, subscription: str) -> None:
        self._broker.hold(self._subscription(subscription), on=False)

    def copy_deliveries(self, subscription: str, copies: int = 1) -> None:
        """From now on, deliver this many copies of every message at the same time; 0 to stop."""
        self._broker.copy_deliveries(self._subscription(subscription), copies)

    def deliver_again(self, subscription: str, message_id: str) -> None:
        """Deliver a message once more, whether or not it was acknowledged."""
        self._broker.deliver_again(self._subscription(subscription), message_id)

    def wait_until(self, holds: Callable[[], bool], timeout_s: float = 60.0) -> bool:
        """Wait until `holds` returns True, calling it whenever a message moves; False if it never does."""
        with self._broker.changed:
            return self._broker.changed.wait_for(holds, timeout_s)

    def _topic(self, name: str) -> str:
        return _full_name(name, self._broker.topics())

    def _subscription(self, name: str) -> str:
        return _full_name(name, self._broker.subscriptions())

    # The calls of google.pubsub.v1.Publisher and Subscriber

    def _services(self) -> dict[str, dict[str, "grpc.RpcMethodHandler[Any, Any]"]]:
        return {
            "google.pubsub.v1.Publisher": {
                "CreateTopic": _method(self._create_topic, wire.Topic, wire.Topic),
                "GetTopic": _method(self._get_topic, wire.GetTopicRequest, wire.Topic),
                "Publish": _method(self._publish, wire.PublishRequest, wire.PublishResponse),
            },
            "google.pubsub.v1.Subscriber": {
                "CreateSubscription": _method(self._create_subscription, wire.Subscription, wire.Subscription),
                "GetSubscription": _method(self._get_subscription, wire.GetSubscriptionRequest, wire.Subscription),
                "Pull": _method(self._pull, wire.PullRequest, wire.PullResponse),
                "Acknowledge": _method(self._acknowledge, wire.AcknowledgeRequest),
                "ModifyAckDeadline": _method(self._modify_ack_deadline, wire.ModifyAckDeadlineRequest),
            },
        }

    def _create_topic(self, request: wire.Topic, _context: grpc.ServicerContext) -> wire.Topic:
        refuse_if(limits.name_problem(request.name, "topics"))
        self._broker.create_topic(request.name)
        return wire.Topic(name=request.name)

    def _get_topic(self, request: wire.GetTopicRequest, _context: grpc.ServicerContext) -> wire.Topic:
        self._broker.check_topic(request.topic)
        return wire.Topic(name=request.topic)

    def _publish(self, request: wire.PublishRequest, context: grpc.ServicerContext) -> wire.PublishResponse:
        fault = self.faults.hit(request.topic, request.messages) or PublishFault()
        ids = self._accept(request) if fault.stored else []
        if fault.hang_s:
            gone = threading.Event()
            if context.add_callback(gone.set):
                gone.wait(fault.hang_s)
            if not context.is_active():
                raise Rejected(grpc.StatusCode.CANCELLED, "The caller gave up.")
        if fault.status:
            raise Rejected(fault.status, "The stand-in was told to fail.")
        return wire.PublishResponse(message_ids=ids or self._accept(request))

    def _accept(self, request: wire.PublishRequest) -> list[str]:
        self._broker.check_topic(request.topic)
        refuse_if(limits.publish_problem(request.messages, wire.PublishRequest.pb(request).ByteSize()))
        messages = [(message.data, dict(message.attributes), message.ordering_key) for message in request.messages]
        return self._broker.publish(request.topic, messages)

    def _create_subscription(self, request: wire.Subscription, _context: grpc.ServicerContext) -> wire.Subscription:
        config = read_subscription(request, self._min_ack_deadline_s)
        self._broker.create_subscription(config)
        if config.push:
            self._pushers[config.name] = Pusher(self._broker, config, self._issuer, self._max_pushes_in_flight)
        return describe(config)

    def _get_subscription(
        self, request: wire.GetSubscriptionRequest, _context: grpc.ServicerContext
    ) -> wire.Subscription:
        return describe(self._broker.subscription(request.subscription))

    def _pull(self, request: wire.PullRequest, context: grpc.ServicerContext) -> wire.PullResponse:
        config = self._broker.subscription(request.subscription)
        if config.push:
            raise Rejected(grpc.StatusCode.FAILED_PRECONDITION, f"{config.name} pushes its messages.")
        refuse_if("max_messages must be at least 1." if request.max_messages < 1 else None)
        left_s = context.time_remaining()
        wait_s = 0.0 if request.return_immediately else min(PULL_WAIT_S, (left_s or PULL_WAIT_S) / 2)
        deliveries = self._broker.take(config.name, request.max_messages, wait_s=wait_s)
        return wire.PullResponse(
            received_messages=[
                wire.ReceivedMessage(
                    ack_id=delivery.ack_id,
                    message=_published(delivery.message),
                    delivery_attempt=delivery.attempt if config.max_attempts else 0,
                )
                for delivery in deliveries
            ]
        )

    def _acknowledge(self, request: wire.AcknowledgeRequest, _context: grpc.ServicerContext) -> None:
        self._broker.acknowledge(request.subscription, request.ack_ids)

    def _modify_ack_deadline(self, request: wire.ModifyAckDeadlineRequest, _context: grpc.ServicerContext) -> None:
        seconds = request.ack_deadline_seconds
        refuse_if(None if 0 <= seconds <= MAX_ACK_DEADLINE_S else "ack_deadline_seconds must be 0 to 600.")
        self._broker.modify_deadline(request.subscription, request.ack_ids, seconds)


def _published(message: Message) -> wire.PubsubMessage:
    return wire.PubsubMessage(
        message_id=message.id,
        data=message.data,
        attributes=message.attributes,
        ordering_key=message.ordering_key,
        publish_time=datetime.fromtimestamp(message.published_at, UTC),
    )


def _full_name(name: str, known: list[str]) -> str:
    return next((full for full in known if name in (full, full.rpartition("/")[2])), name)


def _method(
    call: Callable[[Any, grpc.ServicerContext], Any], request: Any, response: Any = None
) -> "grpc.RpcMethodHandler[Any, Any]":
    """A handler for one call, with the types of its messages. Without `response`, the answer is an Empty (no bytes)."""

    def guarded(message: Any, context: grpc.ServicerContext) -> Any:
        try:
            answer = call(message, context)
        except Rejected as rejected:
            context.abort(rejected.status, rejected.sentence)
        return answer

    return grpc.unary_unary_rpc_method_handler(
        guarded,
        request_deserializer=request.deserialize,
        response_serializer=response.serialize if response else (lambda _: b""),
    )
