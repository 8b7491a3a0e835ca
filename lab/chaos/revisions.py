"""Two revisions of one pipeline, `PIPELINE=lab.chaos.revisions:new` and `:old`: the old one does not know the preset
`NEW_PRESET`. In both, a provider is away while the file that `AWAY` names exists. Jobs are drills, or films if they ask
for it (`mixed`)."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from lab.chaos import mixed
from service.pipeline import Context, Job, Later, Output, Outputs, Pipeline, Stage
from service.pipelines import drill

NEW_PRESET = "premium_spot"
AWAY = "CHAOS_AWAY"
"""The environment variable that names the file."""
FILMS = "CHAOS_FILMS"
"""The environment variable that is set if some jobs are films."""
ASKS = "RENDER_EXECUTION"
"""The stage that asks the provider."""


def new(env: Mapping[str, str]) -> Pipeline:
    made = mixed.pipeline(env) if env.get(FILMS) else drill.pipeline(env)
    asking = made.stages[ASKS]
    away = Path(env[AWAY])

    def ask(job: Job, outputs: Outputs, context: Context) -> Output:
        if away.exists():
            raise Later("provider_away", "The provider is away.", retry_after_s=1, waits_for="provider")
        return asking.run(job, outputs, context)

    return replace(made, name="chaos", stages={**made.stages, ASKS: Stage(ask, asking.needs_s)})


def old(env: Mapping[str, str]) -> Pipeline:
    made = new(env)
    return replace(made, presets=made.presets - {NEW_PRESET})
