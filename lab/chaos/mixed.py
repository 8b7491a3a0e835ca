"""`PIPELINE=lab.chaos.mixed:pipeline`: the drill, and the film for jobs that ask for it. Both take one path."""

from collections.abc import Mapping

from service.pipeline import Context, Job, Output, Outputs, Pipeline, Stage
from service.pipelines import drill, film

FILM = "chaos_film"


def pipeline(env: Mapping[str, str]) -> Pipeline:
    drills, films = drill.pipeline(env), film.pipeline(env)

    def chosen(job: Job) -> Pipeline:
        return films if job.metadata.get(FILM) else drills

    def stage(name: str) -> Stage:
        def run(job: Job, outputs: Outputs, context: Context) -> Output:
            return chosen(job).stages[name].run(job, outputs, context)

        return Stage(run, lambda job: chosen(job).stages[name].needs_s(job))

    return Pipeline(
        name="chaos",
        presets=drills.presets,
        transitions=drills.transitions,
        stages={name: stage(name) for name in drills.transitions},
        check=lambda job: chosen(job).check(job),
    )
