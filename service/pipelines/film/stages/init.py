"""INIT: record what the film is made with, so that every later delivery makes the same film."""

from dataclasses import asdict
from importlib import metadata

from service.pipeline import Context, Job, Output, Outputs
from service.pipelines.film import wishes
from service.pipelines.film.credits import CREDITS
from service.pipelines.film.providers.protocols import Providers
from service.pipelines.film.seeds import Seed
from service.pipelines.film.studio import ffmpeg


def run(job: Job, _outputs: Outputs, ctx: Context, *, providers: Providers) -> Output:
    ctx.progress(0.0, "getting ready")
    return {
        "provider": providers.names(),
        "preset": job.preset,
        "seed": seed_of(job).digits,
        "wishes": asdict(wishes.read_wishes(job)),
        "versions": {**_versions(), "ffmpeg": ffmpeg.version()},
    }


def seed_of(job: Job) -> Seed:
    """Return the seed that the job names, or its own. Raises `Never` as `wishes.read_wishes`."""
    named = wishes.read_wishes(job).seed
    return Seed.named(named) if named else Seed.of_job(job.id)


def _versions() -> dict[str, str]:
    """Return the versions of the packages that are installed; some are optional."""
    found: dict[str, str] = {}
    for credit in CREDITS:
        try:
            found[credit.package] = metadata.version(credit.package)
        except metadata.PackageNotFoundError:
            continue
    return found
