"""Learn the networks of `service/pipelines/film/script/likeliest.py`: which of a brief's likeliest names is the best.

The candidates of a brief share its chance (softmax); the right ones are to have it. Descent by Adam's steps (Kingma and
Ba, 2015). The same choices give the same networks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from service.pipelines.film.script import likeliest
from service.pipelines.film.script.surroundings import Net

NETS, UNITS, ROUNDS, BATCH = 3, 12, 8, 50
STEP, SHRINK = 3e-3, 3e-2
_SLOWER, _SLOWEST = 0.9, 0.999
_NOTHING = 1e-8

Floats: TypeAlias = NDArray[np.float64]


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
    return [_plain(*_descended(scaled, right, there, seed), mean, spread) for seed in range(NETS)]


def _descended(given: Floats, right: Floats, there: NDArray[np.bool_], seed: int) -> tuple[Floats, Floats]:
    """Return the inner and the outer weights."""
    random = np.random.default_rng(seed)
    inner = random.normal(0, np.sqrt(1 / given.shape[2]), (given.shape[2], UNITS))
    outer = random.normal(0, np.sqrt(1 / UNITS), UNITS)
    both = [inner, outer]
    firsts, seconds = ([np.zeros_like(one) for one in both] for _ in range(2))
    steps = 0
    for turn in range(ROUNDS):
        order = random.permutation(len(given))
        for start in range(0, len(order), BATCH):
            steps += 1
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
            for at, slope in enumerate((of_inner, of_outer)):
                firsts[at] = _SLOWER * firsts[at] + (1 - _SLOWER) * slope
                seconds[at] = _SLOWEST * seconds[at] + (1 - _SLOWEST) * slope**2
                first, second = firsts[at] / (1 - _SLOWER**steps), seconds[at] / (1 - _SLOWEST**steps)
                both[at] -= STEP * (1 - turn / ROUNDS) * first / (np.sqrt(second) + _NOTHING)
    return inner, outer


def _plain(inner: Floats, outer: Floats, mean: Floats, spread: Floats) -> Net:
    """A network that is given what it is given as it is."""
    plain = inner[:-1] / spread[:, None]
    bias = inner[-1] - mean @ plain
    rounded = [[round(float(weight), 4) for weight in unit] for unit in np.vstack([plain, bias]).T]
    return {"inner": rounded, "outer": [[*(round(float(weight), 4) for weight in outer), 0.0]]}
