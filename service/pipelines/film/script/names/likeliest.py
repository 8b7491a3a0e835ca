"""Which of the likeliest names of a film is the best: a small network over what is known of each beside the others,
with weights learnt from marked briefs (`python -m lab.marked.learn_titles`). Pure.

A sum over features looks at each run of words alone. "Toronto Stamp Bourse" and "The Toronto Stamp Bourse returns" help
each other, though: a run that many of the likely ones share is likely to be the name, or the heart of it.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from service.pipelines.film.script.learnt import weights
from service.pipelines.film.script.learnt.meaning import Meanings
from service.pipelines.film.script.names import name_meanings
from service.pipelines.film.script.names.candidates import Candidate

NETS = Path(__file__).parents[1] / "words" / "likeliest.xz"
Net: TypeAlias = Mapping[str, list[list[float]]]
"""`inner`: for each unit, its weights of the inputs and of 1; `outer`: one row, the weights of the units and of 1."""
MOST = 12
"""Candidates that are looked at beside each other."""
Inputs: TypeAlias = NDArray[np.float64]
_WORD = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|\w+")
_MORE_WORDS = 2
_LEAST = 1e-4
_FLAGS = (
    *("quoted", "unsaid", "no run", "rule opening", "rule asked", "cut", "no name", "small"),
    *("ad =", "ad <", "ad >", "ad of", "ad in", "xx =", "xx >", "xx 1", "e ^$", "e ^", "e $"),
    *("t PRICE", "t DATE", "t ADDRESS", "s?", "s!", "s:", "sl 0", "sl 1", "sl 5", "sA"),
    *("line si 0", "begins si 0", "whole si 0", "line si 1", "si 0", "si 1", "se 0", "se 1"),
    *("gg :", "gb :", "ga ,", "gb ,", "ga .", "ga :", "gb (", "ga (", "gb @"),
)
"""Features that a candidate has or has not."""


def likely(found: Sequence[Candidate], totals: Sequence[float]) -> list[tuple[Candidate, float]]:
    """Return the nearest candidates, each with how likely it is the name, 0 to 1. `totals`: the sum of each, in whole
    units."""
    near = nearest(totals)
    given = inputs([found[at] for at in near], [totals[at] for at in near], name_meanings.axes_of())
    outcomes = outcomes_of(weights.unpacked(NETS), given)
    powers = np.exp(outcomes - outcomes.max())
    return [(found[at], float(power / powers.sum())) for at, power in zip(near, powers, strict=True)]


def outcomes_of(nets: Sequence[Net], given: Inputs) -> Inputs:
    """Return what these networks make of each candidate: the higher, the likelier. A network that knows fewer inputs
    looks at the first ones."""
    whole = np.zeros(len(given))
    for net in nets:
        inner, outer = np.array(net["inner"]), np.array(net["outer"][0])
        whole += np.tanh(given[:, : inner.shape[1] - 1] @ inner[:, :-1].T + inner[:, -1]) @ outer[:-1] + outer[-1]
    return whole / (len(nets) or 1)


def nearest(totals: Sequence[float]) -> list[int]:
    """Return which have the highest sums, best first."""
    return sorted(range(len(totals)), key=lambda at: -totals[at])[:MOST]


def inputs(near: Sequence[Candidate], totals: Sequence[float], axes: Meanings) -> Inputs:
    """Return what is known of each of the nearest, a row for each: what `seen` yields, and what it means."""
    powers = [math.exp(total - totals[0]) for total in totals]
    chances = [power / sum(powers) for power in powers]
    rows = np.array(list(seen(near, totals, chances)))
    return np.hstack([rows, name_meanings.inputs(near, chances, axes)])


def seen(near: Sequence[Candidate], totals: Sequence[float], chances: Sequence[float]) -> Iterator[list[float]]:
    """Yield what can be seen of each of the nearest: its sum and place among them, what it shares with the others, how
    often it stands in the brief, and how it is written."""
    words = [_WORD.findall(one.words.casefold()) for one in near]
    for at, (one, total, chance) in enumerate(zip(near, totals, chances, strict=True)):
        yield [
            total - totals[0],
            total / 10,
            chance,
            math.log(chance + _LEAST),
            float(at == 0),
            at / 10,
            *_shared(at, words, chances),
            math.log1p(one.times),
            float(one.times > 1),
            len(words[at]) / 4,
            float(len(words[at]) == 1),
            *_written(one),
            *(float(flag in one.features) for flag in _FLAGS),
        ]


def _shared(at: int, words: Sequence[list[str]], chances: Sequence[float]) -> list[float]:
    """How likely the others are that are the same words, have these in them, are a part of these, or share one; and
    those that are about as long."""
    same = inside = over = apart = little_inside = little_over = 0.0
    mine = words[at]
    for other, (theirs, chance) in enumerate(zip(words, chances, strict=True)):
        if other == at:
            continue
        if theirs == mine:
            same += chance
        elif _holds(theirs, mine):
            inside += chance
            little_inside += chance * (2 * len(mine) >= len(theirs))
        elif _holds(mine, theirs):
            over += chance
            little_over += chance * (len(mine) <= len(theirs) + _MORE_WORDS)
        elif not set(mine).isdisjoint(theirs):
            apart += chance
    together = chances[at] + same + little_inside + little_over
    return [same, inside, over, apart, little_inside, little_over, together]


def _holds(line: Sequence[str], run: Sequence[str]) -> bool:
    return any(line[at : at + len(run)] == run for at in range(len(line) - len(run) + 1))


def _written(one: Candidate) -> Iterator[float]:
    """How a candidate is written, and how often it is so that it begins or ends with a small word, has a plain word, or
    only words with capitals (`candidates.py` says what the letters mean)."""
    words = one.words
    yield len(words) / 20
    yield float(words.islower())
    yield float(words.isupper())
    yield float(words[:1].isupper())
    yield float(all(word[:1].isupper() for word in words.split()))
    yield float(not words.isascii())
    yield sum(map(str.isdigit, words)) / 3
    cases = [feature.split(" ")[1] for feature in one.features if feature.startswith("cp ")]
    count = len(cases) or 1
    yield sum(case[0] == "s" for case in cases) / count
    yield sum(case[-1] in "sS" for case in cases) / count
    yield sum("l" in case for case in cases) / count
    yield sum(set(case) <= set("CAi") for case in cases) / count
