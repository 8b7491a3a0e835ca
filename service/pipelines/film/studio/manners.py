"""How the music of each mood sounds: its tempo, harmony, instruments and beat. A table, no code."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from service.pipelines.film.script.treatment import Mood


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a mood sounds.

    `bpm` is the slowest and the fastest tempo. `progressions` are chords as steps of the scale, 0 being the tonic;
    `keys` are tonics as MIDI numbers. `drums` is how much of a beat there is, from 0 (none) to 2; `figure` is what
    plays the figure over the chords, in `steps` notes a bar, and `bright` how loud and overtone-rich it is, 0.0 to 1.0.
    """

    bpm: tuple[int, int]
    scale: tuple[int, ...]
    progressions: tuple[tuple[int, ...], ...]
    keys: tuple[int, ...]
    drums: int
    figure: Literal["pluck", "keys"]
    bright: float
    steps: int


_MAJOR = (0, 2, 4, 5, 7, 9, 11)
_MINOR = (0, 2, 3, 5, 7, 8, 10)
_DORIAN = (0, 2, 3, 5, 7, 9, 10)
_LYDIAN = (0, 2, 4, 6, 7, 9, 11)

MANNERS: Mapping[Mood, Manner] = MappingProxyType(
    {
        "joyful": Manner(
            bpm=(108, 118),
            scale=_MAJOR,
            progressions=((0, 4, 5, 3), (0, 3, 0, 4), (0, 5, 3, 4)),
            keys=(48, 50, 52),
            drums=2,
            figure="pluck",
            bright=1.0,
            steps=8,
        ),
        "warm": Manner(
            bpm=(84, 94),
            scale=_MAJOR,
            progressions=((0, 2, 3, 4), (0, 5, 1, 4), (3, 0, 4, 5)),
            keys=(48, 53, 51),
            drums=1,
            figure="keys",
            bright=0.6,
            steps=8,
        ),
        "calm": Manner(
            bpm=(70, 80),
            scale=_LYDIAN,
            progressions=((0, 1, 0, 4), (0, 4, 5, 1), (0, 2, 5, 1)),
            keys=(45, 48, 50),
            drums=0,
            figure="keys",
            bright=0.5,
            steps=4,
        ),
        "dramatic": Manner(
            bpm=(76, 88),
            scale=_MINOR,
            progressions=((0, 5, 2, 6), (0, 3, 5, 4), (0, 6, 5, 4)),
            keys=(45, 47, 48),
            drums=1,
            figure="keys",
            bright=0.5,
            steps=8,
        ),
        "energetic": Manner(
            bpm=(116, 126),
            scale=_DORIAN,
            progressions=((0, 3, 6, 2), (0, 6, 3, 0), (0, 2, 6, 3)),
            keys=(45, 48, 43),
            drums=2,
            figure="pluck",
            bright=1.0,
            steps=8,
        ),
        "elegant": Manner(
            bpm=(80, 92),
            scale=_DORIAN,
            progressions=((0, 3, 0, 6), (0, 2, 3, 6), (0, 5, 3, 4)),
            keys=(46, 48, 50),
            drums=1,
            figure="keys",
            bright=0.7,
            steps=8,
        ),
        "hopeful": Manner(
            bpm=(88, 98),
            scale=_MAJOR,
            progressions=((5, 3, 0, 4), (0, 4, 5, 3), (3, 4, 5, 0)),
            keys=(48, 50, 45),
            drums=1,
            figure="pluck",
            bright=0.8,
            steps=8,
        ),
    }
)
