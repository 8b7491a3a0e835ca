"""The API for those who want a film: send a job, ask how it is, get links to its files, list jobs, cancel one."""

import hashlib
import logging
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import flask

from service import queries
from service.api import openapi
from service.api.idempotency import HEADER, InWork, KeyedRequest, fingerprint, parse_key
from service.api.progress import percent
from service.api.submit import JobIdConflict, submit
from service.auth.callers import api_caller
from service.body import read_body
from service.delivery import settle
from service.delivery.messages import MAX_BODY_BYTES, MAX_JOB_ID, JobMessage, job_from
from service.delivery.outbox import PUBLISH_TIMEOUT_S, publish_owed
from service.delivery.parts import Parts
from service.delivery.sweep import sweep
from service.errors import BadEnvelope, BadField, NotAJob, TooLarge, Unavailable
from service.log import bound
from service.pipeline import Choice, Job, Never, Pipeline
from service.problems import problem
from service.slots import Slots
from service.states import JobState
from service.strictjson import dump, load, storable

log = logging.getLogger(__name__)

PAGE = 50
MAX_PAGE = 200
MAX_FILTER = 1_000
PARAMETERS = ("state", "user", "preset", "since", "until", "limit", "cursor")


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """What the routes need: the process's parts, and what is derived from its pipeline once."""

    parts: Parts
    document: Mapping[str, Any]
    """Of all routes that there may be (`service.api.openapi`)."""
    shape: str
    """Whatever besides the job decides how an answer looks."""

    def let_in(self) -> str:
        """The caller's e-mail; raises for whoever may not use the API, before a byte of the body is read."""
        return api_caller(self.parts.settings, self.parts.verifier, flask.request.headers.get("Authorization"))

    def tag(self, version: str) -> str:
        """A strong tag says that not a byte differs, and the way the answer is made is a part of that."""
        return hashlib.sha256(f"{version} {self.shape}".encode()).hexdigest()[:32]


def blueprint(parts: Parts) -> flask.Blueprint:
    """The routes under /pipeline, the sweep, and the document that describes every route of the application."""
    api = Api(parts=parts, document=openapi.document(parts.pipeline.presets), shape=shape(parts.pipeline))
    routes = flask.Blueprint("api", __name__)

    @routes.post("/pipeline/run")
    def run_route() -> flask.Response:
        return run(api, api.let_in())

    # `path` because an id may hold a slash.
    @routes.get("/pipeline/job/<path:job_id>")
    def job_route(job_id: str) -> flask.Response:
        return show(api, api.let_in(), job_id)

    @routes.post("/pipeline/job/<path:job_id>/cancel")
    def cancel_route(job_id: str) -> flask.Response:
        return cancel(api, api.let_in(), job_id)

    @routes.post("/pipeline/job/<path:job_id>/links")
    def links_route(job_id: str) -> flask.Response:
        return links(api, api.let_in(), job_id)

    @routes.get("/pipeline/jobs")
    def jobs_route() -> flask.Response:
        return page(api, api.let_in())

    @routes.post("/sweep")
    def sweep_route() -> flask.Response:
        api.let_in()
        return run_sweep(parts)

    @routes.get("/openapi.json")
    def openapi_route() -> flask.Response:
        return described(api)

    return routes


def run_sweep(parts: Parts) -> flask.Response:
    """What was done; 503 if something could not be sent, so that the scheduler's own log shows it."""
    swept = sweep(parts.engine, parts.publisher, parts.settings.topics, ack_deadline_s=parts.settings.ack_deadline_s)
    if swept.failed:
        sentence = f"{swept.failed} messages could not be published; the next sweep tries again."
        return problem(503, "pubsub_unreachable", sentence, retry_after_s=60, **asdict(swept))
    return flask.jsonify(asdict(swept))


