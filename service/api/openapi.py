"""The document that describes every route of the service (OpenAPI 3.1.1). Pure; a test holds it against the routes and
their answers.

https://spec.openapis.org/oas/v3.1.1.html, with schemas of JSON Schema 2020-12.
"""

import re
from collections.abc import Mapping
from typing import Any

from werkzeug.routing import Map

from service.api.idempotency import HEADER, KEPT_H, MAX_KEY
from service.delivery.messages import MAX_JOB_ID, MAX_USER_ID
from service.states import ExecutionStatus, JobState, ResultStatus

IMPLIED = ("HEAD", "OPTIONS")
"""Methods that Flask answers by itself wherever there is a GET, or anything at all."""
FOR_PEOPLE = "/console/"
"""Pages, no interface."""

TEXT_PATTERN = r"^[^\u0000]*$"
NOT_BLANK_PATTERN = r"^[^\u0000]*[^\s\u0000][^\u0000]*$"
MOMENT = {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]}
KEY_PATTERN = r'^"([ !#-\[\]-~]|\\["\\])+"$'

_DESCRIPTION = f"""A text brief in, a finished short film out.

Callers send `Authorization: Bearer` with an OIDC token that Google signed. A token for the API does not open `/push`,
nor the reverse.

Every answer that is an error is `application/problem+json` (RFC 9457). Its `code` is stable; its `detail` is a sentence
for people. 503 carries `Retry-After` in seconds: the same request can be sent again.

`Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header) belongs to its caller and is kept for at least {KEPT_H}
hours from its first use. What is refused before it is stored (400, 401, 403, 413, 422) uses up no key.
"""


def document(presets: frozenset[str]) -> dict[str, Any]:
    """Everything there is to serve, for a pipeline with these presets."""
    return {
        "openapi": "3.1.1",
        "info": {"title": "aiprod-pipeline", "version": "1", "description": _DESCRIPTION},
        "paths": {**_api(), **_operations(), **_push()},
        "components": {
            "securitySchemes": {
                "api": _bearer("`aud` is API_AUDIENCE, `email` one of API_CALLERS"),
                "push": _bearer("`aud` is PUSH_AUDIENCE, `email` one of PUSH_SERVICE_ACCOUNT"),
            },
            "schemas": _schemas(presets),
        },
    }


def served(full: Mapping[str, Any], routes: Map) -> dict[str, Any]:
    """The document without the operations that this process does not serve (`SURFACE`)."""
    has = operations_of(routes)
    paths = {
        path: {method: one for method, one in operations.items() if (path, method) in has}
        for path, operations in full["paths"].items()
    }
    return {**full, "paths": {path: operations for path, operations in paths.items() if operations}}


def operations_of(routes: Map) -> set[tuple[str, str]]:
    """Every (path, method) that an application answers, as this document spells them: `/job/{id}`, `get`."""
    return {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in routes.iter_rules()
        for method in rule.methods or ()
        if method not in IMPLIED and not rule.rule.startswith(FOR_PEOPLE)
    }


