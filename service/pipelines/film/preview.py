"""What a film would say and show, shot by shot, before it is made. Only the local director can tell: another would have
to be paid for its answer.

The lengths are estimates, because the spoken narration decides them; the words are those of the film.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, pairwise

from service.pipeline import Job, Preview, PreviewPart, Unused
from service.pipelines.film import wishes
from service.pipelines.film.changes import Changes
from service.pipelines.film.providers.protocols import DirectionRequest, Providers
from service.pipelines.film.script.directing import rules
from service.pipelines.film.script.judging import left_out, semantics, unmet, untold
from service.pipelines.film.script.judging.semantics import SemanticReport
from service.pipelines.film.script.lines import sound_talk
from service.pipelines.film.script.look import pictograms, storyboard
from service.pipelines.film.script.look.storyboard import Frame, Storyboard
from service.pipelines.film.script.names import titles
from service.pipelines.film.script.reading import brief
from service.pipelines.film.script.reading.brief import Brief
from service.pipelines.film.script.treatment import Shot, Treatment
from service.pipelines.film.script.voice.timeline import FPS, Slot, Timeline
from service.pipelines.film.stages import analysis, creative_direction, finalize, init
from service.pipelines.film.studio import fonts, typefaces
from service.pipelines.film.studio.board import sheet
from service.pipelines.film.studio.shots import Film

UNNAMED = "name"
"""The fact of a film that does not bear its title."""


def of(providers: Providers) -> Callable[[Job], Preview] | None:
    """Return what previews the films of these providers; None if their director has to be paid."""
    if providers.director.name != "local":
        return None
    return lambda job: preview(job, providers)


def preview(job: Job, providers: Providers) -> Preview:
    """Plan the film of a job. Raises `Never` as ANALYSIS does for a brief of which no film can be made."""
    read = analysis.read_brief(job, providers)
    seed = init.seed_of(job)
    request = creative_direction.request_of(job, read, seed)
    treatment, report, talk = planned(request)
    treatment = creative_direction.in_brands_colours(treatment, request)
    board = storyboard.draw_up(treatment, seed, read.directions, request.wishes.pictograms)
    who, what = sound_talk.asked(request.wishes, read.directions)
    aspect_ratio, width, height = wishes.format_of(job, read.shapes)
    offered = Changes(request.wishes, read, request.content)
    names = titles.others(brief.may_be_called(request.content, read.lang), treatment.title or read.title)
    return Preview(
        title=treatment.title or read.title,
        facts={
            **({} if treatment.title else {UNNAMED: _why_unnamed(read)}),
            "length": f"about {treatment.seconds:.0f} s",
            "format": f"{aspect_ratio}, {width}x{height}",
            "language": treatment.lang,
            "mood": treatment.mood,
            **({"voice": "off"} if who.is_off else {}),
            **({"music": "off"} if what.is_off else {}),
        },
        parts=list(_parts(treatment, board.frames, offered, is_voiced=not who.is_off)),
        unused=[
            Unused(line=one.line, why=one.why, changes=list(offered.of_untold(one)))
            for one in untold.lines(read, treatment, request.content, talk)
        ],
        changes=list(offered.of_film(treatment.title, names)),
        entries=list(offered.entries(treatment.title or read.title)),
        picture=lambda: _drawn(job, treatment, board, (width, height)),
        warnings=[
            *finalize.warnings(job, read),
            *unmet.warnings(read.directions, read.shapes, aspect_ratio),
            *report.objections,
            *left_out.taken_for_talk(talk),
            *left_out.planned_warnings(read.without(talk), treatment, request.preset.longest_s),
        ],
    )


def planned(request: DirectionRequest) -> tuple[Treatment, SemanticReport, Sequence[str]]:
    """Plan a film as it will be: directed again without what its report takes for talk, if it fails by that. Return the
    plan, its report, and what was left out."""
    talk: Sequence[str] = ()
    read = request.brief
    while True:
        treatment = rules.direct(read, request.wishes, request.preset, request.seed)
        report = semantics.planned(treatment, read, request.content, request.preset.qa_threshold)
        if talk or report.passed or not report.leave_out:
            return treatment, report, talk
        talk = report.leave_out
        read = request.brief.without(talk)


def _drawn(job: Job, treatment: Treatment, board: Storyboard, size: tuple[int, int]) -> bytes:
    """Draw the storyboard, with the film's own faces and drawings; what the client brings is not in it."""
    width, height = size
    film = Film(
        treatment=treatment,
        storyboard=board,
        timeline=_estimated(treatment),
        cues=(),
        width=width,
        height=height,
        crf=wishes.preset_of(job).crf,
    )
    with fonts.using(typefaces.face_of(board.typeface, treatment.script())):
        return sheet(film)


def _estimated(treatment: Treatment) -> Timeline:
    """The timeline as it was planned, without a voice."""
    ends = [round(seconds * FPS) for seconds in accumulate(shot.seconds for shot in treatment.shots)]
    return Timeline(tuple(Slot(first, max(end, first + 1), ()) for first, end in pairwise((0, *ends))))


def _why_unnamed(read: Brief) -> str:
    if read.by_hand.is_untitled:
        return "bears no title, as metadata.title says"
    return "does not bear this title: it may not be the name"


def _parts(
    treatment: Treatment, frames: tuple[Frame, ...], offered: Changes, *, is_voiced: bool
) -> Iterator[PreviewPart]:
    at = 0.0
    for shot, frame in zip(treatment.shots, frames, strict=True):
        minutes, seconds = divmod(round(at), 60)
        yield PreviewPart(
            name=f"{minutes}:{seconds:02} {shot.purpose}",
            says=_says(shot, frame, is_voiced=is_voiced),
            changes=list(offered.of_shot(shot, frame.picture)),
        )
        at += shot.seconds


def _says(shot: Shot, frame: Frame, *, is_voiced: bool) -> dict[str, str]:
    told = {
        "shows": " / ".join(part for part in (shot.lead, shot.headline, shot.label, *shot.items) if part),
        "says": shot.voice if is_voiced else "",
        "picture": pictograms.name_of(frame.picture),
    }
    return {what: words for what, words in told.items() if words}
