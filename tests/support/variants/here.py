"""The fixtures that a scenario and a sabotage work with."""

from dataclasses import dataclass

import pytest

from lab.harness.world import World
from tests.support.gated import Gates, Start


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """The fixtures."""

    start: Start
    world: World
    gates: Gates
    patch: pytest.MonkeyPatch
