"""How far a job has come, by its pipeline's transitions. Pure."""

from service.pipeline import Choice, Pipeline

NO_PATH = -1_000_000
"""The length of a path that runs in a circle: less than that of any path that leads to the end."""


def percent(pipeline: Pipeline, stage: str, done: int, fraction: float | None) -> int | None:
    """Return 0 to 100: the `done` stages and the `fraction` of the running one, against the longest path that is left.

    A fork ahead can make the path shorter but never longer, so the number never falls. None if the pipeline does not
    know the stage: the job belongs to another pipeline.
    """
    if stage == pipeline.end:
        return 100
    if stage not in pipeline.transitions:
        return None
    left = _longest_path(pipeline, stage, frozenset())
    return int(100 * (done + min(max(fraction or 0.0, 0.0), 1.0)) / (done + left))


def _longest_path(pipeline: Pipeline, stage: str, visited: frozenset[str]) -> int:
    """Count the stages from `stage` on, itself included, on the longest path to the end that visits none twice."""
    if stage in visited:
        return NO_PATH
    if stage not in pipeline.transitions:
        return 0
    step = pipeline.transitions[stage]
    targets = step.among if isinstance(step, Choice) else (step,)
    return 1 + max(_longest_path(pipeline, target, visited | {stage}) for target in targets)
