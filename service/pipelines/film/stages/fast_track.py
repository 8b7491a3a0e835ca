"""FAST_TRACK: treatment and storyboard in one go, for presets that are to be quick."""

from service.pipeline import Context, Job, Output, Outputs
from service.pipelines.film.providers.protocols import Providers
from service.pipelines.film.script import storyboard
from service.pipelines.film.seeds import Seed
from service.pipelines.film.stages.creative_direction import asked


def run(job: Job, outputs: Outputs, ctx: Context, *, by: Providers) -> Output:
    ctx.progress(0.0, "writing the treatment")
    treatment = by.director.direct(ctx, asked(job, outputs))
    drawn = storyboard.draw_up(treatment, Seed(outputs["INIT"]["seed"]))
    return {"treatment": treatment.to_json(), "storyboard": drawn.to_json()}
