"""The routes of the API: send a job, ask how it is doing, get links to its files, list jobs, cancel one; the sweep, and
the document that describes every route.

Each route first decides who is calling, before a byte of the body is read.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import quote

import flask
from msgspec import to_builtins

from service import queries, tracing
from service.api import assets, openapi
from service.api.absent import absent_problem
from service.api.answers import etag_of, json_answer, not_modified, story_format, tagged
from service.api.idempotency import HEADER, InWork, KeyedRequest, fingerprint, parse_key
from service.api.owners import find_job, with_own_id
from service.api.parsing import (
    check_budget,
    check_preset,
    history_request,
    is_asked,
    is_job_id,
    job_in_body,
    list_request,
    pipeline_job,
)
from service.api.pruning import run_prune
from service.api.records import record_links
from service.api.submit import JobIdConflict, OverLimit, find_submitted, submit
from service.api.views import (
    CancelledView,
    LinksView,
    SubmittedView,
    SweptView,
    history_view,
    page_view,
    preview_view,
    story_view,
    view_of,
)
from service.auth.callers import Caller, api_caller, sweep_caller
from service.delivery import settle
from service.delivery.messages import MAX_JOB_ID, JobMessage
from service.delivery.outbox import PUBLISH_TIMEOUT_S, publish_owed
from service.delivery.parts import Parts
from service.delivery.sweep import sweep
from service.errors import BadField, Unavailable
from service.log import bound
from service.pipeline import Never
from service.problems import problem, problem_of
from service.states import JobState, ResultStatus
from service.strictjson import storable

log = logging.getLogger(__name__)

PUBLIC = "public, max-age=300"


def blueprint(parts: Parts) -> flask.Blueprint:
    """The routes under /pipeline, the sweep, and the document that describes every route of the application."""
    document = openapi.document(parts.pipeline.presets)
    format_of_stories = story_format(document, parts.pipeline)
    described = cache(lambda: describe(document))
    routes = flask.Blueprint("api", __name__)

    def caller() -> Caller:
        return api_caller(parts.settings, parts.verifier, flask.request.headers.get("Authorization"))

    @routes.post("/pipeline/run")
    def run_route() -> flask.Response:
        return run(parts, caller())

    # `path` because an id may hold a slash.
    @routes.get("/pipeline/job/<path:job_id>")
    def job_route(job_id: str) -> flask.Response:
        return show(parts, caller(), job_id, format_of_stories)

    @routes.post("/pipeline/job/<path:job_id>/cancel")
    def cancel_route(job_id: str) -> flask.Response:
        return cancel(parts, caller(), job_id)

    @routes.post("/pipeline/job/<path:job_id>/links")
    def links_route(job_id: str) -> flask.Response:
        return links(parts, caller(), job_id)

    @routes.get("/pipeline/jobs")
    def jobs_route() -> flask.Response:
        return jobs(parts, caller())

    @routes.post("/sweep")
    def sweep_route() -> flask.Response:
        sweep_caller(parts.settings, parts.verifier, flask.request.headers.get("Authorization"))
        return run_sweep(parts)

    _add_more(routes, parts, caller)

    @routes.get("/openapi.json")
    def openapi_route() -> flask.Response:
        # Open to everybody, because it says nothing about any job; so it is composed once, not for each who asks.
        return flask.Response(described(), mimetype="application/json", headers={"Cache-Control": PUBLIC})

    return routes


def _add_more(routes: flask.Blueprint, parts: Parts, caller: Callable[[], Caller]) -> None:
    """The routes of a job's whole history, of what it would make, of the files that callers bring, and of the prune."""

    @routes.get("/pipeline/job/<path:job_id>/history")
    def history_route(job_id: str) -> flask.Response:
        return history(parts, caller(), job_id)

    @routes.post("/pipeline/preview")
    def preview_route() -> flask.Response:
        return preview(parts, caller())

    @routes.post("/pipeline/assets")
    def upload_route() -> flask.Response:
        return assets.upload(parts, caller())

    @routes.get("/pipeline/assets")
    def assets_route() -> flask.Response:
        return assets.list_assets(parts, caller())

    # `path` because a reference has slashes.
    @routes.delete("/pipeline/assets/<path:asset>")
    def remove_asset_route(asset: str) -> flask.Response:
        return assets.remove(parts, caller(), asset)

    @routes.post("/prune")
    def prune_route() -> flask.Response:
        by = sweep_caller(parts.settings, parts.verifier, flask.request.headers.get("Authorization"))
        return run_prune(parts, by)


def run(parts: Parts, caller: Caller) -> flask.Response:
    """As `_run`, as the beginning of the job's trace, or as a part of the caller's."""
    carried = flask.request.headers.get(tracing.HEADER)
    with tracing.request(parts.tracing, "POST /pipeline/run", "server", carried):
        return _run(parts, caller)


