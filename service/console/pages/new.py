"""Send a job: for a colleague who has no terminal, and to run a job again with another brief."""

import json
import time
from collections.abc import Mapping
from typing import Any

import flask

from service import queries
from service.api.ids import new_job_id
from service.api.parsing import check_budget, check_preset, is_job_id, pipeline_job
from service.api.submit import JobIdConflict, OverLimit, submit
from service.api.views import data_url
from service.auth.callers import Caller
from service.console.rendering import link
from service.console.visits import Answer, Page, Shown, Visit
from service.delivery.messages import JobMessage, job_from
from service.delivery.outbox import PUBLISH_TIMEOUT_S, publish_owed
from service.delivery.parts import Parts
from service.errors import BadField, NotAJob, Unavailable
from service.pipeline import Never, Preview
from service.strictjson import load

PARENT = "parent_job_id"
"""The field of the message that names the job which this one repeats with changes."""
PREVIEW = "preview"
"""The value of the button that only asks."""
MAX_BRIEF = 100_000
"""Characters of a brief that is offered to be changed."""


def show(visit: Visit) -> Shown:
    parent = visit.args.get("from", "")
    values = {"user": "", "preset": "", "content": "", "metadata": "{}", "parent": ""}
    if is_job_id(parent):
        job, brief = (
            queries.job(visit.parts.engine, parent),
            queries.job_brief(visit.parts.engine, parent, is_whole=True),
        )
        if job is not None and brief is not None:
            metadata = json.dumps(brief.metadata or {}, ensure_ascii=False, indent=2)
            content = brief.content[:MAX_BRIEF]
            values = {
                "user": job.user_id,
                "preset": job.preset,
                "content": content,
                "metadata": metadata,
                "parent": parent,
            }
    return _form(visit, values)


def act(visit: Visit) -> Answer:
    """Store the job and publish its message; then show it. Or only say what it would make. What is wrong is said beside
    the form."""
    form, pipeline = visit.form, visit.parts.pipeline
    values = {name: form.get(name, "") for name in ("user", "preset", "content", "metadata", "parent")}
    try:
        job = _job(values)
        check_preset(job, pipeline.presets)
        check_budget(job, visit.parts.settings.max_job_usd)
        asked = pipeline_job(job, visit.parts.settings.max_job_usd)
        pipeline.check(asked)
        if form.get("then") == PREVIEW and pipeline.preview is not None:
            return _form(visit, values, preview=pipeline.preview(asked))
        _submit(visit.parts, job, visit.person.email)
    except (BadField, NotAJob, OverLimit, JobIdConflict, Never) as error:
        return _form(visit, values, error=error.sentence, status=422)
    answer: Any = flask.redirect(link("job", id=job.job_id, done="new"), 303)
    return answer  # type: ignore[no-any-return]


def _job(values: Mapping[str, str]) -> JobMessage:
    """Return the job that the form describes. Raises `BadField` and `NotAJob`."""
    try:
        metadata = load(values["metadata"].encode() or b"{}")
    except ValueError as error:
        raise BadField("bad_metadata", f"The metadata {error}.", field="metadata") from None
    document = {
        "job_id": new_job_id(),
        "user_id": values["user"].strip(),
        "preset": values["preset"],
        "content": values["content"].replace("\r\n", "\n"),
        "metadata": metadata,
    }
    if is_job_id(values["parent"]) and values["parent"]:
        document[PARENT] = values["parent"]
    return job_from(document, presets=None)


def _submit(parts: Parts, job: JobMessage, email: str) -> None:
    limits = parts.gate.rules(parts.engine).limits_of(job.user_id)
    caller = Caller(email, is_operator=True)
    submit(
        parts.engine,
        job,
        caller=caller,
        first_stage=parts.pipeline.first,
        topic=parts.settings.topics.jobs,
        limits=limits,
    )
    try:
        publish_owed(parts.engine, parts.publisher, job.job_id, until=time.monotonic() + PUBLISH_TIMEOUT_S)
    except Unavailable:
        # It is committed: the sweep sends it.
        return


def _form(
    visit: Visit,
    values: Mapping[str, str],
    *,
    error: str | None = None,
    preview: Preview | None = None,
    status: int = 200,
) -> Shown:
    pipeline = visit.parts.pipeline
    form = {"values": values, "presets": sorted(pipeline.presets), "error": error}
    seen = {
        "has_preview": pipeline.preview is not None,
        "preview": preview,
        "picture": data_url(preview.picture()) if preview and preview.picture else None,
    }
    return Shown(values={**form, **seen}, status=status)


PAGE = Page(name="new", show=show, act=act, title="New job")
