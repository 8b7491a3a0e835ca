"""JSON Schemas (2020-12): those of answers are made from their types, those of requests are written here.

Requests are described as loosely as they are accepted: unknown fields are kept and passed on.
"""

import functools
from collections.abc import Mapping
from typing import Any

from msgspec.json import schema_components

from service.api.parsing import TEXT_PATTERN
from service.api.views import (
    AssetsView,
    AssetView,
    CancelledView,
    HasEndedView,
    HistoryView,
    LinksView,
    NoSuchJobView,
    PageView,
    PreviewView,
    PrunedView,
    StoryView,
    SubmittedView,
    SweptView,
)
from service.delivery.messages import MAX_JOB_ID, MAX_USER_ID
from service.health import HealthView, ReadyView
from service.problems import ProblemView
from service.states import EffectState, ExecutionStatus, JobState, ResultStatus

ANSWERS = (
    ProblemView,
    HasEndedView,
    NoSuchJobView,
    SubmittedView,
    StoryView,
    HistoryView,
    PageView,
    PreviewView,
    CancelledView,
    LinksView,
    AssetView,
    AssetsView,
    PrunedView,
    SweptView,
    HealthView,
    ReadyView,
)
ENUMS = (JobState, ExecutionStatus, EffectState, ResultStatus)

NOT_BLANK_PATTERN = r"^[^\u0000]*[^\s\u0000][^\u0000]*$"
_INVISIBLE = (
    r"\u0000-\u001f\u007f-\u009f\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u2028-\u202e"
    r"\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb"
)
JOB_ID_PATTERN = rf"^(?!/)(?!(.*/)?\.\.?(/|$))[^{_INVISIBLE}]*[^\s{_INVISIBLE}][^{_INVISIBLE}]*$"
"""What `odd_id` takes. Invisible characters beyond U+FFFF, which not every dialect can name, are refused as well."""

_SUFFIX = "View"
_COMPONENTS = "#/components/schemas/"


def ref(name: str) -> dict[str, str]:
    """Return a reference to a named schema: the type's name without "View"."""
    return {"$ref": _COMPONENTS + name}


def schemas(presets: frozenset[str]) -> dict[str, Any]:
    """Return all named schemas, for a pipeline with these presets."""
    return {**_answers(), **_bodies(presets)}


@functools.cache
def _answers() -> dict[str, Any]:
    """The schemas of the answers' types and of everything that they contain."""
    _, components = schema_components(ANSWERS, ref_template=_COMPONENTS + "{name}")
    named: dict[str, Any] = {name.removesuffix(_SUFFIX): _renamed(schema) for name, schema in components.items()}
    for states in ENUMS:
        sentences = " ".join(f"{state}: {state.sentence}" for state in states)
        named[states.__name__] = {"enum": list(states), "description": sentences}
    return named


def _renamed(schema: Any) -> Any:
    """`schema` without titles, which repeat the names, and with references to the names without their suffix."""
    if isinstance(schema, list):
        return [_renamed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: value.removesuffix(_SUFFIX) if key == "$ref" else _renamed(value)
        for key, value in schema.items()
        if not (key == "title" and isinstance(value, str))
    }


def _bodies(presets: frozenset[str]) -> dict[str, Any]:
    text = {"type": "string", "minLength": 1, "pattern": NOT_BLANK_PATTERN}
    return {
        "Run": {
            "type": "object",
            "description": "A field that is not named here is kept and handed on.",
            "required": ["user_id", "content", "preset"],
            "properties": {
                "job_id": {
                    "type": ["string", "null"],
                    "minLength": 1,
                    "maxLength": MAX_JOB_ID,
                    "pattern": JOB_ID_PATTERN,
                    "description": "The same id with the same inputs is the same job. Without one, one is made up. "
                    "From an operator, and if it is a UUID of version 4 or 7, it is the job's id; otherwise it is the "
                    "caller's own name for the job, and the answer has the job's id.",
                },
                "user_id": {**text, "maxLength": MAX_USER_ID},
                "content": {**text, "description": "The brief"},
                "preset": {"enum": sorted(presets)},
                "metadata": {
                    "anyOf": [ref("JsonObject"), {"type": "null"}],
                    "description": "If a member that the pipeline knows is wrong, the job is refused with 422; so is a "
                    "`budget_usd` over the operator's ceiling.",
                },
            },
            "propertyNames": {"pattern": TEXT_PATTERN},
            "additionalProperties": ref("Json"),
        },
        # What PostgreSQL can store: no NUL in a string or a name. No schema states the limits of numbers and nesting.
        "Json": {
            "anyOf": [
                {"type": ["null", "boolean", "number"]},
                {"type": "string", "pattern": TEXT_PATTERN},
                {"type": "array", "items": ref("Json")},
                ref("JsonObject"),
            ]
        },
        "JsonObject": {
            "type": "object",
            "propertyNames": {"pattern": TEXT_PATTERN},
            "additionalProperties": ref("Json"),
        },
        "Envelope": _envelope(),
    }


def _envelope() -> Mapping[str, Any]:
    """What Pub/Sub pushes."""
    text_or_null = {"type": ["string", "null"], "pattern": TEXT_PATTERN}
    return {
        "type": "object",
        "description": "Names in snake_case are accepted too. `deliveryAttempt`, a whole number, is only logged.",
        "required": ["message"],
        "properties": {
            "message": {
                "type": "object",
                "properties": {
                    "data": {"type": ["string", "null"], "description": "The job, as JSON in base64"},
                    "messageId": text_or_null,
                    "publishTime": text_or_null,
                    "orderingKey": {"type": ["string", "null"]},
                    "attributes": {"type": ["object", "null"], "additionalProperties": {"type": "string"}},
                },
            },
            "subscription": text_or_null,
        },
    }
