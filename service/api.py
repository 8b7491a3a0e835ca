"""The API for those who want a film: send a job, ask how it is, list jobs."""

import logging
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import flask
from sqlalchemy import Engine

from service import queries
from service.auth import Verifier, authorize
from service.body import read_body
from service.config import Settings
from service.errors import BadEnvelope, BadField, NotAJob, NotAllowed, TooLarge, Unavailable
from service.log import bound
from service.messages import MAX_JOB_ID, JobMessage, dump, job_from, load, storable
from service.outbox import PUBLISH_TIMEOUT_S, Publisher, publish_owed
from service.pipeline import Job, Never, Pipeline
from service.problems import problem
from service.progress import percent
from service.slots import Slots
from service.submit import JobIdConflict, submit

log = logging.getLogger(__name__)

PAGE = 50
MAX_PAGE = 200
MAX_FILTER = 1_000


def blueprint(
    *,
    engine: Engine,
    settings: Settings,
    verifier: Verifier,
    pipeline: Pipeline,
    publisher: Publisher,
) -> flask.Blueprint:
    """The routes under /pipeline."""
    routes = flask.Blueprint("api", __name__, url_prefix="/pipeline")
    # Bodies of jobs are counted apart from those of pushes: neither keeps the other out.
    bodies = Slots(1, settings.max_in_flight_bytes)

    @routes.post("/run")
    def run() -> flask.Response:
        let_in(settings, verifier)
        job = _job_in_body(bodies, pipeline)
        try:
            pipeline.check(_as_the_pipeline_sees_it(job))
        except Never as error:
            return problem(422, error.code, error.sentence)
        try:
            submitted = submit(engine, job, first_stage=pipeline.first, topic=settings.jobs_topic)
        except JobIdConflict as error:
            return problem(409, error.code, error.sentence, field=error.field)
        with bound(job_id=job.job_id, user_id=job.user_id):
            log.info("job submitted", extra={"action": "submit", "is_new": submitted.is_new})
            _publish(engine, publisher, job.job_id)
        location = f"/pipeline/job/{quote(job.job_id, safe='')}"
        answer = _json({"job_id": job.job_id, "state": submitted.state, "location": location}, 202)
        answer.headers["Location"] = location
        return answer

    # `path` because an id may hold a slash.
    @routes.get("/job/<path:job_id>")
    def job(job_id: str) -> flask.Response:
        let_in(settings, verifier)
        is_an_id = storable(job_id, MAX_JOB_ID) == job_id
        story = queries.job_story(engine, job_id) if is_an_id else None
        if story is None:
            return problem(404, "no_such_job", f"There is no job '{storable(job_id, MAX_JOB_ID)}'.")
        return _json(story_json(story, pipeline))

    @routes.get("/jobs")
    def jobs() -> flask.Response:
        let_in(settings, verifier)
        arguments = flask.request.args
        after = arguments.get("cursor")
        page = queries.list_jobs(
            engine,
            _filter(arguments),
            limit=_limit(arguments),
            after=queries.Cursor.parse(after) if after else None,
        )
        return _json({"jobs": [job_json(one) for one in page.jobs], "next": str(page.next) if page.next else None})

    return routes


def job_json(job: queries.Job) -> dict[str, Any]:
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
        "attempts": job.attempts,
        "error": error,
        "not_before": _iso(job.not_before),
        "started_at": _iso(job.started_at),
        "created_at": _iso(job.created_at),
        "updated_at": _iso(job.updated_at),
    }


def story_json(story: queries.Story, pipeline: Pipeline) -> dict[str, Any]:
    """A job with its progress, history, executions and results. `result` is of the current run, None before its end."""
    job = story.job
    return {
        **job_json(job),
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
        "result": _result_json(story.result) if story.result else None,
        "earlier_results": [_result_json(one) for one in story.results if one.run != job.run],
    }


def _result_json(result: queries.Result) -> dict[str, Any]:
    return {
        "run": result.run,
        "status": result.status,
        "output": result.output,
        "error_code": result.error_code,
        "error_message": result.error_message,
        "processing_time_ms": result.processing_time_ms,
        "at": _iso(result.created_at),
    }


def let_in(settings: Settings, verifier: Verifier) -> None:
    """Raises `BadToken` or `NotAllowed` for whoever has no business here, before a byte of the body is read."""
    if not settings.auth:
        return
    if not settings.api_audience or not settings.api_callers:
        sentence = "Nobody may use the API of this service yet: set API_AUDIENCE and API_CALLERS to let callers in."
        raise NotAllowed("api_not_configured", sentence)
    identity = verifier.verify(flask.request.headers.get("Authorization"))
    authorize(identity, audience=settings.api_audience, callers=settings.api_callers)


def _job_in_body(bodies: Slots, pipeline: Pipeline) -> JobMessage:
    """Raises as `read_body`, `BadEnvelope` for a body that is no JSON object, `BadField` for a field that is wrong."""
    with read_body(flask.request, bodies) as body:
        try:
            document = load(body)
        except ValueError as error:
            raise BadEnvelope("body_not_json", f"The body {error}; a JSON object is expected.") from None
    if not isinstance(document, dict):
        raise BadEnvelope("body_not_object", "The body must be a JSON object that describes a job.")
    if document.get("job_id") is None:
        document = {**document, "job_id": str(uuid4())}
    try:
        return job_from(document, pipeline.presets)
    except NotAJob as error:
        if error.code == "job_too_large":
            raise TooLarge(error.code, error.sentence) from None
        raise BadField(error.code, error.sentence, field=error.field or "") from None


def _as_the_pipeline_sees_it(job: JobMessage) -> Job:
    return Job(id=job.job_id, user_id=job.user_id, content=job.content, preset=job.preset, metadata=job.metadata)


def _publish(engine: Engine, publisher: Publisher, job_id: str) -> None:
    """The job is stored, so the answer is 202 whatever becomes of this: the sweep publishes what stays owed."""
    try:
        publish_owed(engine, publisher, job_id, until=time.monotonic() + PUBLISH_TIMEOUT_S)
    except Unavailable as error:
        log.warning("the job's message is still owed: %s", error.sentence, extra={"action": "submit"})
    except Exception:
        log.exception("the job's message is still owed", extra={"action": "submit"})


def _filter(arguments: Mapping[str, str]) -> queries.JobFilter:
    state = arguments.get("state") or None
    if state is not None and state not in queries.STATES:
        raise BadField("bad_state", f"'state' must be one of {', '.join(queries.STATES)}.", field="state")
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
        moment = datetime.fromisoformat(value.strip().replace(" ", "+") if "T" in value else value.strip())
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
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


def _json(value: object, status: int = 200) -> flask.Response:
    response = flask.Response(dump(value) + "\n", status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
