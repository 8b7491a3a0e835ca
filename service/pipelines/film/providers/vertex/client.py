"""Who is called and as whom, what an answer holds, and what an error means.

The paths, headers and shapes are those of google-genai 3.6 and of the API's reference
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

from service.pipeline import BadSetting, Later, Never, StageError, Unsure

if TYPE_CHECKING:
    from google.auth.credentials import Credentials
    from google.cloud.storage import Client as Storage
    from google.genai import Client
    from google.genai.types import GenerateContentConfig, GenerateContentResponse, HttpOptions, Part

LOCATION = "global"
"""The one place that has them all: the speech of Gemini 3.8 is in `global`, `us` and `eu` alone
(https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/text-to-speech/migration-guide), its stills in
`global` alone (https://docs.cloud.google.com/vertex-ai/generative-ai/docs/models/gemini/3-1-flash-image)."""

SCOPE = "https://www.googleapis.com/auth/cloud-platform"

REASON_CHARACTERS = 200
"""Of the provider's own words that go into a sentence of ours."""

T = TypeVar("T")


class _Lazy(Generic[T]):
    """Something made at its first use, once, whichever thread comes first."""

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
    """A project of Google Cloud and a location of Vertex AI, with one client of each library for all threads.

    `clips` is where Veo leaves its clips, `gs://bucket/prefix`. Credentials are Application Default Credentials;
    GOOGLE_VERTEX_BASE_URL and STORAGE_EMULATOR_HOST, which the libraries read themselves, lead elsewhere in tests.
    """

    project: str
    location: str
    clips: str
    _credentials: "_Lazy[Credentials]" = field(default_factory=_Lazy, repr=False, compare=False)
    _genai: "_Lazy[Client]" = field(default_factory=_Lazy, repr=False, compare=False)
    _storage: "_Lazy[Storage]" = field(default_factory=_Lazy, repr=False, compare=False)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Vertex":
        """From GOOGLE_CLOUD_PROJECT, VERTEX_LOCATION, VERTEX_CLIPS_URL and ARTIFACTS_URL. Raises `BadSetting`."""
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

        # An explicit type: the library is not typed.
        made: Credentials = self._credentials.get(lambda: google.auth.default(scopes=[SCOPE])[0])
        return made

    def genai(self) -> "Client":
        """The client of the models. It repeats nothing by itself: without retry options the library calls once."""
        from google import genai  # noqa: PLC0415

        return self._genai.get(
            lambda: genai.Client(
                vertexai=True, project=self.project, location=self.location, credentials=self.credentials()
            )
        )

    def storage(self) -> "Storage":
        """The client of the bucket that the clips land in."""
        from google.cloud import storage  # noqa: PLC0415

        return self._storage.get(lambda: storage.Client(project=self.project, credentials=self.credentials()))


def _clips(env: Mapping[str, str]) -> str:
    artifacts = env.get("ARTIFACTS_URL", "").rstrip("/")
    clips = env.get("VERTEX_CLIPS_URL") or (f"{artifacts}/clips" if artifacts.startswith("gs://") else "")
    if not re.fullmatch(r"gs://[a-z0-9][a-z0-9._-]+[a-z0-9](/[^?#\s]*)?", clips):
        raise BadSetting(
            "VERTEX_CLIPS_URL",
            "Veo leaves its clips in Cloud Storage: set this to gs://bucket/prefix, or ARTIFACTS_URL to a bucket.",
        )
    return clips.rstrip("/")


def http_options(timeout_s: float) -> "HttpOptions":
    """Of one call: its time limit, which the library counts in milliseconds, and no second try."""
    from google.genai.types import HttpOptions  # noqa: PLC0415

    return HttpOptions(timeout=int(timeout_s * 1000))


def ask(vertex: Vertex, call: Callable[["Client"], T]) -> T:
    """What `call` returns; an error of the provider or of the way there is raised as what it means."""
    try:
        return call(vertex.genai())
    except Exception as error:
        if getattr(error, "code", None) == UNAUTHORIZED:
            # Withdrawn before its time: the next call takes a new one.
            vertex.credentials().token = None
        told = meaning(error)
        if told is None:
            raise
        raise told from error


def generate(vertex: Vertex, model: str, contents: Any, config: "GenerateContentConfig") -> "GenerateContentResponse":
    """One call of generateContent, and really one: on the finish reason CONTINUATION the library would by itself ask,
    and pay, again. `config` must hold its `http_options`."""
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
    """What the model made, its thoughts left out.

    Raises `Never` for what was blocked, `Unsure` for what came to no proper end: that was taken, and is paid.
    """
    feedback = response.prompt_feedback
    if feedback is not None and feedback.block_reason is not None:
        raise refused(f"{feedback.block_reason.value} {feedback.block_reason_message or ''}")
    candidate = response.candidates[0] if response.candidates else None
    reason = candidate.finish_reason.value if candidate is not None and candidate.finish_reason is not None else "none"
    if candidate is not None and reason in BLOCKED:
        raise refused(f"{reason} {candidate.finish_message or ''}")
    if reason in TRUNCATED:
        raise Unsure("provider_truncated", "The model's answer was longer than it may be, and was cut off.")
    made = candidate.content.parts if candidate is not None and candidate.content is not None else None
    if reason != "STOP" or not made:
        raise Unsure("provider_failed", f"The model ended without an answer (finish reason {clean(reason)}).")
    return [part for part in made if not part.thought]


def tokens(response: "GenerateContentResponse") -> tuple[int, int]:
    """Tokens in and out that are paid for; the model's thoughts are paid as output
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
"""Finish reasons that say no to what was asked; the others are accidents.
https://docs.cloud.google.com/vertex-ai/generative-ai/docs/reference/rest/v1/GenerateContentResponse#FinishReason"""

TRUNCATED = frozenset({"MAX_TOKENS", "CONTINUATION"})

UNAUTHORIZED = 401

_CHECK_ACCESS = (
    "Vertex AI does not let this service in ({status}). Check that the Agent Platform API "
    "(aiplatform.googleapis.com) is enabled in GOOGLE_CLOUD_PROJECT with billing, that the run account has "
    "roles/aiplatform.user there, and that it and Vertex AI's service agent may write to the bucket of the clips."
)
_CHECK_CREDENTIALS = (
    "Vertex AI does not know who calls ({status}). Check the run account; on a laptop, GOOGLE_APPLICATION_CREDENTIALS "
    "or `gcloud auth application-default login`."
)
_CHECK_MODEL = (
    "Vertex AI does not have what was asked for ({status}). Check the model's name and whether VERTEX_LOCATION has it."
)
_REFUSED = "Vertex AI refused the request: {reason}"
_FAILED = "Vertex AI broke off ({status}); it may have done the work all the same."
_TIMEOUT = "Vertex AI did not answer in time; it may have done the work all the same."

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
    503: (Later, "provider_unavailable", "Vertex AI is not available just now ({status})."),
    504: (Unsure, "provider_timeout", _TIMEOUT),
}
"""What an HTTP status says of an order. `Later` and `Never`: it was surely not taken. `Unsure`: nobody knows.
https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/api-errors"""


