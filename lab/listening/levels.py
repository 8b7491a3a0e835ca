"""Measure sound without recognising anything: how far the voice is above the music, edges, pauses, jumps. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from service.pipelines.film.script.voice.timeline import Word
from service.pipelines.film.studio import dialogue, loudness
from service.pipelines.film.studio.sound import RATE, Sound

OCTAVES = ((354, 707), (707, 1414), (1414, 2828), (2828, 5657))
"""Hz: the octaves around 500, 1000, 2000 and 4000 Hz, which carry most of what makes words intelligible (ANSI S3.5)."""
_STEP_S = 0.01
_QUIET_DB = -40.0
"""Below the loudest 10 ms of a line: a pause."""
_ENDS, _CLOSING = ".!?:;…", "\"')]\u2019\u201d\u00bb"


@dataclass(frozen=True, slots=True)
class Line:
    """One spoken line: its words as written, with their times in the film, and as the voice was given them; its mono
    sound and the second at which it starts; how loud what was trimmed off it is (`trimmed_db`)."""

    words: tuple[Word, ...]
    spoken: tuple[str, ...]
    at: float
    sound: Sound
    trimmed_db: float = -120.0


def over_the_music(voice: Sound, music: Sound, lines: Sequence[Line]) -> tuple[float, list[tuple[str, float]]]:
    """Return by how many decibels the voice is above the music while words are said, in the four octaves together; and
    for each word, the mean over the octaves. `voice` is mono, `music` stereo."""
    spoken = np.zeros(len(voice), bool)
    words = [word for line in lines for word in line.words if word.end > word.start]
    for word in words:
        spoken[_at(word.start) : _at(word.end)] = True
    powers = [(2 * _band(voice, *octave) ** 2, _power(music, octave)) for octave in OCTAVES]
    whole = _db(sum(said[spoken].sum() for said, _ in powers), sum(played[spoken].sum() for _, played in powers))
    each = []
    for word in words:
        during = slice(_at(word.start), _at(word.end))
        ratios = [_db(said[during].sum(), played[during].sum()) for said, played in powers]
        each.append((word.text, float(np.mean(ratios))))
    return whole, each


def trimmed_db(raw: Sound, rate: int) -> float:
    """Return how loud what the mix leaves out of a line is, before its first word and after its last, beside the line's
    loudest 10 ms, in decibels: a word that is cut is loud there. `raw` is mono, as the engine spoke it."""
    first, last = dialogue.kept(raw, rate)
    loudest = _levels(raw, rate).max(initial=-120.0)
    return float(max(_levels(part, rate).max(initial=-120.0) for part in (raw[:first], raw[last:])) - loudest)


def longest_pause_s(line: Line) -> float:
    """Return the longest silence inside a sentence of a line, in seconds."""
    levels = _levels(line.sound[:, 0])
    quiet = levels < levels.max() + _QUIET_DB
    longest = 0.0
    for first, end in _stretches(quiet):
        middle = line.at + (first + end) / 2 * _STEP_S
        said = [word.text.rstrip(_CLOSING) for word in line.words if word.start < middle]
        if first == 0 or end == len(quiet) or not said or said[-1].endswith(tuple(_ENDS)):
            continue
        longest = max(longest, (end - first) * _STEP_S)
    return longest


def largest_jump_db(music: Sound) -> float:
    """Return by how much the music changes at most from one second to the next, but for how it begins and ends."""
    levels = [loudness.k_level(music[at : at + RATE]) for at in range(RATE, len(music) - 4 * RATE, RATE // 2)]
    return max((abs(after - before) for before, after in zip(levels, levels[2:], strict=False)), default=0.0)


def ending_db(decoded: Sound) -> float:
    """Return how loud the last 50 ms of a film are beside its loudest 10 ms, in decibels: music that is cut off is loud
    there."""
    levels = _levels(decoded.mean(axis=1))
    return float(levels[-5:].max() - levels.max())


def longest_silence_s(decoded: Sound) -> float:
    """Return the longest stretch of a film below -55 dB of full scale, in seconds."""
    quiet = _levels(decoded.mean(axis=1)) < -55.0
    return max((end - first for first, end in _stretches(quiet)), default=0) * _STEP_S


def clipped(decoded: Sound) -> int:
    """Return how many samples are at full scale."""
    return int((np.abs(decoded) >= 0.999).sum())


def _at(second: float) -> int:
    return int(second * RATE)


def _power(sound: Sound, octave: tuple[int, int]) -> npt.NDArray[np.float64]:
    return np.asarray(sum(_band(channel, *octave) ** 2 for channel in sound.T))


def _band(channel: Sound, low: int, high: int) -> npt.NDArray[np.float64]:
    spectrum = np.fft.rfft(channel)
    hertz = np.fft.rfftfreq(len(channel), 1 / RATE)
    spectrum[(hertz < low) | (hertz >= high)] = 0
    return np.asarray(np.fft.irfft(spectrum, len(channel)), np.float64)


def _levels(channel: Sound, rate: int = RATE) -> npt.NDArray[np.float64]:
    """The level of each 10 ms, in decibels of full scale."""
    step = int(_STEP_S * rate)
    powers = (channel[: len(channel) // step * step].astype(np.float64) ** 2).reshape(-1, step).mean(axis=1)
    return np.asarray(10 * np.log10(powers + 1e-12))


def _db(above: float, below: float) -> float:
    return float(10 * np.log10((above + 1e-9) / (below + 1e-9)))


def _stretches(flags: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """The first and the end of each run of True."""
    changes = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0]))))
    return list(zip(changes[::2].tolist(), changes[1::2].tolist(), strict=True))
