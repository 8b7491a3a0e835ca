"""The drill: the film's path with stages that only wait and fail as told; for load, fault and smoke tests.

`metadata.drill_stage_ms` (0) is each stage's wait in milliseconds; a long one is kept in slices and goes on in the next
delivery; `metadata.drill_fail` is `once` (once in the job's
life, whatever the run), `always` or `permanent`, at the stage `metadata.drill_fail_stage` (RENDER_EXECUTION).
"""

import math
from collections.abc import Mapping

from service.pipeline import Context, Job, Json, Later, Never, Output, Outputs, Pipeline, Stage, StageFunction
from service.pipelines.film.presets import PRESETS
from service.pipelines.film.transitions import TRANSITIONS

MAX_STAGE_MS = 3_600_000
SLICE_S = 2.0
FAILURES = ("once", "always", "permanent")
FAIL_STAGE = "RENDER_EXECUTION"


def check(job: Job) -> None:
    """Refuse a drill whose orders make no sense."""
    _stage_ms(job)
    how, where = job.metadata.get("drill_fail"), job.metadata.get("drill_fail_stage", FAIL_STAGE)
    if how is not None and how not in FAILURES:
        raise Never("bad_metadata", f"metadata.drill_fail must be one of {', '.join(FAILURES)}.")
    if not isinstance(where, str) or where not in TRANSITIONS:
        raise Never("bad_metadata", f"metadata.drill_fail_stage must be one of {', '.join(TRANSITIONS)}.")


def _stage_ms(job: Job) -> float:
    value: Json = job.metadata.get("drill_stage_ms", 0)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= MAX_STAGE_MS:
        raise Never("bad_metadata", f"metadata.drill_stage_ms must be a number from 0 to {MAX_STAGE_MS}.")
    return float(value)


def _needs_s(job: Job) -> float:
    return min(SLICE_S, _stage_ms(job) / 1000)


def _wait(context: Context, wait_s: float) -> None:
    """One wait, or slices that are parts of the stage: as a film's render goes on shot after shot."""
    if wait_s <= SLICE_S:
        if wait_s:
            context.wait(wait_s)
        return
    slices = math.ceil(wait_s / SLICE_S)
    for number in range(slices):
        context.once(f"slice {number}", lambda: context.wait(wait_s / slices), needs_s=SLICE_S)
        context.progress((number + 1) / slices, f"slice {number + 1} of {slices}")


def _stage(name: str) -> StageFunction:
    def run(job: Job, _outputs: Outputs, context: Context) -> Output:
        wait_s = _stage_ms(job) / 1000
        _wait(context, wait_s)
        if job.metadata.get("drill_fail_stage", FAIL_STAGE) == name:
            _fail_as_told(job, name)
        return {"stage": name, "waited_ms": wait_s * 1000}

    return run


def _fail_as_told(job: Job, name: str) -> None:
    how = job.metadata.get("drill_fail")
    if how == "permanent":
        raise Never("drill_permanent", f"Stage {name} of the drill failed for good, as told.")
    if how == "always" or (how == "once" and job.failures == 0):
        raise Later("drill_failed", f"Stage {name} of the drill failed, as told.")


def pipeline(_env: Mapping[str, str]) -> Pipeline:
    """The drill has no settings."""
    return Pipeline(
        name="drill",
        presets=frozenset(PRESETS),
        transitions=TRANSITIONS,
        stages={name: Stage(_stage(name), _needs_s) for name in TRANSITIONS},
        check=check,
    )
