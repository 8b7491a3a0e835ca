"""AUDIO_GENERATION: narration, music and their mix; and with the narration's real lengths, when everything happens."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from service.pipeline import Context, Job, Output, Outputs
from service.pipelines.film.money import account as costs
from service.pipelines.film.providers.protocols import Lines, Narrator, Providers
from service.pipelines.film.script import narration, timeline
from service.pipelines.film.script.narration import Reading
from service.pipelines.film.script.timeline import LEAD_S, Slot, Timeline, Word
from service.pipelines.film.script.treatment import Treatment, treatment_of
from service.pipelines.film.seeds import Seed
from service.pipelines.film.studio import ffmpeg, loudness, music, probe, soundtrack
from service.pipelines.film.studio import processes as children
from service.pipelines.film.studio.voice import Spoken

_CROWDED_S = 0.3  # The pauses around a line can be this much shorter before a line has to fall silent.
_LETTERS_A_SECOND = 14.0
_CEILINGS_DB = (loudness.CEILING_DB, -3.0, -4.5, -6.0)
_HIGHEST_DBTP = -1.1


@dataclass(frozen=True, slots=True)
class _Told:
    """Who narrates, with which seed, within what the job may spend."""

    narrator: Narrator
    seed: int
    cap_usd: float


def run(job: Job, outputs: Outputs, ctx: Context, *, by: Providers) -> Output:
    """Raises `Later("voice_failed")` where the voice breaks, `Later("sound_failed")` where ffmpeg does."""
    treatment, seed = treatment_of(outputs), Seed(outputs["INIT"]["seed"])
    readings = [narration.reading(shot.voice, treatment.lang) for shot in treatment.shots]
    ctx.progress(0.05, "speaking and playing")
    seconds = round(treatment.seconds * timeline.FPS) / timeline.FPS
    with ThreadPoolExecutor(1, thread_name_prefix="music") as pool:
        # The voice is a process of its own: the music is made in the meantime.
        playing = pool.submit(music.compose, seconds, treatment.mood, seed.random("music"), ctx.check)
        spoken, voice = _narrate(ctx, treatment, readings, _Told(by.narrator, seed.number("voice"), costs.cap_usd(job)))
        bed = playing.result()
    plan, lines = _silent(treatment, readings) if spoken is None else _placed(treatment, readings, spoken)
    ctx.progress(0.6, "mixing")
    cuts = [slot.start_s for slot in plan.slots[1:]]
    mix = soundtrack.mix(bed, lines, cuts, seed.random("cuts"))
    del bed
    sound = ctx.scratch / "sound.m4a"
    loud, peak = _mastered(ctx, mix, sound)
    ctx.progress(0.9, "keeping the sound")
    url = ctx.artifacts.put(sound, "sound.m4a.part", "audio/mp4")
    silent = spoken is not None and any(
        shot.voice and not one for shot, one in zip(treatment.shots, spoken, strict=True)
    )
    return {
        "sound_url": url,
        "timeline": plan.to_json(),
        "voice": voice,
        "some_lines_left_out": silent,
        "loudness_lufs": loud,
        "true_peak_dbtp": peak,
    }


def _mastered(ctx: Context, mix: loudness.Sound, to: Path) -> tuple[float, float]:
    """Master the mix into the AAC file `to` so that it keeps its peaks when it is coded, which only coding it tells;
    loudness in LUFS and true peak in dBTP as coded."""
    loud = peak = 0.0
    plain = to.with_suffix(".wav")
    for ceiling in _CEILINGS_DB:
        ctx.check()
        soundtrack.write(loudness.master(mix, ceiling_db=ceiling), plain)
        children.must(ctx, ffmpeg.to_aac(plain, to), code="sound_failed")
        loud, peak = probe.heard(ctx, to)
        if peak <= _HIGHEST_DBTP:
            break
    plain.unlink()
    return loud, peak


def _narrate(
    ctx: Context, treatment: Treatment, readings: Sequence[Reading], told: _Told
) -> tuple[list[Spoken | None] | None, str | None]:
    """Every shot's line said so that all fit the film, None for a shot without, and by which voice; None where there
    is no voice for the language.

    Lines that are too long together are said faster first; then the lightest shots fall silent.
    """
    voiced = [place for place, reading in enumerate(readings) if reading.spoken]
    spoken: Sequence[Spoken] = ()
    voice: str | None = None
    if voiced:
        pauses = timeline.needed_s([0.01 if reading.spoken else 0.0 for reading in readings])
        lines = [readings[place].spoken for place in voiced]
        fit_s = treatment.seconds - pauses
        asked = Lines(lines=lines, lang=treatment.lang, seed=told.seed, fit_s=fit_s, cap_usd=told.cap_usd)
        answer = told.narrator.narrate(ctx, asked)
        if answer is None:
            return None, None
        spoken, voice = answer.spoken, answer.voice
    said = {place: one for place, one in zip(voiced, spoken, strict=True) if one.seconds}
    for place in sorted(said, key=lambda place: (treatment.shots[place].weight, -place)):
        if _over(treatment, said) <= _CROWDED_S * len(said) or len(said) == 1:
            break
        del said[place]
    return [said.get(place) for place in range(len(readings))], voice


def _over(treatment: Treatment, said: dict[int, Spoken]) -> float:
    """By how many seconds the lines are too long for the film."""
    lengths = [said[place].seconds if place in said else 0.0 for place in range(len(treatment.shots))]
    return timeline.needed_s(lengths) - treatment.seconds


def _placed(
    treatment: Treatment, readings: Sequence[Reading], spoken: Sequence[Spoken | None]
) -> tuple[Timeline, list[tuple[float, loudness.Sound]]]:
    lengths = [one.seconds if one else 0.0 for one in spoken]
    bounds = timeline.shared_out(lengths, [shot.seconds for shot in treatment.shots], treatment.seconds)
    slots: list[Slot] = []
    lines: list[tuple[float, loudness.Sound]] = []
    for (first, end), reading, one in zip(bounds, readings, spoken, strict=True):
        words: tuple[Word, ...] = ()
        if one:
            room = (end - first) / timeline.FPS - one.seconds
            at = first / timeline.FPS + max(min(LEAD_S, room / 2), 0.0)
            words = narration.timed(reading, one.words, one.seconds, at)
            lines.append((at, one.sound))
        slots.append(Slot(first, end, words))
    return Timeline(tuple(slots)), lines


def _silent(treatment: Treatment, readings: Sequence[Reading]) -> tuple[Timeline, list[tuple[float, loudness.Sound]]]:
    """The words shown as captions at the pace of reading, where no voice can say them."""
    lengths = [len(shot.voice) / _LETTERS_A_SECOND for shot in treatment.shots]
    bounds = timeline.shared_out(lengths, [shot.seconds for shot in treatment.shots], treatment.seconds)
    slots = []
    for (first, end), reading in zip(bounds, readings, strict=True):
        room = (end - first) / timeline.FPS - LEAD_S
        slots.append(Slot(first, end, narration.read_silently(reading, first / timeline.FPS + LEAD_S, max(room, 0.5))))
    return Timeline(tuple(slots)), []
