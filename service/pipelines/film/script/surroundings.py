"""How what stands around a sentence moves whom it speaks to: talk stands beside talk and copy beside copy, a mail
begins and ends with talk, and lines of one paragraph go together. A small network over the sums of a sentence and of
those around it (`addressee.py`), with weights learnt from marked briefs (`python -m lab.marked.learn`). Pure.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from service.pipelines.film.script import weights

NETS = Path(__file__).parent / "words" / "surroundings.xz"
_FARTHEST = 3
"""Sentences before and after one that are looked at by themselves."""
_FEWEST = 3
_MOST = 8.0
"""What a sum counts for at most."""
_LONG = 20

Net: TypeAlias = Mapping[str, list[list[float]]]
"""`inner`: for each unit, its weights of the inputs and of 1; `outer`: one row, the weights of the units and of 1."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a brief: its sentences, and whether an empty line stands before it."""

    sentences: tuple[str, ...]
    is_apart: bool = False


@dataclass(frozen=True, slots=True)
class _At:
    """The line and the paragraph of a sentence, and its place in the line."""

    row: int
    block: int
    within: int
    sentence: str


def chances(alone: Sequence[float], rows: Sequence[Row]) -> list[float]:
    """Return how likely each sentence is for the makers, 0 to 1. `alone`: its sum, for the sentences of all rows. Two
    sentences have next to nothing around them."""
    if len(alone) < _FEWEST:
        return [weights.chance(total) for total in alone]
    return weighed(read(NETS), alone, rows)


def weighed(nets: Sequence[Net], alone: Sequence[float], rows: Sequence[Row]) -> list[float]:
    """Return the same by these networks."""
    return [weights.chance(sum(outcome(net, given) for net in nets) / len(nets)) for given in inputs(alone, rows)]


def read(file: Path) -> Sequence[Net]:
    """Return the networks of a file, which is read once."""
    found: Sequence[Net] = weights.unpacked(file)
    return found


def outcome(net: Net, given: Sequence[float]) -> float:
    """Return what a network makes of its inputs; over 0 is more likely than not."""
    inner = [math.tanh(_weighed(unit, given)) for unit in net["inner"]]
    return _weighed(net["outer"][0], inner)


def _weighed(unit: Sequence[float], given: Sequence[float]) -> float:
    return sum(map(float.__mul__, unit, given)) + unit[-1]


def inputs(alone: Sequence[float], rows: Sequence[Row]) -> Iterator[list[float]]:
    """Yield what is known of each sentence: its sum, the sums around it (in its line, its paragraph and the brief), and
    its place."""
    places = list(_places(rows))
    leaning = [math.tanh(total / 2) for total in alone]
    count = len(leaning)
    blocks: dict[int, list[float]] = {}
    for place, lean in zip(places, leaning, strict=True):
        blocks.setdefault(place.block, []).append(lean)
    least_before, most_before = _bounds(leaning)
    least_after, most_after = (found[::-1] for found in _bounds(leaning[::-1]))
    mean = sum(leaning) / (count or 1)
    for at, (total, lean, place) in enumerate(zip(alone, leaning, places, strict=True)):
        others = blocks[place.block]
        beside = (sum(others) - lean) / (len(others) - 1) if len(others) > 1 else 0.0
        yield [
            max(-_MOST, min(_MOST, total)) / 2,
            lean,
            beside,
            float(len(others) > 1),
            mean,
            float(at == 0),
            float(at == count - 1),
            at / count,
            (count - 1 - at) / count,
            min(count, _LONG) / _LONG,
            least_before[at],
            most_before[at],
            least_after[at],
            most_after[at],
            math.log1p(len(place.sentence.split())),
            float(place.sentence[-1:] in ".!?\u3002"),
            float(place.within > 0),
            *_around(leaning, places, at),
        ]


def _places(rows: Sequence[Row]) -> Iterator[_At]:
    block = 0
    for number, row in enumerate(rows):
        block += row.is_apart
        for within, sentence in enumerate(row.sentences):
            yield _At(number, block, within, sentence)


def _around(leaning: Sequence[float], places: Sequence[_At], at: int) -> Iterator[float]:
    """Yield, for each sentence near by: which way it leans, that there is one, that it is of the same line, and of the
    same paragraph."""
    here = places[at]
    for distance in range(1, _FARTHEST + 1):
        for other in (at - distance, at + distance):
            if 0 <= other < len(places):
                there = places[other]
                yield from (leaning[other], 1.0, float(there.row == here.row), float(there.block == here.block))
            else:
                yield from (0.0, 0.0, 0.0, 0.0)


def _bounds(leaning: Sequence[float]) -> tuple[list[float], list[float]]:
    """The least and the most of what stands before each, 0.0 if nothing does."""
    least, most = [0.0], [0.0]
    for at, lean in enumerate(leaning[:-1]):
        least.append(min(least[-1], lean) if at else lean)
        most.append(max(most[-1], lean) if at else lean)
    return least[: len(leaning)], most[: len(leaning)]
