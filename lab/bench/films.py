"""Measure how fast a film is made and how much memory that takes: one film alone, its render stage beside a plain pass
of ffmpeg over the same frames, and five films at once.

Seconds on a busy machine say little, so the stage and the plain pass run in turn and are compared as a ratio, and CPU
seconds are given too.
"""

import os
import re
import resource
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import psutil

from lab.bench.deliveries import world_around
from lab.bench.load import cpu_s
from lab.harness.calls import call
from lab.harness.film_context import LocalContext, local_context
from lab.harness.messages import Brief
from lab.harness.processes import Gunicorn
from service.pipeline import Job, Output
from service.pipelines.film import pipeline
from service.pipelines.film.script.look.palettes import STYLES
from service.pipelines.film.script.voice.timeline import FPS
from service.pipelines.film.stages import render_execution
from service.pipelines.film.studio import ffmpeg, shots, sources
from service.pipelines.film.studio.canvas import Canvas
from service.pipelines.film.studio.shots import Film

FILMS = 5
SECONDS = 10
PRESET = "quick_social"
SAMPLE_S = 0.2
BRIEFS = (
    "Meet Beam, the little lighthouse that learned to dance. Every night it turns its light into music.",
    "Fresh bread at six. Bakery Nord bakes 400 loaves a night. Kirchgasse 12, open every day.",
    "The river run is back. Ten kilometres, 3,000 runners, one finish line. Sign up before Sunday.",
    "Every child should see the sea. Your 20 euros take one there. Give today.",
    "A pocket lamp that charges in the sun. Four hours of light, no cable. From March.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Production:
    """Figures of films made by a real service. Bytes are at the peak: the proportional set size of its processes plus
    scratch files. `stages_s` is summed over the films."""

    films: int
    film_s: float
    wall_s: float
    cpu_s: float
    stages_s: Mapping[str, float]
    idle_bytes: int
    peak_bytes: int
    scratch_bytes: int
    leases_lost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Medians of the render stage and of a plain pass over the same frames, in wall and CPU seconds."""

    film_s: float
    render_s: float
    plain_s: float
    render_cpu_s: float
    plain_cpu_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """All figures. `alone` and `beside` (the render stage beside a plain pass) are keyed by the film's style."""

    alone: Mapping[str, Production]
    beside: Mapping[str, Comparison]
    at_once: Production


def run(rounds: int, say: Callable[[str], None]) -> Figures:
    """Make one film of each style alone, run `rounds` rounds of render stage and plain pass, make `FILMS` at once."""
    say(f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}")
    alone = {}
    with _service(say) as (service, scratch):
        # The first film is not counted: what a process does only once is not part of a film's cost.
        _produced(service, scratch, BRIEFS[:1], duration_sec=3)
        for style in STYLES:
            alone[style] = _produced(service, scratch, BRIEFS[:1], duration_sec=SECONDS, style=style)
            say(f"{style}: one film in {alone[style].wall_s:.1f} s")
    beside = {}
    for style in STYLES:
        beside[style] = _compared(style, rounds)
        say(f"{style}: rendered in {beside[style].render_s:.2f} s, one plain pass in {beside[style].plain_s:.2f} s")
    with _service(say) as (service, scratch):
        at_once = _produced(service, scratch, BRIEFS[:FILMS], duration_sec=SECONDS)
    return Figures(alone=alone, beside=beside, at_once=at_once)


@contextmanager
def _service(say: Callable[[str], None]) -> Iterator[tuple[Gunicorn, Path]]:
    """Run a service that makes films. Yield it, and the folder of its scratch files."""
    with world_around(say) as (world, host, _):
        scratch = world.folder / "scratch"
        scratch.mkdir()
        service = Gunicorn(
            world,
            PIPELINE="film",
            MAX_CONCURRENT_JOBS=str(FILMS),
            PUBSUB_EMULATOR_HOST=host,
            LOG_LEVEL="WARNING",
            TMPDIR=str(scratch),
        )
        try:
            yield service, scratch
        finally:
            service.close()


def _produced(service: Gunicorn, scratch: Path, contents: Sequence[str], **metadata: object) -> Production:
    """Make films of these briefs, all at once. Raises `RuntimeError` if one of them was not made."""
    tree = psutil.Process(service.process.pid)
    briefs = [Brief(content=content, preset=PRESET, metadata=metadata) for content in contents]
    idle = _memory(tree)
    peaks, done = [(idle, 0)], threading.Event()

    def watch() -> None:
        while not done.wait(SAMPLE_S):
            files = _bytes_in(scratch)
            peaks.append((_memory(tree) + files, files))

    watcher = threading.Thread(target=watch)
    before, stages_before, began = cpu_s(tree.pid), _stages(service), time.monotonic()
    watcher.start()
    try:
        with ThreadPoolExecutor(len(briefs)) as pool:
            answers = list(pool.map(lambda brief: service.push(brief.body(), timeout=600), briefs))
        wall = time.monotonic() - began
    finally:
        done.set()
        watcher.join()
    refused = [answer.body for answer in answers if answer.status != HTTPStatus.NO_CONTENT]
    if refused:
        raise RuntimeError(str(refused))
    # A 204 only says that the message is done with, which is also true of a film that failed for good.
    results = [_result(service, brief) for brief in briefs]
    return Production(
        films=len(briefs),
        film_s=sum(result["duration_sec"] for result in results),
        wall_s=wall,
        cpu_s=cpu_s(tree.pid) - before,
        stages_s={stage: until - stages_before.get(stage, 0.0) for stage, until in _stages(service).items()},
        idle_bytes=idle,
        peak_bytes=max(both for both, _ in peaks),
        scratch_bytes=max(files for _, files in peaks),
        leases_lost=round(sum(value for _, value in _metric(service, "aiprod_leases_lost_total"))),
    )


def _result(service: Gunicorn, brief: Brief) -> dict[str, Any]:
    sql = "SELECT status, output, error_code, error_message FROM job_results WHERE job_id = :id"
    (row,) = service.world.query(sql, id=brief.job_id)
    if row["status"] != "success":
        message = f"no film of {brief.content!r}: {row['error_code']}: {row['error_message']}"
        raise RuntimeError(message)
    output: dict[str, Any] = row["output"]
    return output


def _compared(style: str, rounds: int) -> Comparison:
    """Run the render stage and a plain pass over its frames in turn. The plain pass is the same encoder with the same
    settings and as many threads as the stage's encoders have together; it reads the frames from a file and does nothing
    else."""
    job = Job(
        id="bench",
        user_id="bench",
        content=BRIEFS[0],
        preset=PRESET,
        metadata={"duration_sec": SECONDS, "style": style},
    )
    with tempfile.TemporaryDirectory(prefix="aiprod-bench-") as name:
        folder = Path(name)
        outputs = _before_render(job, folder)
        film, _ = sources.film_of(job, outputs, _context(folder, -1))
        frames = _painted(film, folder / "frames.yuv")
        stage = pipeline({}).stages["RENDER_EXECUTION"]
        threads = render_execution.AT_ONCE * ffmpeg.THREADS
        plain = ffmpeg.encode_frames(film.width, film.height, FPS, film.crf, folder / "plain.mp4", threads=threads)
        figures = []
        for number in range(rounds):
            ctx = _context(folder, number)
            rendered = _timed(lambda ctx=ctx: stage.run(job, outputs, ctx))  # type: ignore[misc]
            shutil.rmtree(ctx.scratch.parent)
            figures.append((*rendered, *_timed(lambda: _piped(plain, frames))))
    render_s, render_cpu_s, plain_s, plain_cpu_s = (statistics.median(values) for values in zip(*figures, strict=True))
    return Comparison(
        film_s=film.timeline.seconds,
        render_s=render_s,
        plain_s=plain_s,
        render_cpu_s=render_cpu_s,
        plain_cpu_s=plain_cpu_s,
    )


def _before_render(job: Job, folder: Path) -> dict[str, Output]:
    """Run the stages before the render stage. Return their outputs."""
    film, outputs = pipeline({}), dict[str, Output]()
    stage, ctx = film.first, local_context(folder / "before")
    while stage != "RENDER_EXECUTION":
        outputs[stage] = film.stages[stage].run(job, outputs, ctx)
        stage = film.after(stage, job, outputs)
    return outputs


def _context(folder: Path, number: int) -> LocalContext:
    """Make a context with an empty scratch folder that finds the artifacts stored before."""
    ctx = local_context(folder / f"round-{number}")
    ctx.artifacts.folder = folder / "before" / "artifacts"
    return ctx


def _painted(film: Film, to: Path) -> Path:
    """Write all frames of a film to a file, in the encoder's format."""
    canvas = Canvas(film.width, film.height)
    with to.open("wb") as file:
        for index, slot in enumerate(film.timeline.slots):
            cutter = shots.Cutter(film, index)
            for number in range(slot.frames):
                cutter.paint(canvas, number)
                canvas.write(file)
    return to


def _piped(command: Sequence[str | Path], source: Path) -> None:
    with source.open("rb") as file:
        subprocess.run(command, stdin=file, check=True)


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return the wall and CPU seconds of `work`, child processes included."""
    before, began = _spent(), time.monotonic()
    work()
    return time.monotonic() - began, _spent() - before


def _spent() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def _memory(tree: psutil.Process) -> int:
    """Return the proportional set size of a process and its descendants in bytes: shared pages count once."""
    total = 0
    for process in (tree, *tree.children(recursive=True)):
        try:
            total += process.memory_full_info().pss
        except psutil.Error:
            continue
    return total


def _bytes_in(folder: Path) -> int:
    """Sum the bytes of all files below a folder; a file that is deleted meanwhile counts as 0."""
    total = 0
    for file in folder.rglob("*"):
        try:
            total += file.stat().st_size
        except OSError:
            continue
    return total


def _stages(service: Gunicorn) -> dict[str, float]:
    """Return the seconds spent in each stage so far."""
    found = (
        (re.search(r'stage="(\w+)"', series), value)
        for series, value in _metric(service, "aiprod_stage_duration_seconds_sum")
    )
    return {stage.group(1): value for stage, value in found if stage is not None}


def _metric(service: Gunicorn, name: str) -> list[tuple[str, float]]:
    """Return the series of a metric with their values."""
    lines = call(service.port, "GET", "/metrics").body.decode().splitlines()
    split = (line.rsplit(" ", 1) for line in lines if line.startswith(name))
    return [(series, float(value)) for series, value in split]
