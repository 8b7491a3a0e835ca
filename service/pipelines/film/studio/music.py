"""Compose a music bed by rules: chords, bass, a figure, a tune, a beat and a closing chord. Pure.

The mood decides how it sounds (`manners.py`), chance which of the mood's harmonies, keys and rhythms it has;
`instruments.py` has the sounds it is played with.
"""

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Literal, TypeAlias

import numpy as np

from service.pipelines.film.script.treatment import Mood
from service.pipelines.film.studio import instruments
from service.pipelines.film.studio.instruments import Mono
from service.pipelines.film.studio.manners import MANNERS, Manner
from service.pipelines.film.studio.sound import RATE, Sound

Part: TypeAlias = Literal["open", "theme", "other", "rest", "full"]
"""What a bar of the piece is: the opening, the first or the second theme, a rest with little in it, or everything."""

_BEATS = 4
"""In a bar."""
_PHRASE = 4
"""Bars."""
_TAIL_S = 2.0
_DOMINANT = 4
"""A step of the scale: the chord that leads home to the tonic."""
_LOWEST_BASS = 31
_LEVELS: Mapping[Part, float] = MappingProxyType(
    {"open": 0.85, "theme": 0.95, "other": 0.85, "rest": 0.75, "full": 1.05}
)
_RHYTHMS = ((0.0, 1.0, 2.5), (0.5, 1.5, 3.0), (0.0, 1.5, 2.0, 3.0), (0.0, 2.0, 3.5))
"""The beats of a bar on which the tune has its notes."""


@dataclass(slots=True)
class _Desk:
    """Where notes are laid down. `dry` is heard as it is, `room` is what the room echoes; `made` keeps notes to be
    played again, and `level` is how loud the present bar is."""

    dry: Sound
    room: Sound
    made: dict[tuple[str, int, int], Mono] = field(default_factory=dict)
    level: float = 1.0

    def lay(self, note: Mono, at_s: float, gain: float, pan: float = 0.0, *, room: float = 0.3) -> None:
        """Add a mono note at `at_s` seconds. `pan` is from -1.0 (left) to 1.0 (right), `room` the share that echoes."""
        start = int(at_s * RATE)
        note = note[: max(len(self.dry) - start, 0)]
        left, right = math.cos((pan + 1) * math.pi / 4), math.sin((pan + 1) * math.pi / 4)
        for channel, side in ((0, left), (1, right)):
            laid = note * np.float32(gain * side * self.level)
            self.dry[start : start + len(note), channel] += laid
            self.room[start : start + len(note), channel] += laid * np.float32(room)

    def note(self, kind: str, midi: int, seconds: float, make: Callable[[float, float], Mono]) -> Mono:
        """Return a note of this kind, pitch and length, made by `make(hertz, seconds)` the first time."""
        key = (kind, midi, round(seconds * 1000))
        if key not in self.made:
            self.made[key] = make(440.0 * 2 ** ((midi - 69) / 12), seconds)
        return self.made[key]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Score:
    """What chance decided for the whole piece, with one progression and one pattern for each of the two themes.

    `patterns` are the notes of a chord that the figure plays; `tunes` are pairs of a beat and a note of the chord;
    `bar` is the length of a bar in seconds.
    """

    manner: Manner
    bars: int
    bar: float
    tonic: int
    progressions: Sequence[tuple[int, ...]]
    patterns: Sequence[list[int]]
    tunes: Sequence[list[tuple[float, int]]]

    def chord(self, number: int, part: Part) -> tuple[int, ...]:
        """The chord of a bar, as MIDI numbers."""
        progression = self.progressions[part == "other"]
        step = progression[number % len(progression)]
        if number == self.bars - 1 and self.bars > 1 and step == 0:
            step = _DOMINANT  # So that the closing chord is a return.
        return _chord(self.manner.scale, self.tonic, step)


