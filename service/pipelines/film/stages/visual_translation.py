"""VISUAL_TRANSLATION: from the treatment to the look of every shot, on the full path."""

from service.pipeline import Context, Job, Output, Outputs
from service.pipelines.film import wishes
from service.pipelines.film.script.look import storyboard
from service.pipelines.film.script.reading.brief import Brief
from service.pipelines.film.script.treatment import treatment_of
from service.pipelines.film.seeds import Seed


def run(job: Job, outputs: Outputs, ctx: Context) -> Output:
    ctx.progress(0.0, "drawing the storyboard")
    brief = Brief.from_json(outputs["ANALYSIS"]["brief"])
    seed = Seed(outputs["INIT"]["seed"])
    unwanted = wishes.read_wishes(job).pictograms
    return {"storyboard": storyboard.draw_up(treatment_of(outputs), seed, brief.directions, unwanted).to_json()}
