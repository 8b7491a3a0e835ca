# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""Whom a sentence of a brief speaks to: the film's viewers, or the people who make it ("Hi team", "keep it short, pls",
"check with Ruth"). A weighted sum over its words and its place, with weights learnt from marked briefs
(`python -m lab.marked.learn`). What stands around it is for `purposes` to weigh. Pure.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Self

from service.pipelines.film.script.learnt import weights
from service.pipelines.film.script.learnt.weights import UNIT, Weights
from service.pipelines.film.script.writing import tokens
from service.pipelines.film.script.writing.sentences import split

WEIGHTS = Path(__file__).parents[1] / "words" / "addressee.xz"
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?|\d+|[?!:…]")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]")
PAIR = "p "
"""What the names of pairs of words begin with."""
_STEM = 5
_MARKS = ('"', "“", "«", "„", "「", "『", ">", "(", "[", "（")
_MANY = 15
"""Sentences of a long brief."""
LABEL = re.compile(r"^\W*([^\W\d_][^\d:：\n]{0,40}?)\s*[:：](?=\s|[^\x00-\x7f]|$)")
_SHORT, _FEW_WORDS, _STOPS = 48, 6, ".!?…。！？؟।,;"
"""Letters and words of a line that may be a heading, and what it does not end with."""
_LENGTHS = (1, 2, 4, 7, 12, 20)
_ENDS = 2
"""Sentences from the start or the end of the brief that count as its start or end."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a brief: its sentences, and whether an empty line stands before it."""

    sentences: tuple[str, ...]
    is_apart: bool = False

    @classmethod
    def of(cls, line: str, *, is_apart: bool = False) -> Self:
        """Return a line as its sentences."""
        return cls(tuple(split(line)), is_apart)


@dataclass(frozen=True, slots=True)
class Place:
    """A sentence's place in its brief: how many others come before it, and how many after."""

    before: int
    after: int


def sums(learnt: Weights, rows: Sequence[Row]) -> list[float]:
    """Return what the features of each sentence of a brief weigh together, in whole units; over 0 is more likely than
    not."""
    return [weights.total(learnt, found) / UNIT for found in features_of(rows)]


def features_of(rows: Sequence[Row]) -> Iterator[Iterator[str]]:
    """Yield the features of each sentence of a brief, with those of what stands over it."""
    over = [words for row, words in zip(rows, _over(rows), strict=True) for _ in row.sentences]
    for found, words in zip(placed([sentence for row in rows for sentence in row.sentences]), over, strict=True):
        yield chain(found, words)


def placed(sentences: Sequence[str]) -> Iterator[Iterator[str]]:
    """Yield the features of each of some sentences by itself, at its place among them."""
    for at, sentence in enumerate(sentences):
        yield features(sentence, Place(at, len(sentences) - 1 - at))


def _over(rows: Sequence[Row]) -> list[list[str]]:
    """The words of each line's label, and those of the short line that it stands under, each as a name."""
    found: list[list[str]] = []
    head: set[str] = set()
    for at, row in enumerate(rows):
        label = LABEL.match(row.sentences[0]) if row.sentences else None
        label_words = set(words_of(label[1])) if label else set()
        found.append([*(f"L {word}" for word in label_words), *(f"H {word}" for word in head)])
        if at + 1 < len(rows) and _may_be_a_heading(row):
            head = set(words_of(row.sentences[0].rstrip(":\uff1a")))
    return found


def _may_be_a_heading(row: Row) -> bool:
    if len(row.sentences) != 1:
        return False
    (line,) = row.sentences
    return len(line) <= _SHORT and len(line.split()) <= _FEW_WORDS and line[-1] not in _STOPS


def features(sentence: str, place: Place) -> Iterator[str]:
    """Yield what is counted of a sentence, each as a name: its words, their stems, its pairs of words, what else is in
    it, how it is written, its length, its place."""
    words = words_of(sentence)
    yield ""
    yield from {f"w {word}" for word in words}
    yield from {f"s {stem(word)}" for word in words if len(word) > _STEM}
    yield from {f"{PAIR}{one} {other}" for one, other in zip(["^", *words], [*words, "$"], strict=True)}
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
