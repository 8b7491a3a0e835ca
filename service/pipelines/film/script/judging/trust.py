"""What the doubts of a second reading (`reread`, `title_doubts`) amount to: how far a film can be trusted. Pure.

What each kind costs was fitted to films of the marked briefs of the tests, of which every fault is known: those that
were planned with words learnt from other briefs (`python -m lab.marked --report`).
"""

import math
from collections.abc import Mapping, Sequence

from service.pipelines.film.script.judging import reread, title_doubts
from service.pipelines.film.script.judging.reread import Doubt, Kind
from service.pipelines.film.script.pasted import screenplay
from service.pipelines.film.script.reading.by_hand import NOTHING, ByHand
from service.pipelines.film.script.treatment import Treatment

COSTS: Mapping[Kind, float] = {
    Kind.TALK: 0.38,
    Kind.MAYBE_TALK: 0.49,
    Kind.FACT: 0.08,
    Kind.LOST: 0.11,
    Kind.HEADING: 0.12,
    Kind.STUMP: 0.03,
    Kind.TWICE: 0.09,
    Kind.SPEAKER: 0.21,
    Kind.UNREACHED: 0.36,
    Kind.HURRIED: 0.14,
    Kind.TITLE: 0.49,
    Kind.UNNAMED: 0.25,
}
"""The share of trust that a doubt takes away."""
UNSAID = frozenset({Kind.MAYBE_TALK, Kind.LOST, Kind.FACT})
"""Doubts that lower the score but are not told: on briefs that nothing was learnt from, most of them were wrong."""
SLIGHT = 0.7
"""Nor are those of less than this size: of a title, that it is the name with a chance of a half or more."""
LEAST = 0.5
"""Below this a film fails."""
MOST = 3.0
"""Doubts of one kind that count: more of them say little more."""


def doubts(
    treatment: Treatment,
    content: str,
    lang: str,
    left_out: str,
    title: tuple[str, float | None] = ("", None),
    *,
    hand: ByHand = NOTHING,
) -> list[Doubt]:
    """Return what is doubtful in a film, heaviest first. `content` is the brief, normalised; `left_out` says what the
    film is known to leave out; `title` is the brief's, and how likely it is the name, if that is known. What somebody
    put right by `hand` is not doubted."""
    read = reread.readings(content, hand)
    content = hand.rest(content)
    # What a script has beside its words describes pictures, and is not told.
    is_script = screenplay.is_one([line for line in content.split("\n") if line.strip()])
    found = [
        *reread.talk(treatment, read),
        *([] if is_script else reread.untold(treatment, read, left_out, lang)),
        *reread.headings(treatment, content, hand),
        *reread.stumps(treatment, content, lang),
        *reread.twice(treatment),
        *reread.unnamed_speakers(treatment, content),
        *reread.unreached(treatment, read),
        *reread.hurried(treatment),
        *title_doubts.of_title(*title),
    ]
    return sorted(found, key=lambda doubt: -COSTS[doubt.kind] * doubt.size)


def is_told(doubt: Doubt) -> bool:
    """Say whether the viewer of a report is told of a doubt."""
    return doubt.kind not in UNSAID and doubt.size >= SLIGHT


def of(found: Sequence[Doubt]) -> float:
    """Return what the doubts leave of a trust of 1.0."""
    return math.prod(math.pow(1 - COSTS[kind], size) for kind, size in sizes(found).items())


def sizes(found: Sequence[Doubt]) -> dict[Kind, float]:
    """Return how large the doubts of each kind are together."""
    together: dict[Kind, float] = {}
    for doubt in found:
        together[doubt.kind] = min(together.get(doubt.kind, 0.0) + doubt.size, MOST)
    return together
