"""Clips from Veo: ordered, asked after, found again and fetched.

Shapes: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/veo-video-generation
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

from service.pipeline import Json, Later, Never, StageError
from service.pipelines.film.providers.vertex import client
from service.pipelines.film.providers.vertex.client import Vertex

if TYPE_CHECKING:
    from google.cloud.storage import Bucket

CALL_S = 30.0
"""Of one call: an order is only written down, and a question only looked up."""

DOWNLOAD_S = 60.0
"""Of one HTTP call to Cloud Storage, as in the artifact store. A clip of 8 s has some 10 MB."""

MADE_WITHIN_S = 360.0
"""From the order to the clip, 11 s at best and 6 minutes at peak hours
(https://ai.google.dev/gemini-api/docs/video#limitations): before that `find` may see nothing of an order that was
taken."""

RESOLUTION = "1080p"
"""The film's own; 720p, which would be the default, is enlarged by half."""

SEEDS = 2**32
"""A seed is a 32-bit unsigned integer."""

INVALID_ARGUMENT = 3

T = TypeVar("T")


def order(
    vertex: Vertex, *, model: str, prompt: str, aspect_ratio: str, seconds: int, seed: int, request_id: str
) -> str:
    """Order one silent clip of `seconds` (4, 6 or 8) in 16:9 or 9:16; the operation's name, to ask after.

    Veo takes no request id. Its output goes to a folder named by `request_id`, so that `find` sees it. Raises as
    `client.meaning`.
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
                # The film has a sound of its own, and a clip with one costs more.
                generate_audio=False,
                seed=seed % SEEDS,
                output_gcs_uri=_folder(vertex, request_id),
                http_options=client.http_options(CALL_S),
            ),
        ),
    )
    if not operation.name:
        raise client.unreadable("Vertex AI took the order and gave it no name.")
    return operation.name


def collect(vertex: Vertex, operation: Json) -> str | None:
    """The clip's `gs://` URL, or None while it is being made. `operation` is what `order` or `find` returned.

    Raises `Never` for an operation that is over without a clip, however often one asks: "provider_refused" where the
    prompt or the clip was held back, "provider_failed" otherwise. A question that gets no answer is a `Later`, as
    `client.meaning` says.
    """
    from google.genai import types  # noqa: PLC0415

    if str(operation).startswith("gs://"):
        return str(operation)
    config = types.GetOperationConfig(http_options=client.http_options(CALL_S))
    asked = types.GenerateVideosOperation.model_validate({"name": str(operation)})
    seen = client.ask(vertex, lambda genai: genai.operations.get(asked, config=config))
    if not seen.done:
        return None
    if seen.error:
        raise over(int(seen.error.get("code") or 0), str(seen.error.get("message") or ""))
    made = seen.response
    clips = (made.generated_videos or []) if made is not None else []
    if clips and clips[0].video is not None and clips[0].video.uri:
        return clips[0].video.uri
    if made is not None and made.rai_media_filtered_count:
        raise client.refused(" ".join(made.rai_media_filtered_reasons or ["filtered"]))
    raise over(0, "no clip")


def over(code: int, message: str) -> Never:
    """What the error of an operation that has ended means; `code` is a google.rpc.Code. Veo answers a prompt that its
    filters refuse with 3, INVALID_ARGUMENT, and a support code in the message
    (https://cloud.google.com/vertex-ai/generative-ai/docs/video/responsible-ai-and-usage-guidelines)."""
    if code == INVALID_ARGUMENT:
        return client.refused(message)
    return Never("provider_failed", f"Veo ended without a clip ({code} {client.clean(message)}).")


def find(vertex: Vertex, request_id: str) -> str | None:
    """The clip that landed under `request_id`, as a finished operation for `collect`: its `gs://` URL. None where none
    is there, which says nothing before `MADE_WITHIN_S` is over. Raises `Later`."""
    folder = _folder(vertex, request_id)
    bucket, _, prefix = folder.removeprefix("gs://").partition("/")
    names = _storage(lambda: [blob.name for blob in vertex.storage().list_blobs(bucket, prefix=prefix, timeout=CALL_S)])
    return next((f"gs://{bucket}/{name}" for name in sorted(names) if name.endswith(".mp4")), None)


def download(vertex: Vertex, url: str, to: Path) -> Path:
    """Copy the clip at `url` to the local path `to`, whole or not at all; return `to`.

    Raises `FileNotFoundError` where it is gone, `PermissionError` for a URL outside the place of the clips, `Later`.
    """
    if not url.startswith(f"{vertex.clips}/"):
        message = f"{url} is no clip of ours"
        raise PermissionError(message)
    bucket, _, name = url.removeprefix("gs://").partition("/")
    beside = to.with_name(f".part-{to.name}")
    try:
        _storage(lambda: _bucket(vertex, bucket).blob(name).download_to_filename(str(beside), timeout=DOWNLOAD_S))
        beside.replace(to)
    finally:
        beside.unlink(missing_ok=True)
    return to


def _bucket(vertex: Vertex, name: str) -> "Bucket":
    return vertex.storage().bucket(name)


def _folder(vertex: Vertex, request_id: str) -> str:
    return f"{vertex.clips}/{quote(request_id, safe='').replace('.', '%2E')}/"


def _storage(call: Callable[[], T]) -> T:
    """What `call` returns; an error of Cloud Storage is raised as what it means. Nothing is bought there."""
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
            f"Cloud Storage does not let this service see the clips ({code}). Check that the run account has "
            "roles/storage.objectViewer on the bucket of VERTEX_CLIPS_URL.",
        )
    return Later("provider_unavailable", "Cloud Storage cannot be reached just now.")
