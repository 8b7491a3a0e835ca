"""One act on some or all of a list: choose, show what will be touched, ask for a reason, act, report.

What is acted on is exactly what the preview showed, because the form carries the ids. A request acts for a few seconds
at most; the page that it answers with goes on with the rest.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self, TypeAlias
from urllib.parse import parse_qsl

import flask
from werkzeug.datastructures import MultiDict

from service import queries
from service.api.parsing import is_job_id
from service.config import Topics
from service.console import forms, lists
from service.console.visits import Answer, NotDone, Page, Shown, Visit
from service.errors import BadEnvelope
from service.operator import many
from service.operator.many import Counts, Outcome, Tally, ThingId
from service.operator.run_now import run_now
from service.operator.sending import Sender
from service.states import UNENDED, JobState

MOST = 5_000
"""Things of one act. Of a longer list the oldest are done first, and the act is repeated for the rest."""
LOOK_S = 5.0
"""How long a filter is looked through."""
ACT_S = 8.0
"""How long one request acts."""
SHOWN = 50
"""Refusals that a report lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """What every one of an act needs."""

    visit: Visit
    sender: Sender
    why: str
    from_stage: str | None

    @classmethod
    def of(cls, visit: Visit) -> Self:
        """What the form says. Raises `NotDone` if it gives no reason."""
        parts = visit.parts
        return cls(
            visit=visit,
            sender=Sender(parts.engine, lambda: parts.publisher),
            why=visit.reason(),
            from_stage=forms.text_of(visit.form, "from_stage") or None,
        )

    @property
    def topics(self) -> Topics:
        return self.visit.parts.settings.topics


