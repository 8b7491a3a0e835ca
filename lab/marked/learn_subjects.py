"""Learn which picture shows what a brief is about (`script/look/subjects.py`): from marked briefs whose kind
names it in English. Each picture's briefs are taken to lie around their middle alike (a linear discriminant)."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from lab.marked.briefs import Mark, Marked
from service.pipelines.film.script.learnt import meaning
from service.pipelines.film.script.look import lexicon
from service.pipelines.film.script.look.nouns import words_of
from service.pipelines.film.script.writing.wording import word_set

FEWEST, SETTING = 5, 2.0
"""The briefs that a picture needs, and how much the words for it must count at least (`lexicon`)."""
_ROUND, _DRAWN = 0.3, 2.0
"""How much alike all directions are taken to be, and how many briefs a picture's middle is drawn to that of all by."""
_UNTOLD = word_set(
    "thread cook speech-balloon speaking-head envelope judge coin detective child girl boy red-heart megaphone laptop "
    "mobile-phone toolbox office-building shield cityscape brain thinking-face older-person open-book package key memo "
    "newspaper trophy light-bulb calendar ballot-box-with-ballot money-bag person-running children-crossing "
    "high-voltage elephant house-with-garden locked shopping-bags window mountain rocket robot thermometer bank houses "
    "receipt fire bird chair bed tent baby luggage beach-with-umbrella water-wave shopping-cart deciduous-tree coral "
    "kitchen-knife wrapped-gift party-popper construction-worker scientist"
)
"""What tells little of a whole film, or is in the names of many kinds of brief ("a Slack thread")."""


def of_briefs(briefs: Iterable[Marked]) -> dict[str, Any]:
    """Return the pictures, the middle of all briefs, and each picture's weights and what it scores without any."""
    known: dict[str, list[Marked]] = {}
    for brief in briefs:
        picture = picture_of(brief.fields.get("kind", ""))
        if picture and picture not in _UNTOLD:
            known.setdefault(picture, []).append(brief)
    found = {picture: _meant(known[picture]) for picture in sorted(known) if len(known[picture]) >= FEWEST}
    middle = np.vstack(list(found.values())).mean(axis=0)
    apart = np.vstack([rows - rows.mean(axis=0) for rows in found.values()])
    spread = apart.T @ apart / len(apart)
    spread = (1 - _ROUND) * spread + _ROUND * np.trace(spread) / len(spread) * np.eye(len(spread))
    middles = np.array([(rows.sum(axis=0) + _DRAWN * middle) / (len(rows) + _DRAWN) for rows in found.values()])
    learnt = np.linalg.solve(spread, (middles - middle).T).T
    return {
        "pictures": list(found),
        "middle": [round(float(one), 4) for one in middle],
        "weights": [[round(float(one)) for one in row] for row in learnt],
        "least": [round(float(one), 2) for one in -((middles - middle) * learnt).sum(axis=1) / 2],
    }


def picture_of(kind: str) -> str:
    """Return the picture that the first words of a brief's kind name, or ""."""
    first = kind.replace(";", ",").partition(",")[0]
    for joint in (" with ", " by ", " in ", " for "):
        first = first.partition(joint)[0]
    listed = lexicon.of("en")
    for one in lexicon.find([word.folded for word in words_of(first)], listed):
        for sense in one.senses:
            if sense.picture and sense.weight >= SETTING and not sense.some and not sense.picture.startswith("sign-"):
                return sense.picture
    return ""


def _meant(briefs: Sequence[Marked]) -> Any:
    """The direction between all sentences of each brief that are for its viewers, a row for each."""
    return np.array([meaning.middle(meaning.of(brief.sentences(Mark.SAY, Mark.CALL))) for brief in briefs], float)
