"""What was to be said beside what was heard, sound by sound: "metres" is heard as "meters", and "Xero" as "zero", and
both are right. Pure, but for espeak-ng, which says how words sound."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lab.listening.levels import Line
from service.pipelines.film.script.voice import narration
from service.pipelines.film.studio.speak import Reader

_ENOUGH = 0.65
"""Share of a word's sounds that must be heard in their order, or all but one: vowels differ between accents."""
_WEAK = frozenset(["a", "an", "and", "at", "for", "from", "in", "is", "of", "or", "the", "to", "your"])
"""Words that sound otherwise alone than in a sentence: their sounds count, but they are not called missed."""
_NO_SOUNDS = str.maketrans("", "", "ˈˌː ‿-͡_|?")

Sounds = Callable[[str], list[str]]
"""Returns the sounds of a text, in the phonetic alphabet."""


@dataclass(frozen=True, slots=True)
class Heard:
    """`missed` are the written words that were not heard; `error` is the share of all sounds that were heard as others,
    or not at all, or too many. `words` is how many words have sounds."""

    missed: tuple[str, ...]
    error: float
    words: int


def sounds_by(reader: Reader) -> Sounds:
    """Return a function that has espeak-ng say how a text sounds, without stress and length."""

    def sounds(text: str) -> list[str]:
        _, words = reader.read(text)
        return [sound for word in words for each in word.sounds for sound in each.translate(_NO_SOUNDS)]

    return sounds


def compared(lines: Sequence[Line], heard: str, lang: str, sounds: Sounds) -> Heard:
    """Compare the lines with what a recogniser wrote down."""
    due: list[str] = []
    owners: list[int] = []
    written: list[str] = []
    for line in lines:
        for word, spoken in zip(line.words, line.spoken, strict=True):
            said = sounds(spoken) if any(map(str.isalnum, spoken)) else []
            due += said
            owners += [len(written)] * len(said)
            written.append(word.text)
    got = sounds(narration.reading(_tidy(heard), lang).spoken)
    matched, errors = _aligned(due, got)
    totals, found = [0] * len(written), [0] * len(written)
    for place, owner in enumerate(owners):
        totals[owner] += 1
        found[owner] += place in matched
    spoken_words = [number for number, total in enumerate(totals) if total and written[number].lower() not in _WEAK]
    missed = tuple(
        written[number] for number in spoken_words if found[number] < min(_ENOUGH * totals[number], totals[number] - 1)
    )
    return Heard(missed, errors / max(len(due), 1), len(spoken_words))


def _tidy(heard: str) -> str:
    """What recognisers write, as a voice says it: "lumo.com-1", a postcode or a telephone number as one number."""
    apart = re.sub(r"(?<=[a-z])[-/](?=\d)", " ", heard)
    return re.sub(r"(?<![\d,.])\d{5,}(?![\d,.]*\d)", lambda found: " ".join(found[0]), apart)


def _aligned(due: Sequence[str], got: Sequence[str]) -> tuple[set[int], int]:
    """The places of `due` that are in `got` in the cheapest alignment, and what it costs: 1 for each sound that is
    another, is missing or is too many."""
    rows = [list(range(len(got) + 1))]
    for number, sound in enumerate(due, 1):
        above, row = rows[-1], [number]
        for place, other in enumerate(got, 1):
            row.append(min(above[place] + 1, row[-1] + 1, above[place - 1] + (sound != other)))
        rows.append(row)
    matched: set[int] = set()
    number, place = len(due), len(got)
    while number and place:
        cost = rows[number][place]
        if cost == rows[number - 1][place - 1] + (due[number - 1] != got[place - 1]):
            number, place = number - 1, place - 1
            if due[number] == got[place]:
                matched.add(number)
        elif cost == rows[number - 1][place] + 1:
            number -= 1
        else:
            place -= 1
    return matched, rows[-1][-1]
