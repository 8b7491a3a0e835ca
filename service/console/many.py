"""One act on some or all of a list: choose, show what will be touched, ask for a reason, act, report.

What is acted on is exactly what the preview showed, because the form carries the ids. A request acts for a few seconds
at most; the page that it answers with goes on with the rest.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl

import flask
from werkzeug.datastructures import MultiDict

from service import queries
from service.api.parsing import is_job_id
from service.console import forms, lists
from service.console.acts import ACTS, Doing, ManyAct
from service.console.visits import Answer, NotDone, Page, Shown, Visit
from service.errors import BadEnvelope
from service.operator import many
from service.operator.many import Counts, Outcome, Tally, ThingId

MOST = 5_000
"""Things of one act. Of a longer list the oldest are done first, and the act is repeated for the rest."""
LOOK_S = 5.0
"""How long a filter is looked through."""
ACT_S = 8.0
"""How long one request acts."""
SHOWN = 50
"""Refusals that a report lists."""


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
    look = _LOOKS[kind]
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


def _messages(visit: Visit, _act: ManyAct, narrow: queries.MessageFilter | None) -> Choice:
    """Parked messages; of more than there is time for, the oldest."""
    choice = Choice([], Tally())
    seen: set[int] = set()
    until = time.monotonic() + LOOK_S
    for message in _messages_found(visit, narrow):
        if len(choice.ids) >= MOST or time.monotonic() > until:
            choice.is_more = True
            break
        if message is None or message.published_at is not None:
            choice.left_out += 1
        elif message.id not in seen:
            seen.add(message.id)
            choice.ids.append(message.id)
            choice.tally.add(message, message.state, message.error, None)
    return choice


def _messages_found(visit: Visit, narrow: queries.MessageFilter | None) -> Iterator[queries.MessageRow | None]:
    engine = visit.parts.engine
    if narrow is None:
        for message_id in visit.form.getlist("id"):
            yield queries.message(engine, lists.number(message_id)) if lists.is_number(message_id) else None
        return
    for page in queries.walk_messages(engine, narrow):
        yield from page


_LOOKS: Mapping[str, Callable[[Visit, ManyAct, Any], Choice]] = {
    "jobs": _jobs,
    "letters": _letters,
    "messages": _messages,
}
"""How what a form chooses is found, by the kind of things."""


def _filter(visit: Visit, kind: str) -> Any:
    """What the list was narrowed to: the query of its URL. Of messages, those that are parked are listed."""
    if kind == "messages":
        return queries.MessageFilter(is_parked=True)
    arguments: MultiDict[str, str] = MultiDict(parse_qsl(visit.form.get("filter", ""), max_num_fields=50))
    if kind == "jobs":
        return lists.job_filter(arguments)
    return lists.letter_filter(arguments)


def _back(visit: Visit, kind: str) -> str:
    if kind == "messages":
        return "/console/controls#messages"
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
