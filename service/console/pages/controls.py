"""Controls: pause and resume, limits of single users, prune and forget, messages that Pub/Sub refuses, the doctor. What
deletes is shown first, then asked for."""

import re
import time
from collections.abc import Callable, Mapping
from typing import Any

import flask

from service import queries
from service.config import MAX_LIMIT, Limits
from service.console import forms, lists
from service.console.rendering import link
from service.console.visits import Answer, NotDone, Page, Shown, Visit
from service.delivery.gate import KEEP_S
from service.delivery.held import send_held
from service.doctor.checks import Setup, from_inside
from service.errors import BadField
from service.operator import forget as forgetting
from service.operator import limits, pauses
from service.operator import prune as pruning
from service.queries import counts
from service.strictjson import storable

SCOPES = ("all", "preset", "user", "provider")
LIMITS_SHOWN = 200
SEND_S = 5.0
"""How long `resume` sends held jobs; the sweeps send the rest."""
PRUNE_S = 20.0
PREVIEW_S = 5.0
ACTS_SHOWN = 10
PLACES = {
    "dead letters": link("letters"),
    "outbox": "#messages",
    "pauses": "#pauses",
    "jobs": link("jobs", state="pending"),
}
"""Where the console shows what the doctor finds, by the finding's subject."""
NOTICES = {
    "pause": "Paused. It holds everywhere within a second; jobs in work run on.",
    "resume": "Resumed. The held jobs are being sent; the sweeps send what is left.",
    "limit": "The limits are set.",
    "clear": "The settings hold for the user again.",
}


def show(visit: Visit) -> Shown:
    engine = visit.parts.engine
    acts, _ = queries.list_acts(engine, queries.ActFilter(), limit=ACTS_SHOWN)
    vitals, totals = counts.read_vitals(engine), counts.read_totals(engine)
    parked = queries.list_messages(engine, queries.MessageFilter(is_parked=True), limit=lists.PER_PAGE)
    asks_others = visit.args.get("doctor") == "all"
    setup = Setup(settings=visit.parts.settings, pipeline=visit.parts.pipeline)
    return Shown(
        values={
            "pauses": pauses.list_pauses(engine),
            "held": sum(pauses.held_by_pauses(engine).values()),
            "limits": limits.list_limits(engine, limit=LIMITS_SHOWN),
            "defaults": visit.parts.settings.limits,
            "scopes": SCOPES,
            "presets": sorted(visit.parts.pipeline.presets),
            "retain_days": visit.parts.settings.retain_days,
            "acts": acts,
            "owed": vitals.owed,
            "parked": totals.parked,
            "messages": parked,
            "findings": from_inside(setup, engine, asks_others=asks_others),
            "asks_others": asks_others,
            "limit_whom": storable(visit.args.get("limit", ""), pauses.MAX_NAME),
            "places": PLACES,
            "notice": NOTICES.get(visit.args.get("done", "")),
        }
    )


def act(visit: Visit) -> Answer:
    """Do what the form asks for; of what deletes, show first what would go."""
    doing = _DOING.get(visit.form.get("act", ""))
    if doing is None:
        raise BadField("bad_act", "There is no such control.", field="act")
    return doing(visit, visit.reason())


def _pause(visit: Visit, why: str) -> Answer:
    scope, name = _scope(visit)
    pauses.pause(visit.parts.engine, scope, name, who=visit.person.email, why=why)
    return _done("pause")


def _resume(visit: Visit, why: str) -> Answer:
    parts, (scope, name) = visit.parts, _scope(visit)
    if pauses.resume(parts.engine, scope, name, who=visit.person.email, why=why) is None:
        raise NotDone("no_such_pause", "There is no such pause: somebody has ended it.")
    # A process that has not read of it yet would hold what is sent once more.
    time.sleep(KEEP_S)
    until = time.monotonic() + SEND_S
    send_held(parts.engine, parts.publisher, parts.settings.topics, limits=parts.settings.limits, until=until)
    return _done("resume")


def _limit(visit: Visit, why: str) -> Answer:
    given = Limits(
        open_jobs=_whole(visit, "open_jobs"),
        jobs_in_work=_whole(visit, "jobs_in_work"),
        usd_a_day=_dollars(visit, "usd_a_day"),
    )
    if given == Limits():
        raise NotDone("no_limit", "Fill in at least one of the limits.")
    limits.set_limits(visit.parts.engine, _user(visit), given, who=visit.person.email, why=why)
    return _done("limit")


