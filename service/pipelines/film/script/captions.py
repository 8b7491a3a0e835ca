# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""Captions: the narration's words in cues that can be read, and the WebVTT file of them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.pipelines.film.script import text
from service.pipelines.film.script.timeline import FPS, Timeline, Word

_MOST_LETTERS = 34
_LINGER_S = 0.35


@dataclass(frozen=True, slots=True)
class Cue:
    """What stands on the screen from `start` to `end`, in seconds of the film."""

    start: float
    end: float
    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        return text.joined([word.text for word in self.words])


def cues(timeline: Timeline) -> list[Cue]:
    """The film's cues, in order, none over another and each within its shot."""
    found: list[Cue] = []
    for slot in timeline.slots:
        groups = _groups(slot.words)
        for place, group in enumerate(groups):
            limit = groups[place + 1][0].start if place + 1 < len(groups) else slot.end / FPS
            end = min(group[-1].end + _LINGER_S, limit)
            if end > group[0].start:
                found.append(Cue(group[0].start, round(end, 3), tuple(group)))
    return found


def _groups(words: Sequence[Word]) -> list[list[Word]]:
    """Words in groups that a glance takes in, broken after punctuation where that leaves no scrap alone."""
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
        # One word alone at the end flashes by: it takes its neighbour along.
        groups[-1].insert(0, groups[-2].pop())
    return groups


def webvtt(shown: Sequence[Cue]) -> str:
    """The cues as a WebVTT file. The words are escaped: nothing in them is markup, a time or a cue's end."""
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
