"""Mix narration, music and the whoosh of each cut. Pure, numpy alone, but for `write`.

Music and mix are stereo, narration is mono.
"""

import random
import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from service.pipelines.film.studio import instruments, loudness
from service.pipelines.film.studio.sound import RATE, Sound

_BED_LUFS = -21.0
_DUCKED_DB = -9.0
_BEFORE_S, _AFTER_S = 0.25, 0.35
_WHOOSH_S = 0.7


def mix(
    bed: Sound,
    lines: Sequence[tuple[float, Sound]],
    cuts: Sequence[float],
    chance: random.Random,
) -> Sound:
    """Return the film's sound before mastering, as long as the music `bed`. `lines` are pairs of a second and mono
    sound, `cuts` the seconds at which one shot gives way to the next."""
    level = loudness.lufs(bed)
    bed = bed * (np.float32(10 ** ((_BED_LUFS - level) / 20)) * _ducking(lines, len(bed)))[:, None]
    for cut in cuts:
        whoosh = instruments.whoosh(_WHOOSH_S, chance)
        peak = float(np.abs(whoosh).max())
        # It is loudest on the cut.
        start = max(int((cut - _WHOOSH_S * 0.55) * RATE), 0)
        part = whoosh[: len(bed) - start]
        bed[start : start + len(part)] += part * np.float32(0.05 / max(peak, 1e-6))
    for at, sound in lines:
        start = int(at * RATE)
        part = sound[: max(len(bed) - start, 0)]
        bed[start : start + len(part)] += part
    return bed


def write(sound: Sound, to: Path) -> None:
    """Write a 16-bit WAV file."""
    with wave.open(str(to), "wb") as file:
        file.setnchannels(sound.shape[1])
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())


def _ducking(lines: Sequence[tuple[float, Sound]], count: int) -> Sound:
    """The gain of the bed: down before each line and up again after it, staying down between lines that are close."""
    step = RATE // 100
    spoken = np.zeros(count // step + 2, np.float64)
    for at, sound in lines:
        first = max(int((at - _BEFORE_S) * 100), 0)
        last = int((at + len(sound) / RATE + _AFTER_S) * 100)
        spoken[first:last] = 1.0
    window = np.hanning(41)
    smooth = np.convolve(np.pad(spoken, 20, mode="edge"), window / window.sum(), mode="valid")
    gains = 10 ** (_DUCKED_DB * smooth / 20)
    return np.interp(np.arange(count), np.arange(len(gains)) * step, gains).astype(np.float32)
