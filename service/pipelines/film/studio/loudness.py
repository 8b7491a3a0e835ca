"""Measure loudness as ITU-R BS.1770 defines it, and master a mix to the loudness it should have. Pure, numpy alone."""

import functools
import math

import numpy as np
import numpy.typing as npt

from service.pipelines.film.studio.sound import RATE, Sound

TARGET_LUFS = -14.0
CEILING_DB = -2.0
"""True peak of a master, in dBTP. AAC usually adds half a decibel, and the film's limit is -1."""

_CHUNK = RATE * 8
_BLOCK = RATE // 1000
_NEAR_ENOUGH = 0.1  # A tenth of a decibel is inaudible.
_MARGIN = RATE // 2  # After half a second, nothing of what came before is left in the filters.
_SILENT = -70.0
_OVERSAMPLING = 4


def lufs(sound: Sound) -> float:
    """Return the gated integrated loudness in LUFS; -70.0 for silence."""
    powers = _powers(sound)
    if len(powers) < 4:
        powers = np.pad(powers, (0, 4 - len(powers)))
    blocks = np.convolve(powers, np.full(4, 0.25), mode="valid")
    loud = blocks[_to_lufs(blocks) > _SILENT]
    if not len(loud):
        return _SILENT
    gate = _to_lufs(np.array([loud.mean()]))[0] - 10.0
    kept = loud[_to_lufs(loud) > gate]
    return float(_to_lufs(np.array([kept.mean()]))[0])


def true_peak_db(sound: Sound) -> float:
    """Return the highest peak, between samples too, in dBTP; -120.0 for silence."""
    peak = max((float(_peaks(part).max(initial=0.0)) for part in _parts(sound)), default=0.0)
    return 20 * math.log10(max(peak, 1e-6))


def master(sound: Sound, target: float = TARGET_LUFS, ceiling_db: float = CEILING_DB) -> Sound:
    """Return the mix at the target loudness with its peaks held under the ceiling. Silence stays silence."""
    loudness = lufs(sound)
    if loudness <= _SILENT:
        return sound
    # Peaks grow with the gain, so they have to be found only once.
    peaks = _peaks_by_block(sound)
    gain = target - loudness
    best = sound
    for _ in range(4):
        best = _limited(sound, peaks, 10 ** (gain / 20), 10 ** (ceiling_db / 20))
        short = target - lufs(best)
        if abs(short) < _NEAR_ENOUGH:
            break
        gain += short
    return best


def _limited(sound: Sound, peaks: npt.NDArray[np.float64], gain: float, ceiling: float) -> Sound:
    """Return `sound` times `gain`, with peaks pulled down to the ceiling softly: the gain drops ahead of each peak and
    recovers slowly."""
    need = np.minimum(1.0, ceiling / np.maximum(peaks * gain, 1e-9))
    # The lowest gain needed within 5 ms on each side, released over 40 ms, then smoothed so that no step is heard.
    wide = np.lib.stride_tricks.sliding_window_view(np.pad(need, 5, mode="edge"), 11).min(axis=1)
    held = wide.tolist()
    release = math.exp(-1 / 40)
    for block in range(1, len(held)):
        held[block] = min(held[block], 1 - (1 - held[block - 1]) * release)
    smooth = np.convolve(np.pad(np.array(held), 2, mode="edge"), np.full(5, 0.2), mode="valid")
    smooth = np.minimum(smooth, np.lib.stride_tricks.sliding_window_view(np.pad(need, 2, mode="edge"), 5).min(axis=1))
    middles = (np.arange(len(smooth)) + 0.5) * _BLOCK
    limited = np.empty_like(sound)
    # In parts: a gain for each sample of three minutes would take as much memory as the sound itself.
    for at in range(0, len(sound), _CHUNK):
        part = sound[at : at + _CHUNK]
        gains = (np.interp(np.arange(at, at + len(part)), middles, smooth) * gain).astype(np.float32)
        np.clip(part * gains[:, None], -ceiling, ceiling, out=limited[at : at + len(part)])
    return limited


def _peaks_by_block(sound: Sound) -> npt.NDArray[np.float64]:
    """The true peak of each millisecond."""
    blocks = [
        np.pad(high, (0, -len(high) % _BLOCK)).reshape(-1, _BLOCK).max(axis=1) for high in map(_peaks, _parts(sound))
    ]
    return np.concatenate(blocks) if blocks else np.zeros(1)


def k_level(sound: Sound) -> float:
    """Return the ungated K-weighted level of a short sound in LUFS; -70.0 for silence."""
    powers = _powers(sound)
    return float(_to_lufs(np.array([powers.mean()]))[0]) if len(powers) else _SILENT


def _parts(sound: Sound) -> list[Sound]:
    return [sound[at : at + _CHUNK] for at in range(0, len(sound), _CHUNK)]


def _peaks(part: Sound) -> npt.NDArray[np.float64]:
    """The highest absolute value around each sample in any channel, between samples too."""
    count = len(part)
    high = np.zeros(count)
    for channel in part.T:
        spectrum = np.fft.rfft(channel, count)
        dense = np.fft.irfft(spectrum, count * _OVERSAMPLING) * _OVERSAMPLING
        high = np.maximum(high, np.abs(dense).reshape(count, _OVERSAMPLING).max(axis=1))
    return high


def _powers(sound: Sound) -> npt.NDArray[np.float64]:
    """K-weighted power of each 100 ms, summed over the channels."""
    step = RATE // 10
    whole = len(sound) // step
    powers = np.zeros(max(whole, 1))
    for start in range(0, len(sound), _CHUNK):
        before = min(start, _MARGIN)
        part = sound[start - before : start + _CHUNK]
        size = len(part) + _MARGIN
        weight = _k_weight(size)
        total = np.zeros(len(part) - before)
        for channel in part.T:
            total += np.fft.irfft(np.fft.rfft(channel, size) * weight, size)[before : len(part)] ** 2
        steps = total[: len(total) // step * step].reshape(-1, step).mean(axis=1)
        first = start // step
        powers[first : first + len(steps)] = steps
    return powers


@functools.lru_cache(maxsize=4)
def _k_weight(size: int) -> npt.NDArray[np.complex64]:
    """The frequency response of the two filters of BS.1770 at 48 kHz. It is as precise as the sound and no more: that
    keeps the transform in single precision, which halves its work."""
    z = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
    shelf = (1.53512485958697 - 2.69169618940638 * z + 1.19839281085285 * z**2) / (
        1 - 1.69065929318241 * z + 0.73248077421585 * z**2
    )
    high_pass = (1 - 2 * z + z**2) / (1 - 1.99004745483398 * z + 0.99007225036621 * z**2)
    return np.asarray(shelf * high_pass, np.complex64)


def _to_lufs(powers: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return -0.691 + 10 * np.log10(np.maximum(powers, 1e-12))
