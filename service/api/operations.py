"""The operations of the OpenAPI document: for each route, what it takes and how it answers (`PATHS`)."""

from collections.abc import Mapping
from typing import Any

from service.api.idempotency import HEADER, MAX_KEY
from service.api.parsing import HISTORY_PARAMETERS, LIST_PARAMETERS, ListParameter
from service.api.schemas import ref
from service.assets.examine import MAX_BYTES
from service.assets.formats import TAKEN
from service.delivery.messages import MAX_JOB_ID
from service.problems import MAX_RETRY_AFTER_S

KEY_PATTERN = r'^"([ !#-\[\]-~]|\\["\\])+"$'
TEXT = {"type": "string"}


def _described(description: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema with a description beside it, as headers and parameters have."""
    return {"description": description, "schema": schema}


def _answer(
    description: str,
    schema: Mapping[str, Any],
    headers: Mapping[str, Any] | None = None,
    *,
    media_type: str = "application/json",
) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": description, "content": {media_type: {"schema": schema}}}
    return {**answer, "headers": headers} if headers else answer


def _problem(description: str, headers: Mapping[str, Any] | None = None, *, schema: str = "Problem") -> dict[str, Any]:
    return _answer(description, ref(schema), headers, media_type="application/problem+json")


CHALLENGE = {"WWW-Authenticate": _described("RFC 6750, section 3", TEXT)}
RETRY_AFTER = {
    "Retry-After": _described("Seconds", {"type": "integer", "minimum": 1, "maximum": MAX_RETRY_AFTER_S}),
}
UNAVAILABLE = _problem("Not possible now: send the same request again.", RETRY_AFTER)
NO_SUCH_JOB = _problem("There is no such job, or it is another caller's.")
NO_SUCH_JOB_OR_REFUSED = _problem(
    "There is no such job, or it is another caller's. If its message was refused, an operator is told the dead letter.",
    schema="NoSuchJob",
)

AUTHENTICATED = {
    400: _problem("The request could not be understood."),
    401: _problem("There is no token, or it does not verify.", CHALLENGE),
    403: _problem("The token is good, but its account is not allowed here."),
    503: UNAVAILABLE,
}
"""Answers that every operation with a token has."""


def _flag(name: str, description: str) -> dict[str, Any]:
    """A parameter of the query that is set or not."""
    words = {"enum": ["true", "false", "1", "0", ""]}
    return {"name": name, "in": "query", "required": False, **_described(description, words)}


JOB_ID = {
    "name": "job_id",
    "in": "path",
    "required": True,
    "description": f"Its id, or the caller's own name for it. At most {MAX_JOB_ID} characters. A slash in it is sent "
    "as %2F.",
    "schema": {"type": "string", "minLength": 1},
}


def _operation(
    summary: str,
    answers: Mapping[int, Any],
    *,
    description: str | None = None,
    parameters: list[dict[str, Any]] | None = None,
    body: str | None = None,
    security: str | None = "api",
) -> dict[str, Any]:
    """One operation. `body` names the schema of what it takes, `security` the scheme of its token."""
    operation: dict[str, Any] = {"summary": summary, "security": [{security: []}] if security else []}
    if description:
        operation["description"] = description
    if parameters:
        operation["parameters"] = parameters
    if body:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": ref(body)}}}
    responses = {**(AUTHENTICATED if security else {}), **answers}
    return {**operation, "responses": {str(status): responses[status] for status in sorted(responses)}}


def _header(name: str, description: str, schema: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": name, "in": "header", **_described(description, schema), **more}


def _query(parameters: Mapping[str, ListParameter]) -> list[dict[str, Any]]:
    """A parameter without a value counts as absent."""
    return [
        {"name": name, "in": "query", **_described(parameter.description, {"anyOf": [parameter.schema, {"const": ""}]})}
        for name, parameter in parameters.items()
    ]


RUN = _operation(
    "Send a job",
    {
        202: _answer(
            "Stored, and sent to the workers: `state` is the state at that moment.",
            ref("Submitted"),
            {"Location": _described("Where the job is", TEXT)},
        ),
        408: _problem("The body did not arrive in time."),
        409: _problem(
            "`job_id_conflict`: the id is in use, with other inputs or by another caller. `request_in_work`: the first "
            f"request with this {HEADER} is still in progress; it carries Retry-After.",
            {"Retry-After": _described("Seconds; only of `request_in_work`", {"type": "integer"})},
        ),
        413: _problem("The body, or the job, is over the limit."),
        422: _problem(
            "A field is wrong, the pipeline refuses the job, or `idempotency_key_reused`: the key was used for "
            "another body."
        ),
        429: _problem(
            "The user is at a limit: `limit_open_jobs` or `limit_usd_a_day`. Nothing is stored, and the same request "
            "can be sent again.",
            RETRY_AFTER,
        ),
    },
    parameters=[
        _header(
            HEADER,
            "A string as RFC 9651 spells it. The same key with the same body is the same job and the same answer, "
            "whatever happened on the way.",
            {"type": "string", "pattern": KEY_PATTERN, "maxLength": MAX_KEY + 2},
            example='"8e03978e-40d5-43dd-bc93-6894a57f9324"',
        )
    ],
    body="Run",
)

PREVIEW = _operation(
    "What a job would make, part by part; nothing is stored",
    {
        200: _answer("As it would be made by this revision", ref("Preview")),
        404: _problem("`no_preview`: the pipeline cannot say beforehand what it would make."),
        408: _problem("The body did not arrive in time."),
        413: _problem("The body, or the job, is over the limit."),
        422: _problem("A field or the parameter is wrong, or the pipeline refuses the job."),
    },
    parameters=[_flag("picture", "true: with a picture of it, which takes a few seconds.")],
    body="Run",
)

JOB = _operation(
    "A job with its progress, history, result and dead letters",
    {
        200: _answer(
            "The job", ref("Story"), {"ETag": _described("Strong. Send it as If-None-Match the next time.", TEXT)}
        ),
        304: {"description": "Nothing has changed.", "headers": {"ETag": _described("As it was", TEXT)}},
        404: NO_SUCH_JOB_OR_REFUSED,
        422: _problem("`full` is neither true nor false, or a parameter is given twice or unknown."),
    },
    parameters=[
        JOB_ID,
        _flag("full", "true: with the whole brief and metadata, which may be 10 MB."),
        _header("If-None-Match", "The ETag of the previous answer (RFC 9110, section 13.1.2)", TEXT),
    ],
)

HISTORY = _operation(
    "All that happened to a job, newest first",
    {
        200: _answer("A page", ref("History")),
        404: NO_SUCH_JOB,
        422: _problem("A parameter is wrong, given twice or unknown."),
    },
    parameters=[JOB_ID, *_query(HISTORY_PARAMETERS)],
)

JOBS = _operation(
    "The jobs that the caller may see, newest first",
    {
        200: _answer("A page", ref("Page")),
        422: _problem("A parameter is wrong, given twice or unknown."),
    },
    parameters=_query(LIST_PARAMETERS),
)

CANCEL = _operation(
    "Cancel a job",
    {
        200: _answer("It is cancelled, now or already before.", ref("Cancelled")),
        404: NO_SUCH_JOB,
        409: _problem("It had ended otherwise.", schema="HasEnded"),
    },
    parameters=[JOB_ID],
)

LINKS = _operation(
    "Links to the files of a job's result",
    {
        200: _answer(
            "A link for each `*_url` of the result's output that is a file of the job in the artifact store. "
            "Anybody who has a link can read the file until `expires_at`. A file that the store has deleted by then "
            "is a 404 there.",
            ref("Links"),
        ),
        404: NO_SUCH_JOB,
        409: _problem("`no_result`: the job has not completed."),
    },
    parameters=[JOB_ID],
)

UPLOAD = _operation(
    "Upload a file for the caller's jobs",
    {
        201: _answer("It is kept: put `asset` into a job's metadata.", ref("Asset")),
        408: _problem("The body did not arrive in time."),
        409: _problem("`assets_full`: the account keeps as much as it may."),
        413: _problem("The body is over the limit."),
        415: _problem("`asset_unsupported`: a kind of file that is not taken; the sentence says which is."),
        422: _problem("The file is empty, broken or unsuitable, or a parameter is wrong."),
    },
    description=(
        f"The body is the file itself, of at most {MAX_BYTES:,} bytes: {TAKEN}. What it is, its own bytes say, not its "
        "`Content-Type`. It is decoded by a child process with limits, and what is kept is rewritten: pictures in "
        "sRGB, upright and without metadata, sound in stereo. Uploading the same file again keeps it for longer."
    ),
    parameters=[
        {
            "name": "user_id",
            "in": "query",
            "required": False,
            **_described("Only jobs of this user may use it, and `users forget` deletes it.", TEXT),
        }
    ],
)
UPLOAD["requestBody"] = {
    "required": True,
    "content": {"application/octet-stream": {"schema": {"type": "string", "contentMediaType": "*/*"}}},
}

ASSETS = _operation("The assets that the caller's account keeps, newest first", {200: _answer("All", ref("Assets"))})

REMOVE_ASSET = _operation(
    "Delete an asset",
    {
        204: {"description": "It is gone, now or already before."},
        404: _problem("It is not a reference, or the asset belongs to another account."),
    },
    parameters=[
        {
            "name": "asset",
            "in": "path",
            "required": True,
            "description": "The reference, with or without `asset:` before it; its slashes stay as they are.",
            "schema": {"type": "string", "minLength": 1},
        }
    ],
)

SWEEP = _operation("Send again what no message will bring back", {200: _answer("What was done", ref("Swept"))})

PRUNE = _operation(
    "Delete ended jobs that are older than RETAIN_DAYS", {200: _answer("What was deleted", ref("Pruned"))}
)

PUSH = _operation(
    "One message of a push subscription",
    {
        204: {"description": "Acknowledged: its outcome is committed, and every message it owes is published."},
        400: _problem("The body is not a push envelope."),
        408: _problem("The body did not arrive in time."),
        413: _problem("The body is over the limit."),
        500: _problem("The job failed, and may succeed later: deliver it again."),
    },
    description=(
        "Takes the wrapped form, Eventarc's (the same with `ce-` headers), and the unwrapped form with metadata: the "
        "data as the body, with `x-goog-pubsub-message-id` and `x-goog-pubsub-subscription-name`. Data that is not a "
        "job is stored as a dead letter and acknowledged."
    ),
    body="Envelope",
    security="push",
)

HEALTH = _operation(
    "Does this process still do useful work?",
    {200: _answer("Yes", ref("Health")), 503: _problem("Every job slot is held by a stage that does not end.")},
    security=None,
)

READY = _operation(
    "Can it take work now?",
    {200: _answer("Yes", ref("Ready")), 503: UNAVAILABLE},
    security=None,
)

METRICS = {
    **_operation(
        "Metrics in Prometheus' text format",
        {200: _answer("Metrics", TEXT, media_type="text/plain")},
        description="A scraper on the same machine, such as a sidecar, needs no token.",
    ),
    "security": [{"api": []}, {}],
}

OPENAPI = _operation("This document", {200: _answer("OpenAPI 3.1", {"type": "object"})}, security=None)

PATHS = {
    "/pipeline/run": {"post": RUN},
    "/pipeline/preview": {"post": PREVIEW},
    "/pipeline/job/{job_id}": {"get": JOB},
    "/pipeline/job/{job_id}/history": {"get": HISTORY},
    "/pipeline/jobs": {"get": JOBS},
    "/pipeline/job/{job_id}/cancel": {"post": CANCEL},
    "/pipeline/job/{job_id}/links": {"post": LINKS},
    "/pipeline/assets": {"post": UPLOAD, "get": ASSETS},
    "/pipeline/assets/{asset}": {"delete": REMOVE_ASSET},
    "/openapi.json": {"get": OPENAPI},
    "/sweep": {"post": SWEEP},
    "/prune": {"post": PRUNE},
    "/health": {"get": HEALTH},
    "/ready": {"get": READY},
    "/metrics": {"get": METRICS},
    "/push": {"post": PUSH},
}