One: TypeAlias = Callable[[Doing, Any], Outcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyAct:
    """An act on jobs (`states` says on which) or on letters (`states` is empty)."""

    name: str
    verb: str
    past: str
    noun: str
    one: One
    states: tuple[JobState, ...] = ()


def _cancel(doing: Doing, job_id: str) -> Outcome:
    engine = doing.visit.parts.engine
    outcome = many.cancel_job(engine, doing.topics, job_id, by=doing.visit.person.email, why=doing.why)
    return doing.sender.send(outcome)


def _replay(doing: Doing, job_id: str) -> Outcome:
    by, engine = doing.visit.person.email, doing.visit.parts.engine
    outcome = many.replay_job(engine, doing.topics, job_id, by=by, why=doing.why, from_stage=doing.from_stage)
    return doing.sender.send(outcome)


def _run_now(doing: Doing, job_id: str) -> Outcome:
    by, engine = doing.visit.person.email, doing.visit.parts.engine
    outcome = run_now(engine, doing.topics, doing.sender.publisher, job_id, by=by, why=doing.why)
    if outcome.is_published is False:
        doing.sender.give_up()
    return outcome


def _replay_letter(doing: Doing, letter_id: int) -> Outcome:
    by, engine = doing.visit.person.email, doing.visit.parts.engine
    outcome = many.replay_letter(engine, doing.topics, letter_id, by=by, why=doing.why, from_stage=doing.from_stage)
    return doing.sender.send(outcome)


def _discard_letter(doing: Doing, letter_id: int) -> Outcome:
    return many.discard_letter(doing.visit.parts.engine, letter_id, by=doing.visit.person.email, why=doing.why)


_ENDED_BADLY = (JobState.FAILED, JobState.CANCELLED)
ACTS: Mapping[tuple[str, str], ManyAct] = {
    ("jobs", "cancel"): ManyAct(
        name="cancel", verb="Cancel", past="cancelled", noun="job", one=_cancel, states=UNENDED
    ),
    ("jobs", "replay"): ManyAct(
        name="replay", verb="Replay", past="replayed", noun="job", one=_replay, states=_ENDED_BADLY
    ),
    ("jobs", "run-now"): ManyAct(
        name="run-now", verb="Run now", past="sent", noun="job", one=_run_now, states=(JobState.PENDING,)
    ),
    ("letters", "replay"): ManyAct(
        name="replay", verb="Replay", past="replayed", noun="dead letter", one=_replay_letter
    ),
    ("letters", "discard"): ManyAct(
        name="discard", verb="Discard", past="discarded", noun="dead letter", one=_discard_letter
    ),
}
"""What can be done to some or all of a list, by the list and the name of the act."""


@dataclass(slots=True)
class Choice:
    """What an act would touch. `left_out` were selected but are in no state for it; `is_more`: the list goes on."""

    ids: list[ThingId]
    tally: Tally
    left_out: int = 0
    is_more: bool = False


def act(visit: Visit) -> Answer:
    """Show what an act would touch; or, if the form says that it was shown, do it."""
    form = visit.form
    kind, name = form.get("kind", ""), form.get("act", "")
    chosen_act = ACTS.get((kind, name))
    if chosen_act is None:
        raise BadEnvelope("bad_form", "There is no such act on this list.")
    if form.get("sure"):
        return _carry_out(visit, kind, chosen_act)
    return _preview(visit, kind, chosen_act)


def _preview(visit: Visit, kind: str, chosen_act: ManyAct) -> Shown:
    narrow = _filter(visit, kind)
    is_all = visit.form.get("which") == "all"
    look = _letters if kind == "letters" else _jobs
    choice = look(visit, chosen_act, narrow if is_all else None)
    if not choice.ids:
        what = f"{chosen_act.noun} that was selected" if not is_all else f"{chosen_act.noun} on the list"
        raise NotDone("nothing_chosen", f"{chosen_act.verb}: no {what} can be. Go back and select some.")
    kinds = sorted(choice.tally.counts.items(), key=lambda one: -one[1])
    return Shown(
        values={
            "kind": kind,
            "act": chosen_act,
            "choice": choice,
            "kinds": kinds,
            "ids": json.dumps(choice.ids),
            "filter": visit.form.get("filter", ""),
            "is_all": is_all,
            "stages": list(visit.parts.pipeline.transitions) if chosen_act.name == "replay" else [],
            "back": _back(visit, kind),
            "most": MOST,
        },
        template="preview",
    )


def _carry_out(visit: Visit, kind: str, chosen_act: ManyAct) -> Shown:
    doing = Doing.of(visit)
    ids = _ids(visit.form.get("ids", ""), kind)
    parts = visit.parts
    narrow = _filter(visit, kind)
    target = many.recorded_filter(narrow) if visit.form.get("which") == "all" else many.recorded_ids(ids)
    counts, done = Counts(), 0
    refused: list[Outcome] = []
    target = {**target, "matched": len(ids), "console": True}
    record = None
    if len(ids) > 1:
        record = many.begin_record(parts.engine, chosen_act.name, who=visit.person.email, why=doing.why, target=target)
    until = time.monotonic() + ACT_S
    try:
        for thing in ids:
            outcome = chosen_act.one(doing, thing)
            counts.add(outcome)
            done += 1
            if not outcome.is_done and len(refused) < SHOWN:
                refused.append(outcome)
            if time.monotonic() > until:
                break
    finally:
        if record is not None:
            many.end_record(parts.engine, record, target, counts, is_whole=done == len(ids))
    rest = ids[done:]
    return Shown(
        values={
            "kind": kind,
            "act": chosen_act,
            "counts": counts,
            "refused": refused,
            "rest": len(rest),
            "ids": json.dumps(rest),
            "why": doing.why,
            "from_stage": doing.from_stage or "",
            "filter": visit.form.get("filter", ""),
            "which": visit.form.get("which", ""),
            "back": _back(visit, kind),
        },
        template="report",
    )


def _jobs(visit: Visit, chosen_act: ManyAct, narrow: queries.JobFilter | None) -> Choice:
    choice = Choice([], Tally())
    seen: set[str] = set()
    until = time.monotonic() + LOOK_S
    for job in _jobs_found(visit, chosen_act, narrow):
        if len(choice.ids) >= MOST or time.monotonic() > until:
            choice.is_more = True
            break
        if job is None or job.state not in chosen_act.states:
            choice.left_out += narrow is None
        elif job.id not in seen:
            seen.add(job.id)
            choice.ids.append(job.id)
            choice.tally.add(job, job.state, job.error_code, job.spent_usd)
    return choice


def _jobs_found(visit: Visit, chosen_act: ManyAct, narrow: queries.JobFilter | None) -> Iterator[queries.JobRow | None]:
    """Yield the jobs that were selected, or match; None for one that is not there, and after each page that was
    searched: a search that finds nothing must see the time, too."""
    engine = visit.parts.engine
    if narrow is None:
        for job_id in visit.form.getlist("id"):
            yield queries.job(engine, job_id) if is_job_id(job_id) else None
        return
    for state in chosen_act.states:
        if narrow.state in (None, state.value):
            for page in queries.walk_jobs(engine, replace(narrow, state=state.value)):
                yield from page
                yield None


def _letters(visit: Visit, _act: ManyAct, narrow: queries.LetterFilter | None) -> Choice:
    choice = Choice([], Tally())
    seen: set[int] = set()
    until = time.monotonic() + LOOK_S
    for letter in _letters_found(visit, narrow):
        if len(choice.ids) >= MOST or time.monotonic() > until:
            choice.is_more = True
            break
        if letter is None or not letter.is_open:
            choice.left_out += narrow is None
        elif letter.id not in seen:
            seen.add(letter.id)
            choice.ids.append(letter.id)
            choice.tally.add(letter, "open", letter.reason, letter.spent_usd)
    return choice


def _letters_found(visit: Visit, narrow: queries.LetterFilter | None) -> Iterator[queries.DeadLetterRow | None]:
    """As `_jobs_found`."""
    engine = visit.parts.engine
    if narrow is None:
        for letter_id in visit.form.getlist("id"):
            yield queries.letter(engine, lists.number(letter_id)) if lists.is_number(letter_id) else None
        return
    for page in queries.walk_letters(engine, replace(narrow, is_open=True)):
        yield from page
        yield None


def _filter(visit: Visit, kind: str) -> Any:
    """What the list was narrowed to: the query of its URL."""
    arguments: MultiDict[str, str] = MultiDict(parse_qsl(visit.form.get("filter", ""), max_num_fields=50))
    if kind == "jobs":
        return lists.job_filter(arguments)
    return lists.letter_filter(arguments)


def _back(visit: Visit, kind: str) -> str:
    query = visit.form.get("filter", "")
    return forms.local_path(f"/console/{kind}?{query}" if query else f"/console/{kind}") or "/console/"


def _ids(raw: str, kind: str) -> Sequence[ThingId]:
    """The ids that the preview put into its form; their order is kept. Raises `BadEnvelope`."""
    wanted = str if kind == "jobs" else int
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        found = None
    is_good = isinstance(found, list) and 0 < len(found) <= MOST and all(type(one) is wanted for one in found)
    if not is_good or found is None:
        raise BadEnvelope("bad_form", "The form names nothing to act on.")
    return list(dict.fromkeys(found))


def _nothing(_visit: Visit) -> flask.Response:
    return flask.redirect("/console/")  # type: ignore[return-value]


PAGE = Page(name="many", show=_nothing, act=act)