def meaning(error: Exception) -> StageError | None:
    """What an error of the libraries means for the order that was on its way; None for one that is our own fault."""
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
        return Later("provider_unavailable", "Google's token service cannot be reached just now.")
    if isinstance(error, auth.GoogleAuthError):
        return Later("provider_misconfigured", _CHECK_CREDENTIALS.format(status="no token"))
    if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout | httpx2.ProxyError):
        return Later("provider_unavailable", "Vertex AI cannot be reached just now.")
    if isinstance(error, httpx2.TimeoutException):
        return Unsure("provider_timeout", _TIMEOUT)
    if isinstance(error, httpx2.RequestError):
        return Unsure(
            "provider_failed", "The connection to Vertex AI broke off; it may have done the work all the same."
        )
    if isinstance(error, json.JSONDecodeError | errors.UnknownApiResponseError | ValidationError):
        return unreadable("What Vertex AI answered cannot be read; it may have done the work all the same.")
    return None


def status_meaning(code: int, status: str, message: str, *, retry_after_s: float | None = None) -> StageError:
    """What an HTTP status means for the order, by `STATUSES`; `status` is the canonical name such as INTERNAL."""
    unknown = (Never, "provider_refused", _REFUSED) if code < 500 else (Unsure, "provider_failed", _FAILED)
    kind, name, sentence = STATUSES.get(code, unknown)
    # A model that must be allowed first, billing that is off: the operator can mend it, the brief is not to blame.
    if status == "FAILED_PRECONDITION":
        kind, name, sentence = STATUSES[403]
    told = sentence.format(status=f"{code} {clean(status)}".strip(), reason=clean(message) or str(code))
    return Later(name, told, retry_after_s=retry_after_s) if kind is Later else kind(name, told)


def refused(reason: str) -> Never:
    """The provider will not do this, however often it is asked."""
    return Never("provider_refused", _REFUSED.format(reason=clean(reason)))


def unreadable(sentence: str) -> Unsure:
    """An answer came that is of no use: the order was taken, and is most likely paid."""
    return Unsure("provider_unreadable", sentence)


def clean(text: str) -> str:
    """The provider's words, fit for a sentence of ours: one line, printable, short."""
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
    told = error.details.get("error") if isinstance(error.details, dict) else None
    details = told.get("details") if isinstance(told, dict) else None
    delays = [str(one.get("retryDelay")) for one in details or [] if isinstance(one, dict)]
    waits = [float(delay[:-1]) for delay in delays if re.fullmatch(r"\d{1,6}(\.\d+)?s", delay)]
    return max(waits, default=None)
