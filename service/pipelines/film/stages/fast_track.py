"""FAST_TRACK: write the treatment and draw the storyboard in one stage, for the fast presets."""

from service.pipeline import Context, Job, Output, Outputs
from service.pipelines.film import wishes
from service.pipelines.film.providers.protocols import Providers
from service.pipelines.film.script.look import storyboard
from service.pipelines.film.seeds import Seed
from service.pipelines.film.stages.creative_direction import directed


def run(job: Job, outputs: Outputs, ctx: Context, *, providers: Providers) -> Output:
    ctx.progress(0.0, "writing the treatment")
    treatment = directed(job, outputs, ctx, providers)
    unwanted = wishes.read_wishes(job).pictograms
    directions = outputs["ANALYSIS"]["brief"]["directions"]
    drawn = storyboard.draw_up(treatment, Seed(outputs["INIT"]["seed"]), directions, unwanted)
    return {"treatment": treatment.to_json(), "storyboard": drawn.to_json()}
