"""RENDER_EXECUTION: the planned pictures bought, every shot rendered and kept by itself, then put together with the
sound."""

import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from service.pipeline import Context, Job, Json, Output, Outputs
from service.pipelines.film import parallel, pictures, wishes
from service.pipelines.film.pictures import Bought
from service.pipelines.film.providers.protocols import Providers
from service.pipelines.film.script import captions
from service.pipelines.film.script.storyboard import storyboard_of
from service.pipelines.film.script.timeline import Timeline
from service.pipelines.film.script.treatment import treatment_of
from service.pipelines.film.studio import ffmpeg, shots
from service.pipelines.film.studio import processes as children
from service.pipelines.film.studio.shots import Film

AT_ONCE = min(2, os.cpu_count() or 1)
"""Shots rendered at a time; they come out the same whatever the number."""
_SHARE_OF_SHOTS = 0.9


def run(job: Job, outputs: Outputs, ctx: Context, *, by: Providers) -> Output:
    """Raises `Later("render_failed")` where ffmpeg breaks, and what the illustrator raises."""
    film = film_of(job, outputs)
    bought = pictures.buy(job, outputs, ctx, by.illustrator)
    count = len(film.timeline.slots)
    ctx.progress(0.0, f"rendering {count} shots")
    urls = _rendered(ctx, film, bought)
    ctx.progress(_SHARE_OF_SHOTS, "putting the film together")
    whole = ctx.once("assembly", lambda: _assembled(ctx, urls, outputs["AUDIO_GENERATION"]["sound_url"]))
    poster = shots.poster(film, ctx.scratch / "poster.jpg", pictures.poster_ground(ctx, film, bought.get(0)))
    return {
        "film_url": whole,
        "poster_url": ctx.artifacts.put(poster, "poster.jpg", "image/jpeg"),
        "captions_url": ctx.artifacts.put(_captions(ctx, film), "captions.vtt", "text/vtt"),
        "shots": count,
        "frames": film.timeline.frames,
    }


def _captions(ctx: Context, film: Film) -> Path:
    vtt = ctx.scratch / "captions.vtt"
    vtt.write_text(captions.webvtt(film.cues), encoding="utf-8")
    return vtt


def film_of(job: Job, outputs: Outputs) -> Film:
    """All that the pictures hang on, from what the stages before decided."""
    timeline = Timeline.from_json(outputs["AUDIO_GENERATION"]["timeline"])
    analysis = outputs["ANALYSIS"]
    return Film(
        treatment=treatment_of(outputs),
        storyboard=storyboard_of(outputs),
        timeline=timeline,
        cues=captions.cues(timeline),
        width=analysis["width"],
        height=analysis["height"],
        crf=wishes.preset_of(job).crf,
    )


def _rendered(ctx: Context, film: Film, bought: Mapping[int, Bought]) -> list[str]:
    """The URLs of all shots in their order; two are rendered at a time."""
    count = len(film.timeline.slots)
    done = 0
    lock = threading.Lock()

    def one(place: int) -> Json:
        nonlocal done
        seconds = film.timeline.slots[place].frames / 30
        url = ctx.once(f"shot-{place}", _maker(ctx, film, place, bought.get(place)), needs_s=2.0 + 1.5 * seconds)
        with lock:
            done += 1
            ctx.progress(_SHARE_OF_SHOTS * done / count, f"shot {done} of {count}")
        return url

    return parallel.each(one, range(count), at_once=AT_ONCE, name="shot")


def _maker(ctx: Context, film: Film, place: int, bought: Bought | None) -> Callable[[], Json]:
    def make() -> Json:
        with pictures.ground(ctx, film, place, bought) as ground:
            file = shots.render(ctx, film, place, ctx.scratch / f"shot-{place}.mp4", ground)
        url = ctx.artifacts.put(file, f"shot-{place}.mp4.part", "video/mp4")
        file.unlink()
        return url

    return make


def _assembled(ctx: Context, urls: list[str], sound_url: str) -> str:
    names: list[str] = []
    for place, url in enumerate(urls):
        ctx.check()
        ctx.artifacts.fetch(url, ctx.scratch / f"part-{place}.mp4")
        names.append(f"file 'part-{place}.mp4'")
    listed = ctx.scratch / "parts.txt"
    listed.write_text("\n".join(["ffconcat version 1.0", *names]) + "\n")
    sound = ctx.artifacts.fetch(sound_url, ctx.scratch / "sound.m4a")
    film: Path = ctx.scratch / "film.mp4"
    children.must(ctx, ffmpeg.assemble(listed, sound, film), code="render_failed")
    return ctx.artifacts.put(film, "film.mp4", "video/mp4")
