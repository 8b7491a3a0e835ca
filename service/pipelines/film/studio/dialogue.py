"""A recorded line made ready for the mix, whoever spoke it: trimmed, at 48 kHz, even in level. Pure."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from service.pipelines.film.studio import loudness
from service.pipelines.film.studio.sound import RATE, Sound, Spoken

FASTEST = 1.22
"""How many times the usual pace lines may be spoken at, if they are too long for their film."""

_LEVEL_LUFS = -17.0
_SILENT_BELOW = 0.012
"""Of full scale: quieter than this, before the first word and after the last, nothing is being said."""
_RESTING = 0.03
"""Of a line's peak: quieter than this, a voice rests."""
_LOOK_BACK, _LOOK_ON = 20, 5
"""Hundredths of a second before and after a word's start in which the rest before it is looked for."""
_LOWEST_HZ = 70
_RATIO = 2.5


def ready_for_mix(raw: Sound, rate: int, words: list[list[float]]) -> Spoken:
    """Return a line as it goes into the mix: at 48 kHz, without the silence around it, its level evened out.

    `raw` is mono at `rate` samples a second, `words` the start and end of each word in it, in seconds.
    """
    first, last = kept(raw, rate)
    if last <= first:
        return Spoken(np.zeros((0, 1), np.float32), ())
    sound = _compressed(_resampled(raw[first:last], rate))
    gain = 10 ** ((_LEVEL_LUFS - loudness.k_level(sound[:, None])) / 20)
    edge = np.linspace(0, 1, RATE // 200, dtype=np.float32)
    if len(sound) > 2 * len(edge):
        sound[: len(edge)] *= edge
        sound[-len(edge) :] *= edge[::-1]
    length = len(sound) / RATE
    times = tuple(
        (min(max(start - first / rate, 0.0), length), min(max(end - first / rate, 0.0), length)) for start, end in words
    )
    return Spoken((sound * np.float32(gain))[:, None], times)


def rested(line: Spoken, before: Sequence[int], rest_s: float) -> Spoken:
    """Return a line with at least `rest_s` seconds of quiet before the words at these places, so that what they begin
    does not run into what was said before. Its words come later by what is added."""
    mono = line.sound[:, 0]
    step = RATE // 100
    level = np.abs(mono[: len(mono) // step * step]).reshape(-1, step).max(axis=1)
    quiet = level < _RESTING * max(float(level.max(initial=0.0)), 1e-6)
    pieces, words, cut, added = [], list(line.words), 0, 0.0
    for place in sorted(before):
        if not 0 < place < len(words):
            continue
        start = line.words[place][0]
        first, last = _rest_before(quiet, round(start * RATE) // step)
        missing_s = rest_s - (last - first) * step / RATE
        if missing_s <= 0:
            continue
        at = (first + last) // 2 * step
        pieces += [_soft_end(mono[cut:at]), np.zeros(round(missing_s * RATE), np.float32)]
        cut, added = at, added + round(missing_s * RATE) / RATE
        words[place:] = [(begin + added, end + added) for begin, end in line.words[place:]]
    if not pieces:
        return line
    pieces.append(mono[cut:])
    return Spoken(np.concatenate(pieces)[:, None], tuple(words))


def _rest_before(quiet: npt.NDArray[np.bool_], start: int) -> tuple[int, int]:
    """The stretch of quiet that is nearest to the start of a word; the start, if there is none near it. Places are
    hundredths of a second."""
    near = [at for at in range(max(start - _LOOK_BACK, 0), min(start + _LOOK_ON, len(quiet))) if quiet[at]]
    if not near:
        return start, start
    first = min(near, key=lambda at: abs(at - start))
    last = first
    while first > 0 and quiet[first - 1]:
        first -= 1
    while last < len(quiet) and quiet[last]:
        last += 1
    return first, last


def _soft_end(sound: Sound) -> Sound:
    """A piece of a line whose end is no click."""
    edge = min(RATE // 200, len(sound))
    ended = sound.copy()
    ended[len(sound) - edge :] *= np.linspace(1, 0, edge, dtype=np.float32)
    return ended


def kept(raw: Sound, rate: int) -> tuple[int, int]:
    """Return the first sample of a line to keep and the one to end before; both are 0 if it is silent."""
    loud = np.flatnonzero(np.abs(raw) > _SILENT_BELOW)
    if not len(loud):
        return 0, 0
    return max(int(loud[0]) - rate // 50, 0), min(int(loud[-1]) + rate // 12, len(raw))


def _resampled(raw: Sound, rate: int) -> Sound:
    """Resample to 48 kHz through the spectrum, which is exact, and drop everything below 70 Hz, which is not speech."""
    step = np.gcd(rate, RATE)
    padded = np.pad(raw, (0, -len(raw) % (rate // step)))
    count = len(padded) * RATE // rate
    spectrum = np.fft.rfft(padded)
    spectrum[: int(_LOWEST_HZ * len(padded) / rate)] = 0
    whole: Sound = (np.fft.irfft(spectrum, count) * (count / len(padded))).astype(np.float32)
    return whole


def _compressed(sound: Sound) -> Sound:
    """Hold loud syllables down at 2.5 to 1, so that quiet ones are heard over the music."""
    window = RATE // 40
    power = np.convolve(sound.astype(np.float64) ** 2, np.full(window, 1 / window), mode="same")
    level = np.sqrt(np.maximum(power, 1e-10))
    threshold = 0.5 * np.sqrt(float((sound.astype(np.float64) ** 2).mean()) + 1e-12)
    gain = np.minimum(1.0, (level / threshold) ** (1 / _RATIO - 1))
    even: Sound = (sound * gain).astype(np.float32)
    return even
