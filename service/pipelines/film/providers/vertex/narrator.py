"""The narrator of Vertex AI: Gemini speaks each line in an order of its own, whose sound is stored at once."""

import re
import wave
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType

import numpy as np

from service.pipeline import BadSetting, Context, Json, Unsure
from service.pipelines.film import parallel
from service.pipelines.film.money import orders, prices
from service.pipelines.film.money.plan import Line
from service.pipelines.film.providers.protocols import Narration, NarrationRequest, Narrator
from service.pipelines.film.providers.vertex import models, speech
from service.pipelines.film.providers.vertex.client import Vertex
from service.pipelines.film.script.lines.sound_talk import Sex, VoiceWish
from service.pipelines.film.script.voice.pace import speech_s
from service.pipelines.film.studio import casting, ffmpeg, processes
from service.pipelines.film.studio.dialogue import FASTEST, ready_for_mix
from service.pipelines.film.studio.sound import RATE, Sound, Spoken

VOICE = "Kore"
_SEXES: Mapping[str, Sex] = MappingProxyType(
    {
        **dict.fromkeys(("Kore", "Aoede", "Leda", "Zephyr"), "female"),
        **dict.fromkeys(("Charon", "Puck", "Fenrir", "Orus"), "male"),
    }
)
"""Of prebuilt voices: https://cloud.google.com/text-to-speech/docs/chirp3-hd. The first of each speaks if only its sex
matters."""
_ACCENTS = frozenset({"en-us", "en-gb", "en-au", "en-in", "fr-ca", "pt-br"})
"""Accents that the model is asked for. It refuses a language that it does not know, which would end the job."""
_AT_ONCE = 4
_TOKENS_A_SECOND = 32
"""Tokens in a second of sound: https://ai.google.dev/gemini-api/docs/tokens."""
_PAUSE_S, _QUIET = 0.12, 0.06
"""A pause lasts at least this long, and its level is below this share of the line's loudest: the gaps between words are
shorter."""
_STOP_S = 0.4
"""A pause may be this much further from a word with a stop after it, and still be taken for the pause after it."""
_SLACK_S = 4.0
"""How much longer than expected a line may be, on top of three times its usual length."""
_REGIONS = {
    "ar": "ar-EG",
    "de": "de-DE",
    "en": "en-US",
    "es": "es-ES",
    "fr": "fr-FR",
    "hi": "hi-IN",
    "it": "it-IT",
    "ja": "ja-JP",
    "ko": "ko-KR",
    "nl": "nl-NL",
    "pl": "pl-PL",
    "pt": "pt-BR",
    "ru": "ru-RU",
    "tr": "tr-TR",
    "zh": "cmn-CN",
}


@dataclass(frozen=True, slots=True)
class VertexNarrator:
    """A `Narrator` that buys its speech."""

    vertex: Vertex
    model: str
    voice: str
    name: str = "vertex"

    def costs(self, lines: Sequence[str]) -> Sequence[Line]:
        """As `Narrator.costs`."""
        most = sum(self._most(line) for line in lines)
        return (Line(what="narration", model=self.model, unit="film", units=1, unit_usd=most),) if most else ()

    def narrate(self, ctx: Context, request: NarrationRequest) -> Narration | None:
        """As `Narrator.narrate`. A line that fails is an error; it is never spoken by another voice instead.

        Raises what `speech.say` raises.
        """
        numbers = range(len(request.lines))
        files = parallel.each(
            lambda number: self._bought(ctx, number, request), numbers, at_once=_AT_ONCE, name="speech"
        )
        spoken = [_read(file, line) for file, line in zip(files, request.lines, strict=True)]
        seconds = sum(line.seconds for line in spoken)
        if seconds > request.fit_s:
            pace = min(FASTEST, seconds / max(request.fit_s, 0.1) * 1.02)
            spoken = [_read(_faster(ctx, file, pace), line) for file, line in zip(files, request.lines, strict=True)]
        return Narration(spoken=spoken, voice=f"{self.model} {prebuilt(self.voice, request.voice)}")

    def _bought(self, ctx: Context, number: int, request: NarrationRequest) -> Path:
        """Buy a line, as a WAV file in the scratch folder."""
        line = request.lines[number]
        file = ctx.scratch / f"speech-{number}.wav"

        def say(_request_id: str) -> Json:
            lang = casting.accent_of(request.lang, request.voice)
            lang = language(lang if lang in _ACCENTS else request.lang)
            voice = prebuilt(self.voice, request.voice)
            answer = speech.say(self.vertex, model=self.model, voice=voice, text=line, lang=lang)
            if not is_likely(line, len(answer.samples) / 2 / answer.rate):
                raise Unsure("bad_speech", "The model's speech is far too long or too short for its line.")
            with wave.open(str(file), "wb") as sound:
                sound.setnchannels(1)
                sound.setsampwidth(2)
                sound.setframerate(answer.rate)
                sound.writeframes(answer.samples)
            url = orders.kept(ctx, file, f"{file.name}.part", "audio/wav")
            return {"url": url, "tokens_in": answer.tokens_in, "tokens_out": answer.tokens_out}

        price = models.tokens_price(self.model, most_usd=self._most(line), cap_usd=request.cap_usd)
        kept = orders.at_once(ctx, f"speech-{number}", say, price, orders.Seller(self.name, self.model))
        # The line may have been bought in an earlier delivery, whose scratch folder is gone.
        return ctx.artifacts.fetch(kept["url"], file)

    def _most(self, line: str) -> float:
        """The cost of one line that is spoken very slowly."""
        seconds = 2 * speech_s(line) + 4
        return prices.tokens_usd(self.model, models.tokens_in(line) + 100, seconds * _TOKENS_A_SECOND)


