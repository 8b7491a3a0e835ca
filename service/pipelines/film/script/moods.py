"""Which mood a brief has: what its sender wishes and what it tells, weighed word by word, with weights learnt from
marked briefs (`python -m lab.marked.learn`). Pure."""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from service.pipelines.film.script import addressee
from service.pipelines.film.script.treatment import MOODS, Mood
from service.pipelines.film.script.weights import Weights, read

WEIGHTS = Path(__file__).parent / "words" / "moods.xz"


def mood_of(directions: Sequence[str], told: Sequence[str]) -> Mood:
    """Return the mood that fits best."""
    weights = _weights()
    counted = list(features(directions, told))
    return max(MOODS, key=lambda mood: sum(weights.get(f"{mood} {feature}", 0) for feature in counted))


def features(directions: Sequence[str], told: Sequence[str]) -> Iterator[str]:
    """Yield what is counted of a brief, each as a name: the stems of its words, and the words of its wishes."""
    wished = [word for sentence in directions for word in addressee.words_of(sentence)]
    said = [word for sentence in told for word in addressee.words_of(sentence)]
    yield ""
    yield from {f"d {word}" for word in wished}
    yield from {f"s {addressee.stem(word)}" for word in (*wished, *said)}


@cache
def _weights() -> Weights:
    return read(WEIGHTS)
