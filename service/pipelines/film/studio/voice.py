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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from service.pipeline import Context, Later
from service.pipelines.film.script.lines.sound_talk import ANY_VOICE, Sex, VoiceWish
from service.pipelines.film.studio import casting, japanese, processes, speak
from service.pipelines.film.studio.casting import Voice, primary
from service.pipelines.film.studio.dialogue import FASTEST, ready_for_mix
from service.pipelines.film.studio.sound import Sound, Spoken

Engine: TypeAlias = Literal["kokoro", "espeak"]

_SPEAK = Path(speak.__file__)
VOICES = _SPEAK.with_name("voices") / "kokoro.npz"
# espeak-ng has voices for these, but spells out the signs of their writing instead of reading them.
_SPELT_OUT = frozenset({"th", "lo", "km", "my"})
_ESPEAK_NAMES = {"en": "en-us", "en-gb": "en", "zh": "cmn", "no": "nb"}
# Kokoro was trained on espeak-ng's phonemes, but for Chinese and Japanese. Japanese voices come with the model.
_KOKORO = ("onnxruntime", speak.KOKORO_DATA, *speak.KOKORO_PARTS)


@dataclass(frozen=True, slots=True)
class Take:
    """Lines as one voice of an engine spoke them, in their order; `warnings` are sentences on what was asked of the
    voice and is not so."""

    engine: Engine
    voice: str
    lines: tuple[Spoken, ...]
    warnings: tuple[str, ...]


def engine_for(lang: str) -> Engine:
    """Return the best installed engine for a language."""
    is_installed = all(importlib.util.find_spec(name) is not None for name in _KOKORO)
    return "kokoro" if is_installed and casting.cast(lang, ANY_VOICE) else "espeak"


def speak_lines(
    ctx: Context, lines: Sequence[str], lang: str, *, fit_s: float, wish: VoiceWish = ANY_VOICE
) -> Take | None:
    """Speak the lines (in their spoken form, `text.spoken`) with the voice nearest to the wish; None if there is no
    voice for the language.

    If they take longer than `fit_s` seconds together, they are spoken faster, at most `FASTEST` times the usual pace.

    Raises `Later("voice_failed")` if the engine breaks.
    """
    if primary(lang) in _SPELT_OUT:
        return None
    chosen = casting.cast(lang, wish) if engine_for(lang) == "kokoro" else None
    if chosen:
        try:
            return _take(ctx, lines, lang, fit_s=fit_s, wish=wish, chosen=chosen)
        except Later as broken:
            # The extra is half installed or does not run here: the film need not fail for that.
            ctx.log.warning("espeak-ng speaks instead: %s", broken, extra={"action": "no_voice"})
    return _take(ctx, lines, lang, fit_s=fit_s, wish=wish, chosen=None)


def _take(
    ctx: Context, lines: Sequence[str], lang: str, *, fit_s: float, wish: VoiceWish, chosen: Voice | None
) -> Take | None:
    """The lines as Kokoro's `chosen` voice speaks them, or espeak-ng if there is none."""
    accent = casting.accent_of(lang, wish)
    symbols: Mapping[str, str] = {}
    if primary(lang) == "ja":
        lines, symbols = _in_katakana(lines, is_spelt_long=chosen is None), japanese.SYMBOLS
    with tempfile.TemporaryDirectory(dir=ctx.scratch, prefix="voice-") as folder:
        order = {
            "engine": "kokoro" if chosen else "espeak",
            "languages": [_ESPEAK_NAMES.get(chosen.lang, chosen.lang)]
            if chosen
            else _espeak_languages(accent, casting.variant(wish)),
            "voice": chosen.name if chosen else "",
            "voices": str(_japanese_voices() if symbols else VOICES),
            "symbols": dict(symbols) if chosen else {},
            "folder": folder,
            "fit_s": fit_s,
            "fastest": FASTEST,
            "lines": list(lines),
        }
        # -P: modules are not to be looked for in the script's folder.
        args = [sys.executable, "-P", str(_SPEAK)]
        returned, out, err = processes.run(ctx, args, code="voice_failed", feed=json.dumps(order).encode())
        if returned == speak.NO_VOICE and not chosen:
            ctx.log.warning("no voice: %s", err[-500:], extra={"action": "no_voice"})
            return None
        if returned:
            processes.fail(ctx, "voice_failed", err)
        answer = json.loads(out)
        return Take(
            "kokoro" if chosen else "espeak",
            chosen.name if chosen else answer["voice"],
            tuple(
                ready_for_mix(_read(Path(folder) / line["file"]), answer["rate"], line["words"])
                for line in answer["lines"]
            ),
            tuple(_shortfalls(wish, lang, chosen, answer["voice"])),
        )


def _in_katakana(lines: Sequence[str], *, is_spelt_long: bool) -> list[str]:
    """Japanese lines as they are pronounced. The dictionary is read for each narration: it takes 36 MB."""
    words = japanese.Dictionary()
    read = [japanese.read(line, words) for line in lines]
    return [japanese.spelt_long(line) for line in read] if is_spelt_long else read


def _japanese_voices() -> Path:
    """The file of Kokoro's Japanese voices, which is in the model's package."""
    found = importlib.util.find_spec(speak.KOKORO_DATA)
    home = found.submodule_search_locations[0] if found and found.submodule_search_locations else ""
    return Path(home) / "data" / "voices_ja.npz"


def _shortfalls(wish: VoiceWish, lang: str, chosen: Voice | None, spoken: str) -> list[str]:
    """As `casting.shortfalls`; `spoken` is the voice of espeak-ng, such as `en-gb+f2`."""
    if chosen:
        return casting.shortfalls(wish, lang, sex=chosen.sex, spoken=chosen.lang, traits=chosen.traits)
    name, _, variant = spoken.partition("+")
    language = "en-gb" if name == "en" else name
    sex: Sex = "female" if variant.endswith(("f", "f2")) else "male"
    traits = ["whispering"] if variant.startswith("whisper") else []
    return casting.shortfalls(wish, lang, sex=sex, spoken=language, traits=traits)


def _espeak_languages(lang: str, variant: str) -> list[str]:
    """The names that espeak-ng may know a language by, with the variant of its voice, the closest first."""
    near = casting.NEAREST.get(lang, lang)
    names = [
        _ESPEAK_NAMES.get(lang, lang),
        _ESPEAK_NAMES.get(near, near),
        _ESPEAK_NAMES.get(primary(lang), primary(lang)),
        primary(lang),
    ]
    return [f"{name}{variant}" for name in dict.fromkeys(names)]


def _read(file: Path) -> Sound:
    return np.fromfile(file, np.float32)
