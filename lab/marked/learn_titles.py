"""Learn the weights of `service/pipelines/film/script/names/titles.py` from marked briefs, and the networks of
`likeliest.py` from the sums that briefs have by weights learnt from others.

python -m lab.marked.learn_titles                     # from the briefs of the tests; writes the weights and networks
python -m lab.marked.learn_titles --each              # learns without each file, and says how well it does on it
python -m lab.marked.learn_titles --held FILE…        # learns from the briefs of the tests, and measures with these

The candidates of a brief share its chance (softmax); the right ones are to have it. Gradient descent with AdaGrad's
steps over all briefs at once, with a part of the features left out in each round, so that no weight relies on another.
Most candidates are soon out of the question: after the first rounds, only a brief's nearest are looked at. What weighs
next to nothing is left out. The same briefs give the same weights.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lab.marked import faults, title_nets
from lab.marked.briefs import MARKED, Marked, read
from lab.marked.title_nets import Learnt, Nearest
from service.pipelines.film.script.learnt.weights import UNIT, Weights, packed, total
from service.pipelines.film.script.names import likeliest, name_meanings, titles
from service.pipelines.film.script.names.candidates import Candidate, Place
from service.pipelines.film.script.reading import brief
from tests.pipelines.film.script.reading.test_brief import TITLES
from tests.pipelines.film.script.test_plans import CASES
from tests.pipelines.film.test_real_briefs import BRIEFS

ROUNDS, STEP, DROPPED, LIGHT = 48, 0.5, 0.2, 0.08
AGAIN, NEAREST = (8, 24), 48
"""Rounds before which the nearest candidates are chosen, and how many of a brief are."""
SHRINK, SHRINK_WORDS = 2e-4, 8e-4
"""How much of a weight each round takes: of what is a word, more."""
RARE = 3
"""Briefs that must have a feature."""
PLANS = 12
"""How many times a brief counts whose plan the tests check: they stand for the kinds that few people send."""
FOLDS = 4
_OF_WORDS = frozenset(["w", "wp", "fw", "lw", "ls", "fs", "pw", "nw", "pp", "sf", "pl", "cut"])


@dataclass(frozen=True, slots=True)
class Choice:
    """The candidates of a brief of a file: their words, how often and where they stand in it, their features, and how
    right each is: 2 a name that would do, 1 nearly, 0 not."""

    file: str
    words: list[str]
    times: list[int]
    places: list[Place | None]
    features: list[list[str]]
    right: list[int]

    def near(self, weights: Weights) -> Nearest:
        """Return the nearest by these weights."""
        totals = [total(weights, features) / UNIT for features in self.features]
        near = likeliest.nearest(totals)
        return Nearest(
            [Candidate(self.words[at], set(self.features[at]), self.times[at], place=self.places[at]) for at in near],
            [totals[at] for at in near],
            [self.right[at] > 0 for at in near],
        )


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m lab.marked.learn_titles", description=__doc__)
    options.add_argument("--learn", nargs="*", type=Path, help="files to learn from (those of the tests)")
    options.add_argument("--held", nargs="*", type=Path, help="files to measure with; writes nothing")
    options.add_argument("--each", action="store_true", help="leave each file out once, and measure with it")
    options.add_argument("--to", type=Path, help="the folder to write to (the film's own)")
    chosen = options.parse_args()
    files = {file: of_briefs(read(file)) for file in chosen.learn or sorted(MARKED.glob("*.txt"))}
    plans = of_plans()
    if chosen.each:
        for held, choices in files.items():
            others = [one for file, known in files.items() if file != held for one in known]
            sys.stdout.write(_report(held.name, choices, *learnt(others, plans)))
        return 0
    weights, nets = learnt([one for choices in files.values() for one in choices], plans)
    sys.stdout.write(f"{len(weights)} weights\n")
    if chosen.held:
        for held in chosen.held:
            sys.stdout.write(_report(held.name, of_briefs(read(held)), weights, nets))
        return 0
    to = chosen.to or titles.WEIGHTS.parent
    (to / titles.WEIGHTS.name).write_bytes(packed(weights))
    (to / likeliest.NETS.name).write_bytes(packed(nets.nets))
    (to / name_meanings.AXES.name).write_bytes(packed(nets.written_axes()))
    return 0


def _report(name: str, choices: Sequence[Choice], weights: Weights, nets: Learnt) -> str:
    """Return, as a line, how many titles are right: those with the highest sum, and those that the networks choose."""
    near = [one.near(weights) for one in choices]
    first = sum(one.right[0] for one in near)
    right = sum(one.right[nets.best(one)] for one in near)
    count = len(choices)
    return f"{name:36}{count:4}: {first:4} by their sums {first / count:6.1%}, {right:4} in all {right / count:6.1%}\n"


def of_briefs(marked: Iterable[Marked]) -> list[Choice]:
    """Return the candidates of marked briefs."""
    return [_choice(one.where.split(":")[0], one.content, one.metadata().get("lang"), one.names()) for one in marked]


def of_plans() -> list[Choice]:
    """Return the candidates of the briefs whose plans the tests check, to the letter."""
    named = [(content, plan.title) for content, plan in CASES.values()]
    named += TITLES
    named += [(one["content"], one["expect"]["title"]) for one in BRIEFS if one["expect"]["title"]]
    known = [_choice("", content, None, names.split("|")) for content, names in named]
    return [replace(one, right=[2 * (right == 2) for right in one.right]) for one in known]


def _choice(file: str, content: str, lang: str | None, names: Sequence[str]) -> Choice:
    found = brief.may_be_called(content, lang)
    exact = [faults.words(name) for name in names]
    return Choice(
        file,
        [one.words for one in found],
        [one.times for one in found],
        [one.place for one in found],
        [[sys.intern(feature) for feature in sorted(one.features)] for one in found],
        [2 if faults.words(one.words) in exact else int(faults.is_named(one.words, names)) for one in found],
    )


def learnt(choices: Sequence[Choice], plans: Sequence[Choice]) -> tuple[Weights, Learnt]:
    """Return the weight of each feature, in hundredths, and the networks: these from sums by weights that were learnt
    from other files, because new briefs are not like those of any."""
    everything = [*choices, *plans]
    seen: Counter[str] = Counter()
    for choice in everything:
        seen.update({feature for features in choice.features for feature in features})
    kept = sorted(feature for feature, briefs in seen.items() if briefs >= RARE)
    table = _Table.of(everything, {feature: at for at, feature in enumerate(kept)})
    counts = np.array([*(1.0 for _ in choices), *(float(PLANS) for _ in plans)])
    shrink = np.array([SHRINK_WORDS if feature.split(" ", 1)[0] in _OF_WORDS else SHRINK for feature in kept])
    named = partial(_named, kept)
    weights = named(_descended(table, counts, shrink))
    files = sorted({one.file for one in choices})
    fold = np.array([*(files.index(one.file) % FOLDS for one in choices), *(FOLDS for _ in plans)])
    near = [found for one in plans for found in [one.near(weights)] * PLANS]
    for left_out in range(FOLDS):
        of_others = named(_descended(table, counts * (fold != left_out), shrink))
        near += [one.near(of_others) for one, its in zip(choices, fold, strict=False) if its == left_out]
    return weights, title_nets.learnt(near)


def _named(kept: Sequence[str], weights: NDArray[np.float64]) -> Weights:
    found = zip(kept, weights, strict=True)
    return {feature: round(UNIT * weight) for feature, weight in found if abs(weight) >= LIGHT}


@dataclass(frozen=True, slots=True)
class _Table:
    """The choices as arrays: the numbers of all candidates' features, how many each candidate has, how many candidates
    each brief has, and which candidates are the right ones."""

    features: NDArray[np.int32]
    sizes: NDArray[np.int64]
    among: NDArray[np.int64]
    right: NDArray[np.bool_]

    @staticmethod
    def of(choices: Sequence[Choice], number: dict[str, int]) -> "_Table":
        rows = [
            np.array([number[name] for name in row if name in number], np.int32)
            for choice in choices
            for row in choice.features
        ]
        return _Table(
            np.concatenate(rows),
            np.array([len(row) for row in rows]),
            np.array([len(choice.right) for choice in choices]),
            np.array([right and right == max(choice.right) for choice in choices for right in choice.right], bool),
        )

    def only(self, kept: NDArray[np.bool_]) -> "_Table":
        """Return the table of these candidates, in the briefs that have any."""
        among = np.add.reduceat(kept, _begins(self.among), dtype=np.int64)
        return _Table(self.features[np.repeat(kept, self.sizes)], self.sizes[kept], among[among > 0], self.right[kept])

    def totals(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sum of each candidate."""
        return np.add.reduceat(weights[self.features], _begins(self.sizes))

    def near(self, weights: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which candidates are among the nearest of their briefs, or right."""
        totals, near = self.totals(weights), self.right.copy()
        for begin, count in zip(_begins(self.among), self.among, strict=True):
            near[begin + np.argsort(-totals[begin : begin + count], kind="stable")[:NEAREST]] = True
        return near


def _begins(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.cumsum([0, *sizes])[:-1]


def _descended(whole: _Table, counts: NDArray[np.float64], shrink: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weights. `counts`: how many times each brief counts; those that have no right one do not."""
    counts = counts * np.logical_or.reduceat(whole.right, _begins(whole.among))
    learns = np.repeat(counts > 0, whole.among)
    table, counts = whole.only(learns), counts[counts > 0] / np.count_nonzero(counts)
    near, all_of_it = np.zeros(len(table.sizes), bool), table
    weights, slopes = np.zeros(len(shrink)), np.full(len(shrink), 1e-6)
    order = np.random.default_rng(1)
    for turn in range(ROUNDS):
        if turn in AGAIN:
            near |= all_of_it.near(weights)
            table = all_of_it.only(near)
        used = (order.random(len(shrink)) >= DROPPED) / (1 - DROPPED)
        step = _slope(table, counts, weights * used) * used + shrink * weights
        slopes += step * step
        weights -= STEP * step / np.sqrt(slopes)
    return weights


def _slope(table: _Table, counts: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    totals, briefs = table.totals(weights), _begins(table.among)
    chances = np.exp(totals - np.repeat(np.maximum.reduceat(totals, briefs), table.among))
    all_of_them = np.repeat(np.add.reduceat(chances, briefs), table.among)
    the_right = np.repeat(np.add.reduceat(chances * table.right, briefs), table.among)
    slope = chances / all_of_them - chances * table.right / np.maximum(the_right, 1e-300)
    slope *= np.repeat(counts, table.among)
    return np.bincount(table.features, np.repeat(slope, table.sizes), len(weights)).astype(np.float64)


if __name__ == "__main__":
    sys.exit(main())
