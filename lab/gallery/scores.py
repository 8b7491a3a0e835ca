"""How the films of the gallery were judged by watching them: encoded, with their sound, from beginning to end."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

ASPECTS = ("message", "script", "visual", "motion", "sound", "correct")


@dataclass(frozen=True, slots=True)
class Score:
    """Points from 1 to 5 for each of `ASPECTS`, and why."""

    points: tuple[int, int, int, int, int, int]
    why: str

    @property
    def mean(self) -> float:
        return sum(self.points) / len(self.points)


SCORES: Mapping[str, Score] = MappingProxyType({})
"""By the names of the briefs. Judge again what has changed before you run `make gallery`."""
