"""Which mood a brief has: what its sender wishes and what it tells, weighed word by word, with weights learnt from
marked briefs (`python -m lab.marked.learn`). Pure."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from service.pipelines.film.script import addressee, weights
from service.pipelines.film.script.treatment import MOODS, Mood
from service.pipelines.film.script.weights import Weights

WEIGHTS = Path(__file__).parent / "words" / "moods.xz"


def mood_of(directions: Sequence[str], told: Sequence[str]) -> Mood:
    """Return the mood that fits best."""
    return best(weights.read(WEIGHTS), list(features(directions, told)))


def best(learnt: Weights, counted: Sequence[str]) -> Mood:
    """Return the mood that features weigh most for."""
    return max(MOODS, key=lambda mood: weights.total(learnt, (f"{mood} {feature}" for feature in counted)))


def features(directions: Sequence[str], told: Sequence[str]) -> Iterator[str]:
    """Yield what is counted of a brief, each as a name: the stems of its words, and the words of its wishes."""
    wished = [word for sentence in directions for word in addressee.words_of(sentence)]
    said = [word for sentence in told for word in addressee.words_of(sentence)]
    yield ""
    yield from {f"d {word}" for word in wished}
    yield from {f"s {addressee.stem(word)}" for word in (*wished, *said)}
