"""When everything happens: the frames of each shot, and when each word is said. Pure.

The narration sets the pace: a shot lasts as long as its line takes to say, and spare time is shared out.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise, zip_longest

from service.pipeline import Json, Output
from service.pipelines.film.script.voice import pace

FPS = 30
LEAD_S = 0.35
"""From the start of a shot to its first word: the picture arrives first."""
TAIL_S = 0.35
"""From its last word to the next shot."""
PAUSES_S = LEAD_S + TAIL_S
LAST_EXTRA_S = 0.9
"""The last picture stays for a moment after the last word, and so is there for two seconds and a half at least."""
LONGEST_END_S = 4.0
"""What a film has time to spare for is never its last picture."""
_LEAST_WISH_S = 0.05
_LEAST_PAUSES = 0.5
"""What the other pauses of a crowded film keep of themselves before the last picture's is cut."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word of the narration as it is written, with its start and end in seconds of the film."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Slot:
    """When one shot is shown: from frame `first` up to, not including, `end`; and the words said in it."""

    first: int
    end: int
    words: tuple[Word, ...]

    @property
    def start_s(self) -> float:
        return self.first / FPS

    @property
    def frames(self) -> int:
        return self.end - self.first

    @property
    def seconds(self) -> float:
        return self.frames / FPS


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


def needed_s(least: Sequence[float]) -> float:
    """Return the least time for a film whose shots take `least` seconds each."""
    return sum(least) + LAST_EXTRA_S


def shared_out(
    speech: Sequence[float], wished: Sequence[float], seconds: float, least: Sequence[float] = ()
) -> list[tuple[int, int]]:
    """Return the first and end frame of each shot, together exactly `seconds` long.

    Each shot gets what its line needs, or at least `least` seconds, and a share of the rest in proportion to its wished
    length. If there is too little time, pauses are cut before lines are.
    """
    total = round(seconds * FPS)
    least = [max(_least_s(said), needed) for said, needed in zip_longest(speech, least, fillvalue=0.0)]
    least[-1] += LAST_EXTRA_S
    spare = seconds - sum(least)
    if spare < 0:
        # The pauses give way first, so that no line runs into the next shot.
        # That of the last picture, which has to be read, is the last to do so.
        pauses = [need - line for need, line in zip(least, speech, strict=True)]
        free = max(seconds - sum(speech), 0.0)
        last = min(pauses[-1], max(free - _LEAST_PAUSES * sum(pauses[:-1]), free * pauses[-1] / sum(pauses)))
        left = (free - last) / sum(pauses[:-1]) if len(pauses) > 1 else 0.0
        crowded = [line + pause * left for line, pause in zip(speech, pauses, strict=True)]
        crowded[-1] = speech[-1] + last
        lengths = [length * seconds / sum(crowded) for length in crowded]
    else:
        wishes = [max(wish - need, _LEAST_WISH_S) for wish, need in zip(wished, least, strict=True)]
        lengths = [need + spare * wish / sum(wishes) for need, wish in zip(least, wishes, strict=True)]
        lengths = _with_a_short_end(lengths, least, wishes)
    bounds = [0]
    for count in range(1, len(lengths) + 1):
        bounds.append(max(round(sum(lengths[:count]) * FPS), bounds[-1] + 1))
    bounds[-1] = total
    return list(pairwise(bounds))


def _with_a_short_end(lengths: list[float], least: Sequence[float], wishes: Sequence[float]) -> list[float]:
    """The lengths of the shots, the last of which takes no more than it needs or `LONGEST_END_S`: the others share what
    it does not take."""
    extra = lengths[-1] - max(least[-1], LONGEST_END_S)
    if extra <= 0 or len(lengths) == 1:
        return lengths
    others = sum(wishes[:-1])
    shared = [length + extra * wish / others for length, wish in zip(lengths[:-1], wishes[:-1], strict=True)]
    return [*shared, lengths[-1] - extra]


def _least_s(said: float) -> float:
    return said + PAUSES_S if said else pace.SHORTEST_SHOT_S
