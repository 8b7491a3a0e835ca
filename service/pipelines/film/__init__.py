"""The film: a text brief in, a finished short film out. Built on `service.pipeline` alone."""

from collections.abc import Mapping

from service.pipeline import Pipeline


def pipeline(env: Mapping[str, str]) -> Pipeline:
    """The film's pipeline for the providers that `PROVIDER` and its like name (`providers.choose`): "local" needs no
    account and no network.

    Raises `BadSetting`.
    """
    # Imported here: the drill takes the presets and the path from this package and must not pay for numpy.
    from service.pipelines.film import providers, stages, wishes  # noqa: PLC0415
    from service.pipelines.film.presets import PRESETS  # noqa: PLC0415
    from service.pipelines.film.transitions import TRANSITIONS  # noqa: PLC0415

    return Pipeline(
        name="film",
        presets=frozenset(PRESETS),
        transitions=TRANSITIONS,
        stages=stages.stages(providers.choose(env)),
        check=wishes.check,
    )
