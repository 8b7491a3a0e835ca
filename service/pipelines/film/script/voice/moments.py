"""When the words on screen are said: what is written in a shot, matched with what is spoken in it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from service.pipelines.film.script.voice.timeline import Word

_ENOUGH = 0.6
"""Share of a text's words that must be said for it to appear as it is said."""


@dataclass(frozen=True, slots=True)
class Heard:
    """`times` has, for each text, the second at which each of its words is said, or None if too few of them are;
    `shown` are the indices of the spoken words that are on screen."""

    times: tuple[tuple[float, ...] | None, ...]
    shown: frozenset[int]


def heard(texts: Sequence[Sequence[str]], spoken: Sequence[Word]) -> Heard:
    """Match the words of each text on screen with the spoken ones. A spoken word belongs to one text only."""
    said = [bare(word.text) for word in spoken]
    free = [bool(word) for word in said]
    times: list[tuple[float, ...] | None] = []
    shown: set[int] = set()
    for text in texts:
        wanted = [bare(word) for word in text]
        found = _matched(wanted, [word if is_free else "" for word, is_free in zip(said, free, strict=True)])
        for at in found.values():
            free[at] = False
        enough = len(found) >= _ENOUGH * max(sum(map(bool, wanted)), 1)
        times.append(_filled(len(wanted), {place: spoken[at].start for place, at in found.items()}) if enough else None)
        shown |= set(found.values())
    return Heard(tuple(times), frozenset(shown))


def bare(word: str) -> str:
    """Return a word's letters and digits in lower case, to compare it with another."""
    return "".join(character for character in word.casefold() if character.isalnum())


def _matched(wanted: Sequence[str], said: Sequence[str]) -> dict[int, int]:
    """From the place of a word in a text to the place where it is said, both in their order."""
    found: dict[int, int] = {}
    for block in SequenceMatcher(None, wanted, said, autojunk=False).get_matching_blocks():
        for step in range(block.size):
            if wanted[block.a + step]:
                found[block.a + step] = block.b + step
    return found


def _filled(count: int, known: dict[int, float]) -> tuple[float, ...]:
    """The times of all words of a text: one that is not said comes with the next that is, or else with the last."""
    times: list[float] = []
    following = max(known.values(), default=0.0)
    for place in reversed(range(count)):
        following = min(known.get(place, following), following)
        times.append(following)
    return tuple(reversed(times))
