"""Learn the networks of `service/pipelines/film/script/names/likeliest.py`: which of a brief's likeliest names is
the best, and the axes of `name_meanings.py` that they know meanings by.

The candidates of a brief share its chance (softmax); the right ones are to have it. A part of the inputs is left out in
each step, so that none relies on another. The same choices give the same networks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab.marked import networks
from lab.marked.networks import Adam, Floats
from service.pipelines.film.script.learnt.meaning import Meanings
from service.pipelines.film.script.names import likeliest, name_meanings
from service.pipelines.film.script.names.candidates import Candidate
from service.pipelines.film.script.names.likeliest import Inputs, Net

NETS, UNITS, ROUNDS, BATCH = 3, 24, 10, 50
STEP, SHRINK, DROPPED = 3e-3, 1e-2, 0.2
AXES, OF_BRIEFS = 64, 6
"""How many axes there are, and that they are learnt from one brief in so many."""
_NOTHING = 1e-8
_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Nearest:
    """The likeliest names of a brief, best first, with their sums, and which are right."""

    found: list[Candidate]
    totals: list[float]
    right: list[bool]

    def given(self, axes: Meanings) -> Inputs:
        """Return what the networks are given of each."""
        return likeliest.inputs(self.found, self.totals, axes)


@dataclass(frozen=True, slots=True)
class Learnt:
    """Networks, and the axes that they know meanings by."""

    nets: list[Net]
    axes: Meanings

    def best(self, one: Nearest) -> int:
        """Return which one these networks choose."""
        return int(likeliest.outcomes_of(self.nets, one.given(self.axes)).argmax())

    def written_axes(self) -> list[list[float]]:
        """Return the axes as they are kept."""
        return [[round(float(number), _DIGITS) for number in axis] for axis in self.axes]


def learnt(near: Sequence[Nearest]) -> Learnt:
    """Return the networks that choose the right ones. What has no right one teaches nothing."""
    axes = _axes(near)
    telling = [one for one in near if any(one.right) and not all(one.right)]
    known: dict[int, Inputs] = {}
    for one in telling:
        if id(one) not in known:
            known[id(one)] = one.given(axes)
    width = len(known[id(telling[0])][0])
    given = np.zeros((len(telling), likeliest.MOST, width), np.float32)
    right = np.zeros(given.shape[:2], np.float32)
    there = np.zeros(given.shape[:2], bool)
    for at, one in enumerate(telling):
        given[at, : len(one.right)] = known[id(one)]
        right[at, : len(one.right)] = one.right
        there[at, : len(one.right)] = True
    mean, spread = given[there].mean(0), given[there].std(0) + 1e-6
    # The axes keep their sizes beside each other: the last ones say little.
    for first in range(width - name_meanings.KINDS * AXES, width, AXES):
        mean[first : first + AXES], spread[first : first + AXES] = 0.0, given[there][:, first : first + AXES].std()
    scaled = np.concatenate([(given - mean) / spread, np.ones((*right.shape, 1), np.float32)], axis=2)
    nets = [networks.plain(*_descended(scaled, right, there, seed), mean, spread) for seed in range(NETS)]
    return Learnt(nets, axes)


def _axes(near: Sequence[Nearest]) -> Meanings:
    """The mean and the principal components of the meanings of candidates and their sentences."""
    found = np.vstack([name_meanings.of_axes(one.found) for one in near[::OF_BRIEFS]]).astype(np.float64)
    mean = found.mean(0)
    _, directions = np.linalg.eigh((found - mean).T @ (found - mean))
    axes = directions[:, : -AXES - 1 : -1].T
    axes *= np.sign(axes[np.arange(AXES), np.abs(axes).argmax(1)])[:, None]
    return np.round(np.vstack([mean, axes]), _DIGITS).astype(np.float32)


def _descended(given: Floats, right: Floats, there: NDArray[np.bool_], seed: int) -> tuple[Floats, Floats]:
    """Return the inner and the outer weights, with those of 1."""
    random = np.random.default_rng(seed)
    inner: NDArray[Any] = random.normal(0, np.sqrt(1 / given.shape[2]), (given.shape[2], UNITS)).astype(np.float32)
    outer: NDArray[Any] = random.normal(0, np.sqrt(1 / UNITS), UNITS).astype(np.float32)
    adam = Adam([inner, outer])
    for turn in range(ROUNDS):
        order = random.permutation(len(given))
        for start in range(0, len(order), BATCH):
            some = order[start : start + BATCH]
            used = (random.random(given[some].shape, np.float32) >= DROPPED) / np.float32(1 - DROPPED)
            kept = given[some] * used
            units = np.tanh(kept @ inner)
            outcome = np.where(there[some], units @ outer, -np.inf)
            chances = np.exp(outcome - outcome.max(1, keepdims=True))
            chances /= chances.sum(1, keepdims=True)
            wanted = chances * right[some]
            wanted /= np.maximum(wanted.sum(1, keepdims=True), _NOTHING)
            error = (chances - wanted) / len(some)
            back = error[:, :, None] * outer * (1 - units**2)
            of_inner = kept.reshape(-1, kept.shape[2]).T @ back.reshape(-1, UNITS) + SHRINK * inner
            of_outer = np.tensordot(error, units, ([0, 1], [0, 1])) + SHRINK * outer
            adam.step([of_inner, of_outer], STEP * (1 - turn / ROUNDS))
    return inner.astype(np.float64), np.append(outer, 0.0).astype(np.float64)
