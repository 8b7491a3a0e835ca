"""CREATIVE_DIRECTION: from the brief to a treatment, on the full path."""

from dataclasses import replace

from service.pipeline import Context, Job, Output, Outputs
from service.pipelines.film import wishes
from service.pipelines.film.money import account
from service.pipelines.film.providers.protocols import DirectionRequest, Providers
from service.pipelines.film.script.judging.semantics import SemanticReport
from service.pipelines.film.script.look import brand, colour_names
from service.pipelines.film.script.reading.brief import Brief
from service.pipelines.film.script.treatment import Treatment
from service.pipelines.film.script.writing import text
from service.pipelines.film.seeds import Seed


def run(job: Job, outputs: Outputs, ctx: Context, *, providers: Providers) -> Output:
    ctx.progress(0.0, "writing the treatment")
    return {"treatment": directed(job, outputs, ctx, providers).to_json()}


def directed(job: Job, outputs: Outputs, ctx: Context, providers: Providers) -> Treatment:
    """Return the director's treatment in the client's colours, if metadata or the brief name some."""
    request = direction_of(job, outputs)
    return in_brands_colours(providers.director.direct(ctx, request), request)


def in_brands_colours(treatment: Treatment, request: DirectionRequest) -> Treatment:
    """Return the treatment in the client's colours, if metadata or the brief name some."""
    directions = request.brief.directions
    colours = request.wishes.colours or brand.colours_in(" ".join(directions)) or colour_names.asked(directions)
    if not colours:
        return treatment
    return replace(treatment, palette=brand.name_of(colours, request.wishes.style or ""))


def direction_of(job: Job, outputs: Outputs) -> DirectionRequest:
    """Gather what the director needs. If QA_SEMANTIC sent the job back, its output is already there."""
    report = outputs.get("QA_SEMANTIC")
    return request_of(
        job,
        Brief.from_json(outputs["ANALYSIS"]["brief"]),
        Seed(outputs["INIT"]["seed"]),
        SemanticReport.from_json(report) if report else None,
    )


def request_of(job: Job, brief: Brief, seed: Seed, report: SemanticReport | None = None) -> DirectionRequest:
    """Gather what the director needs for the brief of a job."""
    return DirectionRequest(
        brief=brief,
        content=text.normal(job.content),
        wishes=wishes.read_wishes(job),
        preset=wishes.preset_of(job),
        seed=seed,
        cap_usd=account.cap_usd(job),
        report=report,
    )
