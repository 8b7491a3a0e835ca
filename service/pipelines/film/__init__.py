"""The film: a text brief in, a finished short film out. Built on `service.pipeline` alone."""

from collections.abc import Mapping

from service.pipeline import BadSetting, Pipeline


def pipeline(env: Mapping[str, str]) -> Pipeline:
    """The film's pipeline for the provider that `PROVIDER` names: "local", which needs no account and no network.

    Raises `BadSetting` for any other.
    """
    # Imported here: the drill takes the presets and the path from this package and must not pay for numpy.
    from service.pipelines.film import wishes  # noqa: PLC0415
    from service.pipelines.film.presets import PRESETS  # noqa: PLC0415
    from service.pipelines.film.stages import STAGES  # noqa: PLC0415
    from service.pipelines.film.transitions import TRANSITIONS  # noqa: PLC0415

    provider = env.get("PROVIDER") or "local"
    if provider == "vertex":
        name = "PROVIDER"
        sentence = 'PROVIDER=vertex is not built yet; the only provider of this version is "local".'
        raise BadSetting(name, sentence)
    if provider != "local":
        name = "PROVIDER"
        sentence = 'PROVIDER must be "local": it is the only provider of this version.'
        raise BadSetting(name, sentence)
    return Pipeline(
        name="film",
        presets=frozenset(PRESETS),
        transitions=TRANSITIONS,
        stages=STAGES,
        check=wishes.check,
    )
