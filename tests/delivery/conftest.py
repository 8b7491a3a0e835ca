"""Fixtures of the delivery's tests."""

from collections.abc import Iterator

import pytest

from lab.harness.world import World
from service.app import EXTENSION, create_app
from tests.support.endpoint import Endpoint


@pytest.fixture
def endpoint(world: World) -> Iterator[Endpoint]:
    app = create_app(world.env())
    yield Endpoint(app.test_client(), world)
    app.extensions[EXTENSION].close()
