"""Send a job: for a colleague who has no terminal, and to run a job again with another brief.

A preview offers changes. Each is a button of the form that carries the metadata it sets, so that the page works without
scripts and keeps nothing between two requests.
"""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

import flask
from werkzeug.datastructures import MultiDict

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
from service.pipeline import Change, Json, Never, Preview
from service.strictjson import load

PARENT = "parent_job_id"
"""The field of the message that names the job which this one repeats with changes."""
PREVIEW = "preview"
"""The value of the button that only asks."""
CHANGE, ENTRY, TYPED, WAS = "change", "entry", "typed", "was"
"""The fields of a change that somebody chose, with its metadata as JSON, and of those whose words are typed: what each
sets, its words, and its words as they were shown."""
ONE_MORE = "+"
"""Before the key of a list that the words are added to."""
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
        values["metadata"] = _changed(values["metadata"], form)
        job = _job(values)
        check_preset(job, pipeline.presets)
        check_budget(job, visit.parts.settings.max_job_usd)
        asked = pipeline_job(job, visit.parts.settings.max_job_usd)
        pipeline.check(asked)
        if (form.get("then") or CHANGE in form) and pipeline.preview is not None:
            return _form(visit, values, preview=pipeline.preview(asked))
        _submit(visit.parts, job, visit.person.email)
    except (BadField, NotAJob, OverLimit, JobIdConflict, Never) as error:
        return _form(visit, values, error=error.sentence, status=422)
    answer: Any = flask.redirect(link("job", id=job.job_id, done="new"), 303)
    return answer  # type: ignore[no-any-return]


def _changed(metadata: str, form: MultiDict[str, str]) -> str:
    """Return the metadata with the change that was chosen and the words that were typed, as JSON. Raises
    `BadField`."""
    known = _json(metadata)
    change: Json = _json(form[CHANGE]) if CHANGE in form else {}
    if not isinstance(known, dict) or not isinstance(change, dict):
        return metadata
    entries = zip(*(form.getlist(name) for name in (ENTRY, TYPED, WAS)), strict=False)
    for at, (entry, typed, was) in enumerate(entries):
        key, words = entry.removeprefix(ONE_MORE), " ".join(typed.split())
        if entry == key and key not in change and (words != was or form.get("then") == f"{ENTRY}{at}"):
            change[key] = words or None
        elif entry != key and words:
            listed = {**known, **change}.get(key) or []
            change[key] = [*(listed if isinstance(listed, list) else [listed]), words]
    if not change:
        return metadata
    merged = {name: value for name, value in {**known, **change}.items() if name not in change or value is not None}
    return json.dumps(merged, ensure_ascii=False, indent=2)


def _json(text: str) -> Json:
    """Raises `BadField`."""
    try:
        return load(text.encode() or b"{}")
    except ValueError as error:
        raise BadField("bad_metadata", f"The metadata {error}.", field="metadata") from None


def _job(values: Mapping[str, str]) -> JobMessage:
    """Return the job that the form describes. Raises `BadField` and `NotAJob`."""
    document = {
        "job_id": new_job_id(),
        "user_id": values["user"].strip(),
        "preset": values["preset"],
        "content": values["content"].replace("\r\n", "\n"),
        "metadata": _json(values["metadata"]),
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
        "offers": _offers,
        "one_more": ONE_MORE,
        "picture": data_url(preview.picture()) if preview and preview.picture else None,
    }
    return Shown(values={**form, **seen}, status=status)


def _offers(changes: Sequence[Change]) -> list[dict[str, str]]:
    """The changes as buttons: what is on them, and the metadata that they set."""
    return [{"name": one.name, "value": json.dumps(one.metadata, ensure_ascii=False)} for one in changes]


PAGE = Page(name="new", show=show, act=act, title="New job")
