"""CREATIVE_DIRECTION: from the brief to a treatment, on the full path."""

from service.pipeline import Context, Job, Output, Outputs
from service.pipelines.film import wishes
from service.pipelines.film.brief import Brief
from service.pipelines.film.providers.protocols import Direction, Providers
from service.pipelines.film.seeds import Seed


def run(job: Job, outputs: Outputs, ctx: Context, *, by: Providers) -> Output:
    ctx.progress(0.0, "writing the treatment")
    return {"treatment": by.director.direct(ctx, asked(job, outputs)).to_json()}


def asked(job: Job, outputs: Outputs) -> Direction:
    """What the director is to make of this job."""
    return Direction(
        brief=Brief.from_json(outputs["ANALYSIS"]["brief"]),
        wishes=wishes.read_wishes(job),
        preset=wishes.preset_of(job),
        seed=Seed(outputs["INIT"]["seed"]),
    )
