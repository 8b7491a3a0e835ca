"""A stand-in for Pub/Sub, its clients and an endpoint."""

from collections.abc import Iterator

import pytest

from service.dev.issuer import LocalIssuer
from service.dev.pubsub.server import LocalPubSub
from tests.support.pubsub import OTHER, TOPIC, Clients, Endpoint


@pytest.fixture(scope="module")
def issuer() -> LocalIssuer:
    return LocalIssuer.fresh()


@pytest.fixture
def pubsub(issuer: LocalIssuer) -> Iterator[LocalPubSub]:
    with LocalPubSub(issuer, min_ack_deadline_s=1) as pubsub:
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
