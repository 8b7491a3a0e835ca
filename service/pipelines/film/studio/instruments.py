"""What the music is played with: one function for each sound. Pure, numpy alone.

Pitched instruments take hertz and seconds; drums take seconds, and chance if they are made of noise. All return mono
sound; `whoosh`, the sound of a cut, is stereo.
"""

import random

import numpy as np
import numpy.typing as npt

from service.pipelines.film.studio.manners import Manner
from service.pipelines.film.studio.sound import RATE, Sound

Mono = npt.NDArray[np.float32]
Wave = npt.NDArray[np.float64]

_TABLE = 4096
"""Points in one period of a tone."""


def _times(seconds: float) -> Wave:
    return np.arange(int(seconds * RATE)) / RATE


def _wave(hertz: float, seconds: float, weights: Wave) -> Wave:
    """A tone of a fixed timbre, read from a table of one period; harmonics above 9 kHz are left out."""
    keep = [weight if hertz * (order + 1) < 9000 else 0.0 for order, weight in enumerate(weights)]
    turn = np.arange(_TABLE) * 2 * np.pi / _TABLE
    table = sum(weight * np.sin(turn * (order + 1) + order * 0.7) for order, weight in enumerate(keep))
    points = (np.arange(int(seconds * RATE)) * (hertz * _TABLE / RATE)).astype(np.int64) % _TABLE
    return np.asarray(table)[points]


def pad(detune: float, manner: Manner, hertz: float, seconds: float) -> Mono:
    """Sustained strings, swelling slowly; two with opposite `detune` make a wide chord."""
    orders = np.arange(1, 9)
    tone = _wave(hertz * detune, seconds, 1 / orders ** (2.3 - 0.7 * manner.bright))
    time = _times(seconds)[: len(tone)]
    rise = np.clip(time / 0.35, 0, 1)
    fall = np.clip((seconds - time) / (seconds * 0.3), 0, 1)
    sway = 1 + 0.08 * np.sin(2 * np.pi * 0.7 * time)
    return (tone * np.sin(rise * np.pi / 2) * np.sin(fall * np.pi / 2) * sway).astype(np.float32)


def keys(hertz: float, seconds: float) -> Mono:
    """A soft electric piano: one tone modulates another, less and less."""
    time = _times(seconds)
    index = 1.6 * np.exp(-time * 3.2)
    tone = np.sin(2 * np.pi * hertz * time + index * np.sin(2 * np.pi * hertz * time))
    tine = 0.18 * np.sin(2 * np.pi * hertz * 4 * time) * np.exp(-time * 14)
    return _ended((tone + tine) * np.exp(-time * 1.5) * np.clip(time / 0.006, 0, 1))


def pluck(hertz: float, seconds: float) -> Mono:
    time = _times(seconds)
    tone = np.zeros(len(time))
    for order in range(1, 8):
        if hertz * order < 12000:
            tone += np.sin(2 * np.pi * hertz * order * time) / order**1.2 * np.exp(-time * (2.6 + 1.9 * order))
    return _ended(tone * np.clip(time / 0.003, 0, 1))


def bell(hertz: float, seconds: float) -> Mono:
    time = _times(seconds)
    tone = np.sin(2 * np.pi * hertz * time) + 0.35 * np.sin(2 * np.pi * hertz * 2.756 * time) * np.exp(-time * 6)
    return _ended(tone * np.exp(-time * 2.6) * np.clip(time / 0.004, 0, 1))


def bass(hertz: float, seconds: float) -> Mono:
    time = _times(seconds)
    tone = np.sin(2 * np.pi * hertz * time) + 0.35 * np.sin(4 * np.pi * hertz * time)
    return _ended(np.tanh(1.4 * tone) * np.exp(-time * 1.1) * np.clip(time / 0.008, 0, 1))


def kick(seconds: float) -> Mono:
    time = _times(seconds)
    phase = 2 * np.pi * (46 * time + 90 / 28 * (1 - np.exp(-28 * time)))
    return _ended(np.sin(phase) * np.exp(-time * 11))


def hat(seconds: float, chance: random.Random) -> Mono:
    hiss = np.diff(noise(int(seconds * RATE) + 2, chance), n=2)
    return _ended(hiss * 0.35 * np.exp(-_times(seconds)[: len(hiss)] * 70))


def snap(seconds: float, chance: random.Random) -> Mono:
    hiss = np.diff(noise(int(seconds * RATE) + 1, chance))
    time = _times(seconds)[: len(hiss)]
    body = np.sin(2 * np.pi * 190 * time) * np.exp(-time * 40)
    return _ended(hiss * 0.5 * np.exp(-time * 26) + 0.5 * body)


def noise(count: int, chance: random.Random) -> Wave:
    """White noise from -1.0 to 1.0."""
    return np.random.default_rng(chance.getrandbits(63)).uniform(-1, 1, count)


def _ended(tone: Wave) -> Mono:
    """The tone faded out at its end, so that it does not click."""
    edge = min(len(tone), RATE // 60)
    tone[len(tone) - edge :] *= np.linspace(1, 0, edge)
    return tone.astype(np.float32)


def whoosh(seconds: float, chance: random.Random) -> Sound:
    """Air rushing past, for a cut: a swell of filtered noise from left to right, in stereo."""
    count = round(seconds * RATE)
    air = noise(count, chance)
    smooth = np.cumsum(air, dtype=np.float64)
    window = RATE // 2400
    band = (smooth[window:] - smooth[:-window]) / window
    band = np.pad(band, (0, count - len(band)))
    where = np.linspace(0, 1, count)
    swell = np.sin(np.pi * where**0.8) ** 3
    pan = where * np.pi / 2
    return np.stack([band * swell * np.cos(pan), band * swell * np.sin(pan)], axis=1).astype(np.float32)
