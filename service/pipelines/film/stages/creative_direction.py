"""CREATIVE_DIRECTION: from the brief to a treatment, on the full path."""

from service.pipeline import Context, Job, Output, Outputs
from service.pipelines.film import wishes
from service.pipelines.film.money import account
from service.pipelines.film.providers.protocols import DirectionRequest, Providers
from service.pipelines.film.script import text
from service.pipelines.film.script.brief import Brief
from service.pipelines.film.script.semantics import SemanticReport
from service.pipelines.film.seeds import Seed


def run(job: Job, outputs: Outputs, ctx: Context, *, providers: Providers) -> Output:
    ctx.progress(0.0, "writing the treatment")
    return {"treatment": providers.director.direct(ctx, direction_of(job, outputs)).to_json()}


def direction_of(job: Job, outputs: Outputs) -> DirectionRequest:
    """Gather what the director needs. If QA_SEMANTIC sent the job back, its output is already there."""
    report = outputs.get("QA_SEMANTIC")
    return DirectionRequest(
        brief=Brief.from_json(outputs["ANALYSIS"]["brief"]),
        content=text.normal(job.content),
        wishes=wishes.read_wishes(job),
        preset=wishes.preset_of(job),
        seed=Seed(outputs["INIT"]["seed"]),
        cap_usd=account.cap_usd(job),
        report=SemanticReport.from_json(report) if report else None,
    )