def _api() -> dict[str, Any]:
    job_id = {
        "name": "job_id",
        "in": "path",
        "required": True,
        "description": f"At most {MAX_JOB_ID} characters. A slash in it is sent as %2F.",
        "schema": {"type": "string", "minLength": 1},
    }
    run = _operation(
        "Send a job",
        {
            202: _answer(
                "Stored, and sent to the workers: `state` is as it was then.",
                _ref("Submitted"),
                {"Location": _header("Where the job is", {"type": "string"})},
            ),
            408: _problem("The body did not arrive in time."),
            409: _problem(
                "`job_id_conflict`: a job of this id exists with other inputs. `request_in_work`: the first request "
                f"with this {HEADER} is in work; it carries Retry-After.",
                {"Retry-After": _header("Seconds; of `request_in_work`", {"type": "integer"})},
            ),
            413: _problem("The body, or the job, is over the limit."),
            422: _problem(
                "A field is wrong, the pipeline refuses the job, or `idempotency_key_reused`: the key was used for "
                "another body."
            ),
        },
        parameters=[
            {
                "name": HEADER,
                "in": "header",
                "description": "A string as RFC 9651 spells it. The same key with the same body is the same job and "
                "the same answer, whatever happened on the way.",
                "schema": {"type": "string", "pattern": KEY_PATTERN, "maxLength": MAX_KEY + 2},
                "example": '"8e03978e-40d5-43dd-bc93-6894a57f9324"',
            }
        ],
        body=_ref("Run"),
    )
    job = _operation(
        "A job with its progress, history, result and dead letters",
        {
            200: _answer(
                "The job",
                _ref("Story"),
                {"ETag": _header("Strong. Send it as If-None-Match the next time.", {"type": "string"})},
            ),
            304: {
                "description": "Nothing is new.",
                "headers": {"ETag": _header("As it was", {"type": "string"})},
            },
            404: _problem("There is no such job."),
        },
        parameters=[
            job_id,
            {
                "name": "If-None-Match",
                "in": "header",
                "description": "The ETag of the answer before (RFC 9110, section 13.1.2)",
                "schema": {"type": "string"},
            },
        ],
    )
    jobs = _operation(
        "Jobs, newest first",
        {
            200: _answer("A page", _ref("Page")),
            422: _problem("A parameter is wrong or given twice, or there is none of its name."),
        },
        parameters=[
            _query("state", "Jobs in this state", {"enum": list(JobState)}),
            _query("user", "Jobs of this user", {"type": "string", "maxLength": 1000, "pattern": TEXT_PATTERN}),
            _query("preset", "Jobs of this preset", {"type": "string", "maxLength": 1000, "pattern": TEXT_PATTERN}),
            _query("since", "Created at or after this time, in ISO 8601; UTC where it has no zone", MOMENT),
            _query("until", "Created before this time", MOMENT),
            _query("limit", "Jobs on a page", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}),
            _query("cursor", "`next` of the page before, unchanged", {"type": "string"}),
        ],
    )
    cancel = _operation(
        "Cancel a job",
        {
            200: _answer("It is cancelled, now or already.", _ref("Cancelled")),
            404: _problem("There is no such job."),
            409: _answer("It had ended otherwise.", _ref("HasEnded"), problem=True),
        },
        parameters=[job_id],
    )
    links = _operation(
        "Links to the files of a job's result",
        {
            200: _answer(
                "A link for each `*_url` of the result's output that is a file of the job in the artifact store. "
                "Whoever has a link can read the file until `expires_at`. A file that the store has deleted by then "
                "is a 404 there.",
                _ref("Links"),
            ),
            404: _problem("There is no such job."),
            409: _problem("`no_result`: the job has not ended well."),
        },
        parameters=[job_id],
    )
    return {
        "/pipeline/run": {"post": run},
        "/pipeline/job/{job_id}": {"get": job},
        "/pipeline/jobs": {"get": jobs},
        "/pipeline/job/{job_id}/cancel": {"post": cancel},
        "/pipeline/job/{job_id}/links": {"post": links},
        "/openapi.json": {
            "get": _operation("This document", {200: _answer("OpenAPI 3.1", {"type": "object"})}, security=None)
        },
    }


def _operations() -> dict[str, Any]:
    sweep = _operation(
        "Send again what no message will bring back",
        {200: _answer("What was done", _ref("Swept"))},
    )
    health = _operation(
        "Is this process of use?",
        {
            200: _answer("Yes", _object(status={"const": "ok"}, busy_slots={"type": "integer", "minimum": 0})),
            503: _problem("Every job slot is held by a stage that does not end."),
        },
        security=None,
    )
    ready = _operation(
        "Can it take work now?",
        {200: _answer("Yes", _object(status={"const": "ready"})), 503: _unavailable()},
        security=None,
    )
    metrics = _operation(
        "Metrics in Prometheus' text format",
        {200: {"description": "Metrics", "content": {"text/plain": {"schema": {"type": "string"}}}}},
        security=None,
    )
    return {
        "/sweep": {"post": sweep},
        "/health": {"get": health},
        "/ready": {"get": ready},
        "/metrics": {"get": metrics},
    }


