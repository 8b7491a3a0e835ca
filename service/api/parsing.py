"""What a request asks for: the job in its body, and the parameters of a list of jobs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import flask
from werkzeug.datastructures import MultiDict

from service.api.ids import new_job_id
from service.delivery.messages import MAX_BODY_BYTES, MAX_JOB_ID, JobMessage, job_from, odd_id, why_unknown
from service.errors import BadEnvelope, BadField, NotAJob, TooLarge
from service.http.body import read_body
from service.pipeline import Job
from service.queries import PLACE, SEARCHED, Cursor, JobFilter, Place, parse_time
from service.slots import Slots
from service.states import JobState
from service.strictjson import load, storable

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
MAX_FILTER = 1_000
"""The longest text of a filter, in characters."""

TEXT_PATTERN = r"^[^\u0000]*$"
"""Text that PostgreSQL can store: without NUL."""

_TEXT = {"type": "string", "maxLength": MAX_FILTER, "pattern": TEXT_PATTERN}
_TIME = {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]}
_LIMIT = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}


@dataclass(frozen=True, slots=True)
class ListParameter:
    """A query parameter of `GET /pipeline/jobs`, as the OpenAPI document describes it."""

    description: str
    schema: Mapping[str, Any]


LIST_PARAMETERS = {
    "state": ListParameter("Jobs in this state", {"enum": list(JobState)}),
    "user": ListParameter("Jobs of this user", _TEXT),
    "preset": ListParameter("Jobs of this preset", _TEXT),
    "stage": ListParameter("Jobs whose next stage is this one", _TEXT),
    "error_code": ListParameter("Jobs whose last failure has this code", _TEXT),
    "waits_for": ListParameter("Jobs that wait for this, such as `provider`", _TEXT),
    "held_for": ListParameter("Jobs that are held for this, such as `paused_user`", _TEXT),
    "text": ListParameter(f"Jobs with this text in the first {SEARCHED:,} characters of the brief, in any case", _TEXT),
    "since": ListParameter("Created at or after this time, in ISO 8601; UTC if it has no zone", _TIME),
    "until": ListParameter("Created before this time", _TIME),
    "limit": ListParameter("Jobs on a page", _LIMIT),
    "cursor": ListParameter("`next` of the previous page, unchanged", {"type": "string"}),
}
HISTORY_PARAMETERS = {
    "limit": ListParameter("Changes and executions on a page, each", _LIMIT),
    "before": ListParameter("`next` of the previous page, unchanged", {"type": "string", "pattern": f"^({PLACE})?$"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRequest:
    """Which page of which jobs a caller asks for."""

    narrow: JobFilter
    limit: int
    after: Cursor | None


def list_request(arguments: MultiDict[str, str]) -> ListRequest:
    """Parse the query parameters of a list. A parameter without a value counts as absent.

    Raises `BadField` for the first that is wrong. An unknown one is wrong too: a misspelled filter must not list
    everything.
    """
    _check_names(arguments, LIST_PARAMETERS)
    narrow = JobFilter(
        state=_state(arguments),
        user_id=_text(arguments, "user"),
        preset=_text(arguments, "preset"),
        stage=_text(arguments, "stage"),
        error_code=_text(arguments, "error_code"),
        waits_for=_text(arguments, "waits_for"),
        held_for=_text(arguments, "held_for"),
        text=_text(arguments, "text"),
        since=_time(arguments, "since"),
        until=_time(arguments, "until"),
    )
    limit, cursor = _limit(arguments), arguments.get("cursor")
    return ListRequest(narrow=narrow, limit=limit, after=Cursor.parse(cursor) if cursor else None)


def is_asked(arguments: MultiDict[str, str], name: str) -> bool:
    """Whether the one parameter that there may be is set, as in `full`, `full=1` or `full=true`. Raises `BadField` for
    other words than true and false, and as `list_request`."""
    _check_names(arguments, (name,))
    value = arguments.get(name)
    if value not in (None, "", "1", "true", "0", "false"):
        raise BadField(f"bad_{name}", f"'{name}' must be true or false.", field=name)
    return value in ("", "1", "true")


def is_job_id(text: str) -> bool:
    """Whether `text` could be the id of a job."""
    return storable(text, MAX_JOB_ID) == text


def job_in_body(request: flask.Request, slots: Slots) -> tuple[JobMessage, dict[str, Any]]:
    """Return the job, with a new id if the body has none, and the body as it came. Its preset may be any.

    Raises what `read_body` raises, `BadEnvelope` if the body is not a JSON object, and `BadField` if a field is wrong.
    """
    with read_body(request, slots.called, max_bytes=MAX_BODY_BYTES) as body:
        try:
            document = load(body)
        except ValueError as error:
            raise BadEnvelope("body_not_json", f"The body {error}; a JSON object is expected.") from None
    if not isinstance(document, dict):
        raise BadEnvelope("body_not_object", "The body must be a JSON object that describes a job.")
    with_id = document if document.get("job_id") is not None else {**document, "job_id": new_job_id()}
    try:
        job = job_from(with_id, presets=None)
    except NotAJob as error:
        if error.code == "job_too_large":
            raise TooLarge(error.code, error.sentence) from None
        raise BadField(error.code, error.sentence, field=error.field or "") from None
    if (why := odd_id(job.job_id)) is not None:
        raise BadField("bad_job_id", f"The field 'job_id' {why}.", field="job_id")
    return job, document


def check_preset(job: JobMessage, presets: frozenset[str]) -> None:
    """Raise `BadField` if this revision's pipeline does not have the job's preset."""
    if (why := why_unknown(job.preset, presets)) is not None:
        raise BadField("unknown_preset", why, field="preset")


def check_budget(job: JobMessage, max_job_usd: float) -> None:
    """Raise `BadField` if the job wants to spend more than the operator lets one job spend (`MAX_JOB_USD`).

    A pushed job is not refused for it: the ceiling holds whatever its metadata says.
    """
    budget = job.metadata.get("budget_usd")
    if isinstance(budget, (int, float)) and not isinstance(budget, bool) and budget > max_job_usd:
        sentence = f"metadata.budget_usd must be at most {max_job_usd:g}: one job may not spend more here."
        raise BadField("budget_too_high", sentence, field="metadata.budget_usd")


def pipeline_job(job: JobMessage, max_job_usd: float) -> Job:
    """Return the job as a pipeline's check sees it."""
    return Job(
        id=job.job_id,
        user_id=job.user_id,
        content=job.content,
        preset=job.preset,
        metadata=job.metadata,
        max_usd=max_job_usd,
    )


