"""A pipeline that fails twice in the life of each job, and then succeeds."""

from service.pipeline import Context, Job, Later, Output, Outputs, Pipeline, Stage


def first(_job: Job, _outputs: Outputs, _context: Context) -> Output:
    return {}


def second(job: Job, _outputs: Outputs, _context: Context) -> Output:
    if job.failures < 2:
        raise Later("not_yet", f"Failure {job.failures + 1} of 2, as told.")
    return {"failures": job.failures}


pipeline = Pipeline(
    name="fails_twice",
    presets=frozenset({"quick_social"}),
    transitions={"FIRST": "SECOND", "SECOND": "DONE"},
    stages={"FIRST": Stage(first), "SECOND": Stage(second)},
)
