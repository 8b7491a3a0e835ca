"""Learn the weights of `service/pipelines/film/script/titles.py` from marked briefs.

python -m lab.marked.learn_titles                     # from the briefs of the tests; writes the weights
python -m lab.marked.learn_titles --each              # learns without each file, and says how well it does on it

The candidates of a brief share its chance (softmax); the right ones are to have it. Gradient descent with AdaGrad's
steps over all briefs at once, with a part of the features left out in each round, so that no weight relies on another.
What weighs next to nothing is left out. The same briefs give the same weights.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lab.marked import faults
from lab.marked.briefs import MARKED, Marked, read
from service.pipelines.film.script import brief, titles
from service.pipelines.film.script.weights import UNIT, packed, total
from tests.pipelines.film.script.test_brief import TITLES
from tests.pipelines.film.script.test_plans import CASES
from tests.pipelines.film.test_real_briefs import BRIEFS

ROUNDS, STEP, DROPPED, LIGHT = 40, 0.5, 0.2, 0.08
SHRINK, SHRINK_WORDS = 1e-3, 4e-3
"""How much of a weight each round takes: of what is a word, more."""
RARE = 3
"""Briefs that must have a feature."""
PLANS = 8
"""How many times a brief counts whose plan the tests check: they stand for the kinds that few people send."""
_OF_WORDS = frozenset(["w", "wp", "fw", "lw", "ls", "fs", "pw", "nw", "pp", "sf", "pl", "cut"])


@dataclass(frozen=True, slots=True)
class Choice:
    """The candidates of a brief: their features, and how right each is: 2 a name that would do, 1 nearly, 0 not."""

    features: list[list[str]]
    right: list[int]


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m lab.marked.learn_titles", description=__doc__)
    options.add_argument("--learn", nargs="*", type=Path, help="files to learn from (those of the tests)")
    options.add_argument("--each", action="store_true", help="leave each file out once, and measure with it")
    options.add_argument("--to", type=Path, help="where to write the weights (the film's own)")
    chosen = options.parse_args()
    files = {file: of_briefs(read(file)) for file in chosen.learn or sorted(MARKED.glob("*.txt"))}
    plans = PLANS * of_plans()
    if chosen.each:
        for held, choices in files.items():
            weights = learnt([one for file, others in files.items() if file != held for one in others] + plans)
            right = sum(_is_right(one, weights) for one in choices)
            sys.stdout.write(f"{held.name:28}{right:4} of {len(choices):4}{right / len(choices):7.1%}\n")
        return 0
    weights = learnt([one for choices in (*files.values(), plans) for one in choices])
    (chosen.to or titles.WEIGHTS).write_bytes(packed(weights))
    sys.stdout.write(f"{len(weights)} weights\n")
    return 0


def of_briefs(marked: Iterable[Marked]) -> list[Choice]:
    """Return the candidates of marked briefs."""
    return [_choice(one.content, one.metadata().get("lang"), one.names()) for one in marked]


def of_plans() -> list[Choice]:
    """Return the candidates of the briefs whose plans the tests check."""
    named = [(content, plan.title) for content, plan in CASES.values()]
    named += TITLES
    named += [(one["content"], one["expect"]["title"]) for one in BRIEFS if one["expect"]["title"]]
    return [_choice(content, None, names.split("|")) for content, names in named]


def _choice(content: str, lang: str | None, names: Sequence[str]) -> Choice:
    found = brief.may_be_called(content, lang)
    exact = [faults.words(name) for name in names]
    right = [2 if faults.words(one.words) in exact else int(faults.is_named(one.words, names)) for one in found]
    return Choice([sorted(one.features) for one in found], right)


def learnt(choices: Sequence[Choice]) -> dict[str, int]:
    """Return the weight of each feature, in hundredths."""
    seen: Counter[str] = Counter()
    for choice in choices:
        seen.update({feature for features in choice.features for feature in features})
    kept = sorted(feature for feature, briefs in seen.items() if briefs >= RARE)
    number = {feature: at for at, feature in enumerate(kept)}
    shrink = np.array([SHRINK_WORDS if feature.split(" ", 1)[0] in _OF_WORDS else SHRINK for feature in kept])
    weights = _descended(_Table.of([one for one in choices if any(one.right)], number), shrink)
    return {
        feature: round(UNIT * weight) for feature, weight in zip(kept, weights, strict=True) if abs(weight) >= LIGHT
    }


@dataclass(frozen=True, slots=True)
class _Table:
    """The choices as arrays: the numbers of all candidates' features, where each candidate begins in them, where each
    brief begins among the candidates, and which candidates are the right ones."""

    features: NDArray[np.int32]
    begins: NDArray[np.int64]
    briefs: NDArray[np.int64]
    right: NDArray[np.bool_]

    @staticmethod
    def of(choices: Sequence[Choice], number: dict[str, int]) -> "_Table":
        rows = [[number[name] for name in row if name in number] for choice in choices for row in choice.features]
        return _Table(
            np.array([feature for row in rows for feature in row], dtype=np.int32),
            np.cumsum([0, *(len(row) for row in rows)])[:-1],
            np.cumsum([0, *(len(choice.right) for choice in choices)])[:-1],
            np.array([right == max(choice.right) for choice in choices for right in choice.right]),
        )


def _descended(table: _Table, shrink: NDArray[np.float64]) -> NDArray[np.float64]:
    sizes = np.diff([*table.begins, len(table.features)])
    row = np.repeat(np.arange(len(sizes)), sizes)
    among = np.diff([*table.briefs, len(table.begins)])
    weights, slopes = np.zeros(len(shrink)), np.full(len(shrink), 1e-6)
    order = np.random.default_rng(1)
    for _ in range(ROUNDS):
        used = (order.random(len(shrink)) >= DROPPED) / (1 - DROPPED)
        totals = np.add.reduceat((weights * used)[table.features], table.begins)
        chances = np.exp(totals - np.repeat(np.maximum.reduceat(totals, table.briefs), among))
        all_of_them = np.repeat(np.add.reduceat(chances, table.briefs), among)
        the_right = np.repeat(np.add.reduceat(chances * table.right, table.briefs), among)
        slope = chances / all_of_them - chances * table.right / np.maximum(the_right, 1e-300)
        step = np.bincount(table.features, weights=slope[row] / len(among), minlength=len(shrink)) * used
        step += shrink * weights
        slopes += step * step
        weights -= STEP * step / np.sqrt(slopes)
    return weights


def _is_right(choice: Choice, weights: dict[str, int]) -> bool:
    totals = [total(weights, features) for features in choice.features]
    return choice.right[totals.index(max(totals))] > 0


if __name__ == "__main__":
    sys.exit(main())
