"""The film: a text brief in, a finished short film out. Built on `service.pipeline` alone.

Read in this order:
- `presets`, `wishes`, `transitions`: what a job may ask for, and the path it takes;
- `stages/`: what happens on that path, one file per stage; it puts the other folders to work;
- `preview`: what a film would say and show, before it is made;
- `script/`: what the film says, and when;
- `money/`: what it costs, and how it is paid for;
- `studio/`: how pictures and sound are made;
- `providers/`: who directs, illustrates, narrates and judges: this machine or Vertex AI.

Imports go one way: `preview` > `stages` > `providers` > `money` | `studio` > `script` > `wishes` and `presets`. The
import rules in `pyproject.toml` enforce this.
"""

from collections.abc import Mapping

from service.pipeline import BadSetting, Pipeline
from service.variables import misspelt


def pipeline(env: Mapping[str, str]) -> Pipeline:
    """Build the film's pipeline with the providers that `env` chooses (`providers.choose`).

    The default, "local", needs no account and no network. Raises `BadSetting`.
    """
    # Imported here because the drill takes the presets and the path from this package and must not load numpy.
    from service.pipelines.film import preview, providers, stages, wishes  # noqa: PLC0415
    from service.pipelines.film.presets import PRESETS  # noqa: PLC0415
    from service.pipelines.film.transitions import TRANSITIONS  # noqa: PLC0415
    from service.pipelines.film.variables import FILM  # noqa: PLC0415

    for name, must in misspelt(env, FILM).items():
        raise BadSetting(name, f"{must}.")
    used, chosen = providers.names(env), providers.choose(env)
    return Pipeline(
        name="film",
        presets=frozenset(PRESETS),
        transitions=TRANSITIONS,
        stages=stages.stages(chosen),
        check=wishes.check,
        # Every film is directed, illustrated, narrated and judged.
        providers=lambda _job: used,
        preview=preview.of(chosen),
    )
