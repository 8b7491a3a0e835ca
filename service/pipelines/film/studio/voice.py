"""Speak lines of text with the voices of this machine, and say when each word is spoken.

Kokoro-82M, an optional extra because of its size, speaks its languages if it is installed; espeak-ng speaks
everything else. A language that neither can speak gets no narration: the film is then told by its words on screen and
its captions.

The engines run in a process of their own, `speak.py`.
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
from service.pipelines.film.studio import processes, speak
from service.pipelines.film.studio.dialogue import FASTEST, ready_for_mix
from service.pipelines.film.studio.sound import Sound, Spoken

Engine: TypeAlias = Literal["kokoro", "espeak"]

_SPEAK = Path(speak.__file__)
_VOICES = _SPEAK.with_name("voices") / "kokoro.npz"
# espeak-ng has voices for these, but spells out the signs of their writing instead of reading them.
_SPELT_OUT = frozenset({"ja", "th", "lo", "km", "my"})
_ESPEAK_NAMES = {"en": "en-us", "zh": "cmn", "no": "nb"}
# For each language of Kokoro, the language of espeak-ng whose phonemes it was trained on. Its Chinese and Japanese use
# other alphabets, whose front ends are larger than the model.
_KOKORO_NAMES = {"en": "en-us", "fr": "fr", "es": "es", "it": "it", "pt": "pt-br", "hi": "hi"}
_KOKORO = ("onnxruntime", speak.KOKORO_DATA, *speak.KOKORO_PARTS)


@dataclass(frozen=True, slots=True)
class Take:
    """Lines as one engine spoke them, in their order."""

    engine: Engine
    lines: tuple[Spoken, ...]


def engine_for(lang: str) -> Engine:
    """Return the best installed engine for a language."""
    is_installed = all(importlib.util.find_spec(name) is not None for name in _KOKORO)
    return "kokoro" if is_installed and _primary(lang) in _KOKORO_NAMES else "espeak"


def speak_lines(ctx: Context, lines: Sequence[str], lang: str, *, fit_s: float) -> Take | None:
    """Speak the lines (in their spoken form, `text.spoken`); None if there is no voice for the language.

    If they take longer than `fit_s` seconds together, they are spoken faster, at most `FASTEST` times the usual pace.

    Raises `Later("voice_failed")` if the engine breaks.
    """
    if _primary(lang) in _SPELT_OUT:
        return None
    engine = engine_for(lang)
    if engine == "kokoro":
        try:
            return _take(ctx, lines, lang, fit_s=fit_s, engine=engine)
        except Later as broken:
            # The extra is half installed or does not run here: the film need not fail for that.
            ctx.log.warning("espeak-ng speaks instead: %s", broken, extra={"action": "no_voice"})
    return _take(ctx, lines, lang, fit_s=fit_s, engine="espeak")


def _take(ctx: Context, lines: Sequence[str], lang: str, *, fit_s: float, engine: Engine) -> Take | None:
    with tempfile.TemporaryDirectory(dir=ctx.scratch, prefix="voice-") as folder:
        is_kokoro = engine == "kokoro"
        order = {
            "engine": engine,
            "languages": [_KOKORO_NAMES[_primary(lang)]] if is_kokoro else _espeak_languages(lang),
            "voice": _primary(lang),
            "voices": str(_VOICES),
            "folder": folder,
            "fit_s": fit_s,
            "fastest": FASTEST,
            "lines": list(lines),
        }
        # -P: modules are not to be looked for in the script's folder.
        args = [sys.executable, "-P", str(_SPEAK)]
        returned, out, err = processes.run(ctx, args, code="voice_failed", feed=json.dumps(order).encode())
        if returned == speak.NO_VOICE and not is_kokoro:
            ctx.log.warning("no voice: %s", err[-500:], extra={"action": "no_voice"})
            return None
        if returned:
            processes.fail(ctx, "voice_failed", err)
        answer = json.loads(out)
        return Take(
            engine,
            tuple(
                ready_for_mix(_read(Path(folder) / line["file"]), answer["rate"], line["words"])
                for line in answer["lines"]
            ),
        )


def _primary(lang: str) -> str:
    return lang.split("-", maxsplit=1)[0]


def _espeak_languages(lang: str) -> list[str]:
    """The names that espeak-ng may know a language by, the closest first."""
    primary = _primary(lang)
    names = [_ESPEAK_NAMES.get(lang, lang), _ESPEAK_NAMES.get(primary, primary), primary]
    return list(dict.fromkeys(names))


def _read(file: Path) -> Sound:
    return np.fromfile(file, np.float32)
