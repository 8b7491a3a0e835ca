"""The gate between decoding and the claim: may this job go on now, or is it held?

The decisions are pure. What they need, the small tables `pauses` and `user_limits`, is read at most once in `KEEP_S`
by a process, not by each delivery; so an operator's pause is known everywhere a second after its commit. What has to be
counted (a user's jobs, a user's spending) is decided by the statements in `held`, and only for users who have a limit.
"""

import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping

from msgspec import Struct, field
from sqlalchemy import Engine, text

from service import db
from service.config import NO_LIMITS, Limits
from service.delivery.messages import JobMessage
from service.errors import Unavailable
from service.pipeline import Job
from service.states import HeldFor

log = logging.getLogger(__name__)

KEEP_S = 1.0

READ = text("""
SELECT (SELECT coalesce(json_agg(p), '[]') FROM (SELECT scope, name, why, paused_by, since FROM pauses) p) AS pauses,
       (SELECT coalesce(json_agg(l), '[]') FROM (SELECT user_id, open_jobs, jobs_in_work, usd_a_day
                                                 FROM user_limits) l) AS limits
""")


class Pause(Struct, frozen=True, kw_only=True):
    """Intake that an operator has paused. `scope` is all, preset, user or provider; `name` is which, or empty."""

    scope: str
    name: str
    why: str
    paused_by: str
    since: str
    """A time in ISO 8601."""

    @property
    def held_for(self) -> HeldFor:
        return HeldFor.of(f"paused_{self.scope}")

    @property
    def note(self) -> Mapping[str, object]:
        """What the job's history records of it."""
        return {"name": self.name, "why": self.why, "by": self.paused_by, "since": self.since}


class Rules(Struct, frozen=True, kw_only=True):
    """What is paused, and what each user may have."""

    pauses: Mapping[tuple[str, str], Pause] = field(default_factory=dict)
    """By scope and name."""
    limits: Mapping[str, Limits] = field(default_factory=dict)
    """Of the users who have limits of their own."""
    default: Limits = NO_LIMITS

    def pause_of(self, job: JobMessage, providers_of: Callable[[Job], Collection[str]]) -> Pause | None:
        """Return the widest pause that the job falls under, or None."""
        if not self.pauses:
            return None
        keys = [("all", ""), ("user", job.user_id), ("preset", job.preset)]
        if any(scope == "provider" for scope, _ in self.pauses):
            keys += [("provider", name) for name in sorted(_providers(job, providers_of))]
        return next((self.pauses[key] for key in keys if key in self.pauses), None)

    def limits_of(self, user_id: str) -> Limits:
        """Return what the user may have: each of its own limits, else the setting's."""
        own = self.limits.get(user_id)
        if own is None:
            return self.default
        return Limits(
            open_jobs=self.default.open_jobs if own.open_jobs is None else own.open_jobs,
            jobs_in_work=self.default.jobs_in_work if own.jobs_in_work is None else own.jobs_in_work,
            usd_a_day=self.default.usd_a_day if own.usd_a_day is None else own.usd_a_day,
        )


class Gate:
    """The rules as this process last read them."""

    def __init__(self, limits: Limits, providers_of: Callable[[Job], Collection[str]]) -> None:
        self.providers_of = providers_of
        self._limits = limits
        self._reading = threading.Lock()
        self._rules: Rules | None = None
        self._read_at = 0.0

    def rules(self, engine: Engine) -> Rules:
        """Return the rules, at most `KEEP_S` old while the database answers.

        One thread reads them; meanwhile the others go on with what was read before, and so do all if the database is
        away: a claim would find that out too. Raises `Unavailable` if they were never read.
        """
        known = self._rules
        if known is not None and (time.monotonic() - self._read_at < KEEP_S or self._reading.locked()):
            return known
        with self._reading:
            if self._rules is not None and time.monotonic() - self._read_at < KEEP_S:
                return self._rules
            # Counted from before the statement was sent: what was committed since then is not in the answer.
            asked_at = time.monotonic()
            try:
                self._rules = read_rules(engine, self._limits)
            except Unavailable:
                if self._rules is None:
                    raise
                log.warning("pauses and limits cannot be read; the last ones known hold", exc_info=True)
            self._read_at = asked_at
            return self._rules


def read_rules(engine: Engine, default: Limits) -> Rules:
    """Read what is paused, and the limits of single users; `default` is for the others. Raises `Unavailable`."""
    (row,) = db.execute(engine, READ, {})
    pauses = [Pause(**pause) for pause in row["pauses"]]
    limits = {own.pop("user_id"): Limits(**own) for own in row["limits"]}
    return Rules(pauses={(pause.scope, pause.name): pause for pause in pauses}, limits=limits, default=default)


def sentence(held_for: str, user_id: str, note: Mapping[str, object]) -> str:
    """Say why a job is held, from what its history recorded (`Pause.note`, or a limit's `{"limit": n}`). Pure."""
    known = next((one for one in HeldFor if one.value == held_for), None)
    limit = note.get("limit")
    match known:
        case HeldFor.LIMIT_OPEN_JOBS:
            return f"User {user_id} may have {limit} open jobs; this one is let in when another has ended."
        case HeldFor.LIMIT_JOBS_IN_WORK:
            return f"User {user_id} may have {limit} jobs in work at a time; this one waits for its turn."
        case HeldFor.LIMIT_USD_A_DAY:
            return f"User {user_id} has spent the {limit} USD that a day allows; this job goes on after midnight UTC."
        case None:
            return f"It is held: {held_for}."
    what = {
        HeldFor.PAUSED_ALL: "Intake is",
        HeldFor.PAUSED_USER: f"The jobs of user {note.get('name')} are",
        HeldFor.PAUSED_PRESET: f"The preset {note.get('name')} is",
        HeldFor.PAUSED_PROVIDER: f"The provider {note.get('name')} is",
    }[known]
    since = str(note.get("since", ""))[:19]
    return f"{what} paused by {note.get('by')} since {since}Z: {note.get('why')}"


def _providers(job: JobMessage, providers_of: Callable[[Job], Collection[str]]) -> Collection[str]:
    described = Job(id=job.job_id, user_id=job.user_id, content=job.content, preset=job.preset, metadata=job.metadata)
    try:
        return providers_of(described)
    except Exception:
        # The pipeline has not checked this job yet; its check, or its stage, will say what is wrong with it.
        log.exception("the pipeline cannot say which providers a job needs", extra={"job_id": job.job_id})
        return ()
