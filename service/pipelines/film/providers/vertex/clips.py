"""Order clips from Veo, poll them, find lost ones, and download them.

Shapes: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/veo-video-generation
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

from service.pipeline import PROVIDER, Json, Later, Never, StageError
from service.pipelines.film.providers.vertex import client
from service.pipelines.film.providers.vertex.client import Vertex

if TYPE_CHECKING:
    from google.cloud.storage import Bucket

CALL_S = 30.0
"""Timeout of one call: an order is only recorded, and a poll only looks it up."""

DOWNLOAD_S = 60.0
"""Timeout of one HTTP call to Cloud Storage, as in the artifact store. A clip of 8 s has about 10 MB."""

MADE_WITHIN_S = 360.0
"""From the order to the clip, 11 s at best and 6 minutes at peak hours
(https://ai.google.dev/gemini-api/docs/video#limitations). Until then, `find` may see nothing of an order that was
accepted."""

RESOLUTION = "1080p"
"""The film's own. The default, 720p, would have to be enlarged by half."""

SEEDS = 2**32
"""A seed is a 32-bit unsigned integer."""

INVALID_ARGUMENT = 3

T = TypeVar("T")


def order(
    vertex: Vertex, *, model: str, prompt: str, aspect_ratio: str, seconds: int, seed: int, request_id: str
) -> str:
    """Order one silent clip of `seconds` (4, 6 or 8) in 16:9 or 9:16. Return the operation's name, to poll.

    Veo takes no request id, so its output goes to a folder named by `request_id`, where `find` looks for it. Raises
    what `client.meaning` returns.
    """
    from google.genai import types  # noqa: PLC0415

    operation = client.ask(
        vertex,
        lambda genai: genai.models.generate_videos(
            model=model,
            source=types.GenerateVideosSource(prompt=prompt),
            config=types.GenerateVideosConfig(
                number_of_videos=1,
                duration_seconds=seconds,
                aspect_ratio=aspect_ratio,
                resolution=RESOLUTION,
                # The film has its own sound, and a clip with sound costs more.
                generate_audio=False,
                seed=seed % SEEDS,
                output_gcs_uri=_folder(vertex, request_id),
                http_options=client.http_options(CALL_S),
            ),
        ),
    )
    if not operation.name:
        raise client.unreadable("Vertex AI accepted the order and did not name the operation.")
    return operation.name


def collect(vertex: Vertex, operation: Json) -> str | None:
    """Return the clip's `gs://` URL, or None while it is being made. `operation` is what `order` or `find` returned.

    Raises `Never` for an operation that ended without a clip, every time it is polled: "provider_refused" if the prompt
    or the clip was blocked, "provider_failed" otherwise. A poll that fails raises what `client.meaning` returns.
    """
    from google.genai import types  # noqa: PLC0415

    if str(operation).startswith("gs://"):
        return str(operation)
    config = types.GetOperationConfig(http_options=client.http_options(CALL_S))
    named = types.GenerateVideosOperation.model_validate({"name": str(operation)})
    polled = client.ask(vertex, lambda genai: genai.operations.get(named, config=config))
    if not polled.done:
        return None
    if polled.error:
        raise ended(int(polled.error.get("code") or 0), str(polled.error.get("message") or ""))
    made = polled.response
    clips = (made.generated_videos or []) if made is not None else []
    if clips and clips[0].video is not None and clips[0].video.uri:
        return clips[0].video.uri
    if made is not None and made.rai_media_filtered_count:
        raise client.refused(" ".join(made.rai_media_filtered_reasons or ["filtered"]))
    raise ended(0, "no clip")


def ended(code: int, message: str) -> Never:
    """Return what the error of an operation that ended means. `code` is a google.rpc.Code. Veo answers a prompt that
    its filters refuse with 3, INVALID_ARGUMENT, and a support code in the message
    (https://cloud.google.com/vertex-ai/generative-ai/docs/video/responsible-ai-and-usage-guidelines)."""
    if code == INVALID_ARGUMENT:
        return client.refused(message)
    return Never("provider_failed", f"Veo ended without a clip ({code} {client.clean(message)}).")


def find(vertex: Vertex, request_id: str) -> str | None:
    """Return the clip that was made under `request_id`, in the form of a finished operation for `collect`: its `gs://`
    URL. None if there is none, which means nothing until `MADE_WITHIN_S` has passed. Raises `Later`."""
    folder = _folder(vertex, request_id)
    bucket, _, prefix = folder.removeprefix("gs://").partition("/")
    names = _storage(lambda: [blob.name for blob in vertex.storage().list_blobs(bucket, prefix=prefix, timeout=CALL_S)])
    return next((f"gs://{bucket}/{name}" for name in sorted(names) if name.endswith(".mp4")), None)


def download(vertex: Vertex, url: str, to: Path) -> Path:
    """Copy the clip at `url` to the local path `to`, whole or not at all. Return `to`.

    Raises `FileNotFoundError` if it is gone, `PermissionError` for a URL that is not under `vertex.clips`, and `Later`.
    """
    if not url.startswith(f"{vertex.clips}/"):
        message = f"{url} is not one of our clips"
        raise PermissionError(message)
    bucket, _, name = url.removeprefix("gs://").partition("/")
    partial = to.with_name(f".part-{to.name}")
    try:
        _storage(lambda: _bucket(vertex, bucket).blob(name).download_to_filename(str(partial), timeout=DOWNLOAD_S))
        partial.replace(to)
    finally:
        partial.unlink(missing_ok=True)
    return to


def _bucket(vertex: Vertex, name: str) -> "Bucket":
    return vertex.storage().bucket(name)


def _folder(vertex: Vertex, request_id: str) -> str:
    return f"{vertex.clips}/{quote(request_id, safe='').replace('.', '%2E')}/"


def _storage(call: Callable[[], T]) -> T:
    """Return what `call` returns. An error of Cloud Storage is raised as what it means; nothing is bought there."""
    from google.api_core import exceptions  # noqa: PLC0415
    from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415

    try:
        return call()
    except exceptions.NotFound as error:
        raise FileNotFoundError(str(error)) from error
    except (exceptions.GoogleAPIError, GoogleAuthError, OSError) as error:
        raise _unreachable(error) from error


def _unreachable(error: Exception) -> StageError:
    code = getattr(error, "code", None)
    if code in {401, 403}:
        return Later(
            "provider_misconfigured",
            f"Cloud Storage denied access to the clips ({code}). Check that the run account has "
            "roles/storage.objectViewer on the bucket of VERTEX_CLIPS_URL.",
            waits_for=PROVIDER,
        )
    return Later("provider_unavailable", "Cloud Storage cannot be reached at the moment.", waits_for=PROVIDER)
