"""Gather what a film's pictures are made from: what the earlier stages decided, and the client's own logo and font."""

from dataclasses import replace

from service.pipeline import Context, Job, Outputs
from service.pipelines.film import wishes
from service.pipelines.film.script import captions
from service.pipelines.film.script.storyboard import storyboard_of
from service.pipelines.film.script.timeline import Timeline
from service.pipelines.film.script.treatment import treatment_of
from service.pipelines.film.studio import pictures
from service.pipelines.film.studio.fonts import Face
from service.pipelines.film.studio.logo import Logo
from service.pipelines.film.studio.shots import Film


def film_of(job: Job, outputs: Outputs, ctx: Context) -> tuple[Film, Face | None]:
    """Return everything that the pictures depend on, and the client's font, in the scratch folder, if there is one.

    Raises `Never("asset_not_found")` if a file of the client's is gone.
    """
    timeline = Timeline.from_json(outputs["AUDIO_GENERATION"]["timeline"])
    analysis, wished = outputs["ANALYSIS"], wishes.read_wishes(job)
    film = Film(
        treatment=treatment_of(outputs),
        storyboard=storyboard_of(outputs),
        timeline=timeline,
        cues=captions.cues(timeline),
        width=analysis["width"],
        height=analysis["height"],
        crf=wishes.preset_of(job).crf,
    )
    logo = _opened(ctx, wished.logo) if wished.logo else None
    face = Face(ctx.asset(wished.font, ctx.scratch / "font")) if wished.font else None
    return replace(film, logo=logo), face


def _opened(ctx: Context, reference: str) -> Logo:
    return Logo.of(pictures.opened(ctx.asset(reference, ctx.scratch / "logo"), "RGBA"))
