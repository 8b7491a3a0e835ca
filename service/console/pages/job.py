"""One job: what it is doing, everything that happened to it, what it cost, what it made; and what can be done with
it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import flask

from service import queries
from service.api.absent import absent_problem
from service.api.parsing import is_job_id
from service.api.progress import percent
from service.console import advice, timeline
from service.console.acts import ACTS, Doing
from service.console.own import Own, own
from service.console.pages.file import files_of, own_files
from service.console.rendering import link
from service.console.visits import NotDone, NotThere, Page, Shown, Visit
from service.queries import ActFilter

ACTS_SHOWN = 20
NOTICES = {
    "cancel": "The job is cancelled.",
    "replay": "The job runs again.",
    "run-now": "Its message was sent again.",
    "new": "The job is accepted.",
}
"""What a page says after an act; the URL names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """The brief and the metadata, cut unless the whole is asked for; fields of the message that nobody here knows."""

    brief: queries.Brief
    extra: Any
    parent: str | None


def show(visit: Visit) -> Shown:
    engine, pipeline = visit.parts.engine, visit.parts.pipeline
    job_id = visit.args.get("id", "")
    is_whole = bool(visit.args.get("whole"))
    story = queries.job_story(engine, job_id) if is_job_id(job_id) else None
    brief = queries.job_brief(engine, job_id, is_whole=is_whole) if story else None
    if story is None or brief is None:
        raise _absent(visit, job_id)
    job = story.job
    acts, _ = queries.list_acts(engine, ActFilter(job_id=job_id), limit=ACTS_SHOWN)
    extra = queries.job_extra(engine, job_id)
    output = story.result.output if story.result is not None else None
    shown = own(pipeline, output) if isinstance(output, dict) else Own()
    return Shown(
        values={
            "job": job,
            "story": story,
            "percent": percent(pipeline, job.stage, story.done, job.stage_progress),
            "input": Input(brief=brief, extra=extra, parent=_parent(extra)),
            "is_whole": is_whole,
            "drawings": timeline.drawings(story, datetime.now(UTC)),
            "widths": timeline,
            "outputs": queries.job_outputs(engine, job_id),
            "files": files_of(story.result),
            "own": shown,
            "own_files": own_files(shown),
            "acts": acts,
            "crash": queries.traceback_of(engine, job_id, job.run) if job.error_code else None,
            "advice": advice.on_job(story),
            "can": [name for (kind, name), act in ACTS.items() if kind == "jobs" and job.state in act.states],
            "stages": queries.job_stages_begun(engine, job_id),
            "notice": NOTICES.get(visit.args.get("done", "")),
            "effect_state": story.effect_state,
        },
        version=f"{story.version} {is_whole} {acts[:1]}",
    )


def act(visit: Visit) -> flask.Response:
    """Cancel, replay or run the job now; then show it."""
    job_id = visit.form.get("id", "")
    chosen = ACTS.get(("jobs", visit.form.get("act", "")))
    if chosen is None or not is_job_id(job_id):
        raise NotThere("no_such_job", "There is no such job or act.")
    outcome = chosen.one(Doing.of(visit), job_id)
    if not outcome.is_done:
        raise NotDone("not_done", outcome.why or "It could not be done.")
    answer: Any = flask.redirect(link("job", id=job_id, done=chosen.name), 303)
    return answer  # type: ignore[no-any-return]


def version(visit: Visit) -> str | None:
    """As `show` computes it, from a few numbers."""
    job_id = visit.args.get("id", "")
    if not is_job_id(job_id):
        return None
    found = queries.job_version(visit.parts.engine, job_id)
    acts, _ = queries.list_acts(visit.parts.engine, ActFilter(job_id=job_id), limit=ACTS_SHOWN)
    return None if found is None else f"{found} {bool(visit.args.get('whole'))} {acts[:1]}"


def _absent(visit: Visit, job_id: str) -> NotThere:
    absent = absent_problem(visit.parts.engine, job_id) if is_job_id(job_id) else None
    why = absent.get_json(force=True)["detail"] if absent is not None else f"There is no job '{job_id[:36]}'."
    return NotThere("no_such_job", why)


def _parent(extra: Any) -> str | None:
    parent = extra.get("parent_job_id") if isinstance(extra, Mapping) else None
    return parent if isinstance(parent, str) and is_job_id(parent) else None


PAGE = Page(name="job", show=show, act=act, version=version)
