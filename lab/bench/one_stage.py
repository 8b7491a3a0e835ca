"""A pipeline of one stage that does nothing, to measure what a delivery costs by itself; the drill has nine stages."""

from service.pipeline import Context, Job, Output, Outputs, Pipeline, Stage


def nothing(_job: Job, _outputs: Outputs, _context: Context) -> Output:
    return {"done": True}


pipeline = Pipeline(
    name="one stage",
    presets=frozenset({"quick_social"}),
    transitions={"ONLY": "END"},
    stages={"ONLY": Stage(nothing)},
)