def run(api: Api, caller: str) -> flask.Response:
    """Store the job in the body, with its message to the workers, and send that."""
    key = parse_key(flask.request.headers.get(HEADER))
    job, body = _job_in_body(api.parts.slots, api.parts.pipeline)
    try:
        api.parts.pipeline.check(_as_the_pipeline_sees_it(job))
    except Never as error:
        return problem(422, error.code, error.sentence)
    keyed = KeyedRequest(caller=caller, key=key, fingerprint=fingerprint(body)) if key else None
    try:
        submitted = submit(
            api.parts.engine,
            job,
            first_stage=api.parts.pipeline.first,
            topic=api.parts.settings.topics.jobs,
            keyed=keyed,
        )
    except JobIdConflict as error:
        return problem(409, error.code, error.sentence, field=error.field)
    except InWork as error:
        return problem(409, error.code, error.sentence, retry_after_s=1)
    with bound(job_id=submitted.job_id, user_id=job.user_id):
        log.info("job submitted", extra={"action": "submit", "is_new": submitted.is_new})
        _publish(api, submitted.job_id)
    location = f"/pipeline/job/{quote(submitted.job_id, safe='')}"
    answer = _json({"job_id": submitted.job_id, "state": submitted.state, "location": location}, 202)
    answer.headers["Location"] = location
    return answer


def show(api: Api, _caller: str, job_id: str) -> flask.Response:
    """The job's story, or 304 for a caller who has seen it as it is: told by one small statement."""
    if not _is_an_id(job_id):
        return _no_such_job(job_id)
    seen = flask.request.if_none_match
    if seen:
        version = queries.job_version(api.parts.engine, job_id)
        if version is not None and seen.contains_weak(api.tag(version)):
            return _tagged(flask.Response(status=HTTPStatus.NOT_MODIFIED), api.tag(version))
    story = queries.job_story(api.parts.engine, job_id)
    if story is None:
        return _no_such_job(job_id)
    return _tagged(_json(story_json(story, api.parts.pipeline)), api.tag(story.version))


def cancel(api: Api, caller: str, job_id: str) -> flask.Response:
    """Cancel the job unless it has ended; one that is cancelled already is as good."""
    state = settle.cancel(api.parts.engine, api.parts.settings.topics, job_id, by=caller) if _is_an_id(job_id) else None
    if state is None:
        return _no_such_job(job_id)
    if state != "cancelled":
        sentence = f"The job has ended already: it is {state}."
        return problem(409, "job_has_ended", sentence, job_id=job_id, state=state)
    with bound(job_id=job_id):
        log.info("job cancelled", extra={"action": "cancel", "by": caller})
        _publish(api, job_id)
    return _json({"job_id": job_id, "state": state})


def links(api: Api, _caller: str, job_id: str) -> flask.Response:
    """URLs from which anybody can read the files of the job's result for a while.

    Not a part of the job's story: they are new each time, and its ETag must not be. A POST because they are made, and
    because an id may end in "/links".
    """
    story = queries.job_story(api.parts.engine, job_id) if _is_an_id(job_id) else None
    if story is None:
        return _no_such_job(job_id)
    job, result = story.job, story.result
    if result is None or result.status != "success":
        return problem(409, "no_result", f"The job has no result to link to: it is {job.state}.", job_id=job_id)
    store = api.parts.artifacts(job_id)
    until = None if store.link_s is None else datetime.now(UTC) + timedelta(seconds=store.link_s)
    output = result.output if isinstance(result.output, dict) else {}
    named = {name: url for name, url in output.items() if name.endswith("_url") and isinstance(url, str)}
    try:
        made = {name: store.link(url) for name, url in named.items()}
    except Unavailable as error:
        log.warning("no link can be signed: %s", error.__cause__, extra={"action": "links"})
        raise
    found = {name: link for name, link in made.items() if link is not None}
    return _json({"job_id": job_id, "run": result.run, "expires_at": _iso(until), "links": found})


def page(api: Api, _caller: str) -> flask.Response:
    """One page of jobs, newest first."""
    arguments = flask.request.args
    for name, values in arguments.lists():
        if name not in PARAMETERS:
            # A filter with a slip in its name must not list everything.
            sentence = f"There is no parameter '{storable(name, 64)}'; the list takes {', '.join(PARAMETERS)}."
            raise BadField("unknown_parameter", sentence, field=name)
        if len(values) > 1:
            raise BadField("repeated_parameter", f"'{name}' is given {len(values)} times; give it once.", field=name)
    after = arguments.get("cursor")
    found = queries.list_jobs(
        api.parts.engine,
        _filter(arguments),
        limit=_limit(arguments),
        after=queries.Cursor.parse(after) if after else None,
    )
    return _json({"jobs": [job_json(one) for one in found.jobs], "next": str(found.next) if found.next else None})


