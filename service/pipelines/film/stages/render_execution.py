"""RENDER_EXECUTION: buy the planned pictures, render every shot on its own, and join them with the sound."""

import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from service.pipeline import Context, Job, Json, Output, Outputs
from service.pipelines.film import parallel, wishes
from service.pipelines.film.money import account
from service.pipelines.film.providers.protocols import Illustrator, PictureRequest, Providers
from service.pipelines.film.script.look import own_pictures
from service.pipelines.film.script.treatment import treatment_of
from service.pipelines.film.script.voice import captions
from service.pipelines.film.seeds import Seed
from service.pipelines.film.studio import ffmpeg, fonts, plates, processes, shots, sources
from service.pipelines.film.studio.fonts import Face
from service.pipelines.film.studio.plates import Plate
from service.pipelines.film.studio.shots import Film

AT_ONCE = min(2, os.cpu_count() or 1)
"""How many shots are rendered at a time. They come out the same whatever the number."""
_ORDERS_AT_ONCE = 4
_SHARE_OF_SHOTS = 0.9


def run(job: Job, outputs: Outputs, ctx: Context, *, providers: Providers) -> Output:
    """Raises `Later("render_failed")` if ffmpeg breaks, `Never("asset_not_found")` if a file of the client's is gone,
    and whatever the illustrator raises."""
    film, face = sources.film_of(job, outputs, ctx)
    own = _own(job, film)
    plate_of = {**_bought(job, outputs, ctx, providers.illustrator), **own}
    count = len(film.timeline.slots)
    ctx.progress(0.0, f"rendering {count} shots")
    urls = _rendered(ctx, film, plate_of, face)
    ctx.progress(_SHARE_OF_SHOTS, "putting the film together")
    film_url = ctx.once("assembly", lambda: _assembled(ctx, urls, outputs["AUDIO_GENERATION"]["sound_url"]))
    with fonts.using(face):
        poster = shots.poster(film, ctx.scratch / "poster.jpg", plates.poster_ground(ctx, film, plate_of.get(0)))
    return {
        "film_url": film_url,
        "poster_url": ctx.artifacts.put(poster, "poster.jpg", "image/jpeg"),
        "captions_url": ctx.artifacts.put(_captions(ctx, film), "captions.vtt", "text/vtt"),
        "shots": count,
        "frames": film.timeline.frames,
        "plated": sorted(plate_of),
    }


def _own(job: Job, film: Film) -> Mapping[int, Plate]:
    """Return the client's pictures by the index of their shot."""
    pictures = wishes.read_wishes(job).pictures
    placed = own_pictures.placed(film.treatment.shots, len(pictures))
    return {shot: Plate(pictures[number]) for shot, number in placed.items()}


def _bought(job: Job, outputs: Outputs, ctx: Context, illustrator: Illustrator) -> Mapping[int, Plate]:
    """Buy every picture of the plan; return them by the index of their shot. Clips are all ordered, then awaited."""
    treatment, seed = treatment_of(outputs), Seed(outputs["INIT"]["seed"])
    pictures = [
        PictureRequest(
            shot=line.shot,
            kind=line.kind,
            visual=treatment.shots[line.shot].visual,
            aspect_ratio=outputs["ANALYSIS"]["aspect_ratio"],
            seed=seed.number(f"picture-{line.shot}"),
            line=line,
            cap_usd=account.cap_usd(job),
        )
        for line in account.planned(outputs)
        if line.shot is not None and line.kind is not None
    ]
    if not pictures:
        return {}
    ctx.progress(0.0, f"making {len(pictures)} pictures")
    # If one fails, nothing more is ordered; each order already placed is recorded by its own thread.
    urls = parallel.each(
        lambda picture: illustrator.picture(ctx, picture), pictures, at_once=_ORDERS_AT_ONCE, name="picture"
    )
    return {
        picture.shot: Plate(url, picture.line.units if picture.kind == "clip" else None)
        for picture, url in zip(pictures, urls, strict=True)
    }


def _captions(ctx: Context, film: Film) -> Path:
    vtt = ctx.scratch / "captions.vtt"
    vtt.write_text(captions.webvtt(film.cues), encoding="utf-8")
    return vtt


def _rendered(ctx: Context, film: Film, plate_of: Mapping[int, Plate], face: Face | None) -> list[str]:
    """Render all shots, `AT_ONCE` at a time; return their URLs in order."""
    count = len(film.timeline.slots)
    done = 0
    lock = threading.Lock()

    def render(index: int) -> Json:
        nonlocal done
        needs_s = 2.0 + 1.5 * film.timeline.slots[index].seconds
        url = ctx.once(f"shot-{index}", _maker(ctx, film, index, plate_of, face), needs_s=needs_s)
        with lock:
            done += 1
            ctx.progress(_SHARE_OF_SHOTS * done / count, f"shot {done} of {count}")
        return url

    return parallel.each(render, range(count), at_once=AT_ONCE, name="shot")


def _maker(
    ctx: Context, film: Film, index: int, plate_of: Mapping[int, Plate], face: Face | None
) -> Callable[[], Json]:
    def make() -> Json:
        before = plates.end(ctx, film, index - 1, plate_of.get(index - 1))
        with fonts.using(face), plates.ground(ctx, film, index, plate_of.get(index)) as ground:
            cutter = shots.Cutter(film, index, ground, before)
            file = shots.render(ctx, cutter, ctx.scratch / f"shot-{index}.mp4")
        url = ctx.artifacts.put(file, f"shot-{index}.mp4.part", "video/mp4")
        file.unlink()
        return url

    return make


def _assembled(ctx: Context, urls: list[str], sound_url: str) -> str:
    """Join the shots and the sound; return the film's URL."""
    entries: list[str] = []
    for index, url in enumerate(urls):
        ctx.check()
        ctx.artifacts.fetch(url, ctx.scratch / f"part-{index}.mp4")
        entries.append(f"file 'part-{index}.mp4'")
    parts = ctx.scratch / "parts.txt"
    parts.write_text("\n".join(["ffconcat version 1.0", *entries]) + "\n")
    sound = ctx.artifacts.fetch(sound_url, ctx.scratch / "sound.m4a")
    film: Path = ctx.scratch / "film.mp4"
    processes.run_checked(ctx, ffmpeg.assemble(parts, sound, film), code="render_failed")
    return ctx.artifacts.put(film, "film.mp4", "video/mp4")
