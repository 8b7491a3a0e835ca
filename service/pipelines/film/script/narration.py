"""The narration: words as they are written beside words as they are said, so that captions show the former at the time
of the latter. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from service.pipelines.film.script import signs, text
from service.pipelines.film.script.timeline import Word
from service.pipelines.film.script.treatment import Treatment


@dataclass(frozen=True, slots=True)
class Reading:
    """How a line is read: `spoken` is what the voice is given; `words` are the written words, each with the range of
    its letters in `spoken`."""

    spoken: str
    words: tuple[tuple[str, int, int], ...]


_AREA_CODE = re.compile(r"\(\d{1,5}\)")


def readings(treatment: Treatment) -> list[Reading]:
    """Return how each shot's line is read, silent shots included."""
    return [reading(shot.voice, treatment.lang) for shot in treatment.shots]


def reading(written: str, lang: str) -> Reading:
    """Return how a line is read. `spoken` is "" if nothing in the line can be said, or too little to make sense."""
    spoken = ""
    words: list[tuple[str, int, int]] = []
    written_words = text.words(text.shown_address(written))
    in_words = signs.said(written_words, lang)
    for word, reads in zip(written_words, in_words, strict=True):
        said = text.spoken(reads, lang)
        if not said and spoken and spoken[-1].isalnum() and reads[-1:] in set(",;:.!?"):
            # The word is silent; the pause after it is not.
            spoken += reads[-1]
        if said and word.startswith("(") and not _AREA_CODE.fullmatch(word) and spoken and spoken[-1].isalnum():
            spoken += ","
        if said and word.endswith(")") and not _AREA_CODE.fullmatch(word) and said[-1].isalnum():
            said += ","
        if said and spoken and not word.startswith(text.NO_SPACE) and text.are_apart(spoken, said):
            spoken += " "
        start = len(spoken)
        spoken += said
        words.append((word, start, len(spoken)))
    if spoken.endswith(",") and written.rstrip().endswith(")"):
        spoken = spoken[:-1]
        words[-1] = (words[-1][0], words[-1][1], min(words[-1][2], len(spoken)))
    unread = sum(not said and any(map(str.isalpha, word)) for word, said in zip(written_words, in_words, strict=True))
    if 2 * unread > len(words):
        return Reading("", tuple((word, 0, 0) for word in written_words))
    return Reading(spoken, tuple(words))


def timed(line: Reading, times: Sequence[tuple[float, float]], total: float, at: float) -> tuple[Word, ...]:
    """Return the written words with their times in the film.

    `times` has the start and end of each word of `line.spoken` (split at white space), in seconds from the start of the
    line; `total` is how long the line is, `at` when it starts in the film.
    """
    ranges: list[tuple[int, int]] = []
    end = 0
    for word in line.spoken.split():
        start = line.spoken.index(word, end)
        end = start + len(word)
        ranges.append((start, end))
    # From letters to seconds, interpolated linearly between the ends of words.
    known: list[tuple[int, float]] = [(0, 0.0)]
    for (first, last), (begins, ends) in zip(ranges, times, strict=False):
        known += [(first, begins), (last, ends)]
    known.append((max(len(line.spoken), 1), total))

    def second_of(letter: int) -> float:
        before = max((point for point in known if point[0] <= letter), key=lambda point: (point[0], point[1]))
        after = min((point for point in known if point[0] >= letter), key=lambda point: (point[0], -point[1]))
        if after[0] == before[0]:
            return before[1]
        return before[1] + (after[1] - before[1]) * (letter - before[0]) / (after[0] - before[0])

    words: list[Word] = []
    latest = at
    for written, first, last in line.words:
        begins = max(at + second_of(first), latest)
        latest = max(at + second_of(last), begins)
        words.append(Word(written, round(begins, 3), round(latest, 3)))
    return tuple(words)


def read_silently(line: Reading, at: float, seconds: float) -> tuple[Word, ...]:
    """Spread the words over `seconds` by their letters, for captions that no voice says."""
    letters = sum(len(word) + 1 for word, _, _ in line.words) or 1
    words: list[Word] = []
    for written, _, _ in line.words:
        end = at + seconds * (len(written) + 1) / letters
        words.append(Word(written, round(at, 3), round(end, 3)))
        at = end
    return tuple(words)
