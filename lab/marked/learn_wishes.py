"""Learn what a wish asks for (`script/learnt/wished.py`): from the clauses of `wished.txt`, beside what briefs tell
their viewers and what people say among themselves. A network with one layer in the middle."""

import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lab.marked.briefs import Mark, Marked
from service.pipelines.film.script.learnt import meaning, wished
from service.pipelines.film.script.learnt.weights import UNIT
from service.pipelines.film.script.learnt.wished import Kind

WISHED = Path(__file__).with_name("wished.txt")
ROUNDS, STEP, SHRINK = 250, 0.02, 3e-6
MIDDLE, DROPPED, BLURRED = 64, 0.3, 0.025
"""Numbers of the middle layer, the share of them that is left out in each round, and how far a round moves each number
of a meaning: what lies near a wish is one, too."""
KEPT = 0.98
"""Of the squares of earlier slopes, by whose root a step is divided, the share that each round keeps."""
LOUDEST, BY_HAND = 15.0, 8.0
"""How often the rare side counts, at most, and how often what was marked by hand, at least."""
OTHERS = 6_000
"""Clauses of briefs that ask for none of it: what asks for something among the wishes is in `wished.txt`, too."""


def of_briefs(briefs: Sequence[Marked]) -> dict[str, list[list[int]]]:
    """Return the layers of two networks, in hundredths: what is asked for, and whether something is to be seen."""
    marked = [line.partition(" | ") for line in WISHED.read_text(encoding="utf-8").splitlines() if line[:1] != "#"]
    kinds = list(Kind)
    known = {words.casefold() for _, _, words in marked}
    others = [*_some(_clauses(briefs, Mark.WISH), OTHERS), *_some(_clauses(briefs, Mark.SAY, Mark.TALK), OTHERS // 2)]
    others = [clause for clause in others if clause.casefold() not in known]
    texts = [*(words for _, _, words in marked), *others]
    right = np.array([[kind in named.split() for kind in kinds] for named, _, _ in marked], float)
    right = np.vstack([right, np.zeros((len(others), len(kinds)))])
    asked = _descended(texts, right, len(marked))
    seen, talk = (_some(_clauses(briefs, *marks), OTHERS) for marks in ((Mark.WISH,), (Mark.TALK,)))
    is_seen = np.array([[1.0]] * len(seen) + [[0.0]] * len(talk))
    return {
        name: [[round(float(one) * UNIT) for one in row] for row in layer]
        for name, layer in zip(
            ("asked first", "asked last", "seen first", "seen last"),
            (*asked, *_descended([*seen, *talk], is_seen, 0)),
            strict=True,
        )
    }


def _clauses(briefs: Iterable[Marked], *marks: Mark) -> list[str]:
    return [part for brief in briefs for line in brief.marked(*marks) for part in wished.clauses(line)]


def _some(clauses: Sequence[str], most: int) -> list[str]:
    different = sorted(set(clauses))
    return random.Random(1).sample(different, min(most, len(different)))  # noqa: S311 -- no secret, only a choice


def _descended(texts: Sequence[str], right: Any, marked: int) -> tuple[Any, Any]:
    """The weights of the middle and of the last layer, for each column of what is right; the rare side of each counts
    more, and so do the first texts, which were marked by hand. A part of the middle is left out in each round, so that
    no number in it relies on another."""
    chance = np.random.default_rng(1)
    given = np.hstack([meaning.of([text.casefold() for text in texts]).astype(float), np.ones((len(texts), 1))])
    loud = np.where(right > 0, np.minimum(0.5 / right.mean(axis=0), LOUDEST), 1.0)
    loud[:marked] = np.maximum(loud[:marked], BY_HAND)
    first = chance.normal(0, 0.5, (given.shape[1], MIDDLE))
    last = chance.normal(0, 0.3, (MIDDLE + 1, right.shape[1]))
    slopes = [np.full(first.shape, 1e-9), np.full(last.shape, 1e-9)]
    for _ in range(ROUNDS):
        kept = (chance.random(MIDDLE) > DROPPED) / (1 - DROPPED)
        blurred = given.copy()
        blurred[:, :-1] += BLURRED * chance.standard_normal((len(texts), meaning.NUMBERS))
        middle = np.tanh(blurred @ first)
        within = np.hstack([middle * kept, np.ones((len(texts), 1))])
        wrong = (1 / (1 + np.exp(-within @ last)) - right) * loud / len(texts)
        back = (wrong @ last[:-1].T) * kept * (1 - middle**2)
        steps = (blurred.T @ back + SHRINK * first, within.T @ wrong + SHRINK * last)
        slopes = [KEPT * before + (1 - KEPT) * step**2 for before, step in zip(slopes, steps, strict=True)]
        first = first - STEP * steps[0] / np.sqrt(slopes[0])
        last = last - STEP * steps[1] / np.sqrt(slopes[1])
    return first, last