def _state(arguments: Mapping[str, str]) -> str | None:
    value = arguments.get("state") or None
    if value is not None and value not in tuple(JobState):
        raise BadField("bad_state", f"'state' must be one of {', '.join(JobState)}.", field="state")
    return value


def _text(arguments: Mapping[str, str], name: str) -> str | None:
    value = arguments.get(name)
    if value and storable(value, MAX_FILTER) != value:
        raise BadField(f"bad_{name}", f"'{name}' is not a text that a job could have.", field=name)
    return value or None


def _time(arguments: Mapping[str, str], name: str) -> datetime | None:
    value = arguments.get(name)
    if not value:
        return None
    try:
        # A '+' that was not escaped arrives as a space.
        return parse_time(value.strip().replace(" ", "+") if "T" in value else value)
    except ValueError:
        sentence = f"'{name}' must be a time such as 2026-11-25T12:00:00Z or a day such as 2026-11-25."
        raise BadField(f"bad_{name}", sentence, field=name) from None


def history_request(arguments: MultiDict[str, str]) -> tuple[int, Place | None]:
    """Return how many of each a page of a history has, and where it begins. Raises `BadField` as `list_request`."""
    _check_names(arguments, HISTORY_PARAMETERS)
    before = arguments.get("before")
    return _limit(arguments), Place.parse(before) if before else None


def _check_names(arguments: MultiDict[str, str], known: Iterable[str]) -> None:
    for name, values in arguments.lists():
        if name not in known:
            sentence = f"There is no parameter '{storable(name, 64)}' here: known are {', '.join(known)}."
            raise BadField("unknown_parameter", sentence, field=name)
        if len(values) > 1:
            raise BadField("repeated_parameter", f"'{name}' is given {len(values)} times; give it once.", field=name)


def _limit(arguments: Mapping[str, str]) -> int:
    value = arguments.get("limit") or str(DEFAULT_LIMIT)
    is_short_number = value.isascii() and value.isdigit() and len(value) <= len(str(MAX_LIMIT))
    if not (is_short_number and 1 <= int(value) <= MAX_LIMIT):
        raise BadField("bad_limit", f"'limit' must be a whole number from 1 to {MAX_LIMIT}.", field="limit")
    return int(value)
