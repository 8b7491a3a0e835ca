"""What of a brief the law or courtesy wants to be shown, and nobody says: terms, credits, registered numbers, warnings.
Weighed as in `addressee.py`, with weights learnt from marked briefs. Pure."""

from collections.abc import Sequence
from pathlib import Path

from service.pipelines.film.script import addressee, tokens, weights
from service.pipelines.film.script.asked import Passage
from service.pipelines.film.script.tokens import Kind

WEIGHTS = Path(__file__).parent / "words" / "small_print.xz"
_TURNS = frozenset({Kind.PLACE, Kind.ADDRESS, Kind.TELEPHONE, Kind.DATE, Kind.TIME, Kind.PRICE})


def parted(passages: Sequence[Passage], call: str) -> tuple[list[Passage], list[str]]:
    """Return the passages that are said, and the texts of the others. What tells when, where or for how much is said,
    and so is a brief's only passage."""
    learnt = weights.read(WEIGHTS)
    sums = [weights.total(learnt, found) for found in addressee.placed([passage.text for passage in passages])]
    small = [
        total > 0 and passage.text != call and not (passage.items or passage.step or _tells(passage.text))
        for passage, total in zip(passages, sums, strict=True)
    ]
    if all(small):
        return list(passages), []
    said = [passage for passage, is_small in zip(passages, small, strict=True) if not is_small]
    return said, [passage.text for passage, is_small in zip(passages, small, strict=True) if is_small]


def _tells(sentence: str) -> bool:
    return any(token.kind in _TURNS for token in tokens.find(sentence))
