"""How much of what a brief says a film says too: the measure that the director aims at and QA holds it to. Pure."""

import re
from collections.abc import Sequence

_SECONDS_A_PHRASE = 2.5
_FEWEST, _MOST = 1, 12
_WORD = re.compile(r"\w+")


def score(phrases: Sequence[str], script: str, seconds: float) -> float:
    """0.0 to 1.0: the mean over the key phrases that a film of this length has time for of the share of each one's
    words in `script`; 1.0 where there are no phrases."""
    shares = [_share(phrase, script) for phrase in _due(phrases, seconds)]
    return sum(shares) / len(shares) if shares else 1.0


def missing(phrases: Sequence[str], script: str, seconds: float) -> list[str]:
    """The key phrases due in a film of this length that are not wholly in `script`, best first."""
    return [phrase for phrase in _due(phrases, seconds) if _share(phrase, script) < 1.0]


def _due(phrases: Sequence[str], seconds: float) -> Sequence[str]:
    return phrases[: min(max(int(seconds / _SECONDS_A_PHRASE), _FEWEST), _MOST)]


def _share(phrase: str, script: str) -> float:
    lower = script.casefold()
    if phrase.casefold() in lower:
        return 1.0
    present = set(_WORD.findall(lower))
    words = _WORD.findall(phrase.casefold())
    return sum(word in present for word in words) / len(words) if words else 1.0
