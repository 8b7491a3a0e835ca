"""CREATIVE_DIRECTION: from the brief to a treatment, on the full path."""

from service.pipeline import Context, Job, Output, Outputs
from service.pipelines.film import wishes
from service.pipelines.film.money import account as costs
from service.pipelines.film.providers.protocols import Direction, Providers
from service.pipelines.film.script import text
from service.pipelines.film.script.brief import Brief
from service.pipelines.film.script.semantics import SemanticReport
from service.pipelines.film.seeds import Seed


def run(job: Job, outputs: Outputs, ctx: Context, *, by: Providers) -> Output:
    ctx.progress(0.0, "writing the treatment")
    return {"treatment": by.director.direct(ctx, asked(job, outputs)).to_json()}


def asked(job: Job, outputs: Outputs) -> Direction:
    """What the director is to make of this job. QA_SEMANTIC has an output by now where it sent the job back."""
    report = outputs.get("QA_SEMANTIC")
    return Direction(
        brief=Brief.from_json(outputs["ANALYSIS"]["brief"]),
        content=text.normal(job.content),
        wishes=wishes.read_wishes(job),
        preset=wishes.preset_of(job),
        seed=Seed(outputs["INIT"]["seed"]),
        cap_usd=costs.cap_usd(job),
        report=SemanticReport.from_json(report) if report else None,
    )
