"""A pipeline whose stage ignores its context, and whose child process keeps running until it is killed."""

import time

from service.pipeline import Context, Job, Output, Outputs, Pipeline, Stage


def deaf(_job: Job, _outputs: Outputs, context: Context) -> Output:
    child = context.popen(["sleep", "300"])
    context.log.info("child %d", child.pid)
    time.sleep(300)
    return {}


pipeline = Pipeline(
    name="stubborn",
    presets=frozenset({"quick_social"}),
    transitions={"DEAF": "DONE"},
    stages={"DEAF": Stage(deaf)},
)
