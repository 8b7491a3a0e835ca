"""Learn the networks of `service/pipelines/film/script/likeliest.py`: which of a brief's likeliest names is the best.

The candidates of a brief share its chance (softmax); the right ones are to have it. The same choices
give the same networks.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lab.marked import networks
from lab.marked.networks import Adam, Floats
from service.pipelines.film.script import likeliest
from service.pipelines.film.script.likeliest import Net

NETS, UNITS, ROUNDS, BATCH = 3, 12, 8, 50
STEP, SHRINK = 3e-3, 3e-2
_NOTHING = 1e-8


@dataclass(frozen=True, slots=True)
class Near:
    """The likeliest names of a brief, best first: what the networks are given of each, and which are right."""

    given: list[list[float]]
    right: list[bool]

    def best(self, nets: Sequence[Net]) -> int:
        """Return which one these networks choose."""
        return likeliest.best_of(nets, self.given)


def learnt(near: Sequence[Near]) -> list[Net]:
    """Return the networks that choose the right ones. What has no right one teaches nothing."""
    telling = [one for one in near if any(one.right) and not all(one.right)]
    given = np.zeros((len(telling), likeliest.MOST, len(telling[0].given[0])))
    right = np.zeros(given.shape[:2])
    there = np.zeros(given.shape[:2], bool)
    for at, one in enumerate(telling):
        given[at, : len(one.given)] = one.given
        right[at, : len(one.given)] = one.right
        there[at, : len(one.given)] = True
    mean, spread = given[there].mean(0), given[there].std(0) + 1e-6
    scaled = np.concatenate([(given - mean) / spread, np.ones((*right.shape, 1))], axis=2)
    return [networks.plain(*_descended(scaled, right, there, seed), mean, spread) for seed in range(NETS)]


def _descended(given: Floats, right: Floats, there: NDArray[np.bool_], seed: int) -> tuple[Floats, Floats]:
    """Return the inner and the outer weights, with those of 1."""
    random = np.random.default_rng(seed)
    inner = random.normal(0, np.sqrt(1 / given.shape[2]), (given.shape[2], UNITS))
    outer = random.normal(0, np.sqrt(1 / UNITS), UNITS)
    adam = Adam([inner, outer])
    for turn in range(ROUNDS):
        order = random.permutation(len(given))
        for start in range(0, len(order), BATCH):
            some = order[start : start + BATCH]
            units = np.tanh(given[some] @ inner)
            outcome = np.where(there[some], units @ outer, -np.inf)
            chances = np.exp(outcome - outcome.max(1, keepdims=True))
            chances /= chances.sum(1, keepdims=True)
            wanted = chances * right[some]
            wanted /= np.maximum(wanted.sum(1, keepdims=True), _NOTHING)
            error = (chances - wanted) / len(some)
            back = error[:, :, None] * outer * (1 - units**2)
            of_inner = np.tensordot(given[some], back, ([0, 1], [0, 1])) + SHRINK * inner
            of_outer = np.tensordot(error, units, ([0, 1], [0, 1])) + SHRINK * outer
            adam.step([of_inner, of_outer], STEP * (1 - turn / ROUNDS))
    return inner, np.append(outer, 0.0)
