"""Learn weights from samples: logistic regression by stochastic descent with AdaGrad's steps, in plain Python. The same
samples give the same weights."""

import math
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import TypeAlias

from service.pipelines.film.script.learnt.weights import UNIT

ROUNDS, STEP, SHRINK = 15, 0.1, 2e-5
"""Rounds over all samples, the first step, and how much of a weight is lost whenever its feature is seen."""
LIGHT = 0.15
"""What weighs less is left out, if nothing else is said."""

Sample: TypeAlias = tuple[bool, tuple[str, ...]]
"""Whether something is so, and its features."""


def learnt(samples: Sequence[Sample], *, light: float = LIGHT, fewest: int = 1) -> dict[str, int]:
    """Return the weight of each feature that says something, in hundredths. `fewest`: the samples that must have it."""
    seen = Counter(feature for _, features in samples for feature in features)
    samples = [(is_so, tuple(one for one in features if seen[one] >= fewest)) for is_so, features in samples]
    weights: dict[str, float] = defaultdict(float)
    slopes: dict[str, float] = defaultdict(lambda: 1e-6)
    order = random.Random(1)  # noqa: S311 -- no secret, only an order
    for _ in range(ROUNDS):
        order.shuffle(samples)
        for is_so, features in samples:
            sure = 1 / (1 + math.exp(-sum(weights[feature] for feature in features)))
            slope = sure - is_so
            for feature in features:
                slopes[feature] += slope * slope
                weights[feature] -= STEP * slope / math.sqrt(slopes[feature]) + SHRINK * weights[feature]
    return {feature: round(UNIT * weight) for feature, weight in weights.items() if abs(weight) >= light}
