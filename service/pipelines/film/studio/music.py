"""Compose a music bed by rules: chords, bass, a figure, a tune, a beat and a closing chord. Pure.

The mood decides how it sounds (`manners.py`), chance which of the mood's harmonies, keys and rhythms it has;
`players.py` is the band that plays it.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

import numpy as np

from service.pipelines.film.studio import instruments, players
from service.pipelines.film.studio.manners import Manner
from service.pipelines.film.studio.players import BEATS, Bar, Desk
from service.pipelines.film.studio.samples import Bank
from service.pipelines.film.studio.sound import RATE, Sound

Part: TypeAlias = Literal["open", "theme", "other", "rest", "full"]
"""What a bar of the piece is: the opening, the first or the second theme, a rest with little in it, or everything."""

_PHRASE = 4
"""Bars."""
_SHORTEST_FINALE = 2
_TAIL_S = 2.0
_DOMINANT = 4
"""A step of the scale: the chord that leads home to the tonic."""
_LEVELS: Mapping[Part, float] = MappingProxyType({"open": 0.85, "theme": 0.95, "other": 0.9, "rest": 0.8, "full": 1.0})
_RHYTHMS = ((0.0, 1.0, 1.5, 2.5), (0.5, 1.0, 1.5, 3.0), (0.0, 1.5, 2.0, 3.0), (0.0, 2.0, 3.0, 3.5))
"""The beats of a bar on which the tune has its notes."""
_PATTERNS = ((0, 1, 2, 3, 2, 1, 2, 1), (0, 2, 1, 2, 3, 2, 1, 2), (0, 2, 4, 2, 3, 2, 4, 2), (0, 1, 2, 4, 3, 2, 1, 2))
"""The notes of a broken chord, the lowest being 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Score:
    """What chance decided for the whole piece, with one progression and one pattern for each of the two themes.

    `patterns` are the notes of a chord that the figure plays; `tunes` are pairs of a beat and a step of the scale above
    the chord's; `bar` is the length of a bar in seconds.
    """

    manner: Manner
    parts: Sequence[Part]
    bar: float
    tonic: int
    progressions: Sequence[Sequence[int]]
    patterns: Sequence[Sequence[int]]
    tunes: Sequence[Sequence[tuple[float, int]]]

    def step(self, number: int) -> int:
        """The step of the scale that a bar's chord is built on."""
        progression = self.progressions[self.parts[number] == "other"]
        step = progression[number % len(progression)]
        if number == len(self.parts) - 1 > 0 and step == 0:
            return _DOMINANT  # So that the closing chord is a return.
        return step

    def tune(self, number: int) -> list[tuple[float, int]]:
        """The tune of a bar: beats, and semitones above the chord's root."""
        scale, step = self.manner.scale, self.step(number)
        root = _pitch(scale, step)
        return [(beat, _pitch(scale, step + above) - root) for beat, above in self.tunes[number % 2]]