def _clear(visit: Visit, why: str) -> Answer:
    if not limits.clear_limits(visit.parts.engine, _user(visit), who=visit.person.email, why=why):
        raise NotDone("no_limit", "The user has no limits of its own.")
    return _done("clear")


def _prune(visit: Visit, why: str) -> Answer:
    parts = visit.parts
    wanted = pruning.Wanted(retain_days=parts.settings.retain_days)
    if not visit.form.get("sure"):
        found = pruning.preview(parts.engine, wanted, for_s=PREVIEW_S)
        return _deletion(visit, why, "prune", found, is_done=False)

    def remove_files(job_id: str) -> int:
        store = parts.artifacts(job_id)
        return 0 if store.expires else store.remove()

    who = visit.person.email
    gone = pruning.prune(parts.engine, wanted, who=who, why=why, for_s=PRUNE_S, remove_files=remove_files)
    if gone.is_skipped:
        raise NotDone("prune_is_running", "Another prune is running; this one did nothing.")
    return _deletion(visit, why, "prune", gone, is_done=True)


def _forget(visit: Visit, why: str) -> Answer:
    parts, user = visit.parts, _user(visit)
    if not visit.form.get("sure"):
        return _deletion(visit, why, "forget", forgetting.preview(parts.engine, user), is_done=False)
    gone = forgetting.forget(
        parts.engine,
        parts.publisher,
        parts.settings.topics,
        user,
        who=visit.person.email,
        why=why,
        remove_files=lambda job_id: parts.artifacts(job_id).remove(),
        # A worker notices within two heartbeats that its job was cancelled; each is a third of the lease.
        grace_s=2 * parts.settings.lease_s / 3,
    )
    return _deletion(visit, why, "forget", gone, is_done=True)


def _deletion(visit: Visit, why: str, what: str, found: Any, *, is_done: bool) -> Shown:
    user = forms.text_of(visit.form, "user")
    values = {"what": what, "found": found, "is_done": is_done, "why": why, "user": user}
    return Shown(values=values, template="deletion")


_DOING: Mapping[str, Callable[[Visit, str], Answer]] = {
    "pause": _pause,
    "resume": _resume,
    "limit": _limit,
    "clear": _clear,
    "prune": _prune,
    "forget": _forget,
}


def _scope(visit: Visit) -> tuple[str, str]:
    scope, name = visit.form.get("scope", ""), forms.text_of(visit.form, "name")
    if scope not in SCOPES:
        raise BadField("bad_scope", f"'scope' must be one of {', '.join(SCOPES)}.", field="scope")
    if scope == "all":
        return "all", ""
    if not name or len(name) > pauses.MAX_NAME:
        raise BadField("bad_name", f"Say which {scope}, in at most {pauses.MAX_NAME} characters.", field="name")
    return scope, name


def _user(visit: Visit) -> str:
    user = forms.text_of(visit.form, "user")
    if not user or len(user) > pauses.MAX_NAME:
        raise BadField("bad_user", f"Say which user, in at most {pauses.MAX_NAME} characters.", field="user")
    return user


def _whole(visit: Visit, name: str) -> int | None:
    raw = forms.text_of(visit.form, name)
    if not raw:
        return None
    if not re.fullmatch(r"[0-9]{1,10}", raw, re.ASCII) or int(raw) > MAX_LIMIT:
        raise BadField(f"bad_{name}", f"'{name}' must be a whole number of at most {MAX_LIMIT:,}.", field=name)
    return int(raw)


def _dollars(visit: Visit, name: str) -> float | None:
    raw = forms.text_of(visit.form, name)
    if not raw:
        return None
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,2})?", raw, re.ASCII):
        raise BadField(f"bad_{name}", f"'{name}' must be an amount such as 12.50.", field=name)
    return float(raw)


def _done(what: str) -> flask.Response:
    answer: Any = flask.redirect(link("controls", done=what), 303)
    return answer  # type: ignore[no-any-return]


PAGE = Page(name="controls", show=show, act=act, title="Controls")
