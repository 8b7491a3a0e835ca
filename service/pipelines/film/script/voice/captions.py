# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""Captions: the narration's words in cues that can be read, and the WebVTT file of them, written and read. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from service.pipelines.film.script.voice.timeline import FPS, Timeline, Word
from service.pipelines.film.script.writing import text

_MOST_LETTERS = 34
_LINGER_S = 0.35
_SCRAP = 0.3
"""Share of a cue's letters that is not worth a caption of its own, such as the "at" before an address."""
_TIMES = re.compile(r"(?:(\d+):)?(\d\d):(\d\d)\.(\d{3}) --> (?:(\d+):)?(\d\d):(\d\d)\.(\d{3})(?: .*)?")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", " "), ("&lrm;", ""), ("&rlm;", ""), ("&amp;", "&"))


@dataclass(frozen=True, slots=True)
class Cue:
    """What is on screen from `start` to `end`, in seconds of the film."""

    start: float
    end: float
    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        return text.joined([word.text for word in self.words])


def cues(timeline: Timeline) -> list[Cue]:
    """Return the film's cues in order. No two overlap, and each stays within its shot."""
    found: list[Cue] = []
    for slot in timeline.slots:
        groups = _groups(slot.words)
        for index, group in enumerate(groups):
            limit = groups[index + 1][0].start if index + 1 < len(groups) else slot.end / FPS
            end = min(group[-1].end + _LINGER_S, limit)
            if end > group[0].start:
                found.append(Cue(group[0].start, round(end, 3), tuple(group)))
    return found


def not_shown(cues: Sequence[Cue], shown: Sequence[Word]) -> list[Cue]:
    """Return the cues that say more than a scrap besides the words that are `shown`: to read the same twice at once
    helps nobody."""
    known = {(word.start, word.text) for word in shown}
    found = []
    for cue in cues:
        letters = sum(map(_letters, cue.words))
        if sum(_letters(word) for word in cue.words if (word.start, word.text) not in known) > _SCRAP * letters:
            found.append(cue)
    return found


def _letters(word: Word) -> int:
    return sum(map(str.isalnum, word.text))


def _groups(words: Sequence[Word]) -> list[list[Word]]:
    """Group words into lines that can be read at a glance, split after punctuation unless that leaves a scrap."""
    groups: list[list[Word]] = []
    length = 0
    for word in words:
        weight = sum(2 if text.wide(character) else 1 for character in word.text)
        ended = bool(groups) and groups[-1][-1].text[-1] in ".!?…。！？" and length > _MOST_LETTERS // 3
        paused = bool(groups) and groups[-1][-1].text[-1] in ",;:，、；" and length > _MOST_LETTERS // 2
        if not groups or ended or paused or length + 1 + weight > _MOST_LETTERS:
            groups.append([word])
            length = weight
        else:
            groups[-1].append(word)
            length += 1 + weight
    if len(groups) > 1 and len(groups[-1]) == 1 and len(groups[-2]) > 2:
        # A single word at the end flashes by, so it takes its neighbour along.
        groups[-1].insert(0, groups[-2].pop())
    return groups


def webvtt(shown: Sequence[Cue]) -> str:
    """Write the cues as a WebVTT file. The words are escaped: none of them is markup, a time or the end of a cue."""
    parts = ["WEBVTT"]
    for number, cue in enumerate(shown, 1):
        words = " ".join(cue.text.split())
        escaped = words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        parts.append(f"{number}\n{_clock(cue.start)} --> {_clock(cue.end)}\n{escaped}")
    return "\n\n".join(parts) + "\n"


def _clock(seconds: float) -> str:
    thousandths = round(seconds * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}.{rest % 1000:03}"


@dataclass(frozen=True, slots=True)
class FileCue:
    """A cue as it was read from a WebVTT file, in seconds."""

    start: float
    end: float
    text: str


def read_webvtt(vtt: str) -> list[FileCue] | None:
    """Read the cues of a WebVTT file, with their text as it is shown. Returns None if it is not WebVTT."""
    lines = vtt.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    if not re.fullmatch(r"WEBVTT(?:[ \t].*)?", lines[0]):
        return None
    found: list[FileCue] = []
    for block in re.split(r"\n{2,}", "\n".join(lines[1:]).strip("\n")):
        times, _, words = block.partition("\n")
        if "-->" not in times:
            # The line before the times is the cue's name, unless this is a note or a style.
            times, _, words = words.partition("\n")
        if "-->" not in times:
            continue
        match = _TIMES.fullmatch(times.strip())
        if match is None:
            return None
        shown = re.sub(r"<[^>]*>", "", words)
        for entity, letter in _ENTITIES:
            shown = shown.replace(entity, letter)
        found.append(FileCue(_seconds(match.groups()[:4]), _seconds(match.groups()[4:]), shown))
    return found


def _seconds(clock: Sequence[str | None]) -> float:
    hours, minutes, seconds, thousandths = (int(part or 0) for part in clock)
    return hours * 3600 + minutes * 60 + seconds + thousandths / 1000
