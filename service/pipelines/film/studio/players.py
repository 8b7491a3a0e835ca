"""The band: what each player makes of a bar. Pure.

Notes come from recorded ones (`instruments.py`) and are laid down on a desk, which a room echoes.
"""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from types import MappingProxyType

from service.pipelines.film.studio import instruments
from service.pipelines.film.studio.instruments import Mono
from service.pipelines.film.studio.manners import Manner
from service.pipelines.film.studio.samples import Bank
from service.pipelines.film.studio.sound import RATE, Sound

BEATS = 4
"""In a bar."""
_EARLY_S = 0.007
"""Nobody plays exactly in time: a note may come this much early or late."""
_SOFTER = 0.12
"""Of a note's loudness: how much softer some are than others, for the same reason."""
_STRUM_S = 0.014
"""From one string to the next."""
_STRUMS = ((0.0, 1.0), (1.0, 0.7), (1.5, 0.45), (2.5, 0.6), (3.0, 0.75), (3.5, 0.45))
_CHORDS: Mapping[int, Sequence[tuple[float, float]]] = MappingProxyType(
    {8: ((0.0, 1.0), (0.75, 0.7), (1.5, 0.85), (2.5, 0.8), (3.25, 0.65)), 4: ((0.0, 0.8), (1.5, 0.7), (3.0, 0.5))}
)
"""Beats of a bar on which chords are played, and how loudly; those of `_CHORDS` by the figure's steps."""
LOWEST: Mapping[str, int] = MappingProxyType(
    {"piano": 57, "epiano": 55, "nylon": 52, "steel": 52, "pizzicato": 58, "glockenspiel": 79, "strings": 60, "pad": 52}
)
"""The octave in which an instrument plays chords begins with this MIDI number: neighbouring chords are then near."""
TUNES_OCTAVE: Mapping[str, int] = MappingProxyType({"glockenspiel": 84, "piano": 72, "epiano": 69, "strings": 67})
_LOUD: Mapping[str, float] = MappingProxyType(
    {"glockenspiel": 0.4, "pizzicato": 1.1, "steel": 0.75, "epiano": 0.85, "strings": 0.7}
)
"""How loud an instrument plays, 1.0 if it is not here: recorded notes are equally loud."""
_RING_S: Mapping[str, float] = MappingProxyType({"glockenspiel": 0.6, "strings": 0.35, "pad": 0.5, "piano": 0.3})
_HELD_S = 6.0
"""The strings change their bows, and the pad's loop is not to be noticed."""
_LOWEST_BASS, _LOWEST_DRUM = 31, 36
_WHOLE_S = 9.0
"""Longer than any drum sounds."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar to play: its chord as MIDI numbers, root first, when it begins and how long it is, in seconds."""

    chord: Sequence[int]
    at: float
    seconds: float

    def when(self, beat: float) -> float:
        """The second of a beat, 0.0 being the bar's first."""
        return self.at + beat * self.seconds / BEATS

    def lasting(self, beats: float) -> float:
        """Seconds."""
        return beats * self.seconds / BEATS


@dataclass(slots=True)
class Desk:
    """Where notes are laid down. `dry` is heard as it is, `room` is what the room echoes; `made` keeps notes to be
    played again, and `level` is how loud the present bar is."""

    bank: Bank
    chance: random.Random
    dry: Sound
    room: Sound
    made: dict[tuple[str, int, int], Mono] = field(default_factory=dict)
    level: float = 1.0

    def play(
        self, name: str, midi: int, seconds: float, at_s: float, gain: float, *, pan: float = 0.0, room: float = 0.3
    ) -> None:
        """Play a note of an instrument at `at_s` seconds. `pan` is from -1.0 (left) to 1.0 (right), `room` the share
        that echoes."""
        # Rounded, so that notes of nearly the same length are made once.
        key = (name, midi, math.ceil(seconds * 8))
        if key not in self.made:
            self.made[key] = instruments.note(self.bank[name], midi, key[2] / 8, _RING_S.get(name, 0.12))
        at = max(at_s + self.chance.uniform(-_EARLY_S, _EARLY_S), 0.0)
        self._lay(self.made[key], at, gain * self.chance.uniform(1 - _SOFTER, 1), pan, room)

    def _lay(self, note: Mono, at_s: float, gain: float, pan: float, room: float) -> None:
        start = int(at_s * RATE)
        note = note[: max(len(self.dry) - start, 0)]
        left, right = math.cos((pan + 1) * math.pi / 4), math.sin((pan + 1) * math.pi / 4)
        for channel, side in ((0, left), (1, right)):
            laid = note * (gain * side * self.level)
            self.dry[start : start + len(note), channel] += laid
            laid *= room
            self.room[start : start + len(note), channel] += laid