def compose(
    seconds: float, manner: Manner, bank: Bank, chance: random.Random, stop: Callable[[], None] = lambda: None
) -> Sound:
    """Return music of exactly this length, with a beginning and an end. `bank` has the instruments of `manner`; `stop`
    is called once a bar, and may raise."""
    count = round(seconds * RATE)
    body = max(seconds - _TAIL_S, seconds * 0.5)
    score = _score(body, manner, chance)
    desk = Desk(bank, chance, np.zeros((count, 2), np.float32), np.zeros((count, 2), np.float32))
    home = _chord(manner.scale, score.tonic, 0)
    chords = [_chord(manner.scale, score.tonic, score.step(number)) for number in range(len(score.parts))]
    for number, chord in enumerate(chords):
        stop()
        _play(desk, score, number, Bar(chord, number * score.bar, score.bar))
    desk.level = 1.0
    players.pad(desk, manner, [*chords, home], [*(_LEVELS[part] for part in score.parts), 1.0], score.bar)
    players.close(desk, manner, Bar(home, body, seconds - body))
    sound = desk.dry
    _add_echo(desk.room, sound, chance)
    fade = np.linspace(1, 0, min(round(0.9 * RATE), count), dtype=np.float32) ** 1.3
    sound[-len(fade) :] *= fade[:, None]
    rise = np.linspace(0, 1, min(RATE // 100, count), dtype=np.float32)
    sound[: len(rise)] *= rise[:, None]
    return sound


def _score(body: float, manner: Manner, chance: random.Random) -> _Score:
    """Decide the piece. Its bars are stretched a little to fill `body` seconds exactly, after which the closing chord
    has time to ring."""
    bars = max(1, round(body * chance.randint(*manner.bpm) / 60 / BEATS))
    tonic = chance.choice(manner.keys)
    return _Score(
        manner=manner,
        parts=form(bars),
        bar=body / bars,
        tonic=tonic,
        progressions=chance.sample(manner.progressions, 2),
        patterns=[pattern[: manner.steps] for pattern in chance.sample(_PATTERNS, 2)],
        tunes=[_tune(chance) for _ in range(2)],
    )


def _tune(chance: random.Random) -> list[tuple[float, int]]:
    """A bar of a tune: notes of the chord on the beats, a neighbour of the note before between them."""
    notes: list[tuple[float, int]] = []
    for beat in chance.choice(_RHYTHMS):
        above = chance.choice((2, 4, 7)) if beat % 1 == 0 or not notes else notes[-1][1] + chance.choice((-1, 1))
        notes.append((beat, above))
    return notes


def _play(desk: Desk, score: _Score, number: int, bar: Bar) -> None:
    """Play bar `number`."""
    manner, part = score.manner, score.parts[number]
    is_other, is_short = part == "other", len(score.parts) <= 2
    is_quiet = part in {"open", "rest"} and not is_short
    desk.level = _LEVELS[part]
    players.figure(desk, manner, bar, score.patterns[is_other], soft=is_quiet)
    if part != "open" or is_short:
        players.bass(desk, manner, bar, held=part == "rest")
    if not is_quiet:
        players.drums(desk, manner, bar, light=is_other)
    if part == "full":
        players.tune(desk, manner, bar, score.tune(number))
    if number % 2 and (part == "rest" or (manner.beat and part == "theme")):
        players.bells(desk, manner.scale, score.tonic, bar)
    follows = score.parts[number + 1] if number + 1 < len(score.parts) else part
    if manner.beat and follows == "full" != part:
        players.roll(desk, bar)
    if manner.beat and part == "full" and score.parts[max(number - 1, 0)] != "full":
        players.crash(desk, bar.at)


def form(bars: int) -> list[Part]:
    """Return what each bar of the piece is: phrases of four bars that take turns, so that no minute sounds like the one
    before, and the whole band at the end."""
    turns: tuple[Part, ...] = ("theme", "full", "other", "rest") if bars >= 5 * _PHRASE else ("theme", "other")
    parts: list[Part] = [turns[number // _PHRASE % len(turns)] for number in range(bars)]
    finale = _PHRASE if bars >= 2 * _PHRASE else _SHORTEST_FINALE if bars >= 2 * _SHORTEST_FINALE else 0
    parts[bars - finale :] = ["full"] * finale
    parts[0] = "open"
    return parts


def _pitch(scale: Sequence[int], index: int) -> int:
    """Semitones of a step of the scale above its tonic."""
    return scale[index % 7] + 12 * (index // 7)


def _chord(scale: Sequence[int], tonic: int, step: int) -> tuple[int, ...]:
    """Root, third, fifth, and seventh or octave of a step, as MIDI numbers, kept within one range."""
    notes = [tonic + _pitch(scale, step + above) for above in (0, 2, 4, 6 if step in {1, 5} else 7)]
    while notes[0] > tonic + 7:
        notes = [note - 12 for note in notes]
    return tuple(notes)


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
