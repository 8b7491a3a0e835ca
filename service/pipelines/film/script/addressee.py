# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""Whom a sentence of a brief speaks to: the film's viewers, or the people who make it ("Hi team", "keep it short, pls",
"check with Ruth"). A weighted sum over its words and its place, with weights learnt from marked briefs
(`python -m lab.marked.learn`). Pure.
"""

import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from service.pipelines.film.script import tokens, weights
from service.pipelines.film.script.weights import UNIT, Weights

WEIGHTS = Path(__file__).parent / "words" / "addressee.xz"
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?|\d+|[?!:…]")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]")
_STEM = 5
_MARKS = ('"', "“", "«", "„", "「", "『", ">", "(", "[", "（")
_NEIGHBOURS = 1.0
"""How much a sentence is moved by one beside it that is sure of itself."""
_MANY = 15
"""Sentences of a long brief."""
_LENGTHS = (1, 2, 4, 7, 12, 20)
_ENDS = 2
"""Sentences from the start or the end of the brief that count as its start or end."""


@dataclass(frozen=True, slots=True)
class Place:
    """A sentence's place in its brief: how many others come before it, and how many after."""

    before: int
    after: int


def chances(sentences: Sequence[str]) -> list[float]:
    """Return how likely each sentence of a brief is for the makers, 0 to 1."""
    return [weights.chance(total) for total in beside(sums(weights.read(WEIGHTS), sentences))]


def sums(learnt: Weights, sentences: Sequence[str]) -> list[float]:
    """Return what the features of each sentence of a brief weigh together; over 0 is more likely than not."""
    return [
        weights.total(learnt, features(sentence, Place(at, len(sentences) - 1 - at))) / UNIT
        for at, sentence in enumerate(sentences)
    ]


def beside(alone: Sequence[float]) -> list[float]:
    """Return the sums of sentences, each moved by its neighbours': talk stands beside talk, and copy beside copy."""
    leaning = [0.0, *(math.tanh(total / 2) for total in alone), 0.0]
    return [
        total + _NEIGHBOURS * (before + after)
        for total, before, after in zip(alone, leaning, leaning[2:], strict=False)
    ]


def features(sentence: str, place: Place) -> Iterator[str]:
    """Yield what is counted of a sentence, each as a name: its words, their stems, its pairs of words, what else is in
    it, how it is written, its length, its place."""
    words = words_of(sentence)
    yield ""
    yield from {f"w {word}" for word in words}
    yield from {f"s {stem(word)}" for word in words if len(word) > _STEM}
    yield from {f"p {one} {other}" for one, other in zip(["^", *words], [*words, "$"], strict=True)}
    yield from {f"t {token.kind.name}" for token in tokens.find(sentence)}
    yield from (f"m {mark}" for mark in _MARKS if sentence.startswith(mark))
    yield from (f"c {name}" for name in ("islower", "isupper") if getattr(sentence[:1], name)())
    yield from ("c all" for _ in range(sentence.isupper()))
    yield f"l {sum(len(words) > length for length in _LENGTHS)}"
    quarter = 4 * place.before // (place.before + place.after + 1)
    yield from (f"q {quarter}", f"q {quarter} of {_few(place)}", f"n {_few(place)}")
    yield from (f"b {place.before}" for _ in range(place.before < _ENDS))
    yield from (f"a {place.after}" for _ in range(place.after < _ENDS))


def _few(place: Place) -> int:
    return min(place.before + place.after + 1, _MANY) // 3


def words_of(sentence: str) -> list[str]:
    """Return the words of a sentence, without case; in scripts without spaces, pairs of letters."""
    words: list[str] = []
    for word in _WORD.findall(unicodedata.normalize("NFKC", sentence).casefold()):
        if word.isdigit():
            words.append("0")
        elif _UNSPACED.search(word):
            words += [word[at : at + 2] for at in range(max(len(word) - 1, 1))]
        else:
            words.append(word.replace("’", "'"))
    return words


def stem(word: str) -> str:
    """Return what words of one family begin with."""
    return word[:_STEM]
