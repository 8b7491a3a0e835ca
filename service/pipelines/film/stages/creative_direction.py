"""CREATIVE_DIRECTION: from the brief to a treatment, on the full path."""

from service.pipeline import Context, Job, Output, Outputs
from service.pipelines.film import director, wishes
from service.pipelines.film.brief import Brief
from service.pipelines.film.seeds import Seed


def run(job: Job, outputs: Outputs, ctx: Context) -> Output:
    ctx.progress(0.0, "writing the treatment")
    read = Brief.from_json(outputs["ANALYSIS"]["brief"])
    seed = Seed(outputs["INIT"]["seed"])
    treatment = director.direct(read, wishes.read_wishes(job), wishes.preset_of(job), seed)
    return {"treatment": treatment.to_json()}
