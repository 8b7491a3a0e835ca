"""What a wish to the film's makers asks for, of what can be said in many ways: its shape, whether a voice speaks and
whose, music at all, large letters, something to be seen. By what it means, with two small networks, learnt from wishes
that were marked by hand (`lab/marked/learn_wishes.py`). Pure.
"""

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path

import numpy as np

from service.pipelines.film.script.learnt import meaning, purposes, weights
from service.pipelines.film.script.learnt.purposes import Floats

WEIGHTS = Path(__file__).parents[1] / "words" / "wished.xz"
SURE = 0.6
"""From this chance on a clause asks for something: of those that nothing was learnt from, nine in ten then do."""
_CLAUSE = re.compile(
    r"(?<=[.!?;\u3002\uff01\uff1f\uff1b\u061f])\s*|[,:\uff0c\u3001\u060c\uff1a]\s+|[\uff0c\u3001\u060c\uff1a]|[|"
    r"()\[\]\u2022]|\s[\u2013\u2014/-]\s"
)
_SHORTEST = 2
"""Letters of a clause."""


class Kind(StrEnum):
    """What a clause may ask for."""

    TALL = "tall"
    SQUARE = "square"
    WIDE = "wide"
    UNVOICED = "unvoiced"
    """That nobody speaks."""
    UNPLAYED = "unplayed"
    """That there is no music."""
    FEMALE = "female"
    MALE = "male"
    """Whose voice it is."""
    LARGE = "large"
    """Large letters."""


_ASKED = tuple(Kind)


def clauses(sentence: str) -> list[str]:
    """Return the parts of a sentence that ask for one thing each."""
    found = (part.strip(' .!-\u2013\u2014*\u2022\u2610\u2611\u2713\u2714\u25a1"') for part in _CLAUSE.split(sentence))
    return [part for part in found if len(part) >= _SHORTEST]


def asked(sentences: Iterable[str], *kinds: Kind, least: float = SURE) -> list[tuple[str, Kind]]:
    """Return the clauses that surely ask for one of some kinds of thing, each with the kind that it is likeliest to ask
    for, in their order."""
    parts = [part for sentence in sentences for part in clauses(sentence)]
    if not parts:
        return []
    found = chances(parts)[:, [_ASKED.index(kind) for kind in kinds]]
    likeliest = ((part, row, int(row.argmax())) for part, row in zip(parts, found, strict=True))
    return [(part, kinds[at]) for part, row, at in likeliest if row[at] >= least]


def chances(texts: Sequence[str]) -> Floats:
    """Return how likely each text asks for each of the kinds of things, 0 to 1: a row for each, in their order."""
    return _chances("asked", texts)


def seen(texts: Sequence[str]) -> list[float]:
    """Return how likely each text says what is to be seen, heard or read, and is no talk among the makers."""
    return [float(chance) for chance in _chances("seen", texts)[:, 0]] if texts else []


def _chances(net: str, texts: Sequence[str]) -> Floats:
    learnt = _learnt()
    middle = np.tanh(purposes.layer(learnt[f"{net} first"], meaning.of([text.casefold() for text in texts])))
    found: Floats = 1 / (1 + np.exp(-purposes.layer(learnt[f"{net} last"], middle)))
    return found


@cache
def _learnt() -> dict[str, Floats]:
    """The layers of both networks."""
    packed = weights.unpacked(WEIGHTS)
    return {name: np.array(layer, np.float32) / np.float32(weights.UNIT) for name, layer in packed.items()}
