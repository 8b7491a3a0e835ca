"""A music bed made by rules: chords, bass, a figure, a beat and a closing chord, in the mood and from the seed. Pure.

Sound is float32, shape (samples, 2), 48 kHz.
"""

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from service.pipelines.film.script.treatment import Mood
from service.pipelines.film.studio.loudness import RATE, Sound

_BEATS = 4
_TABLE = 4096
_TAIL_S = 2.0

Mono = npt.NDArray[np.float32]
Part: TypeAlias = Literal["open", "theme", "other", "rest", "full"]

_PHRASE = 4
_LEVELS: Mapping[Part, float] = MappingProxyType(
    {"open": 0.85, "theme": 0.95, "other": 0.85, "rest": 0.75, "full": 1.05}
)
_RHYTHMS = ((0.0, 1.0, 2.5), (0.5, 1.5, 3.0), (0.0, 1.5, 2.0, 3.0), (0.0, 2.0, 3.5))
"""Where in a bar the tune has its notes, in beats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a mood sounds. Chords are steps of the scale (0 is the tonic), `drums` 0 to 2, `keys` MIDI tonics."""

    bpm: tuple[int, int]
    scale: tuple[int, ...]
    progressions: tuple[tuple[int, ...], ...]
    keys: tuple[int, ...]
    drums: int
    figure: str
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


@dataclass(slots=True)
class _Desk:
    """Where notes are laid down: what stays dry, what goes to the room, the notes already made, and how loud it is."""

    dry: Sound
    room: Sound
    made: dict[tuple[str, int, int], Mono]
    level: float = 1.0

    def lay(self, note: Mono, at_s: float, gain: float, pan: float = 0.0, *, room: float = 0.3) -> None:
        """Add a mono note at `at_s` seconds; `pan` is -1.0 (left) to 1.0 (right)."""
        start = int(at_s * RATE)
        note = note[: max(len(self.dry) - start, 0)]
        left, right = math.cos((pan + 1) * math.pi / 4), math.sin((pan + 1) * math.pi / 4)
        for channel, side in ((0, left), (1, right)):
            laid = note * np.float32(gain * side * self.level)
            self.dry[start : start + len(note), channel] += laid
            self.room[start : start + len(note), channel] += laid * np.float32(room)

    def note(self, kind: str, midi: int, seconds: float, make: Callable[[float, float], Mono]) -> Mono:
        key = (kind, midi, round(seconds * 1000))
        if key not in self.made:
            self.made[key] = make(440.0 * 2 ** ((midi - 69) / 12), seconds)
        return self.made[key]


