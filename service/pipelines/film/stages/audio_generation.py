"""AUDIO_GENERATION: make the narration, the music and their mix. The narration's real length decides when everything
happens."""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from service.pipeline import Context, Job, Output, Outputs
from service.pipelines.film import wishes
from service.pipelines.film.money import account
from service.pipelines.film.providers.protocols import Narration, NarrationRequest, Narrator, Providers
from service.pipelines.film.script.lines import sound_talk
from service.pipelines.film.script.lines.sound_talk import MusicWish, VoiceWish
from service.pipelines.film.script.treatment import Mood, Treatment, treatment_of
from service.pipelines.film.script.voice import narration, pace, timeline
from service.pipelines.film.script.voice.narration import Reading
from service.pipelines.film.script.voice.timeline import LEAD_S, Slot, Timeline, Word
from service.pipelines.film.seeds import Seed
from service.pipelines.film.studio import (
    dialogue,
    ffmpeg,
    loudness,
    manners,
    music,
    probe,
    processes,
    samples,
    soundtrack,
    track,
)
from service.pipelines.film.studio.sound import RATE, Sound, Spoken

_LEAST_READING_S = 0.5
_RESTS_S = (0.4, 0.3, 0.25)
"""Between two items of a list: as it should be, and if time is short."""
_REST_AT_A_COMMA_S = 0.18
"""What a voice rests there by itself."""
_CEILINGS_DB = (loudness.CEILING_DB, -3.0, -4.5, -6.0)
_HIGHEST_DBTP = -1.1


@dataclass(frozen=True, slots=True)
class _Voice:
    """Who narrates, as whom, with which seed, within which spending cap, and how long the film may get for it."""

    narrator: Narrator
    wish: VoiceWish
    seed: int
    cap_usd: float
    longest_s: float


@dataclass(frozen=True, slots=True)
class _Narrated:
    """Each shot's line (None if it is silent), or None if nothing is narrated; how long the film must be for them; the
    voice's name, and what it is not."""

    lines: Sequence[Spoken | None] | None = None
    seconds: float = 0.0
    voice: str | None = None
    warnings: Sequence[str] = ()


