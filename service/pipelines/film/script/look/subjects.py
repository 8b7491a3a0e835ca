"""What a whole film is about, as a picture: what its sentences mean, compared with those of marked briefs of which that
is known (`python -m lab.marked.learn`). For languages and words that no list has."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from service.pipelines.film.script.learnt import meaning, weights
from service.pipelines.film.script.learnt.meaning import Meanings
from service.pipelines.film.script.look import lexicon

WEIGHTS = Path(__file__).parents[1] / "words" / "subjects.xz"
_LEAST, _AHEAD, _FAR_AHEAD = 14.0, 6.0, 12.0
"""What the best picture must score, how far ahead of the next, and how far if none of its names is near."""
_NAMED = 0.35
"""How near one of the picture's names must be to one of the sentences."""
_NAMES = 16
_FEWEST = 3
"""Sentences that tell what a film is about: one may be about anything in it."""


def of(told: Sequence[str]) -> str:
    """Return the name of the picture of what some sentences are about, or "" if that is not sure."""
    if len(told) < _FEWEST:
        return ""
    sentences = meaning.of(told)
    learnt = _learnt()
    scores = (meaning.middle(sentences) - learnt["middle"]) @ learnt["weights"].T + learnt["least"]
    *_, second, best = np.argsort(scores)
    score, picture = float(scores[best]), str(learnt["pictures"][best])
    ahead = score - float(scores[second])
    if score < _LEAST or ahead < _AHEAD:
        return ""
    return picture if ahead >= _FAR_AHEAD or _is_named(picture, sentences) else ""


def _is_named(picture: str, sentences: Meanings) -> bool:
    return float((meaning.of(_names()[picture]) @ sentences.T).max()) >= _NAMED


@cache
def _names() -> dict[str, list[str]]:
    """The English words for each picture."""
    found: dict[str, list[str]] = {}
    for senses in lexicon.of("en").senses.values():
        for sense in senses:
            found.setdefault(sense.picture, []).append(sense.spelt)
    return {picture: words[:_NAMES] for picture, words in found.items()}


@cache
def _learnt() -> dict[str, Any]:
    return {name: np.array(value) for name, value in weights.unpacked(WEIGHTS).items()}
