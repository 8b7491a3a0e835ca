"""What each sentence of a brief is for: to be told, to call to action, small print, a heading, or for the people who
make the film (a wish, or talk among themselves). What looks like copy is a note if it stands between notes, and the
other way round. So a small network reads the brief from both ends, over what each sentence means (`meaning`), whom its
words speak to (`addressee`) and how it is written. Learnt from marked briefs (`python -m lab.marked.learn`). Pure.
"""

from collections.abc import Mapping, Sequence
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from service.pipelines.film.script.learnt import addressee, layout, meaning, weights
from service.pipelines.film.script.learnt.addressee import Row

NETS = Path(__file__).parents[1] / "words" / "purposes.npz"
_FEWEST = 3
"""Sentences of a brief in which there is something around each."""
_MOST = 8.0
"""What a sum of words counts for at most."""
_LOUDER = 4.0
"""A meaning is 512 small numbers."""

Floats: TypeAlias = NDArray[np.floating[Any]]
Net: TypeAlias = Mapping[str, Floats]
"""Weights by the names of layers: `meaning`, `form`, `first`, `second`, `mixed` and `purpose`. The last row of each is
added to what the others give."""


class Purpose(IntEnum):
    """What a sentence is for, as the place of its chance among those of a sentence."""

    SAY = 0
    CALL = 1
    PRINT = 2
    HEAD = 3
    WISH = 4
    TALK = 5


def to_makers(rows: Sequence[Row]) -> list[float]:
    """Return how likely each sentence of a brief is for its makers, 0 to 1: those of all its lines, in their order."""
    sums = _sums(rows)
    if len(sums) < _FEWEST:
        return [weights.chance(total) for total in sums]
    return of_makers(chances(read(NETS), sums, rows))


def lines_to_makers(rows: Sequence[Row]) -> list[float]:
    """Return how likely each line of a brief is for its makers, 0 to 1: as the likeliest of its sentences."""
    likely = iter(to_makers(rows))
    return [max((next(likely) for _ in row.sentences), default=0.0) for row in rows]


def of_makers(found: Floats) -> list[float]:
    """Return how likely each sentence is for the makers, from the chances of all purposes."""
    return [float(chance) for chance in found[:, Purpose.WISH] + found[:, Purpose.TALK]]


def of(rows: Sequence[Row]) -> Floats:
    """Return the chances of each sentence of a brief, a row for each, a column for each purpose."""
    return chances(read(NETS), _sums(rows), rows)


def _sums(rows: Sequence[Row]) -> list[float]:
    return addressee.sums(weights.read(addressee.WEIGHTS), rows)


def chances(nets: Sequence[Net], sums: Sequence[float], rows: Sequence[Row]) -> Floats:
    """Return the same by these networks and sums of words."""
    if not sums:
        return np.zeros((0, len(Purpose)), np.float32)
    means, forms = inputs(sums, rows)
    powers = np.exp(np.mean([outcomes(net, means, forms) for net in nets], axis=0))
    found: Floats = powers / powers.sum(1, keepdims=True)
    return found


@cache
def read(file: Path) -> Sequence[Net]:
    """Return the networks of a file, which is read once: arrays with names such as `0 form`."""
    nets: dict[str, dict[str, Floats]] = {}
    with np.load(file) as arrays:
        for name in arrays:
            number, layer = name.split()
            nets.setdefault(number, {})[layer] = arrays[name].astype(np.float32)
    return list(nets.values())


def inputs(sums: Sequence[float], rows: Sequence[Row]) -> tuple[Floats, Floats]:
    """Return what is known of each sentence: what it means, and how it is written."""
    texts = [sentence for row in rows for sentence in row.sentences]
    words = [
        (max(-_MOST, min(_MOST, total)) / 2, float(np.tanh(total / 2)), *form)
        for total, form in zip(sums, layout.of(rows), strict=True)
    ]
    return meaning.of(texts) * np.float32(_LOUDER), np.array(words, np.float32)


def outcomes(net: Net, means: Floats, forms: Floats) -> Floats:
    """Return what a network makes of the sentences of a brief: a row for each, a number for each purpose."""
    alone = np.hstack([np.maximum(layer(net["meaning"], means), 0), np.tanh(layer(net["form"], forms))])
    around = _both_ways(net["first"], alone)
    around = _both_ways(net["second"], np.hstack([around, alone]))
    mixed = np.tanh(layer(net["mixed"], np.hstack([around, alone])))
    return layer(net["purpose"], mixed)


def layer(learnt: Floats, given: Floats) -> Floats:
    """Return what a layer of weights makes of what it is given. Its last row is added."""
    found: Floats = given @ learnt[:-1] + learnt[-1]
    return found


def _both_ways(learnt: Floats, given: Floats) -> Floats:
    """What is remembered at each sentence of those before it, and of those after it."""
    there, back = np.split(layer(learnt, given), 2, axis=1)
    return np.hstack([_remembered(there), _remembered(back[::-1])[::-1]])


def _remembered(gates: Floats) -> Floats:
    """A memory that each sentence overwrites in part: how much is the first half of its gates, with what the second."""
    opened, content = np.split(gates, 2, axis=1)
    opened, content = 1 / (1 + np.exp(-opened)), np.tanh(content)
    found: Floats = np.empty_like(content)
    memory: Floats = np.zeros(content.shape[1], np.float32)
    for at in range(len(content)):
        memory = memory + opened[at] * (content[at] - memory)
        found[at] = memory
    return found
