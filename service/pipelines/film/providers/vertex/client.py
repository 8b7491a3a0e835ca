"""Call Vertex AI, take its answers apart, and turn its errors into what they mean for an order.

Paths, headers and shapes are those of google-genai 3.6 and of the API's reference
(https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference).
"""

import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from service.pipeline import PROVIDER, BadSetting, Later, Never, StageError, Unsure

if TYPE_CHECKING:
    from google.auth.credentials import Credentials
    from google.cloud.storage import Client as Storage
    from google.genai import Client
    from google.genai.types import GenerateContentConfig, GenerateContentResponse, HttpOptions, Part

LOCATION = "global"
"""The only location that has all models: the speech of Gemini 3.8 is in `global`, `us` and `eu` only
(https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/text-to-speech/migration-guide), its stills in
`global` only (https://docs.cloud.google.com/vertex-ai/generative-ai/docs/models/gemini/3-1-flash-image)."""

SCOPE = "https://www.googleapis.com/auth/cloud-platform"

REASON_CHARACTERS = 200
"""How much of the provider's own message goes into a sentence of ours."""

T = TypeVar("T")


class _Lazy(Generic[T]):
    """Something made on first use, once for all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: T | None = None

    def get(self, make: Callable[[], T]) -> T:
        with self._lock:
            if self._made is None:
                self._made = make()
            return self._made


@dataclass(frozen=True, slots=True, kw_only=True)
class Vertex:
    """A Google Cloud project and a location of Vertex AI, with one client of each library for all threads.

    `clips` is where Veo puts its clips, `gs://bucket/prefix`. Credentials are Application Default Credentials. In
    tests, GOOGLE_VERTEX_BASE_URL and STORAGE_EMULATOR_HOST, which the libraries read themselves, point to a fake.
    """

    project: str
    location: str
    clips: str
    _credentials: "_Lazy[Credentials]" = field(default_factory=_Lazy, repr=False, compare=False)
    _genai: "_Lazy[Client]" = field(default_factory=_Lazy, repr=False, compare=False)
    _storage: "_Lazy[Storage]" = field(default_factory=_Lazy, repr=False, compare=False)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Vertex":
        """Read GOOGLE_CLOUD_PROJECT, VERTEX_LOCATION, VERTEX_CLIPS_URL and ARTIFACTS_URL. Raises `BadSetting`."""
        project = env.get("GOOGLE_CLOUD_PROJECT", "")
        if not re.fullmatch(r"[a-z0-9][a-z0-9.:-]{4,}[a-z0-9]", project):
            raise BadSetting(
                "GOOGLE_CLOUD_PROJECT", "With Vertex AI it must be the id of your project, such as my-project-1."
            )
        location = env.get("VERTEX_LOCATION") or LOCATION
        if not re.fullmatch(r"[a-z]+(-[a-z]+\d+)?", location):
            raise BadSetting("VERTEX_LOCATION", "It must be a location of Vertex AI, such as global or us-central1.")
        return cls(project=project, location=location, clips=_clips(env))

    def credentials(self) -> "Credentials":
        """As `google.auth.default`. Raises `google.auth.exceptions.DefaultCredentialsError`."""
        import google.auth  # noqa: PLC0415

        # The type is explicit because the library has none.
        made: Credentials = self._credentials.get(lambda: google.auth.default(scopes=[SCOPE])[0])
        return made

    def genai(self) -> "Client":
        """Return the client of the models. It never retries: without retry options, the library calls once."""
        from google import genai  # noqa: PLC0415

        return self._genai.get(
            lambda: genai.Client(
                vertexai=True, project=self.project, location=self.location, credentials=self.credentials()
            )
        )

    def storage(self) -> "Storage":
        """Return the client of the bucket that the clips go to."""
        from google.cloud import storage  # noqa: PLC0415

        return self._storage.get(lambda: storage.Client(project=self.project, credentials=self.credentials()))


def _clips(env: Mapping[str, str]) -> str:
    artifacts = env.get("ARTIFACTS_URL", "").rstrip("/")
    clips = env.get("VERTEX_CLIPS_URL") or (f"{artifacts}/clips" if artifacts.startswith("gs://") else "")
    if not re.fullmatch(r"gs://[a-z0-9][a-z0-9._-]+[a-z0-9](/[^?#\s]*)?", clips):
        raise BadSetting(
            "VERTEX_CLIPS_URL",
            "Veo puts its clips in Cloud Storage: set this to gs://bucket/prefix, or ARTIFACTS_URL to a bucket.",
        )
    return clips.rstrip("/")


def http_options(timeout_s: float) -> "HttpOptions":
    """Return the options of one call: its timeout, which the library counts in milliseconds, and no retries."""
    from google.genai.types import HttpOptions  # noqa: PLC0415

    return HttpOptions(timeout=int(timeout_s * 1000))


def ask(vertex: Vertex, call: Callable[["Client"], T]) -> T:
    """Return what `call` returns. An error of the provider, or on the way there, is raised as what it means."""
    try:
        return call(vertex.genai())
    except Exception as error:
        if getattr(error, "code", None) == UNAUTHORIZED:
            # The token was revoked before it expired: the next call fetches a new one.
            vertex.credentials().token = None
        stage_error = meaning(error)
        if stage_error is None:
            raise
        raise stage_error from error


def generate(vertex: Vertex, model: str, contents: Any, config: "GenerateContentConfig") -> "GenerateContentResponse":
    """Call generateContent exactly once: on the finish reason CONTINUATION, the library would call, and pay, again by
    itself. `config` must contain its `http_options`."""
    from google.genai.types import AutomaticFunctionCallingConfig  # noqa: PLC0415

    once = config.model_copy(
        update={
            "candidate_count": 1,
            "automatic_continuation": False,
            "automatic_function_calling": AutomaticFunctionCallingConfig(disable=True),
        }
    )
    return ask(vertex, lambda client: client.models.generate_content(model=model, contents=contents, config=once))


def parts(response: "GenerateContentResponse") -> list["Part"]:
    """Return what the model made, without its thoughts.

    Raises `Never` if it was blocked, and `Unsure` if it did not end properly: such an order was accepted, and is paid.
    """
    feedback = response.prompt_feedback
    if feedback is not None and feedback.block_reason is not None:
        raise refused(f"{feedback.block_reason.value} {feedback.block_reason_message or ''}")
    candidate = response.candidates[0] if response.candidates else None
    reason = candidate.finish_reason.value if candidate is not None and candidate.finish_reason is not None else "none"
    if candidate is not None and reason in BLOCKED:
        raise refused(f"{reason} {candidate.finish_message or ''}")
    if reason in TRUNCATED:
        raise Unsure("provider_truncated", "The model's answer was too long and was cut off.")
    made = candidate.content.parts if candidate is not None and candidate.content is not None else None
    if reason != "STOP" or not made:
        raise Unsure("provider_failed", f"The model ended without an answer (finish reason {clean(reason)}).")
    return [part for part in made if not part.thought]


def tokens(response: "GenerateContentResponse") -> tuple[int, int]:
    """Return the tokens in and out that are paid for. The model's thoughts are paid as output
    (https://cloud.google.com/vertex-ai/generative-ai/pricing)."""
    used = response.usage_metadata
    if used is None:
        return 0, 0
    return used.prompt_token_count or 0, (used.candidates_token_count or 0) + (used.thoughts_token_count or 0)


BLOCKED = frozenset(
    {
        "SAFETY",
        "RECITATION",
        "BLOCKLIST",
        "PROHIBITED_CONTENT",
        "SPII",
        "MODEL_ARMOR",
        "IMAGE_SAFETY",
        "IMAGE_PROHIBITED_CONTENT",
        "IMAGE_RECITATION",
    }
)
"""Finish reasons that refuse a request; all others are accidents.
https://docs.cloud.google.com/vertex-ai/generative-ai/docs/reference/rest/v1/GenerateContentResponse#FinishReason"""

TRUNCATED = frozenset({"MAX_TOKENS", "CONTINUATION"})

UNAUTHORIZED = 401

_CHECK_ACCESS = (
    "Vertex AI denied access ({status}). Check that the Agent Platform API "
    "(aiplatform.googleapis.com) is enabled in GOOGLE_CLOUD_PROJECT with billing, that the run account has "
    "roles/aiplatform.user there, and that it and Vertex AI's service agent may write to the bucket of the clips."
)
_CHECK_CREDENTIALS = (
    "Vertex AI did not accept the service's credentials ({status}). Check the run account; on a laptop, "
    "GOOGLE_APPLICATION_CREDENTIALS or `gcloud auth application-default login`."
)
_CHECK_MODEL = (
    "Vertex AI does not have what was requested ({status}). Check the model's name and whether VERTEX_LOCATION has it."
)
_REFUSED = "Vertex AI refused the request: {reason}"
_FAILED = "Vertex AI failed ({status}); it may have done the work nonetheless."
_TIMEOUT = "Vertex AI did not answer in time; it may have done the work nonetheless."

STATUSES: Mapping[int, tuple[type[StageError], str, str]] = {
    400: (Never, "provider_refused", _REFUSED),
    401: (Later, "provider_misconfigured", _CHECK_CREDENTIALS),
    403: (Later, "provider_misconfigured", _CHECK_ACCESS),
    404: (Later, "provider_misconfigured", _CHECK_MODEL),
    408: (Unsure, "provider_timeout", _TIMEOUT),
    413: (Never, "provider_refused", _REFUSED),
    429: (Later, "provider_quota", "The quota of Vertex AI is used up for now ({status})."),
    499: (Unsure, "provider_timeout", _TIMEOUT),
    500: (Unsure, "provider_failed", _FAILED),
    502: (Unsure, "provider_failed", _FAILED),
    503: (Later, "provider_unavailable", "Vertex AI is not available at the moment ({status})."),
    504: (Unsure, "provider_timeout", _TIMEOUT),
}
"""What an HTTP status means for an order. `Later` and `Never`: it was not accepted. `Unsure`: it may have been.
With `Later` and `Unsure` the job waits for the provider, which uses up no attempt.
https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/api-errors"""


def meaning(error: Exception) -> StageError | None:
    """Return what an error of the libraries means for the order that was sent; None if it is a fault of our own."""
    import httpx2  # noqa: PLC0415
    from google.auth import exceptions as auth  # noqa: PLC0415
    from google.genai import errors  # noqa: PLC0415
    from pydantic import ValidationError  # noqa: PLC0415

    if isinstance(error, errors.APIError):
        return status_meaning(
            error.code, error.status or "", error.message or "", retry_after_s=_retry_after_s(error, datetime.now(UTC))
        )
    # The token is fetched before the order is sent.
    if isinstance(error, auth.TransportError) or (isinstance(error, auth.RefreshError) and error.retryable):
        sentence = "Google's token service cannot be reached at the moment."
        return Later("provider_unavailable", sentence, waits_for=PROVIDER)
    if isinstance(error, auth.GoogleAuthError):
        return Later("provider_misconfigured", _CHECK_CREDENTIALS.format(status="no token"), waits_for=PROVIDER)
    if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout | httpx2.ProxyError):
        return Later("provider_unavailable", "Vertex AI cannot be reached at the moment.", waits_for=PROVIDER)
    if isinstance(error, httpx2.TimeoutException):
        return Unsure("provider_timeout", _TIMEOUT, waits_for=PROVIDER)
    if isinstance(error, httpx2.RequestError):
        sentence = "The connection to Vertex AI was lost; it may have done the work nonetheless."
        return Unsure("provider_failed", sentence, waits_for=PROVIDER)
    if isinstance(error, json.JSONDecodeError | errors.UnknownApiResponseError | ValidationError):
        return unreadable("The answer of Vertex AI cannot be read; it may have done the work nonetheless.")
    return None


