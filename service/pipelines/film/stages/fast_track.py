"""FAST_TRACK: treatment and storyboard in one go, for presets that are to be quick."""

from service.pipeline import Context, Job, Output, Outputs
from service.pipelines.film import director, storyboard, wishes
from service.pipelines.film.brief import Brief
from service.pipelines.film.seeds import Seed


def run(job: Job, outputs: Outputs, ctx: Context) -> Output:
    ctx.progress(0.0, "writing the treatment")
    seed = Seed(outputs["INIT"]["seed"])
    read = Brief.from_json(outputs["ANALYSIS"]["brief"])
    treatment = director.direct(read, wishes.read_wishes(job), wishes.preset_of(job), seed)
    return {"treatment": treatment.to_json(), "storyboard": storyboard.draw_up(treatment, seed).to_json()}
