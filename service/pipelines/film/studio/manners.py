"""How the music of each mood sounds: its tempo, harmony, band and beat. Tables, and a change of the band."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal, TypeAlias

from service.pipelines.film.script.lines.sound_talk import Lead
from service.pipelines.film.script.treatment import Mood

Style: TypeAlias = Literal["broken", "struck", "strummed"]
"""How the figure plays its chords: one note after the other, all at once, or across the strings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """What one drum plays in a bar: at which `beats` (0.0 is the first), how loudly, from where (-1.0 is the left).

    `is_basic`: it is played in the lighter parts of the piece too. "timpani" are tuned to the chord, whatever the key.
    """

    name: str
    key: int
    beats: Sequence[float]
    gain: float
    pan: float = 0.0
    is_basic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a mood sounds.

    `bpm` is the slowest and the fastest tempo. `progressions` are chords as steps of the scale, 0 being the tonic;
    `keys` are tonics as MIDI numbers. `figure`, `tune`, `pad` and `bass` are instruments of the band, `style` how the
    figure is played, in `steps` notes a bar. `pushes` are the beats of the bass.
    """

    bpm: tuple[int, int]
    scale: Sequence[int]
    progressions: Sequence[Sequence[int]]
    keys: Sequence[int]
    figure: str
    style: Style
    steps: int
    tune: str
    pad: str
    bass: str
    pushes: Sequence[float]
    beat: Sequence[Stroke]

    def instruments(self) -> set[str]:
        """Return the names of all instruments that are played, as the band's file has them."""
        drums = {"kit", "cymbals"} if self.beat else set()
        return {self.figure, self.tune, self.pad, self.bass, "glockenspiel", *(each.name for each in self.beat), *drums}


_MAJOR = (0, 2, 4, 5, 7, 9, 11)
_MINOR = (0, 2, 3, 5, 7, 8, 10)
_DORIAN = (0, 2, 3, 5, 7, 9, 10)
_LYDIAN = (0, 2, 4, 6, 7, 9, 11)

# General MIDI's keys of the drums.
_KICK, _STICK, _SNARE, _LOW_TOM, _RIDE = 36, 37, 38, 45, 51
_CLOSED, _CLAP, _TAMBOURINE, _SHAKER, _TAP, _SWEEP = 42, 39, 54, 70, 38, 40
_EIGHTHS = tuple(number / 2 for number in range(8))
_OFF_BEATS = (0.5, 1.5, 2.5, 3.5)

_FOLK = (
    Stroke(name="kit", key=_KICK, beats=(0.0, 2.0, 2.5), gain=0.5, is_basic=True),
    Stroke(name="hands", key=_CLAP, beats=(1.0, 3.0), gain=0.34, pan=-0.15),
    Stroke(name="hands", key=_TAMBOURINE, beats=_EIGHTHS, gain=0.09, pan=0.4, is_basic=True),
)
_BRUSHED = (
    Stroke(name="kit", key=_KICK, beats=(0.0, 2.5), gain=0.3, is_basic=True),
    Stroke(name="brushes", key=_SWEEP, beats=(1.0, 3.0), gain=0.3, pan=-0.1),
    Stroke(name="brushes", key=_TAP, beats=_EIGHTHS, gain=0.1, pan=0.25, is_basic=True),
)
_SWUNG = (
    Stroke(name="kit", key=_RIDE, beats=(0.0, 1.0, 5 / 3, 2.0, 3.0, 11 / 3), gain=0.13, pan=0.35, is_basic=True),
    Stroke(name="brushes", key=_SWEEP, beats=(1.0, 3.0), gain=0.24, pan=-0.1),
    Stroke(name="kit", key=_KICK, beats=(0.0,), gain=0.2),
)
_LIGHT = (
    Stroke(name="kit", key=_KICK, beats=(0.0, 2.0, 3.5), gain=0.46, is_basic=True),
    Stroke(name="kit", key=_STICK, beats=(1.0, 3.0), gain=0.24, pan=-0.1),
    Stroke(name="hands", key=_SHAKER, beats=_EIGHTHS, gain=0.16, pan=0.35, is_basic=True),
)
_DRIVEN = (
    Stroke(name="club", key=_KICK, beats=(0.0, 1.0, 2.0, 3.0), gain=0.62, is_basic=True),
    Stroke(name="club", key=_CLAP, beats=(1.0, 3.0), gain=0.3, pan=-0.1),
    Stroke(name="cymbals", key=_CLOSED, beats=_OFF_BEATS, gain=0.2, pan=0.3),
    Stroke(name="hands", key=_SHAKER, beats=_EIGHTHS, gain=0.1, pan=-0.35, is_basic=True),
)
_SOLEMN = (
    Stroke(name="timpani", key=0, beats=(0.0, 3.5), gain=0.5, is_basic=True),
    Stroke(name="kit", key=_LOW_TOM, beats=(0.0, 1.5, 2.0), gain=0.34, pan=-0.2),
    Stroke(name="kit", key=_SNARE, beats=(3.0, 3.25, 3.5, 3.75), gain=0.08, pan=0.2),
)

