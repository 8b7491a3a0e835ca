"""Learn which mood a brief has (`script/look/moods.py`) from the moods that marked briefs name.

Ridge regression of how well each mood would suit a brief: 1 for each of its own, less what another would cost. It is
solved by the likeness of the briefs to each other, of which there are fewer than numbers.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from lab.marked.briefs import TO_MAKERS, Mark, Marked
from service.pipelines.film.script.learnt import meaning
from service.pipelines.film.script.learnt.weights import UNIT, Weights
from service.pipelines.film.script.look import moods
from service.pipelines.film.script.treatment import MOODS, Mood

FEWEST, RIDGE = 4, 1.0
"""The briefs that must have a word, and how much large weights cost."""
_WORDS, _PARTS = 2.0, (1.0, 0.7, 1.0)
"""How much words count, and of the meanings what is told, how it begins, and what is wished."""

COSTS: Mapping[Mood, Mapping[Mood, float]] = {
    "joyful": {"energetic": 1.0, "warm": 1.0, "hopeful": 1.5, "elegant": 1.8, "calm": 3.0, "dramatic": 3.0},
    "energetic": {"joyful": 1.0, "warm": 1.4, "hopeful": 1.5, "elegant": 1.8, "dramatic": 2.0, "calm": 3.0},
    "dramatic": {"energetic": 1.2, "elegant": 1.5, "hopeful": 1.5, "calm": 2.0, "joyful": 2.0, "warm": 2.0},
    "elegant": {"calm": 1.0, "warm": 1.2, "dramatic": 1.3, "joyful": 1.3, "energetic": 1.3, "hopeful": 1.3},
    "calm": {"dramatic": 1.0, "elegant": 1.0, "hopeful": 1.0, "warm": 1.0, "joyful": 1.2, "energetic": 1.2},
    "warm": {"calm": 1.0, "elegant": 1.0, "hopeful": 1.0, "joyful": 1.0, "energetic": 1.0, "dramatic": 1.6},
    "hopeful": {"calm": 1.0, "warm": 1.0, "joyful": 1.0, "energetic": 1.0, "elegant": 1.1, "dramatic": 1.2},
}
"""What a film of one mood costs where another would suit: a merry one of something sober by far the most."""
_SOBER, _MERRY = frozenset({"calm", "dramatic", "elegant"}), frozenset({"joyful", "energetic"})


def of_briefs(briefs: Iterable[Marked]) -> Weights:
    """Return the weights of moods: of each feature and each number of the meanings, once for each mood."""
    known = [brief for brief in briefs if brief.moods()]
    counted = [tuple(moods.features(*_spoken(brief))) for brief in known]
    seen = Counter(feature for features in counted for feature in features)
    names = {feature: at for at, feature in enumerate(sorted(one for one in seen if seen[one] >= FEWEST))}
    words = np.array([_row(features, names) for features in counted], np.float32) * math.sqrt(_WORDS)
    scales = np.repeat([math.sqrt(part) for part in _PARTS], meaning.NUMBERS).astype(np.float32)
    meant = np.array([moods.meant(*_spoken(brief)) for brief in known], np.float32) * scales
    wanted = np.array([[_gain(brief, mood) for mood in MOODS] for brief in known])
    usual = wanted.mean(axis=0)
    alike = (words @ words.T + meant @ meant.T).astype(float) + 1.0
    alike[np.diag_indices_from(alike)] += RIDGE
    shares = np.linalg.solve(alike, wanted - usual)
    of_words = math.sqrt(_WORDS) * (words.T @ shares)
    of_meanings = scales[:, None] * (meant.T @ shares)
    named = [*names, *moods.MEANT]
    rows = np.vstack([of_words, usual + shares.sum(axis=0), of_meanings])
    return {
        f"{mood} {name}": round(UNIT * float(row[at]))
        for name, row in zip(named, rows, strict=True)
        for at, mood in enumerate(MOODS)
    }


def report(learnt: Weights, briefs: Sequence[Marked]) -> str:
    """Return how many briefs get a mood that suits them, and how many sober ones a merry mood."""
    known = [brief for brief in briefs if brief.moods()]
    chosen = [
        moods.best(learnt, list(moods.features(*_spoken(brief))), moods.meant(*_spoken(brief))) for brief in known
    ]
    right = sum(mood in brief.moods() for mood, brief in zip(chosen, known, strict=True))
    grave = sum(is_grave(mood, brief) for mood, brief in zip(chosen, known, strict=True))
    return f"{right} of {len(known)} moods are right, {grave} are merry for something sober\n"


def is_grave(mood: str, brief: Marked) -> bool:
    """Say whether a mood is merry for a brief that is not."""
    return mood in _MERRY and brief.moods()[0] in _SOBER and not _MERRY & set(brief.moods())


def _gain(brief: Marked, mood: Mood) -> float:
    suiting = brief.moods()
    return 1.0 if mood in suiting else -min(COSTS[mood][other] for other in MOODS if other in suiting)


def _row(features: Sequence[str], names: Mapping[str, int]) -> list[float]:
    row = [0.0] * len(names)
    known = [names[feature] for feature in features if feature in names]
    for at in known:
        row[at] = 1 / math.sqrt(len(known))
    return row


def _spoken(brief: Marked) -> tuple[list[str], list[str]]:
    """What a brief wishes and what it tells, in sentences."""
    return brief.sentences(*TO_MAKERS), brief.sentences(Mark.SAY, Mark.CALL)