def compose(seconds: float, mood: Mood, chance: random.Random, stop: Callable[[], None] = lambda: None) -> Sound:
    """Music of exactly this length that begins, moves and comes to its end. `stop` is called once a bar."""
    manner = MANNERS[mood]
    count = round(seconds * RATE)
    # The bars are stretched a little so that the last one, the closing chord, begins where its ringing fits.
    body = max(seconds - _TAIL_S, seconds * 0.5)
    bars = max(1, round(body * chance.randint(*manner.bpm) / 60 / _BEATS))
    bar = body / bars
    tonic = chance.choice(manner.keys)
    ways = chance.sample(manner.progressions, 2)
    patterns = [[chance.choice((0, 1, 2, 3)) for _ in range(manner.steps)] for _ in ways]
    tune = [[(beat, chance.choice((1, 2, 3))) for beat in chance.choice(_RHYTHMS)] for _ in range(2)]
    desk = _Desk(np.zeros((count, 2), np.float32), np.zeros((count, 2), np.float32), {})
    for number, part in enumerate(form(bars)):
        stop()
        other = part == "other"
        step = ways[other][number % len(ways[other])]
        if number == bars - 1 and bars > 1 and step == 0:
            step = 4  # The closing chord is to be a way home.
        chord = _chord(manner.scale, tonic, step)
        at = number * bar
        desk.level = _LEVELS[part]
        _pad(desk, chord, at, bar, manner)
        _figure(desk, chord, at, bar, manner, pattern=patterns[other], soft=part in {"open", "rest"})
        if part != "open" or bars <= 2:
            _bass(desk, chord[0], at, bar, manner, held=part == "rest")
        if (part not in {"open", "rest"}) or bars <= 2:
            _drums(desk, at, bar, manner, chance, light=other)
        if part == "full":
            _melody(desk, chord, at, bar, manner, notes=tune[number % 2])
        if number % 2 and (part == "rest" or (manner.drums and part == "theme")):
            _bells(desk, manner, tonic, at, bar, chance=chance)
        if manner.drums and part == "rest" and number % _PHRASE == _PHRASE - 1:
            _roll(desk, at, bar, chance)
    desk.level = 1.0
    _close(desk, _chord(manner.scale, tonic, 0), body, seconds - body)
    sound = desk.dry
    _answer(desk.room, sound, chance)
    fade = np.linspace(1, 0, min(round(0.9 * RATE), count), dtype=np.float32) ** 1.3
    sound[-len(fade) :] *= fade[:, None]
    rise = np.linspace(0, 1, min(RATE // 20, count), dtype=np.float32)
    sound[: len(rise)] *= rise[:, None]
    return sound


def form(bars: int) -> list[Part]:
    """What each bar of the piece is, so that no minute is like the one before: phrases of four bars that take turns,
    and the whole band at the end."""
    turns: tuple[Part, ...] = ("theme", "full", "other", "rest") if bars >= 5 * _PHRASE else ("theme", "other")
    parts: list[Part] = [turns[number // _PHRASE % len(turns)] for number in range(bars)]
    if bars >= 2 * _PHRASE:
        parts[-_PHRASE:] = ["full"] * _PHRASE
    parts[0] = "open"
    return parts


def whoosh(seconds: float, chance: random.Random) -> Sound:
    """Air that passes: a swell of filtered noise from one side to the other, for a cut."""
    count = round(seconds * RATE)
    noise = _noise(count, chance)
    smooth = np.cumsum(noise, dtype=np.float64)
    window = RATE // 2400
    band = (smooth[window:] - smooth[:-window]) / window
    band = np.pad(band, (0, count - len(band)))
    where = np.linspace(0, 1, count)
    swell = np.sin(np.pi * where**0.8) ** 3
    pan = where * np.pi / 2
    return np.stack([band * swell * np.cos(pan), band * swell * np.sin(pan)], axis=1).astype(np.float32)


def _chord(scale: tuple[int, ...], tonic: int, step: int) -> tuple[int, ...]:
    """Root, third, fifth and seventh-or-octave of a step, as MIDI numbers, kept in one region."""
    notes = []
    for place in (0, 2, 4, 6 if step in {1, 5} else 7):
        index = step + place
        notes.append(tonic + scale[index % 7] + 12 * (index // 7))
    while notes[0] > tonic + 7:
        notes = [note - 12 for note in notes]
    return tuple(notes)


def _pad(desk: _Desk, chord: tuple[int, ...], at: float, bar: float, manner: Manner) -> None:
    for place, midi in enumerate(chord):
        for side, detune in ((-0.7, 0.9985), (0.7, 1.0015)):
            tone = desk.note(f"pad{side}", midi + 12, bar * 1.25, partial(_pad_tone, detune, manner))
            desk.lay(tone, at, 0.055 if place else 0.07, side, room=0.6)


def _figure(
    desk: _Desk, chord: tuple[int, ...], at: float, bar: float, manner: Manner, *, pattern: list[int], soft: bool
) -> None:
    make = _pluck_tone if manner.figure == "pluck" else _keys_tone
    step = bar / len(pattern)
    for place, pick in enumerate(pattern):
        if soft and place % 2:
            continue
        midi = chord[pick] + 24 + (12 if place == len(pattern) - 2 and not soft else 0)
        tone = desk.note(manner.figure, midi, max(step * 3, 0.9), make)
        accent = 1.0 if place % 4 == 0 else 0.72
        desk.lay(tone, at + place * step, 0.11 * accent * manner.bright, 0.45 * (-1) ** place, room=0.5)
        # An echo three steps on, on the other side.
        desk.lay(tone, at + (place + 3) * step, 0.035 * accent * manner.bright, -0.6 * (-1) ** place, room=0.6)


def _melody(
    desk: _Desk,
    chord: tuple[int, ...],
    at: float,
    bar: float,
    manner: Manner,
    *,
    notes: Sequence[tuple[float, int]],
) -> None:
    """A tune over the figure, in the other sound of the two."""
    kind, make = ("keys", _keys_tone) if manner.figure == "pluck" else ("bell", _bell_tone)
    beat = bar / _BEATS
    for when, pick in notes:
        desk.lay(desk.note(f"tune{kind}", chord[pick] + 24, 2.2 * beat, make), at + when * beat, 0.085, 0.1, room=0.8)


def _roll(desk: _Desk, at: float, bar: float, chance: random.Random) -> None:
    """Eight quick beats, louder and louder, that lead back in."""
    snap = desk.note("snap", 0, 0.18, lambda _hertz, length: _snap(length, chance))
    for place in range(8):
        desk.lay(snap, at + bar * (0.5 + place / 16), 0.03 + 0.012 * place, 0.1 * (-1) ** place, room=0.4)


def _bass(desk: _Desk, root: int, at: float, bar: float, manner: Manner, *, held: bool) -> None:
    beats = (0.0,) if held else (0.0, 1.5, 2.0, 3.5) if manner.drums == 2 else (0.0, 2.5) if manner.drums else (0.0,)
    midi = root - 12 if root - 12 >= 31 else root
    beat = bar / _BEATS
    for place, when in enumerate(beats):
        until = beats[place + 1] if place + 1 < len(beats) else _BEATS
        tone = desk.note("bass", midi, (until - when) * beat, _bass_tone)
        desk.lay(tone, at + when * beat, 0.3, room=0.05)


def _drums(desk: _Desk, at: float, bar: float, manner: Manner, chance: random.Random, *, light: bool) -> None:
    """The beat; without its kicks but the first where it is to be light."""
    beat = bar / _BEATS
    kick = desk.note("kick", 0, 0.3, lambda _hertz, length: _kick(length))
    hat = desk.note("hat", 0, 0.06, lambda _hertz, length: _hat(length, chance))
    snap = desk.note("snap", 0, 0.18, lambda _hertz, length: _snap(length, chance))
    if manner.drums == 2:
        for place in range(_BEATS):
            if not (light and place):
                desk.lay(kick, at + place * beat, 0.36, room=0.03)
            desk.lay(hat, at + (place + 0.5) * beat, 0.07, 0.3, room=0.1)
            desk.lay(hat, at + place * beat, 0.03, 0.3, room=0.1)
        for place in (1, 3):
            desk.lay(snap, at + place * beat, 0.16, -0.1, room=0.4)
    elif manner.drums:
        desk.lay(kick, at, 0.28, room=0.05)
        if not light:
            desk.lay(kick, at + 2.5 * beat, 0.18, room=0.05)
        desk.lay(snap, at + 2 * beat, 0.07, room=0.5)
        for place in range(_BEATS * 2):
            desk.lay(hat, at + place * beat / 2, 0.022 + 0.014 * (place % 2), 0.4, room=0.2)


def _bells(desk: _Desk, manner: Manner, tonic: int, at: float, bar: float, *, chance: random.Random) -> None:
    for place in (0, 3, 5):
        midi = tonic + 36 + manner.scale[chance.choice((0, 2, 4, 1))]
        desk.lay(
            desk.note("bell", midi, 1.6, _bell_tone), at + place * bar / 8, 0.035, chance.uniform(-0.6, 0.6), room=0.9
        )


def _close(desk: _Desk, chord: tuple[int, ...], at: float, length: float) -> None:
    """The closing chord, rolled from below and left to ring."""
    for place, midi in enumerate((chord[0] - 12, *chord, chord[0] + 24)):
        tone = desk.note("close", midi + 12, length, _keys_tone)
        desk.lay(tone, at + 0.035 * place, 0.13, -0.4 + 0.15 * place, room=0.7)
    desk.lay(desk.note("closebass", chord[0] - 12, length, _bass_tone), at, 0.22)


def _time(seconds: float) -> npt.NDArray[np.float64]:
    return np.arange(int(seconds * RATE)) / RATE


def _wave(hertz: float, seconds: float, weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """A tone of fixed colour out of one period kept as a table; harmonics past 9 kHz are left out."""
    keep = [weight if hertz * (order + 1) < 9000 else 0.0 for order, weight in enumerate(weights)]
    turn = np.arange(_TABLE) * 2 * np.pi / _TABLE
    table = sum(weight * np.sin(turn * (order + 1) + order * 0.7) for order, weight in enumerate(keep))
    places = (np.arange(int(seconds * RATE)) * (hertz * _TABLE / RATE)).astype(np.int64) % _TABLE
    return np.asarray(table)[places]


def _pad_tone(detune: float, manner: Manner, hertz: float, seconds: float) -> Mono:
    orders = np.arange(1, 9)
    tone = _wave(hertz * detune, seconds, 1 / orders ** (2.3 - 0.7 * manner.bright))
    time = _time(seconds)[: len(tone)]
    rise = np.clip(time / 0.35, 0, 1)
    fall = np.clip((seconds - time) / (seconds * 0.3), 0, 1)
    sway = 1 + 0.08 * np.sin(2 * np.pi * 0.7 * time)
    return (tone * np.sin(rise * np.pi / 2) * np.sin(fall * np.pi / 2) * sway).astype(np.float32)


def _keys_tone(hertz: float, seconds: float) -> Mono:
    """A soft electric piano: one tone shaking another, less and less."""
    time = _time(seconds)
    index = 1.6 * np.exp(-time * 3.2)
    tone = np.sin(2 * np.pi * hertz * time + index * np.sin(2 * np.pi * hertz * time))
    tine = 0.18 * np.sin(2 * np.pi * hertz * 4 * time) * np.exp(-time * 14)
    return _ended((tone + tine) * np.exp(-time * 1.5) * np.clip(time / 0.006, 0, 1))


def _pluck_tone(hertz: float, seconds: float) -> Mono:
    time = _time(seconds)
    tone = np.zeros(len(time))
    for order in range(1, 8):
        if hertz * order < 12000:
            tone += np.sin(2 * np.pi * hertz * order * time) / order**1.2 * np.exp(-time * (2.6 + 1.9 * order))
    return _ended(tone * np.clip(time / 0.003, 0, 1))


def _bell_tone(hertz: float, seconds: float) -> Mono:
    time = _time(seconds)
    tone = np.sin(2 * np.pi * hertz * time) + 0.35 * np.sin(2 * np.pi * hertz * 2.756 * time) * np.exp(-time * 6)
    return _ended(tone * np.exp(-time * 2.6) * np.clip(time / 0.004, 0, 1))


def _bass_tone(hertz: float, seconds: float) -> Mono:
    time = _time(seconds)
    tone = np.sin(2 * np.pi * hertz * time) + 0.35 * np.sin(4 * np.pi * hertz * time)
    return _ended(np.tanh(1.4 * tone) * np.exp(-time * 1.1) * np.clip(time / 0.008, 0, 1))


def _kick(seconds: float) -> Mono:
    time = _time(seconds)
    phase = 2 * np.pi * (46 * time + 90 / 28 * (1 - np.exp(-28 * time)))
    return _ended(np.sin(phase) * np.exp(-time * 11))


def _hat(seconds: float, chance: random.Random) -> Mono:
    noise = np.diff(_noise(int(seconds * RATE) + 2, chance), n=2)
    return _ended(noise * 0.35 * np.exp(-_time(seconds)[: len(noise)] * 70))


def _snap(seconds: float, chance: random.Random) -> Mono:
    noise = np.diff(_noise(int(seconds * RATE) + 1, chance))
    time = _time(seconds)[: len(noise)]
    body = np.sin(2 * np.pi * 190 * time) * np.exp(-time * 40)
    return _ended(noise * 0.5 * np.exp(-time * 26) + 0.5 * body)


def _noise(count: int, chance: random.Random) -> npt.NDArray[np.float64]:
    return np.random.default_rng(chance.getrandbits(63)).uniform(-1, 1, count)


def _ended(tone: npt.NDArray[np.float64]) -> Mono:
    """The tone without a click where it stops."""
    edge = min(len(tone), RATE // 60)
    tone[len(tone) - edge :] *= np.linspace(1, 0, edge)
    return tone.astype(np.float32)


def _answer(sent: Sound, to: Sound, chance: random.Random) -> None:
    """Add to `to` what a room gives back of `sent`: folded with noise that dies away, a stretch at a time, so that
    three minutes take no more memory than one."""
    length = int(1.5 * RATE)
    time = np.arange(length) / RATE
    size = 1 << 18
    step = size - length
    for channel in range(2):
        room = _noise(length, chance) * np.exp(-time * 4.2) * np.clip(time / 0.012, 0, 1) * 0.028
        spectrum = np.fft.rfft(room, size)
        for at in range(0, len(sent), step):
            wet = np.fft.irfft(np.fft.rfft(sent[at : at + step, channel], size) * spectrum, size)
            until = min(at + size, len(sent))
            to[at:until, channel] += wet[: until - at].astype(np.float32)
