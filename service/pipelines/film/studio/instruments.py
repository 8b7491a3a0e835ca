"""What the film's music and its cuts sound like: one note of a recorded instrument, and a whoosh. Pure, numpy alone."""

import random
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from service.pipelines.film.studio.samples import Zone
from service.pipelines.film.studio.sound import RATE, Sound

Mono = npt.NDArray[np.float32]

_STEP = 1024
"""A note's samples are a multiple of this: transforms of round lengths are quick."""


def note(zones: Sequence[Zone], midi: int, seconds: float, release_s: float) -> Mono:
    """Return a note of an instrument: held for `seconds`, then let go, which takes `release_s`. A note that dies away
    by itself may be shorter. Its pitch comes from the nearest recorded one, which is played faster or slower."""
    zone = min(zones, key=lambda zone: (abs(zone.key - midi), zone.key))
    speed = zone.rate * 2 ** ((midi - zone.key) / 12)
    held, release = round(seconds * speed), max(round(release_s * speed), 1)
    sound = _held(zone, held + release)
    if held < len(sound):
        falling = np.linspace(1, 0, len(sound) - held, dtype=np.float32) ** 2
        sound[held:] *= falling
    return _resampled(sound, speed)


def _held(zone: Zone, count: int) -> Mono:
    """The first `count` samples of a note, its loop repeated as often as needed."""
    if count > zone.end > zone.loop:
        repeated = np.tile(zone.sound[zone.loop : zone.end], -(-(count - zone.end) // (zone.end - zone.loop)))
        return np.concatenate([zone.sound[: zone.end], repeated])[:count]
    return zone.sound[:count].copy()


def _resampled(sound: Mono, speed: float) -> Mono:
    """Resample from `speed` samples a second to the studio's, through the spectrum: exact, and without aliases."""
    count = -(-int(len(sound) * RATE / speed + 64) // _STEP) * _STEP
    padded = np.zeros(round(count * speed / RATE), np.float32)
    padded[: len(sound)] = sound[: len(padded)]
    spectrum = np.fft.rfft(padded)[: count // 2 + 1]
    made: Mono = (np.fft.irfft(spectrum, count) * (count / len(padded))).astype(np.float32)
    return made


def noise(count: int, chance: random.Random) -> npt.NDArray[np.float64]:
    """White noise from -1.0 to 1.0."""
    return np.random.default_rng(chance.getrandbits(63)).uniform(-1, 1, count)


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
