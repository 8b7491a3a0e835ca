"""Make a film with its own stages, and keep what it was mixed from: the lines of the voice and the music under them."""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from unittest import mock

import numpy as np

from lab.gallery.briefs import Example
from lab.harness.film_context import FolderStore, local_context, walk
from lab.listening.levels import Line, trimmed_db
from service.pipeline import Job, Output, Pipeline
from service.pipelines.film import pipeline
from service.pipelines.film.script.treatment import Treatment, treatment_of
from service.pipelines.film.script.voice import narration
from service.pipelines.film.script.voice.timeline import Timeline
from service.pipelines.film.studio import dialogue, ffmpeg, soundtrack, voice
from service.pipelines.film.studio.sound import RATE, Sound, Spoken
from service.pipelines.film.studio.voice import Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """A finished film: `decoded` is its sound as anybody hears it, `music` is what is in it besides the voice, before
    mastering. Both are stereo at 48 kHz."""

    name: str
    engine: Engine
    lang: str
    mood: str
    lines: tuple[Line, ...]
    music: Sound
    decoded: Sound

    @property
    def voice(self) -> Sound:
        """All lines where they are in the film; mono."""
        whole = np.zeros(len(self.music), np.float32)
        for line in self.lines:
            start = int(line.at * RATE)
            part = line.sound[: max(len(whole) - start, 0), 0]
            whole[start : start + len(part)] += part
        return whole


def make(brief: Example, preset: str, metadata: Output, engine: Engine, folder: Path, *, is_whole: bool = True) -> Take:
    """Make the film of a brief, spoken by an engine, in `folder`, which ends up with `film.mp4`. If it is not to be
    whole, only its sound is made, which is encoded by then and goes into the film as it is."""
    job = Job(id=f"listen-{brief.name}"[:36], user_id="lab", content=brief.content, preset=preset, metadata=metadata)
    mixed: list[tuple[Sound, list[tuple[float, Sound]]]] = []
    trimmed: dict[int, float] = {}
    mix, ready = soundtrack.mix, dialogue.ready_for_mix

    def made_ready(raw: Sound, rate: int, words: list[list[float]]) -> Spoken:
        line = ready(raw, rate, words)
        trimmed[id(line.sound)] = trimmed_db(raw, rate)
        return line

    def recorded(bed: Sound, lines: Sequence[tuple[float, Sound]], cuts: Sequence[float], chance: Random) -> Sound:
        before = chance.getstate()
        # The music makes way for lines that are silent, too.
        music = mix(bed, [(at, sound * 0) for at, sound in lines], cuts, chance)
        mixed.append((music, list(lines)))
        chance.setstate(before)
        return mix(bed, lines, cuts, chance)

    def chosen(lang: str) -> Engine:
        return engine if engine == "espeak" else engine_for(lang)

    engine_for = voice.engine_for
    with (
        mock.patch.object(soundtrack, "mix", recorded),
        mock.patch.object(voice, "ready_for_mix", made_ready),
        mock.patch.object(voice, "engine_for", chosen),
    ):
        outputs = walk(pipeline({}), job, folder) if is_whole else _sound_alone(pipeline({}), job, folder)
    film = folder / "film.mp4"
    url = outputs["FINALIZE"]["film_url"] if is_whole else outputs["AUDIO_GENERATION"]["sound_url"]
    shutil.copyfile(url.removeprefix("file://"), film)
    music, lines = mixed[-1]
    treatment = treatment_of(outputs)
    return Take(
        name=brief.name,
        engine=engine,
        lang=treatment.lang,
        mood=outputs["AUDIO_GENERATION"]["music"],
        lines=_lines(treatment, Timeline.from_json(outputs["AUDIO_GENERATION"]["timeline"]), lines, trimmed),
        music=music,
        decoded=decode(film),
    )


def _sound_alone(film: Pipeline, job: Job, folder: Path) -> dict[str, Output]:
    """The outputs of the stages up to the sound."""
    outputs: dict[str, Output] = {}
    stage = film.first
    while "AUDIO_GENERATION" not in outputs:
        ctx = local_context(folder / stage)
        ctx.artifacts, ctx.stage = FolderStore(folder / "artifacts"), stage
        outputs[stage] = film.stages[stage].run(job, outputs, ctx)
        stage = film.after(stage, job, outputs)
    return outputs


def _lines(
    treatment: Treatment, plan: Timeline, mixed: Sequence[tuple[float, Sound]], trimmed: Mapping[int, float]
) -> tuple[Line, ...]:
    """The lines in their order, each with its words: a shot whose line was left out has none."""
    readings = zip(narration.readings(treatment), plan.slots, strict=True)
    said = [(reading, slot) for reading, slot in readings if slot.words]
    return tuple(
        Line(
            slot.words,
            tuple(reading.spoken[first:end] for _, first, end in reading.words),
            at,
            sound,
            trimmed[id(sound)],
        )
        for (reading, slot), (at, sound) in zip(said, mixed, strict=True)
    )


def decode(film: Path, rate: int = RATE, channels: int = 2) -> Sound:
    """Return the sound of a file, decoded by ffmpeg: shape (samples, channels)."""
    shape = ("-ac", f"{channels}", "-ar", f"{rate}", "-f", "f32le", "-")
    args: list[str | Path] = [ffmpeg.program(), "-loglevel", "error", "-i", film, "-vn", *shape]
    raw = subprocess.run(args, check=True, capture_output=True).stdout
    return np.frombuffer(raw, np.float32).reshape(-1, channels)
