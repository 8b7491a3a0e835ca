"""When everything happens: the frames of each shot, and the place of each line in the sound. Pure.

The narration rules: a shot lasts as long as its line is said, and what time is left over is shared out.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise

from service.pipeline import Json, Output

FPS = 30
LEAD_S = 0.35
"""From a shot's beginning to its first word: the picture arrives first."""
TAIL_S = 0.35
"""From its last word to the next shot."""
_LEAST_S = 1.2
_LAST_EXTRA_S = 0.6  # The last picture stays a moment after the last word.


@dataclass(frozen=True, slots=True)
class Word:
    """One word of the narration as it is written, with its start and end in seconds of the film."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Slot:
    """One shot's place: frames `first` up to and without `end`, and the words that are said in it."""

    first: int
    end: int
    words: tuple[Word, ...]

    @property
    def start_s(self) -> float:
        return self.first / FPS

    @property
    def frames(self) -> int:
        return self.end - self.first


@dataclass(frozen=True, slots=True)
class Timeline:
    slots: tuple[Slot, ...]

    @property
    def frames(self) -> int:
        return self.slots[-1].end

    @property
    def seconds(self) -> float:
        return self.frames / FPS

    def to_json(self) -> Output:
        return asdict(self)

    @staticmethod
    def from_json(kept: Json) -> "Timeline":
        return Timeline(
            tuple(
                Slot(slot["first"], slot["end"], tuple(Word(**word) for word in slot["words"]))
                for slot in kept["slots"]
            )
        )


def needed_s(speech: Sequence[float]) -> float:
    """The least time for shots whose lines take `speech` seconds each, 0.0 for a silent one."""
    return sum(_least(seconds) for seconds in speech) + _LAST_EXTRA_S


def shared_out(speech: Sequence[float], wished: Sequence[float], seconds: float) -> list[tuple[int, int]]:
    """First and end frame of each shot, together exactly `seconds` long: what its line needs, and a share of the rest
    in proportion to its wished length. Where there is too little, pauses are cut before lines are."""
    total = round(seconds * FPS)
    least = [_least(said) for said in speech]
    least[-1] += _LAST_EXTRA_S
    spare = seconds - sum(least)
    if spare < 0:
        # The pauses give way first, so that no line runs into the next shot.
        pauses = [need - line for need, line in zip(least, speech, strict=True)]
        left = max(seconds - sum(speech), 0.0) / sum(pauses)
        crowded = [line + pause * left for line, pause in zip(speech, pauses, strict=True)]
        lengths = [length * seconds / sum(crowded) for length in crowded]
    else:
        wants = [max(wish - need, 0.05) for wish, need in zip(wished, least, strict=True)]
        lengths = [need + spare * want / sum(wants) for need, want in zip(least, wants, strict=True)]
    bounds = [0]
    for place in range(len(lengths)):
        bounds.append(max(round(sum(lengths[: place + 1]) * FPS), bounds[-1] + 1))
    bounds[-1] = total
    return list(pairwise(bounds))


def _least(said: float) -> float:
    return said + LEAD_S + TAIL_S if said else _LEAST_S