def _push() -> dict[str, Any]:
    push = _operation(
        "One message of a push subscription",
        {
            204: {"description": "Acknowledged: its outcome is committed, and every message it owes is published."},
            400: _problem("The body is no push envelope."),
            408: _problem("The body did not arrive in time."),
            413: _problem("The body is over the limit."),
            500: _problem("The job failed, and may succeed later: deliver it again."),
        },
        body=_ref("Envelope"),
        security="push",
    )
    push["description"] = (
        "Takes the wrapped form, Eventarc's (the same with `ce-` headers), and the unwrapped form with metadata: the "
        "data as the body, with `x-goog-pubsub-message-id` and `x-goog-pubsub-subscription-name`. Data that is no job "
        "is put aside as a dead letter and acknowledged."
    )
    return {"/push": {"post": push}}


def _schemas(presets: frozenset[str]) -> dict[str, Any]:
    moment = {"type": "string", "format": "date-time"}
    maybe_moment = {"type": ["string", "null"], "format": "date-time"}
    text, maybe_text, count = {"type": "string"}, {"type": ["string", "null"]}, {"type": "integer", "minimum": 0}
    maybe_count = {"type": ["integer", "null"], "minimum": 0}
    money = {"type": "number", "minimum": 0}
    job = {
        "job_id": text,
        "user_id": text,
        "preset": text,
        "state": {"enum": list(JobState)},
        "stage": {**text, "description": "To run next, or the pipeline's end"},
        "run": {**count, "minimum": 1, "description": "One higher with each replay"},
        "hop": {**count, "description": "Hand-overs of this run"},
        "round": {**count, "description": "One higher each time that stages are run anew on purpose"},
        "sent_back_by": {**maybe_text, "description": "The stage that began this round; null where no stage did"},
        "attempts": {**count, "description": "Used up in this run"},
        "spent_usd": {
            **money,
            "description": "On effects of all runs; unknown and unfinished ones at the most they cost",
        },
        "not_before": {**maybe_moment, "description": "The backoff of the last failure ends"},
        "started_at": {**maybe_moment, "description": "This run was first claimed"},
        "created_at": moment,
        "updated_at": moment,
    }
    error = {"code": text, "message": maybe_text}
    failure = {
        **error,
        "stage": {**maybe_text, "description": "That failed"},
        "attempt": {**maybe_count, "description": "Attempts used up with this failure"},
        "dead_letter_id": {**maybe_count, "description": "Of this run: `python -m service dlq show ID`"},
    }
    problem = {
        "type": text,
        "title": text,
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "code": {**text, "description": "Stable, for machines"},
        "detail": {**text, "description": "A sentence, for people"},
    }
    return {
        "Problem": {
            "type": "object",
            "required": list(problem),
            "properties": {**problem, "field": {**text, "description": "The field or parameter that is wrong"}},
        },
        "HasEnded": {
            "type": "object",
            "required": [*problem, "job_id", "state"],
            "properties": {**problem, "job_id": text, "state": {"enum": list(JobState)}},
        },
        # What PostgreSQL can keep: no NUL in a string or a name. Numbers and nesting have limits that no schema says.
        "Json": {
            "anyOf": [
                {"type": ["null", "boolean", "number"]},
                {"type": "string", "pattern": TEXT_PATTERN},
                {"type": "array", "items": _ref("Json")},
                {"$ref": "#/components/schemas/JsonObject"},
            ]
        },
        "JsonObject": {
            "type": "object",
            "propertyNames": {"pattern": TEXT_PATTERN},
            "additionalProperties": _ref("Json"),
        },
        "Run": {
            "type": "object",
            "description": "A field that is not named here is kept and handed on.",
            "required": ["user_id", "content", "preset"],
            "properties": {
                "job_id": {
                    "type": ["string", "null"],
                    "minLength": 1,
                    "maxLength": MAX_JOB_ID,
                    "pattern": NOT_BLANK_PATTERN,
                    "description": "The same id with the same inputs is the same job. Left out, the job is given one.",
                },
                "user_id": {"type": "string", "minLength": 1, "maxLength": MAX_USER_ID, "pattern": NOT_BLANK_PATTERN},
                "content": {
                    "type": "string",
                    "minLength": 1,
                    "pattern": NOT_BLANK_PATTERN,
                    "description": "The brief",
                },
                "preset": {"enum": sorted(presets)},
                "metadata": {
                    "anyOf": [_ref("JsonObject"), {"type": "null"}],
                    "description": "What the pipeline knows of it may be refused with 422.",
                },
            },
            "propertyNames": {"pattern": TEXT_PATTERN},
            "additionalProperties": _ref("Json"),
        },
        "Submitted": _object(job_id=text, state={"enum": list(JobState)}, location=text),
        "Links": _object(
            job_id=text,
            run={**count, "minimum": 1},
            expires_at={**maybe_moment, "description": "null for links that do not expire"},
            links={"type": "object", "additionalProperties": {"type": "string", "format": "uri"}},
        ),
        "Cancelled": _object(job_id=text, state={"const": "cancelled"}),
        "Job": _object(**job, error={"anyOf": [_object(**error), {"type": "null"}]}),
        "Page": _object(
            jobs={"type": "array", "items": _ref("Job")},
            next={**maybe_text, "description": "The cursor of the next page; null on the last one"},
        ),
        "Story": _object(
            **job,
            error={
                "anyOf": [_object(**failure), {"type": "null"}],
                "description": "The last failure, also while the job is tried again",
            },
            progress=_object(
                done={**count, "description": "Finished stages of this round"},
                stage=text,
                fraction={
                    "type": ["number", "null"],
                    "minimum": 0,
                    "maximum": 1,
                    "description": "Of the stage in hand",
                },
                note=maybe_text,
                percent={"type": ["integer", "null"], "minimum": 0, "maximum": 100},
            ),
            history={
                "type": "array",
                "items": _object(
                    run=count,
                    previous_state={"enum": [*JobState, None]},
                    new_state={"enum": list(JobState)},
                    reason=text,
                    metadata={"type": "object"},
                    at=moment,
                ),
            },
            stages={
                "type": "array",
                "items": _object(
                    run=count,
                    round=count,
                    stage=text,
                    status={"enum": list(ExecutionStatus)},
                    attempt=count,
                    started_at=moment,
                    finished_at=maybe_moment,
                    error=maybe_text,
                ),
            },
            effects={
                "type": "array",
                "description": "Paid or slow operations of providers, the oldest first",
                "items": _object(
                    stage=text,
                    name=text,
                    run=count,
                    round=count,
                    state={
                        "enum": ["intended", "unknown", "started", "failed", "finished"],
                        "description": "unknown: nobody knows whether it was ordered; ask the provider",
                    },
                    orders={**count, "description": "2: ordered once more, because the first order was unknown"},
                    request_ids={
                        "type": "array",
                        "items": text,
                        "description": "Of its orders, as the provider knows them",
                    },
                    cost_usd={
                        **money,
                        "description": "Of all its orders; until it is finished, the most that it can be",
                    },
                    intended_at=moment,
                    started_at=maybe_moment,
                    finished_at=maybe_moment,
                ),
            },
            result={
                "anyOf": [_ref("Result"), {"type": "null"}],
                "description": "Of the current run, null before its end",
            },
            earlier_results={"type": "array", "items": _ref("Result")},
            dead_letters={
                "type": "array",
                "items": _object(
                    id=count,
                    run={**maybe_count, "description": "null for data that was refused before it was a run"},
                    reason=text,
                    error=text,
                    created_at=moment,
                    replayed_at=maybe_moment,
                    discarded_at=maybe_moment,
                    handled_by=maybe_text,
                ),
            },
        ),
        "Result": _object(
            run=count,
            status={"enum": list(ResultStatus)},
            output={"description": "Of the last stage, as it is"},
            error_code=maybe_text,
            error_message=maybe_text,
            processing_time_ms=count,
            at=moment,
        ),
        "Swept": _object(
            resent={"type": "array", "items": text, "description": "Ids of jobs whose message was sent again"},
            published=count,
            failed=count,
            parked={"type": "array", "items": text, "description": "Keys of messages that Pub/Sub refuses for good"},
        ),
        "Envelope": _envelope(),
    }


