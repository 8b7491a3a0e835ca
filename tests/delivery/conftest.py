"""Fixtures of the delivery's tests."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from lab.harness.world import World
from service.app import EXTENSION, create_app
from tests.support.endpoint import Endpoint
from tests.support.gated import InProcess
from tests.support.revisions import Revision, pipeline


@pytest.fixture
def endpoint(world: World) -> Iterator[Endpoint]:
    app = create_app(world.env())
    yield Endpoint(app.test_client(), world)
    app.extensions[EXTENSION].close()


@pytest.fixture
def revision(world: World) -> Iterator[Revision]:
    """Starts a revision of the service in this process: `revision("a", "b")` has these presets."""
    started: list[InProcess] = []

    def start(*presets: str, settings: Mapping[str, Any] | None = None, **changes: Any) -> InProcess:
        started.append(InProcess(world, pipeline(*presets, **changes), **(settings or {})))
        return started[-1]

    yield start
    for one in started:
        one.close()