def prebuilt(usual: str, wish: VoiceWish) -> str:
    """Return the prebuilt voice that speaks: one that is named, else the usual one, unless its sex is not the one that
    was asked for."""
    named = next((voice for voice in _SEXES if voice.casefold() in wish.words.casefold().split()), None)
    if named is not None or wish.sex in {"", _SEXES.get(usual, "")}:
        return named or usual
    return next(voice for voice, sex in _SEXES.items() if sex == wish.sex)


def is_likely(line: str, seconds: float) -> bool:
    """Whether a sound of this length can be the line and nothing else: these models sometimes fall silent, or go on."""
    usual = speech_s(line)
    return 0.25 * usual <= seconds <= 3 * usual + _SLACK_S


def language(tag: str) -> str:
    """Return a language tag in the form that the model takes, with a region."""
    primary, _, rest = tag.partition("-")
    if not rest:
        return _REGIONS.get(primary, primary)
    return f"{primary}-{rest.upper()}" if len(rest) == 2 else tag


def _read(file: Path, line: str) -> Spoken:
    """Read a line and make it ready for the mix. The model does not report when each word is spoken, so that is
    estimated from the pauses."""
    with wave.open(str(file), "rb") as sound:
        rate = sound.getframerate()
        samples = np.frombuffer(sound.readframes(sound.getnframes()), "<i2").astype(np.float32) / np.float32(32768)
    untimed = ready_for_mix(samples, rate, [])
    return Spoken(untimed.sound, times(line, untimed.seconds, pauses(untimed.sound[:, 0])))


def pauses(sound: Sound) -> list[tuple[float, float]]:
    """Return start and end in seconds of each pause within a line, mono at 48 kHz."""
    step = RATE // 100
    count = len(sound) // step
    if not count:
        return []
    level = np.sqrt((sound[: count * step].reshape(count, step) ** 2).mean(axis=1))
    quiet = np.concatenate([[False], level < _QUIET * level.max(), [False]])
    edges = np.flatnonzero(quiet[1:] != quiet[:-1]).reshape(-1, 2)
    return [
        (first / 100, end / 100)
        for first, end in edges.tolist()
        if end - first >= 100 * _PAUSE_S and first > 0 and end < count
    ]


def times(line: str, seconds: float, rests: Sequence[tuple[float, float]] = ()) -> tuple[tuple[float, float], ...]:
    """Estimate start and end of each word of `line`, in seconds.

    `rests` are the pauses in its sound. Each is taken to follow the word whose estimated end is nearest, preferably one
    with a stop after it. Between two pauses, a word's share of the time is that of its letters.
    """
    words = line.split()
    weights = [1.5 + len(word) + 2.5 * sum(map(str.isdigit, word)) for word in words]
    spoken = seconds - sum(end - start for start, end in rests)
    ends = np.cumsum(weights) / max(sum(weights), 1e-9) * spoken
    # Of each stretch of speech: its first word, when it begins, and when the stretch before it ended.
    marks = [(0, 0.0, 0.0)]
    rested = 0.0
    for start, end in rests:
        after = range(marks[-1][0], len(words) - 1)
        at = start - rested
        nearest = min(
            after, key=lambda word: abs(ends[word] - at) - _STOP_S * (words[word][-1] in ".,;:!?…"), default=None
        )
        rested += end - start
        if nearest is not None:
            marks.append((nearest + 1, end, start))
    found: list[tuple[float, float]] = []
    for (first, begins, _), (next_first, _, until) in pairwise([*marks, (len(words), seconds, seconds)]):
        part = weights[first:next_first]
        bounds = begins + np.cumsum([0.0, *part]) / max(sum(part), 1e-9) * max(until - begins, 0.0)
        found += [(float(start), float(end)) for start, end in pairwise(bounds)]
    return tuple(found)


def _faster(ctx: Context, file: Path, pace: float) -> Path:
    to = file.with_stem(f"{file.stem}-faster")
    processes.run_checked(ctx, ffmpeg.faster(file, pace, to), code="voice_failed")
    return to


def make(env: Mapping[str, str]) -> Narrator:
    """Make the narrator from the settings of `Vertex.from_env`, VERTEX_SPEECH_MODEL and VERTEX_VOICE.

    Raises `BadSetting`.
    """
    name = env.get("VERTEX_VOICE") or VOICE
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{1,63}", name):
        raise BadSetting("VERTEX_VOICE", f"must be the name of a prebuilt voice such as {VOICE}.")
    return VertexNarrator(Vertex.from_env(env), models.chosen(env, models.SPEECH), name)
