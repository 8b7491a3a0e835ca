"""How far a job is on its way, by the table of its pipeline. Pure."""

from service.pipeline import Choice, Pipeline

NO_WAY = -1_000_000
"""Stages on a way that turns in a circle: less than on any that leads to the end."""


def percent(pipeline: Pipeline, stage: str, done: int, fraction: float | None) -> int | None:
    """0 to 100: `done` finished stages and the `fraction` of the one in hand, against the longest way that is left.

    A fork that is not behind yet may make the way shorter, never longer, so the number does not fall. None where the
    pipeline does not know the stage: the job is another pipeline's.
    """
    if stage == pipeline.end:
        return 100
    if stage not in pipeline.transitions:
        return None
    left = _longest(pipeline, stage, frozenset())
    return int(100 * (done + min(max(fraction or 0.0, 0.0), 1.0)) / (done + left))


def _longest(pipeline: Pipeline, stage: str, behind: frozenset[str]) -> int:
    """Stages from `stage` on, itself included, on the longest way to the end that goes through none of them twice."""
    if stage in behind:
        return NO_WAY
    if stage not in pipeline.transitions:
        return 0
    step = pipeline.transitions[stage]
    targets = step.among if isinstance(step, Choice) else (step,)
    return 1 + max(_longest(pipeline, target, behind | {stage}) for target in targets)