def status_meaning(code: int, status: str, message: str, *, retry_after_s: float | None = None) -> StageError:
    """Return what an HTTP status means for the order. `status` is its canonical name, such as INTERNAL."""
    unknown = (Never, "provider_refused", _REFUSED) if code < 500 else (Unsure, "provider_failed", _FAILED)
    kind, name, sentence = STATUSES.get(code, unknown)
    # A model that has to be allowed first, or billing that is off: the operator can fix it, the brief is not at fault.
    if status == "FAILED_PRECONDITION":
        kind, name, sentence = STATUSES[403]
    filled = sentence.format(status=f"{code} {clean(status)}".strip(), reason=clean(message) or str(code))
    if issubclass(kind, Later):
        # Not the job's fault: it waits for the provider.
        return kind(name, filled, retry_after_s=retry_after_s, waits_for=PROVIDER)
    return kind(name, filled)


def refused(reason: str) -> Never:
    """Return the error of a request that the provider refuses, however often it is made."""
    return Never("provider_refused", _REFUSED.format(reason=clean(reason)))


def unreadable(sentence: str) -> Unsure:
    """Return the error of an answer that is of no use: the order was accepted, and is most likely paid."""
    return Unsure("provider_unreadable", sentence)


def clean(text: str) -> str:
    """Return the provider's words in a form that fits into a sentence of ours: one short, printable line."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= REASON_CHARACTERS else f"{line[: REASON_CHARACTERS - 1]}…"


def _retry_after_s(error: Any, now: datetime) -> float | None:
    """Seconds from the header Retry-After, or from google.rpc.RetryInfo in the error's details
    (https://google.aip.dev/193): `{"@type": "…/google.rpc.RetryInfo", "retryDelay": "3.5s"}`."""
    header = str(getattr(error.response, "headers", {}).get("retry-after", ""))
    if re.fullmatch(r"\d{1,6}", header):
        return float(header)
    try:
        return max(0.0, (parsedate_to_datetime(header) - now).total_seconds())
    except (TypeError, ValueError):
        pass
    body = error.details.get("error") if isinstance(error.details, dict) else None
    details = body.get("details") if isinstance(body, dict) else None
    delays = [str(detail.get("retryDelay")) for detail in details or [] if isinstance(detail, dict)]
    waits = [float(delay[:-1]) for delay in delays if re.fullmatch(r"\d{1,6}(\.\d+)?s", delay)]
    return max(waits, default=None)
