"""A pipeline of one stage that does nothing: what a delivery costs by itself. The drill beside it has nine."""

from service.pipeline import Context, Job, Output, Outputs, Pipeline, Stage


def nothing(_job: Job, _outputs: Outputs, _context: Context) -> Output:
    return {"done": True}


pipeline = Pipeline(
    name="one stage",
    presets=frozenset({"quick_social"}),
    transitions={"ONLY": "END"},
    stages={"ONLY": Stage(nothing)},
)