def described(api: Api) -> flask.Response:
    """The OpenAPI document of what this process serves; nobody is asked who they are."""
    return _json(openapi.served(api.document, flask.current_app.url_map), cache="public, max-age=300")


def shape(pipeline: Pipeline) -> str:
    """Of the answers about a job: their description, and what the percentage is made from."""
    steps = {name: to.among if isinstance(to, Choice) else to for name, to in sorted(pipeline.transitions.items())}
    return dump([openapi.document(pipeline.presets), pipeline.name, steps])


def job_json(job: queries.JobRow) -> dict[str, Any]:
    """A job as the API shows it in a list. Times are in ISO 8601."""
    error = {"code": job.error_code, "message": job.error_message} if job.error_code else None
    return {
        "job_id": job.id,
        "user_id": job.user_id,
        "preset": job.preset,
        "state": job.state,
        "stage": job.stage,
        "run": job.run,
        "hop": job.hop,
        "round": job.round,
        "sent_back_by": job.sent_back_by,
        "attempts": job.attempts,
        "spent_usd": job.spent_usd,
        "error": error,
        "not_before": _iso(job.not_before),
        "started_at": _iso(job.started_at),
        "created_at": _iso(job.created_at),
        "updated_at": _iso(job.updated_at),
    }


def story_json(story: queries.Story, pipeline: Pipeline) -> dict[str, Any]:
    """A job with its progress, history, executions, effects, results and dead letters. `result` is of the current run,
    None before its end; `error` says where the last failure was."""
    job = story.job
    shown = job_json(job)
    if story.failure is not None:
        shown["error"] = {**shown["error"], **asdict(story.failure)}
    return {
        **shown,
        "progress": {
            "done": story.done,
            "stage": job.stage,
            "fraction": job.stage_progress,
            "note": job.stage_note,
            "percent": percent(pipeline, job.stage, story.done, job.stage_progress),
        },
        "history": [
            {
                "run": one.run,
                "previous_state": one.previous_state,
                "new_state": one.new_state,
                "reason": one.reason,
                "metadata": one.state_metadata,
                "at": _iso(one.created_at),
            }
            for one in story.history
        ],
        "stages": [
            {
                "run": one.run,
                "round": one.round,
                "stage": one.stage,
                "status": one.status,
                "attempt": one.attempt,
                "started_at": _iso(one.started_at),
                "finished_at": _iso(one.finished_at),
                "error": one.error,
            }
            for one in story.stages
        ],
        "effects": [
            {
                "stage": one.stage,
                "name": one.name,
                "run": one.run,
                "round": one.round,
                "state": story.effect_state(one),
                "orders": one.orders,
                "request_ids": one.order_ids,
                "cost_usd": one.cost_usd,
                "intended_at": _iso(one.intended_at),
                "started_at": _iso(one.started_at),
                "finished_at": _iso(one.finished_at),
            }
            for one in story.effects
        ],
        "result": _result_json(story.result) if story.result else None,
        "earlier_results": [_result_json(one) for one in story.results if one.run != job.run],
        "dead_letters": [
            {
                "id": one.id,
                "run": one.run,
                "reason": one.reason,
                "error": one.error,
                "created_at": _iso(one.created_at),
                "replayed_at": _iso(one.replayed_at),
                "discarded_at": _iso(one.discarded_at),
                "handled_by": one.handled_by,
            }
            for one in story.letters
        ],
    }


def _result_json(result: queries.ResultRow) -> dict[str, Any]:
    return {
        "run": result.run,
        "status": result.status,
        "output": result.output,
        "error_code": result.error_code,
        "error_message": result.error_message,
        "processing_time_ms": result.processing_time_ms,
        "at": _iso(result.created_at),
    }


