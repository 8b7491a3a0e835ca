"""The pictures behind the words: bought as the plan says, and put under their shots."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from service.pipeline import Context, Job, Outputs
from service.pipelines.film import parallel
from service.pipelines.film.money import account as costs
from service.pipelines.film.money.plan import Line
from service.pipelines.film.providers.protocols import Illustrator, Picture
from service.pipelines.film.script.treatment import treatment_of
from service.pipelines.film.seeds import Seed
from service.pipelines.film.studio import ffmpeg, shots
from service.pipelines.film.studio import processes as children
from service.pipelines.film.studio.backdrop import Clip, Place, Still
from service.pipelines.film.studio.grounds import Ground
from service.pipelines.film.studio.shots import Film

_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Bought:
    """A picture in the artifact store, and its line of the plan."""

    url: str
    line: Line


def buy(job: Job, outputs: Outputs, ctx: Context, illustrator: Illustrator) -> Mapping[int, Bought]:
    """Every picture of the plan, by its shot. Clips are ordered together and waited for together."""
    treatment, seed = treatment_of(outputs), Seed(outputs["INIT"]["seed"])
    asked = [
        Picture(
            place=line.shot,
            kind=line.kind,
            visual=treatment.shots[line.shot].visual,
            aspect_ratio=outputs["ANALYSIS"]["aspect_ratio"],
            seed=seed.number(f"picture-{line.shot}"),
            line=line,
            cap_usd=costs.cap_usd(job),
        )
        for line in costs.lines_of(outputs)
        if line.shot is not None and line.kind is not None
    ]
    if not asked:
        return {}
    ctx.progress(0.0, f"making {len(asked)} pictures")
    # Where one fails, what has not been ordered is not ordered; what is on its way is recorded by its own thread.
    urls = parallel.each(lambda one: illustrator.picture(ctx, one), asked, at_once=_AT_ONCE, name="picture")
    return {one.place: Bought(url, one.line) for one, url in zip(asked, urls, strict=True)}


@contextlib.contextmanager
def ground(ctx: Context, film: Film, place: int, bought: Bought | None) -> Iterator[Ground | None]:
    """The picture of a shot as its ground; None for a shot without one."""
    if bought is None:
        yield None
        return
    file = ctx.artifacts.fetch(bought.url, ctx.scratch / f"picture-{place}")
    stands, palette = _stands(film, place), shots.palette_of(film, place)
    try:
        if bought.line.kind == "clip":
            with Clip(ctx, file, palette, stands, bought.line.units) as clip:
                yield clip
        else:
            yield Still(file, palette, stands, film.treatment.shots[place].motion)
    finally:
        file.unlink(missing_ok=True)


def poster_ground(ctx: Context, film: Film, bought: Bought | None) -> Ground | None:
    """As `ground`, for one frame of the first shot."""
    if bought is None:
        return None
    file = ctx.artifacts.fetch(bought.url, ctx.scratch / "poster-picture")
    if bought.line.kind == "clip":
        frame: Path = ctx.scratch / "poster-frame.jpg"
        children.must(ctx, ffmpeg.one_frame(file, bought.line.units / 2, film.width, frame), code="render_failed")
        file = frame
    return Still(file, shots.palette_of(film, 0), _stands(film, 0), film.treatment.shots[0].motion)


def _stands(film: Film, place: int) -> Place:
    slot = film.timeline.slots[place]
    return Place((film.width, film.height), slot.start_s, slot.frames / 30)