def voiced(chord: Sequence[int], lowest: int) -> list[int]:
    """Return a chord's notes within the octave that begins with `lowest`, the lowest first, each once."""
    return sorted({(note - lowest) % 12 + lowest for note in chord})


def pad(desk: Desk, manner: Manner, chords: Sequence[Sequence[int]], levels: Sequence[float], bar: float) -> None:
    """All chords of the piece, held: a note that two neighbouring chords share goes on."""
    lowest = LOWEST[manner.pad]
    since: dict[int, int] = {}
    for number in range(len(chords) + 1):
        now = set(voiced(chords[number], lowest)) if number < len(chords) else set()
        for midi, first in list(since.items()):
            if midi not in now or (number + 1 - first) * bar > _HELD_S:
                pan = ((midi - lowest) / 11 - 0.5) * 1.4
                gain = 0.3 * levels[first] * _LOUD.get(manner.pad, 1.0)
                desk.play(manner.pad, midi, (number - first) * bar, first * bar, gain, pan=pan, room=0.6)
                del since[midi]
        for midi in sorted(now - set(since)):
            since[midi] = number


def figure(desk: Desk, manner: Manner, bar: Bar, pattern: Sequence[int], *, soft: bool) -> None:
    """The chord on the leading instrument; less of it if it is to be soft."""
    if manner.style == "broken":
        _broken(desk, manner, bar, pattern, soft=soft)
        return
    is_strummed, lowest = manner.style == "strummed", LOWEST[manner.figure]
    notes = voiced(bar.chord, lowest)
    if is_strummed:
        notes = [notes[0] - 12 if notes[0] >= lowest + 5 else notes[0], *notes[1:], notes[0] + 12]
    rhythm = _STRUMS if is_strummed else _CHORDS[manner.steps]
    rhythm = rhythm[:2] if soft else rhythm
    for (beat, accent), (until, _) in pairwise((*rhythm, (BEATS, 0.0))):
        is_up = is_strummed and beat % 1 > 0
        across = list(reversed(notes))[:3] if is_up else notes
        gain = 0.36 * accent * _LOUD.get(manner.figure, 1.0)
        for string, midi in enumerate(across):
            at = bar.when(beat) + (string * _STRUM_S if is_strummed else 0)
            pan = 0.25 * (string / len(across) - 0.5)
            desk.play(manner.figure, midi, bar.lasting(until - beat), at, gain, pan=pan, room=0.35)


def _broken(desk: Desk, manner: Manner, bar: Bar, pattern: Sequence[int], *, soft: bool) -> None:
    """A chord's notes one after the other, over two octaves, each going on under the next."""
    notes = voiced(bar.chord, LOWEST[manner.figure])
    notes = [*notes, *(note + 12 for note in notes)]
    step = BEATS / len(pattern)
    for number, pick in enumerate(pattern):
        if soft and number % 2:
            continue
        gain = 0.62 * (1.0 if number % 4 == 0 else 0.72) * _LOUD.get(manner.figure, 1.0)
        at, pan = bar.when(number * step), 0.3 * (-1) ** number
        desk.play(manner.figure, notes[pick % len(notes)], bar.lasting(step * 3), at, gain, pan=pan, room=0.4)


