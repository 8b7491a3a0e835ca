"""Gather what a film's pictures are made from: what the earlier stages decided, and the client's own logo and font."""

from dataclasses import replace

from service.pipeline import Context, Job, Outputs
from service.pipelines.film import wishes
from service.pipelines.film.script.look.storyboard import storyboard_of
from service.pipelines.film.script.treatment import treatment_of
from service.pipelines.film.script.voice import captions
from service.pipelines.film.script.voice.timeline import Timeline
from service.pipelines.film.studio import pictures, typefaces
from service.pipelines.film.studio.fonts import Face
from service.pipelines.film.studio.logo import Logo
from service.pipelines.film.studio.shots import Film


def film_of(job: Job, outputs: Outputs, ctx: Context) -> tuple[Film, Face | None]:
    """Return everything that the pictures depend on, and the face of its words: the client's, in the scratch folder,
    or one that goes with the film's mood; None is Noto's.

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
    return replace(film, logo=logo), _face(ctx, film, wished.font)


def _face(ctx: Context, film: Film, own: str | None) -> Face | None:
    if own:
        return Face(ctx.asset(own, ctx.scratch / "font"))
    words = "".join([film.treatment.script(), *(cue.text for cue in film.cues)])
    return typefaces.face_of(film.storyboard.typeface, words)


def _opened(ctx: Context, reference: str) -> Logo:
    return Logo.of(pictures.opened(ctx.asset(reference, ctx.scratch / "logo"), "RGBA"))
