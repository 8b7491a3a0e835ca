"""A pipeline of one stage: it waits for `metadata.seconds`, and then kills its process if `metadata.is_poison`."""

import os
import signal

from service.pipeline import Context, Job, Output, Outputs, Pipeline, Stage


def work(job: Job, _outputs: Outputs, context: Context) -> Output:
    context.wait(job.metadata["seconds"])
    if job.metadata.get("is_poison"):
        os.kill(os.getpid(), signal.SIGKILL)
    return {}


pipeline = Pipeline(
    name="poison",
    presets=frozenset({"quick_social"}),
    transitions={"WORK": "DONE"},
    stages={"WORK": Stage(work)},
)