def _envelope() -> dict[str, Any]:
    """What Pub/Sub pushes."""
    maybe = {"type": ["string", "null"], "pattern": TEXT_PATTERN}
    return {
        "type": "object",
        "description": "Names in snake_case are taken too. `deliveryAttempt`, a whole number, is only noted.",
        "required": ["message"],
        "properties": {
            "message": {
                "type": "object",
                "properties": {
                    "data": {"type": ["string", "null"], "description": "The job, as JSON in base64"},
                    "messageId": maybe,
                    "publishTime": maybe,
                    "orderingKey": {"type": ["string", "null"]},
                    "attributes": {"type": ["object", "null"], "additionalProperties": {"type": "string"}},
                },
            },
            "subscription": maybe,
        },
    }


def _operation(
    summary: str,
    answers: Mapping[int, Any],
    *,
    parameters: list[dict[str, Any]] | None = None,
    body: Mapping[str, Any] | None = None,
    security: str | None = "api",
) -> dict[str, Any]:
    """One operation with the answers that all of its kind have."""
    common: dict[int, Any] = {}
    if security:
        challenge = {"WWW-Authenticate": _header("RFC 6750, section 3", {"type": "string"})}
        common = {
            400: _problem("The request is not understood."),
            401: _problem("There is no token, or one that does not verify.", challenge),
            403: _problem("A good token of somebody else."),
            503: _unavailable(),
        }
    found: dict[str, Any] = {"summary": summary, "security": [{security: []}] if security else []}
    if parameters:
        found["parameters"] = parameters
    if body:
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    every = {**common, **answers}
    return {**found, "responses": {str(status): every[status] for status in sorted(every)}}


def _answer(
    description: str, schema: Mapping[str, Any], headers: Mapping[str, Any] | None = None, *, problem: bool = False
) -> dict[str, Any]:
    media = "application/problem+json" if problem else "application/json"
    answer: dict[str, Any] = {"description": description, "content": {media: {"schema": schema}}}
    return {**answer, "headers": headers} if headers else answer


def _problem(description: str, headers: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return _answer(description, _ref("Problem"), headers, problem=True)


def _unavailable() -> dict[str, Any]:
    wait = _header("Seconds", {"type": "integer", "minimum": 1, "maximum": 3600})
    return _problem("Not now: send the same request again.", {"Retry-After": wait})


def _header(description: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": description, "schema": schema}


def _query(name: str, description: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """A parameter without a value counts as one that is not there."""
    return {"name": name, "in": "query", "description": description, "schema": {"anyOf": [schema, {"const": ""}]}}


def _object(**properties: Any) -> dict[str, Any]:
    """An object with exactly these properties, all of them there."""
    return {
        "type": "object",
        "required": list(properties),
        "properties": properties,
        "additionalProperties": False,
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _bearer(description: str) -> dict[str, str]:
    return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": description}