def _run(parts: Parts, caller: Caller) -> flask.Response:
    """Store the job in the body together with its message to the workers, and publish that message."""
    key = parse_key(flask.request.headers.get(HEADER))
    asked, body = job_in_body(flask.request, parts.slots)
    caller.check_user(asked.user_id)
    job = with_own_id(caller, asked)
    keyed = KeyedRequest(key=key, fingerprint=fingerprint(body)) if key else None
    first_stage, topic = parts.pipeline.first, parts.settings.topics.jobs
    refusal = _refusal(parts, caller, job)
    try:
        if refusal is not None:
            # Another revision may have taken the same request before: then its answer is the same here.
            before = find_submitted(parts.engine, job, caller=caller, keyed=keyed)
            if before is None:
                return refusal
            submitted = before
        else:
            submitted = submit(
                parts.engine,
                job,
                caller=caller,
                first_stage=first_stage,
                topic=topic,
                keyed=keyed,
                limits=parts.gate.rules(parts.engine).limits_of(job.user_id),
            )
    except OverLimit as error:
        return problem(429, error.code, error.sentence, retry_after_s=error.retry_after_s)
    except JobIdConflict as error:
        return problem(409, error.code, error.sentence, field=error.field)
    except InWork as error:
        return problem(409, error.code, error.sentence, retry_after_s=1)
    with bound(job_id=submitted.job_id, user_id=job.user_id):
        log.info("job submitted", extra={"action": "submit", "by": caller.email, "is_new": submitted.is_new})
        _publish(parts, submitted.job_id)
    location = f"/pipeline/job/{quote(submitted.job_id, safe='')}"
    answer = json_answer(view_of(SubmittedView, submitted, location=location), 202)
    answer.headers["Location"] = location
    return answer


def _refusal(parts: Parts, caller: Caller, job: JobMessage) -> flask.Response | None:
    """Say why this revision takes no such job, as the answer; None if it does."""
    try:
        check_preset(job, parts.pipeline.presets)
        check_budget(job, parts.settings.max_job_usd)
        parts.pipeline.check(pipeline_job(job, parts.settings.max_job_usd))
        assets.check_references(parts, caller, job)
    except BadField as error:
        return problem_of(error)
    except Never as error:
        return problem(422, error.code, error.sentence)
    return None


def preview(parts: Parts, caller: Caller) -> flask.Response:
    """Say what the job in the body would make. Nothing is stored; who would be refused for it is refused here."""
    is_drawn = is_asked(flask.request.args, "picture")
    asked, _ = job_in_body(flask.request, parts.slots)
    caller.check_user(asked.user_id)
    refusal = _refusal(parts, caller, asked)
    if refusal is not None:
        return refusal
    if parts.pipeline.preview is None:
        return problem(
            404, "no_preview", f"The pipeline {parts.pipeline.name} cannot say beforehand what it would make."
        )
    try:
        seen = parts.pipeline.preview(pipeline_job(asked, parts.settings.max_job_usd))
    except Never as error:
        return problem(422, error.code, error.sentence)
    return json_answer(preview_view(seen, is_drawn=is_drawn))


def show(parts: Parts, caller: Caller, asked_id: str, format_of_stories: str) -> flask.Response:
    """Answer with the job's story; or with 304, after small statements, if the caller has the current one."""
    job_id = _find(parts, caller, asked_id)
    if job_id is None:
        return _no_such_job(asked_id)
    is_whole = is_asked(flask.request.args, "full")
    format_of_stories += " full" if is_whole else ""
    callers_etags = flask.request.if_none_match
    if callers_etags:
        version = queries.job_version(parts.engine, job_id)
        if version is not None:
            etag = etag_of(version, format_of_stories)
            if callers_etags.contains_weak(etag):
                return not_modified(etag)
    story = queries.job_story(parts.engine, job_id)
    brief = queries.job_brief(parts.engine, job_id, is_whole=is_whole)
    if story is None or brief is None:
        absent = absent_problem(parts.engine, asked_id) if caller.is_operator else None
        return absent or _no_such_job(asked_id)
    if not caller.is_operator:
        story = story.of_its_runs()
    return tagged(json_answer(story_view(story, brief, parts.pipeline)), etag_of(story.version, format_of_stories))


def history(parts: Parts, caller: Caller, asked_id: str) -> flask.Response:
    """Answer with one page of what happened to the job, newest first."""
    limit, before = history_request(flask.request.args)
    job_id = _find(parts, caller, asked_id)
    if job_id is None or queries.job(parts.engine, job_id) is None:
        return _no_such_job(asked_id)
    return json_answer(history_view(queries.job_history(parts.engine, job_id, limit=limit, before=before)))


