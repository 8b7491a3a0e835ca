"""Which known thing a word means, in any language of the encoder: "guitarra" and "ギター" are guitars. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from service.pipelines.film.script.learnt import meaning
from service.pipelines.film.script.learnt.meaning import Meanings
from service.pipelines.film.script.writing import languages

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
_KATAKANA = re.compile(r"[\u30a1-\u30fa\u30fc]{2,}")
_HAN = re.compile(r"[\u3400-\u9fff]{2,}")
_STOP = frozenset(word for listed in languages.STOP_WORDS.values() for word in listed)
_LONGEST_HAN, _SHORTEST, _MOST_LETTERS = 3, 3, 400
"""Letters of a word in Chinese characters, of one in others, and of what is looked at."""


def words(text: str) -> Iterator[str]:
    """Yield the words of a text, and in scripts without spaces what may be one."""
    text = text[:_MOST_LETTERS].casefold()
    yield from (word for word in _WORD.findall(text) if len(word) >= _SHORTEST and not _HAN.search(word))
    yield from _KATAKANA.findall(text)
    for row in _HAN.findall(text):
        for length in range(min(_LONGEST_HAN, len(row)), 1, -1):
            yield from (row[at : at + length] for at in range(len(row) - length + 1))


def nearest(texts: Sequence[str], known: tuple[tuple[str, str], ...], least: float) -> list[tuple[str, str]]:
    """Return the words of some texts that mean a known thing, each with that thing, in their order. `known`: English
    words, each with what it stands for; `least`: how near a word must be to one of them, 0 to 1."""
    given = [word for word in dict.fromkeys(word for text in texts for word in words(text)) if word not in _STOP]
    if not given:
        return []
    near = meaning.of(given) @ _meanings(known).T
    return [(word, known[int(row.argmax())][1]) for word, row in zip(given, near, strict=True) if row.max() >= least]


@cache
def _meanings(known: tuple[tuple[str, str], ...]) -> Meanings:
    return meaning.of(word for word, _ in known)


def listed(things: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return English words in a row for each thing as `nearest` wants them."""
    return tuple((word.strip(), thing) for thing, row in things.items() for word in row.split(","))
