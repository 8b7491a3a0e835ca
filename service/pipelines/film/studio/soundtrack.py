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

_BED_LUFS = -22.0
_DUCKED_DB = -3.5
_PRESENCE_DB = -6.0
"""On top of it, in the band of vowels and consonants: so the music need not jump where nobody speaks."""
_PRESENCE_HZ = (600, 5000)
_BEFORE_S, _AFTER_S = 0.25, 0.2
_DOWN_S, _UP_S = 0.4, 1.1
"""How long the music takes to make way for a line, and to come back after it."""
_STEP = RATE // 100
_PIECE, _MARGIN = 8 * RATE, RATE // 4
"""Samples. A quarter of a second away, nothing is left of what the filter makes of a sound."""
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
    bed = _ducked(bed, lines) if lines else bed.copy()
    bed *= np.float32(10 ** ((_BED_LUFS - level) / 20))
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


def _ducked(bed: Sound, lines: Sequence[tuple[float, Sound]]) -> Sound:
    """The music with room for the lines: quieter under them, and more so where speech has its consonants.

    In pieces, so that three minutes take little more memory than ten seconds.
    """
    made = np.empty_like(bed)
    spoken = _spoken(lines, len(bed))
    steps = np.arange(len(spoken)) * _STEP
    for at in range(0, len(bed), _PIECE):
        until, first = min(at + _PIECE, len(bed)), max(at - _MARGIN, 0)
        level = np.interp(np.arange(at, until), steps, spoken).astype(np.float32)
        around = bed[first : until + _MARGIN]
        for channel in range(bed.shape[1]):
            presence = _presence(around[:, channel])[at - first : until - first]
            rest = bed[at:until, channel] - presence
            made[at:until, channel] = rest * _gain(_DUCKED_DB, level)
            made[at:until, channel] += presence * _gain(_DUCKED_DB + _PRESENCE_DB, level)
    return made


def _gain(db: float, level: Sound) -> Sound:
    return np.float32(10) ** (np.float32(db / 20) * level)


def _presence(channel: Sound) -> Sound:
    """The part of a sound that lies in the band of consonants, with soft edges an octave wide."""
    spectrum = np.fft.rfft(channel)
    hertz = np.fft.rfftfreq(len(channel), 1 / RATE)
    octaves = np.log2(np.maximum(hertz, 1))
    low, high = np.log2(_PRESENCE_HZ[0]), np.log2(_PRESENCE_HZ[1])
    spectrum *= np.clip(octaves - low + 0.5, 0, 1) * np.clip(high - octaves + 0.5, 0, 1)
    made: Sound = np.fft.irfft(spectrum, len(channel)).astype(np.float32)
    return made


def _spoken(lines: Sequence[tuple[float, Sound]], count: int) -> list[float]:
    """How much of the way to its quietest the music is after each 10 ms, 0.0 to 1.0: there before each line, and back
    slowly after it, so that it stays down between lines that are close."""
    said = np.zeros(count // _STEP + 2)
    for at, sound in lines:
        first = max(int((at - _BEFORE_S) * 100), 0)
        last = int((at + len(sound) / RATE + _AFTER_S) * 100)
        said[first:last] = 1.0
    window = np.hanning(int(_DOWN_S * 100) + 1)
    # It is already on its way down when the line begins, and has not yet begun to come back when it ends.
    smooth = np.convolve(np.pad(said, len(window) // 2, mode="edge"), window / window.sum(), mode="valid")
    held: list[float] = smooth.tolist()
    for number in range(1, len(held)):
        held[number] = max(held[number], held[number - 1] - 1 / (_UP_S * 100))
    return held