def cancel(parts: Parts, caller: Caller, asked_id: str) -> flask.Response:
    """Cancel the job unless it has ended. Cancelling a cancelled job succeeds again."""
    job_id = _find(parts, caller, asked_id)
    state = settle.cancel(parts.engine, parts.settings.topics, job_id, by=caller.email) if job_id else None
    if job_id is None or state is None:
        return _no_such_job(asked_id)
    if state != JobState.CANCELLED:
        sentence = f"The job has already ended: it is {state}."
        return problem(409, "job_has_ended", sentence, job_id=job_id, state=state)
    with bound(job_id=job_id):
        log.info("job cancelled", extra={"action": "cancel", "by": caller.email})
        _publish(parts, job_id)
    return json_answer(CancelledView(job_id=job_id, state="cancelled"))


def links(parts: Parts, caller: Caller, asked_id: str) -> flask.Response:
    """Answer with URLs from which anybody can read the files of the job's result for a while.

    They are not a part of the job's story because they are new each time, and its ETag must not be. This is a POST
    because links are made, and because an id may end in "/links".
    """
    job_id = _find(parts, caller, asked_id)
    story = queries.job_story(parts.engine, job_id) if job_id else None
    if job_id is None or story is None:
        return _no_such_job(asked_id)
    job, result = story.job, story.result
    if result is None or result.status != ResultStatus.SUCCESS:
        return problem(409, "no_result", f"The job has no result to link to: it is {job.state}.", job_id=job_id)
    store = parts.artifacts(job_id)
    expires_at = None if store.link_s is None else datetime.now(UTC) + timedelta(seconds=store.link_s)
    output = result.output if isinstance(result.output, dict) else {}
    urls = {name: url for name, url in output.items() if name.endswith("_url") and isinstance(url, str)}
    try:
        signed = {name: store.link(url) for name, url in urls.items()}
    except Unavailable as error:
        log.warning("no link can be signed: %s", error.__cause__, extra={"action": "links"})
        raise
    of_this_job = {name: link for name, link in signed.items() if link is not None}
    # Before anybody has a link: none is given out unless it is on record who has it.
    record_links(parts.engine, job_id, caller, run=result.run, names=sorted(of_this_job), expires_at=expires_at)
    with bound(job_id=job_id):
        log.info("links made", extra={"action": "link", "by": caller.email, "names": sorted(of_this_job)})
    return json_answer(LinksView(job_id=job_id, run=result.run, expires_at=expires_at, links=of_this_job))


def jobs(parts: Parts, caller: Caller) -> flask.Response:
    """Answer with one page of the jobs that the caller may see, newest first."""
    request = list_request(flask.request.args)
    narrow = request.narrow if caller.owner is None else replace(request.narrow, submitted_by=caller.owner)
    page = queries.list_jobs(parts.engine, narrow, limit=request.limit, after=request.after)
    return json_answer(page_view(page))


def run_sweep(parts: Parts) -> flask.Response:
    """Sweep, and answer with what was done: 503 if anything could not be sent, for the scheduler's log to show it."""
    settings = parts.settings
    swept = sweep(
        parts.engine, parts.publisher, settings.topics, ack_deadline_s=settings.ack_deadline_s, limits=settings.limits
    )
    done = to_builtins(view_of(SweptView, swept))
    if swept.failed:
        sentence = f"{swept.failed} messages could not be published; the next sweep will retry."
        return problem(503, "pubsub_unreachable", sentence, retry_after_s=60, **done)
    return flask.jsonify(done)


def describe(document: Mapping[str, Any]) -> bytes:
    """Return the OpenAPI document as JSON, without the operations that this process does not serve."""
    body: bytes = json_answer(openapi.served(document, flask.current_app.url_map)).data
    return body


def _publish(parts: Parts, job_id: str) -> None:
    """Publish what the job owes. It is committed, so the answer holds whatever happens here."""
    try:
        publish_owed(parts.engine, parts.publisher, job_id, until=time.monotonic() + PUBLISH_TIMEOUT_S)
    except Unavailable as error:
        log.warning("publishing failed; the sweep will retry: %s", error.sentence, extra={"action": "publish"})
    except Exception:
        log.exception("publishing failed; the sweep will retry", extra={"action": "publish"})


def _find(parts: Parts, caller: Caller, asked_id: str) -> str | None:
    """Return the id of the job that the caller means by `asked_id`; None if it may not see such a job."""
    return find_job(parts.engine, caller, asked_id) if is_job_id(asked_id) else None


def _no_such_job(job_id: str) -> flask.Response:
    return problem(404, "no_such_job", f"There is no job '{storable(job_id, MAX_JOB_ID)}'.")
