"""What the learning of small networks shares: the steps of the descent, and how a learnt network is written."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from service.pipelines.film.script.names.likeliest import Net

Floats: TypeAlias = NDArray[np.float64]
_SLOWER, _SLOWEST = 0.9, 0.999
_NOTHING = 1e-8


class Adam:
    """Adam's steps (Kingma and Ba, 2015) for some arrays of weights, which it changes."""

    def __init__(self, learnt: Sequence[NDArray[Any]]) -> None:
        self._learnt = learnt
        self._firsts, self._seconds = ([np.zeros_like(one) for one in learnt] for _ in range(2))
        self._steps = 0

    def step(self, slopes: Sequence[NDArray[Any]], size: float) -> None:
        """Take one step down these slopes, one for each array."""
        self._steps += 1
        for at, (learnt, slope) in enumerate(zip(self._learnt, slopes, strict=True)):
            self._firsts[at] = _SLOWER * self._firsts[at] + (1 - _SLOWER) * slope
            self._seconds[at] = _SLOWEST * self._seconds[at] + (1 - _SLOWEST) * slope**2
            first = self._firsts[at] / (1 - _SLOWER**self._steps)
            second = self._seconds[at] / (1 - _SLOWEST**self._steps)
            learnt -= size * first / (np.sqrt(second) + _NOTHING)  # noqa: PLW2901 -- in place


def plain(inner: Floats, outer: Floats, mean: Floats, spread: Floats) -> Net:
    """Return a network that was learnt from scaled inputs as one of the inputs as they are. The last row of `inner` and
    the last of `outer` are the weights of 1."""
    return {"inner": [_rounded(unit) for unit in unscaled(inner, mean, spread).T], "outer": [_rounded(outer)]}


def unscaled(layer: NDArray[Any], mean: NDArray[Any], spread: NDArray[Any]) -> NDArray[Any]:
    """Return a layer that was learnt from scaled inputs as one of the inputs as they are."""
    inner = layer[:-1] / spread[:, None]
    return np.vstack([inner, layer[-1] - mean @ inner])


def _rounded(weights: Floats) -> list[float]:
    return [round(float(weight), 4) for weight in weights]