def compose(seconds: float, mood: Mood, chance: random.Random, stop: Callable[[], None] = lambda: None) -> Sound:
    """Return music of exactly this length, with a beginning and an end. `stop` is called once a bar, and may raise."""
    count = round(seconds * RATE)
    body = max(seconds - _TAIL_S, seconds * 0.5)
    score = _score(body, MANNERS[mood], chance)
    desk = _Desk(np.zeros((count, 2), np.float32), np.zeros((count, 2), np.float32))
    for number, part in enumerate(form(score.bars)):
        stop()
        _play(desk, score, number, part, chance)
    desk.level = 1.0
    _close(desk, _chord(score.manner.scale, score.tonic, 0), body, seconds - body)
    sound = desk.dry
    _add_echo(desk.room, sound, chance)
    fade = np.linspace(1, 0, min(round(0.9 * RATE), count), dtype=np.float32) ** 1.3
    sound[-len(fade) :] *= fade[:, None]
    rise = np.linspace(0, 1, min(RATE // 20, count), dtype=np.float32)
    sound[: len(rise)] *= rise[:, None]
    return sound


def _score(body: float, manner: Manner, chance: random.Random) -> _Score:
    """Decide the piece. Its bars are stretched a little to fill `body` seconds exactly, after which the closing chord
    has time to ring."""
    bars = max(1, round(body * chance.randint(*manner.bpm) / 60 / _BEATS))
    tonic = chance.choice(manner.keys)
    progressions = chance.sample(manner.progressions, 2)
    return _Score(
        manner=manner,
        bars=bars,
        bar=body / bars,
        tonic=tonic,
        progressions=progressions,
        patterns=[[chance.choice((0, 1, 2, 3)) for _ in range(manner.steps)] for _ in progressions],
        tunes=[[(beat, chance.choice((1, 2, 3))) for beat in chance.choice(_RHYTHMS)] for _ in range(2)],
    )


def _play(desk: _Desk, score: _Score, number: int, part: Part, chance: random.Random) -> None:
    """Play bar `number`."""
    manner, bar, at = score.manner, score.bar, number * score.bar
    chord, is_other, is_short = score.chord(number, part), part == "other", score.bars <= 2
    desk.level = _LEVELS[part]
    _pad(desk, chord, at, bar, manner)
    _figure(desk, chord, at, bar, manner, pattern=score.patterns[is_other], soft=part in {"open", "rest"})
    if part != "open" or is_short:
        _bass(desk, chord[0], at, bar, manner, held=part == "rest")
    if part not in {"open", "rest"} or is_short:
        _drums(desk, at, bar, manner, chance, light=is_other)
    if part == "full":
        _melody(desk, chord, at, bar, manner, notes=score.tunes[number % 2])
    if number % 2 and (part == "rest" or (manner.drums and part == "theme")):
        _bells(desk, manner, score.tonic, at, bar, chance=chance)
    if manner.drums and part == "rest" and number % _PHRASE == _PHRASE - 1:
        _roll(desk, at, bar, chance)


def form(bars: int) -> list[Part]:
    """Return what each bar of the piece is: phrases of four bars that take turns, so that no minute sounds like the one
    before, and the whole band at the end."""
    turns: tuple[Part, ...] = ("theme", "full", "other", "rest") if bars >= 5 * _PHRASE else ("theme", "other")
    parts: list[Part] = [turns[number // _PHRASE % len(turns)] for number in range(bars)]
    if bars >= 2 * _PHRASE:
        parts[-_PHRASE:] = ["full"] * _PHRASE
    parts[0] = "open"
    return parts


def _chord(scale: tuple[int, ...], tonic: int, step: int) -> tuple[int, ...]:
    """Root, third, fifth, and seventh or octave of a step, as MIDI numbers, kept within one range."""
    notes = []
    for above in (0, 2, 4, 6 if step in {1, 5} else 7):
        index = step + above
        notes.append(tonic + scale[index % 7] + 12 * (index // 7))
    while notes[0] > tonic + 7:
        notes = [note - 12 for note in notes]
    return tuple(notes)


def _pad(desk: _Desk, chord: tuple[int, ...], at: float, bar: float, manner: Manner) -> None:
    """The chord, held through the bar and a little beyond."""
    for number, midi in enumerate(chord):
        for side, detune in ((-0.7, 0.9985), (0.7, 1.0015)):
            tone = desk.note(f"pad{side}", midi + 12, bar * 1.25, partial(instruments.pad, detune, manner))
            desk.lay(tone, at, 0.055 if number else 0.07, side, room=0.6)


def _figure(
    desk: _Desk, chord: tuple[int, ...], at: float, bar: float, manner: Manner, *, pattern: list[int], soft: bool
) -> None:
    """The chord's notes one after the other, half as many if it is to be soft."""
    make = instruments.pluck if manner.figure == "pluck" else instruments.keys
    step = bar / len(pattern)
    for number, pick in enumerate(pattern):
        if soft and number % 2:
            continue
        midi = chord[pick] + 24 + (12 if number == len(pattern) - 2 and not soft else 0)
        tone = desk.note(manner.figure, midi, max(step * 3, 0.9), make)
        accent = 1.0 if number % 4 == 0 else 0.72
        desk.lay(tone, at + number * step, 0.11 * accent * manner.bright, 0.45 * (-1) ** number, room=0.5)
        # An echo three steps later, on the other side.
        desk.lay(tone, at + (number + 3) * step, 0.035 * accent * manner.bright, -0.6 * (-1) ** number, room=0.6)


def _melody(
    desk: _Desk,
    chord: tuple[int, ...],
    at: float,
    bar: float,
    manner: Manner,
    *,
    notes: Sequence[tuple[float, int]],
) -> None:
    """A tune over the figure, on an instrument that the figure is not played on."""
    kind, make = ("keys", instruments.keys) if manner.figure == "pluck" else ("bell", instruments.bell)
    beat = bar / _BEATS
    for when, pick in notes:
        desk.lay(desk.note(f"tune{kind}", chord[pick] + 24, 2.2 * beat, make), at + when * beat, 0.085, 0.1, room=0.8)


def _roll(desk: _Desk, at: float, bar: float, chance: random.Random) -> None:
    """Eight quick beats, louder and louder, that lead into the next phrase."""
    snap = desk.note("snap", 0, 0.18, lambda _hertz, length: instruments.snap(length, chance))
    for number in range(8):
        desk.lay(snap, at + bar * (0.5 + number / 16), 0.03 + 0.012 * number, 0.1 * (-1) ** number, room=0.4)


def _bass(desk: _Desk, root: int, at: float, bar: float, manner: Manner, *, held: bool) -> None:
    """The chord's root, once a bar if it is held."""
    beats = (0.0,) if held else (0.0, 1.5, 2.0, 3.5) if manner.drums == 2 else (0.0, 2.5) if manner.drums else (0.0,)
    midi = root - 12 if root - 12 >= _LOWEST_BASS else root
    beat = bar / _BEATS
    for number, when in enumerate(beats):
        until = beats[number + 1] if number + 1 < len(beats) else _BEATS
        tone = desk.note("bass", midi, (until - when) * beat, instruments.bass)
        desk.lay(tone, at + when * beat, 0.3, room=0.05)


def _drums(desk: _Desk, at: float, bar: float, manner: Manner, chance: random.Random, *, light: bool) -> None:
    """The beat; if it is to be light, with the first kick alone."""
    beat = bar / _BEATS
    kick = desk.note("kick", 0, 0.3, lambda _hertz, length: instruments.kick(length))
    hat = desk.note("hat", 0, 0.06, lambda _hertz, length: instruments.hat(length, chance))
    snap = desk.note("snap", 0, 0.18, lambda _hertz, length: instruments.snap(length, chance))
    if manner.drums == 2:
        for number in range(_BEATS):
            if not (light and number):
                desk.lay(kick, at + number * beat, 0.36, room=0.03)
            desk.lay(hat, at + (number + 0.5) * beat, 0.07, 0.3, room=0.1)
            desk.lay(hat, at + number * beat, 0.03, 0.3, room=0.1)
        for number in (1, 3):
            desk.lay(snap, at + number * beat, 0.16, -0.1, room=0.4)
    elif manner.drums:
        desk.lay(kick, at, 0.28, room=0.05)
        if not light:
            desk.lay(kick, at + 2.5 * beat, 0.18, room=0.05)
        desk.lay(snap, at + 2 * beat, 0.07, room=0.5)
        for number in range(_BEATS * 2):
            desk.lay(hat, at + number * beat / 2, 0.022 + 0.014 * (number % 2), 0.4, room=0.2)


def _bells(desk: _Desk, manner: Manner, tonic: int, at: float, bar: float, *, chance: random.Random) -> None:
    """Three bells at random, high above everything else."""
    for eighth in (0, 3, 5):
        midi = tonic + 36 + manner.scale[chance.choice((0, 2, 4, 1))]
        tone = desk.note("bell", midi, 1.6, instruments.bell)
        desk.lay(tone, at + eighth * bar / 8, 0.035, chance.uniform(-0.6, 0.6), room=0.9)


def _close(desk: _Desk, chord: tuple[int, ...], at: float, length: float) -> None:
    """The closing chord, rolled upwards and left to ring."""
    for number, midi in enumerate((chord[0] - 12, *chord, chord[0] + 24)):
        tone = desk.note("close", midi + 12, length, instruments.keys)
        desk.lay(tone, at + 0.035 * number, 0.13, -0.4 + 0.15 * number, room=0.7)
    desk.lay(desk.note("closebass", chord[0] - 12, length, instruments.bass), at, 0.22)


def _add_echo(sent: Sound, to: Sound, chance: random.Random) -> None:
    """Add to `to` what a room echoes of `sent`: its convolution with noise that dies away, in pieces, so that three
    minutes take no more memory than one."""
    length = int(1.5 * RATE)
    time = np.arange(length) / RATE
    size = 1 << 18
    step = size - length
    for channel in range(2):
        room = instruments.noise(length, chance) * np.exp(-time * 4.2) * np.clip(time / 0.012, 0, 1) * 0.028
        spectrum = np.fft.rfft(room, size)
        for at in range(0, len(sent), step):
            wet = np.fft.irfft(np.fft.rfft(sent[at : at + step, channel], size) * spectrum, size)
            until = min(at + size, len(sent))
            to[at:until, channel] += wet[: until - at].astype(np.float32)
