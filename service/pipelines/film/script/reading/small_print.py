"""What of a brief the law or courtesy wants to be shown, and nobody says: terms, credits, registered numbers, warnings
(`purposes`). Pure."""

from collections.abc import Sequence

from service.pipelines.film.script.learnt import purposes
from service.pipelines.film.script.learnt.addressee import Row
from service.pipelines.film.script.learnt.purposes import Purpose
from service.pipelines.film.script.reading.asked import Passage
from service.pipelines.film.script.writing import tokens
from service.pipelines.film.script.writing.tokens import Kind

_SURE = 0.5
_TURNS = frozenset({Kind.PLACE, Kind.ADDRESS, Kind.TELEPHONE, Kind.DATE, Kind.TIME, Kind.PRICE})


def parted(passages: Sequence[Passage], call: str) -> tuple[list[Passage], list[str]]:
    """Return the passages that are said, and the texts of the others. What tells when, where or for how much is said,
    and so is a brief's only passage."""
    found = purposes.of([Row((passage.text,)) for passage in passages])
    small = [
        chances[Purpose.PRINT] > _SURE
        and passage.text != call
        and not (passage.items or passage.step or _tells(passage.text))
        for passage, chances in zip(passages, found, strict=True)
    ]
    if all(small):
        return list(passages), []
    said = [passage for passage, is_small in zip(passages, small, strict=True) if not is_small]
    return said, [passage.text for passage, is_small in zip(passages, small, strict=True) if is_small]


def _tells(sentence: str) -> bool:
    return any(token.kind in _TURNS for token in tokens.find(sentence))
