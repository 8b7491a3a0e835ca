"""The narration: words as they are written beside words as they are said, so that captions show the former at the time
of the latter. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from service.pipelines.film.script.treatment import Shot, Treatment
from service.pipelines.film.script.voice import pace, signs, timeline
from service.pipelines.film.script.voice.moments import bare
from service.pipelines.film.script.voice.timeline import PAUSES_S, Word
from service.pipelines.film.script.writing import text


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
        is_phrase = lang.startswith("ja")  # Each phrase has its own time.
        if said and spoken and not word.startswith(text.NO_SPACE) and (is_phrase or text.are_apart(spoken, said)):
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


@lru_cache(maxsize=1024)
def said_s(written: str, lang: str) -> float:
    """Estimate how long a line takes to say, in seconds: what is written "14 kg" is said with more letters. 0.0 if
    nothing of it can be said."""
    # Planning tries the same lines many times.
    return pace.unhurried_s(reading(written, lang).spoken)


def item_starts(shot: Shot, line: Reading) -> list[int]:
    """Return where the items of a list begin in its line, but the first: places among the words of `line.spoken`, which
    are what white space separates."""
    written = [bare(word) for word, _, _ in line.words]
    found, after = [], 0
    for item in shot.items:
        wanted = [word for word in map(bare, item.split()) if word][:_SURE]
        at = next((at for at in range(after, len(written)) if written[at : at + len(wanted)] == wanted), None)
        if at is None or not wanted:
            continue
        letter = line.words[at][1]
        if after and line.spoken[letter - 1 : letter].isspace():
            found.append(len(line.spoken[:letter].split()))
        after = at + 1
    return found


def needs_s(shot: Shot, lang: str) -> float:
    """Estimate how long a shot takes at an unhurried pace."""
    return least_s(shot, said_s(shot.voice, lang))


@lru_cache(maxsize=1024)
def least_s(shot: Shot, said: float, hurried: float = 1.0) -> float:
    """Return how long a shot takes whose line takes `said` seconds, or is not said if they are 0.0: what nobody says is
    read, in a share `hurried` of the usual time."""
    if not said:
        # The words of a last card have been seen before.
        if shot.purpose == "close":
            return pace.GOOD_SHOT_S[0]
        return hurried * pace.reading_s(shot.words_on_screen, is_list=bool(shot.items))
    heard = {bare(word) for word in text.words(shot.voice)}
    unheard = [word for word in text.words(shot.words_on_screen) if bare(word) and bare(word) not in heard]
    to_read = hurried * pace.reading_s(" ".join(unheard), is_list=bool(shot.items)) if len(unheard) > _A_FEW else 0.0
    return max(said + PAUSES_S, pace.GOOD_SHOT_S[0], to_read)


_SURE = 2
"""This many words are enough to find the beginning of an item."""
_A_FEW = 3
"""Words that are read at a glance."""
_HURRIED = 0.75
"""Share of the usual time in which people read, before a line has to fall silent."""
CROWDED_S = 0.3
"""By how much the pauses around a line can shrink before a line has to fall silent."""


def fallen_silent(shots: Sequence[Shot], said: Sequence[float], seconds: float) -> set[int]:
    """Return the shots that have to fall silent for lines that take `said` seconds each to fit into `seconds`: the
    lightest first, the first and the last shot after all others; never the only line, nor one that takes as long to be
    read."""
    lengths = list(said)
    ends = {0, len(shots) - 1}
    lines = [index for index, line in enumerate(said) if line]
    lines.sort(key=lambda index: (index in ends, shots[index].weight, -index))
    fallen: set[int] = set()
    for index in lines:
        crowded = CROWDED_S * sum(map(bool, lengths))
        if needed_s(shots, lengths, _HURRIED) <= seconds + crowded or len(fallen) == len(lines) - 1:
            break
        if least_s(shots[index], said[index]) - CROWDED_S > least_s(shots[index], 0.0):
            lengths[index] = 0.0
            fallen.add(index)
    return fallen


def needed_s(shots: Sequence[Shot], said: Sequence[float], hurried: float = 1.0) -> float:
    """Return the least time for shots whose lines take `said` seconds each, read in a share `hurried` of the usual
    time."""
    return timeline.needed_s([least_s(shot, line, hurried) for shot, line in zip(shots, said, strict=True)])


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