MANNERS: Mapping[Mood, Manner] = MappingProxyType(
    {
        "joyful": Manner(
            bpm=(104, 114),
            scale=_MAJOR,
            progressions=((0, 4, 5, 3), (0, 3, 0, 4), (0, 5, 3, 4)),
            keys=(48, 50, 52),
            figure="steel",
            style="strummed",
            steps=8,
            tune="glockenspiel",
            pad="strings",
            bass="bass",
            pushes=(0.0, 1.5, 2.0, 3.5),
            beat=_FOLK,
        ),
        "warm": Manner(
            bpm=(80, 90),
            scale=_MAJOR,
            progressions=((0, 2, 3, 4), (0, 5, 1, 4), (3, 0, 4, 5)),
            keys=(48, 53, 51),
            figure="nylon",
            style="broken",
            steps=8,
            tune="piano",
            pad="strings",
            bass="upright",
            pushes=(0.0, 2.5),
            beat=_BRUSHED,
        ),
        "calm": Manner(
            bpm=(68, 76),
            scale=_LYDIAN,
            progressions=((0, 1, 0, 4), (0, 4, 5, 1), (0, 2, 5, 1)),
            keys=(45, 48, 50),
            figure="piano",
            style="broken",
            steps=4,
            tune="epiano",
            pad="pad",
            bass="upright",
            pushes=(0.0,),
            beat=(),
        ),
        "dramatic": Manner(
            bpm=(76, 86),
            scale=_MINOR,
            progressions=((0, 5, 2, 6), (0, 3, 5, 4), (0, 6, 5, 4)),
            keys=(45, 47, 48),
            figure="piano",
            style="broken",
            steps=8,
            tune="piano",
            pad="strings",
            bass="strings",
            pushes=(0.0, 2.0),
            beat=_SOLEMN,
        ),
        "energetic": Manner(
            bpm=(116, 126),
            scale=_DORIAN,
            progressions=((0, 3, 6, 2), (0, 6, 3, 0), (0, 2, 6, 3)),
            keys=(45, 48, 43),
            figure="piano",
            style="struck",
            steps=8,
            tune="glockenspiel",
            pad="pad",
            bass="bass",
            pushes=_EIGHTHS,
            beat=_DRIVEN,
        ),
        "elegant": Manner(
            bpm=(84, 96),
            scale=_DORIAN,
            progressions=((0, 3, 0, 6), (0, 2, 3, 6), (0, 5, 3, 4)),
            keys=(46, 48, 50),
            figure="epiano",
            style="struck",
            steps=4,
            tune="piano",
            pad="strings",
            bass="upright",
            pushes=(0.0, 1.0, 2.0, 3.0),
            beat=_SWUNG,
        ),
        "hopeful": Manner(
            bpm=(92, 102),
            scale=_MAJOR,
            progressions=((5, 3, 0, 4), (0, 4, 5, 3), (3, 4, 5, 0)),
            keys=(48, 50, 45),
            figure="piano",
            style="broken",
            steps=8,
            tune="glockenspiel",
            pad="strings",
            bass="bass",
            pushes=(0.0, 2.0, 3.5),
            beat=_LIGHT,
        ),
    }
)


def manner(mood: Mood, lead: Lead | None = None) -> Manner:
    """Return how a mood sounds, with the figure and the tune on the instrument that was asked for."""
    usual = MANNERS[mood]
    match lead:
        case None:
            return usual
        case "piano":
            return replace(usual, figure="piano", style="broken", tune="piano")
        case "guitar" if usual.beat:
            return replace(usual, figure="steel", style="strummed")
        case "guitar":
            return replace(usual, figure="nylon", style="broken")
        case "strings":
            return replace(usual, figure="pizzicato", style="broken", pad="strings", tune="strings")
        case "bells":
            return replace(usual, figure="glockenspiel", style="broken", tune="glockenspiel")
        case "synth":
            return replace(usual, figure="epiano", pad="pad", bass="bass", beat=_DRIVEN if usual.beat else ())
