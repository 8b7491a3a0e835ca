"""The drill: walks the film's path with stages that only wait, and fails on request. For load, fault and smoke tests.

In the job's metadata:
- `drill_stage_ms` (0): how long each stage waits, in milliseconds; a long wait is checkpointed in slices and may go on
  in the next delivery;
- `drill_fail`: `once` (once in the job's life, whatever the run), `always` or `permanent`;
- `drill_fail_stage` (`RENDER_EXECUTION`): the stage that fails;
- `drill_provider`: the name of a provider that the job would use, for trying a pause of it.
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
    """Check the drill's metadata. Raises `Never("bad_metadata")`."""
    _stage_ms(job)
    failure, stage = job.metadata.get("drill_fail"), job.metadata.get("drill_fail_stage", FAIL_STAGE)
    if failure is not None and failure not in FAILURES:
        raise Never("bad_metadata", f"metadata.drill_fail must be one of {', '.join(FAILURES)}.")
    if not isinstance(stage, str) or stage not in TRANSITIONS:
        raise Never("bad_metadata", f"metadata.drill_fail_stage must be one of {', '.join(TRANSITIONS)}.")


def _stage_ms(job: Job) -> float:
    value: Json = job.metadata.get("drill_stage_ms", 0)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= MAX_STAGE_MS:
        raise Never("bad_metadata", f"metadata.drill_stage_ms must be a number from 0 to {MAX_STAGE_MS}.")
    return float(value)


def _needs_s(job: Job) -> float:
    return min(SLICE_S, _stage_ms(job) / 1000)


def _wait(context: Context, wait_s: float) -> None:
    """Wait, in slices that are checkpointed one by one if it takes long, as a film is rendered shot by shot."""
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
            _fail_if_asked(job, name)
        return {"stage": name, "waited_ms": wait_s * 1000}

    return run


def _fail_if_asked(job: Job, name: str) -> None:
    failure = job.metadata.get("drill_fail")
    if failure == "permanent":
        raise Never("drill_permanent", f"Stage {name} of the drill failed for good, as it was told to.")
    if failure == "always" or (failure == "once" and job.failures == 0):
        raise Later("drill_failed", f"Stage {name} of the drill failed, as it was told to.")


def _providers(job: Job) -> tuple[str, ...]:
    name: Json = job.metadata.get("drill_provider")
    return (name,) if isinstance(name, str) else ()


def pipeline(_env: Mapping[str, str]) -> Pipeline:
    """Build the drill's pipeline. It has no settings."""
    return Pipeline(
        name="drill",
        presets=frozenset(PRESETS),
        transitions=TRANSITIONS,
        stages={name: Stage(_stage(name), _needs_s) for name in TRANSITIONS},
        check=check,
        providers=_providers,
    )