def tune(desk: Desk, manner: Manner, bar: Bar, notes: Sequence[tuple[float, int]]) -> None:
    """A tune over the figure: `notes` are beats, and semitones above the chord's root."""
    lowest = TUNES_OCTAVE[manner.tune]
    root = (bar.chord[0] - lowest) % 12 + lowest
    gain = 0.6 * _LOUD.get(manner.tune, 1.0)
    for (beat, above), (until, _) in pairwise((*notes, (BEATS, 0))):
        desk.play(
            manner.tune, root + above, bar.lasting(max(until - beat, 1)), bar.when(beat), gain, pan=0.12, room=0.7
        )


def bass(desk: Desk, manner: Manner, bar: Bar, *, held: bool) -> None:
    """The chord's root, on its beats, or once a bar if it is held; the fifth on the third of four beats."""
    beats = (0.0,) if held else manner.pushes
    root = bar.chord[0] - 12 if bar.chord[0] - 12 >= _LOWEST_BASS else bar.chord[0]
    fifth = root + bar.chord[2] - bar.chord[0]
    for number, (beat, until) in enumerate(pairwise((*beats, BEATS))):
        midi = fifth if len(beats) == BEATS and number == 2 else root
        gain = (0.55 if manner.bass == "strings" else 0.95) * (1.0 if number == 0 else 0.85)
        desk.play(manner.bass, midi, bar.lasting(until - beat) * 0.95, bar.when(beat), gain, room=0.06)


def drums(desk: Desk, manner: Manner, bar: Bar, *, light: bool) -> None:
    """The beat; only what is basic of it if it is to be light."""
    for stroke in manner.beat:
        if stroke.is_basic or not light:
            root = (bar.chord[0] - _LOWEST_DRUM) % 12 + _LOWEST_DRUM
            key = root if stroke.name == "timpani" else stroke.key
            for beat in stroke.beats:
                gain = stroke.gain * (1.0 if beat % 1 == 0 else 0.7)
                desk.play(stroke.name, key, _WHOLE_S, bar.when(beat), gain, pan=stroke.pan, room=0.18)


def crash(desk: Desk, at: float, gain: float = 0.16) -> None:
    """A cymbal, at the start of a part."""
    desk.play("cymbals", 49, _WHOLE_S, at, gain, pan=0.3, room=0.3)


def roll(desk: Desk, bar: Bar) -> None:
    """Six quick beats over the toms and the snare, louder and louder, that lead into the next phrase."""
    for number, key in enumerate((48, 48, 45, 45, 38, 38)):
        pan = 0.3 - 0.1 * number
        desk.play("kit", key, _WHOLE_S, bar.when(2.5 + number / 4), 0.1 + 0.05 * number, pan=pan)


def bells(desk: Desk, scale: Sequence[int], tonic: int, bar: Bar) -> None:
    """Three bells at random, high above everything else."""
    lowest = TUNES_OCTAVE["glockenspiel"]
    for beat in (0.0, 1.5, 2.5):
        midi = (tonic + scale[desk.chance.choice((0, 2, 4, 1))] - lowest) % 12 + lowest
        desk.play("glockenspiel", midi, 1.5, bar.when(beat), 0.14, pan=desk.chance.uniform(-0.6, 0.6), room=0.9)


def close(desk: Desk, manner: Manner, bar: Bar) -> None:
    """The closing chord, rolled upwards and left to ring."""
    notes = voiced(bar.chord, LOWEST[manner.figure])
    gain = 0.55 * _LOUD.get(manner.figure, 1.0)
    for number, midi in enumerate((*notes, notes[0] + 12)):
        desk.play(manner.figure, midi, bar.seconds, bar.at + 0.04 * number, gain, pan=0.2 * number - 0.4, room=0.6)
    bass(desk, manner, bar, held=True)
    if manner.beat:
        crash(desk, bar.at, 0.1)