def run(job: Job, outputs: Outputs, ctx: Context, *, providers: Providers) -> Output:
    """Raises `Later("voice_failed")` if the voice breaks, `Later("sound_failed")` if ffmpeg does."""
    treatment, seed = treatment_of(outputs), Seed(outputs["INIT"]["seed"])
    wished = wishes.read_wishes(job)
    who, what = sound_talk.asked(wished, outputs["ANALYSIS"]["brief"]["directions"])
    readings = narration.readings(treatment)
    ctx.progress(0.05, "speaking and playing")
    asked_s = wished.duration_sec or outputs["ANALYSIS"]["brief"].get("seconds")
    longest_s = treatment.seconds if asked_s else max(wishes.preset_of(job).longest_s, treatment.seconds)
    voice = _Voice(providers.narrator, who, seed.number("voice"), account.cap_usd(job), longest_s)

    def play(seconds: float) -> Sound | None:
        seconds = round(seconds * timeline.FPS) / timeline.FPS
        if wished.own_track:
            return track.read(ctx, wished.own_track, seconds)
        return _bed(ctx, seconds, what.mood or treatment.mood, what, seed)

    with ThreadPoolExecutor(1, thread_name_prefix="music") as pool:
        # The voice is a separate process, so the music is composed meanwhile.
        playing = pool.submit(play, treatment.seconds)
        narrated = _Narrated() if who.is_off else _narrate(ctx, treatment, readings, voice)
        bed = playing.result()
    spoken = narrated.lines
    if spoken is not None and narrated.seconds > treatment.seconds:
        treatment = replace(treatment, seconds=narrated.seconds)
        bed = play(treatment.seconds)
    is_played = bed is not None
    if bed is None:
        bed = np.zeros((round(treatment.seconds * timeline.FPS) * RATE // timeline.FPS, 2), np.float32)
    plan, lines = _silent(treatment, readings) if spoken is None else _placed(treatment, readings, spoken)
    ctx.progress(0.6, "mixing")
    cuts = [] if not is_played and spoken is None else [slot.start_s for slot in plan.slots[1:]]
    mix = soundtrack.mix(bed, lines, cuts, seed.random("cuts"))
    del bed
    sound = ctx.scratch / "sound.m4a"
    loudness_lufs, peak_dbtp = _mastered(ctx, mix, sound)
    ctx.progress(0.9, "keeping the sound")
    url = ctx.artifacts.put(sound, "sound.m4a.part", "audio/mp4")
    some_left_out = spoken is not None and any(
        shot.voice and not line for shot, line in zip(treatment.shots, spoken, strict=True)
    )
    return {
        "sound_url": url,
        "timeline": plan.to_json(),
        "voice": narrated.voice,
        "music": "own" if wished.own_track else what.mood or treatment.mood if is_played else "off",
        "warnings": [*narrated.warnings, *_shortfalls(what, is_played=is_played)],
        "some_lines_left_out": some_left_out,
        "loudness_lufs": loudness_lufs,
        "true_peak_dbtp": peak_dbtp,
    }


def _bed(ctx: Context, seconds: float, mood: Mood, wish: MusicWish, seed: Seed) -> Sound | None:
    """The music under the film, in stereo; None if none is wanted, or if the band's instruments are missing here."""
    if wish.is_off:
        return None
    manner = manners.manner(mood, wish.lead)
    try:
        bank = samples.read(manner.instruments(), samples.BAND)
    except samples.NoBand as missing:
        ctx.log.warning("no music: %s", missing, extra={"action": "no_band"})
        return None
    return music.compose(seconds, manner, bank, seed.random("music"), ctx.check)


def _shortfalls(wish: MusicWish, *, is_played: bool) -> list[str]:
    """A sentence for what was asked of the music and is not in it."""
    if wish.is_off:
        return []
    if not is_played:
        return ["The film has no music: the band's instruments could not be read where it was made."]
    if not wish.cannot:
        return []
    return [f"The music has no {' or '.join(wish.cannot)}: the band is piano, guitar, strings, bass, drums and bells."]


def _mastered(ctx: Context, mix: Sound, to: Path) -> tuple[float, float]:
    """Master the mix into the AAC file `to`; return its loudness in LUFS and its true peak in dBTP as encoded.

    Encoding may raise the peaks, and by how much is only known afterwards: lower ceilings are tried until it fits.
    """
    lufs = peak = 0.0
    plain = to.with_suffix(".wav")
    for ceiling in _CEILINGS_DB:
        ctx.check()
        soundtrack.write(loudness.master(mix, ceiling_db=ceiling), plain)
        processes.run_checked(ctx, ffmpeg.to_aac(plain, to), code="sound_failed")
        lufs, peak = probe.loudness_of(ctx, to)
        if peak <= _HIGHEST_DBTP:
            break
    plain.unlink()
    return lufs, peak


def _narrate(ctx: Context, treatment: Treatment, readings: Sequence[Reading], voice: _Voice) -> _Narrated:
    """Have the lines said so that they fit the film; nothing is narrated if there is no voice for the language.

    A film whose lines take longer than was planned gets longer, as far as it may. Beyond that they are first said
    faster, then the lightest shots fall silent.
    """
    voiced = [index for index, reading in enumerate(readings) if reading.spoken]
    answer = Narration(spoken=(), voice="")
    if voiced:
        pauses_s = timeline.needed_s(
            [
                timeline.PAUSES_S if line.spoken else narration.least_s(shot, 0.0)
                for shot, line in zip(treatment.shots, readings, strict=True)
            ]
        )
        items = sum(len(narration.item_starts(*each)) for each in zip(treatment.shots, readings, strict=True))
        rests_s = items * (_RESTS_S[0] - _REST_AT_A_COMMA_S)
        lines = NarrationRequest(
            lines=[readings[index].spoken for index in voiced],
            lang=treatment.lang,
            seed=voice.seed,
            fit_s=voice.longest_s - pauses_s - rests_s,
            cap_usd=voice.cap_usd,
            voice=voice.wish,
        )
        found = voice.narrator.narrate(ctx, lines)
        if found is None:
            return _Narrated()
        answer = found
    said = {index: line for index, line in zip(voiced, answer.spoken, strict=True) if line.seconds}
    said = _rested(treatment, readings, said, voice.longest_s)
    lengths = [said[index].seconds if index in said else 0.0 for index in range(len(readings))]
    silent = narration.fallen_silent(treatment.shots, lengths, voice.longest_s)
    lengths = [0.0 if index in silent else length for index, length in enumerate(lengths)]
    needed_s = narration.needed_s(treatment.shots, lengths)
    is_short = needed_s > treatment.seconds
    return _Narrated(
        [said[index] if length else None for index, length in enumerate(lengths)],
        min(math.ceil(needed_s), voice.longest_s) if is_short else treatment.seconds,
        answer.voice or None,
        answer.warnings,
    )


def _rested(
    treatment: Treatment, readings: Sequence[Reading], said: dict[int, Spoken], longest_s: float
) -> dict[int, Spoken]:
    """The lines with a rest before each item of a list, as far as no line has to fall silent for it."""

    def silent(lines: dict[int, Spoken]) -> set[int]:
        lengths = [lines[index].seconds if index in lines else 0.0 for index in range(len(readings))]
        return narration.fallen_silent(treatment.shots, lengths, longest_s)

    for rest_s in _RESTS_S:
        rested = {
            index: dialogue.rested(line, narration.item_starts(treatment.shots[index], readings[index]), rest_s)
            for index, line in said.items()
        }
        if silent(rested) == silent(said):
            return rested
    return said


def _bounds(treatment: Treatment, lengths: Sequence[float]) -> list[tuple[int, int]]:
    """Return the first and end frame of each shot, whose lines take `lengths` seconds."""
    wished = [shot.seconds for shot in treatment.shots]
    least = [narration.least_s(shot, length) for shot, length in zip(treatment.shots, lengths, strict=True)]
    return timeline.shared_out(lengths, wished, treatment.seconds, least)


def _placed(
    treatment: Treatment, readings: Sequence[Reading], spoken: Sequence[Spoken | None]
) -> tuple[Timeline, list[tuple[float, Sound]]]:
    """Return the timeline of a narrated film, and each line's sound with the second it starts at."""
    bounds = _bounds(treatment, [line.seconds if line else 0.0 for line in spoken])
    slots: list[Slot] = []
    lines: list[tuple[float, Sound]] = []
    for (first, end), reading, line in zip(bounds, readings, spoken, strict=True):
        words: tuple[Word, ...] = ()
        if line:
            room = (end - first) / timeline.FPS - line.seconds
            at = first / timeline.FPS + max(min(LEAD_S, room / 2), 0.0)
            words = narration.timed(reading, line.words, line.seconds, at)
            lines.append((at, line.sound))
        slots.append(Slot(first, end, words))
    return Timeline(tuple(slots)), lines


def _silent(treatment: Treatment, readings: Sequence[Reading]) -> tuple[Timeline, list[tuple[float, Sound]]]:
    """Return the timeline of a film that no voice can narrate: its captions appear at the pace of reading."""
    bounds = _bounds(treatment, [len(shot.voice) / pace.CALM_LETTERS_A_SECOND for shot in treatment.shots])
    slots = []
    for (first, end), reading in zip(bounds, readings, strict=True):
        room = max((end - first) / timeline.FPS - LEAD_S, _LEAST_READING_S)
        slots.append(Slot(first, end, narration.read_silently(reading, first / timeline.FPS + LEAD_S, room)))
    return Timeline(tuple(slots)), []
