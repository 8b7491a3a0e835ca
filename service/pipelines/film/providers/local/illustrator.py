"""The illustrator of this machine: none but the grounds that `grounds.py` paints, which cost nothing."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Grounds:
    """An `Illustrator` that has no pictures to offer."""

    name: str = "local"


def make(_env: Mapping[str, str]) -> Grounds:
    """It has no settings."""
    return Grounds()