def _job_in_body(bodies: Slots, pipeline: Pipeline) -> tuple[JobMessage, dict[str, Any]]:
    """The job, which is given an id where it has none, and the body as it came.

    Raises as `read_body`, `BadEnvelope` for a body that is no JSON object, `BadField` for a field that is wrong.
    """
    with read_body(flask.request, bodies, max_bytes=MAX_BODY_BYTES) as body:
        try:
            document = load(body)
        except ValueError as error:
            raise BadEnvelope("body_not_json", f"The body {error}; a JSON object is expected.") from None
    if not isinstance(document, dict):
        raise BadEnvelope("body_not_object", "The body must be a JSON object that describes a job.")
    with_id = document if document.get("job_id") is not None else {**document, "job_id": str(uuid4())}
    try:
        return job_from(with_id, pipeline.presets), document
    except NotAJob as error:
        if error.code == "job_too_large":
            raise TooLarge(error.code, error.sentence) from None
        raise BadField(error.code, error.sentence, field=error.field or "") from None


def _as_the_pipeline_sees_it(job: JobMessage) -> Job:
    return Job(id=job.job_id, user_id=job.user_id, content=job.content, preset=job.preset, metadata=job.metadata)


def _publish(api: Api, job_id: str) -> None:
    """What is owed is committed, so the answer is good whatever becomes of this: the sweep publishes what stays."""
    try:
        publish_owed(api.parts.engine, api.parts.publisher, job_id, until=time.monotonic() + PUBLISH_TIMEOUT_S)
    except Unavailable as error:
        log.warning("what the job owes is still owed: %s", error.sentence, extra={"action": "publish"})
    except Exception:
        log.exception("what the job owes is still owed", extra={"action": "publish"})


def _filter(arguments: Mapping[str, str]) -> queries.JobFilter:
    state = arguments.get("state") or None
    if state is not None and state not in tuple(JobState):
        raise BadField("bad_state", f"'state' must be one of {', '.join(tuple(JobState))}.", field="state")
    return queries.JobFilter(
        state=state,
        user_id=_text(arguments, "user"),
        preset=_text(arguments, "preset"),
        since=_moment(arguments, "since"),
        until=_moment(arguments, "until"),
    )


def _text(arguments: Mapping[str, str], name: str) -> str | None:
    value = arguments.get(name)
    if value and storable(value, MAX_FILTER) != value:
        raise BadField(f"bad_{name}", f"'{name}' is no text that a job could have.", field=name)
    return value or None


def _moment(arguments: Mapping[str, str], name: str) -> datetime | None:
    """ISO 8601; without a zone it is UTC."""
    value = arguments.get(name)
    if not value:
        return None
    try:
        # A '+' that was not escaped arrives as a blank.
        return queries.parse_time(value.strip().replace(" ", "+") if "T" in value else value)
    except ValueError:
        sentence = f"'{name}' must be a time such as 2026-11-25T12:00:00Z or a day such as 2026-11-25."
        raise BadField(f"bad_{name}", sentence, field=name) from None


def _limit(arguments: Mapping[str, str]) -> int:
    value = arguments.get("limit") or str(PAGE)
    if not (
        value.isascii() and value.isdigit() and len(value) < len(str(MAX_PAGE)) + 1 and 1 <= int(value) <= MAX_PAGE
    ):
        raise BadField("bad_limit", f"'limit' must be a whole number from 1 to {MAX_PAGE}.", field="limit")
    return int(value)


def _iso(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment else None


def _is_an_id(job_id: str) -> bool:
    return storable(job_id, MAX_JOB_ID) == job_id


def _no_such_job(job_id: str) -> flask.Response:
    return problem(404, "no_such_job", f"There is no job '{storable(job_id, MAX_JOB_ID)}'.")


def _tagged(response: flask.Response, tag: str) -> flask.Response:
    """RFC 9110, sections 8.8.3 and 15.4.5. The client may keep the answer, and asks before it uses it again."""
    response.set_etag(tag)
    response.headers["Cache-Control"] = "private, no-cache"
    if response.status_code == HTTPStatus.NOT_MODIFIED:
        del response.headers["Content-Type"]
    return response


def _json(value: object, status: int = 200, *, cache: str = "no-store") -> flask.Response:
    response = flask.Response(dump(value) + "\n", status, mimetype="application/json")
    response.headers["Cache-Control"] = cache
    return response
