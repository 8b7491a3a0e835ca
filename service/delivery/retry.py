"""Decide what becomes of a job after an error: by the attempts it has used up, or by how long it has waited. Pure.

A failure of the job itself uses up an attempt. A wait (`Later.waits_for`) does not: what the job needs is away for
every job, and a limit in hours ends it.
"""

import math

from msgspec import Struct

from service.pipeline import PROVIDER, Later, StageError

FIRST_BACKOFF_S = 1.0
"""Short, because the subscription's own retry policy waits at least 10 s (minimumBackoff): a longer first wait of ours
would only turn a redelivery into a 503."""
MAX_BACKOFF_S = 300.0

STAGE_TOO_LONG = "stage_too_long"
"""The code of a hand-over with nothing done."""
WORKER_DIED = "worker_died"
"""The code of a job whose process died, or stalled, before it finished anything."""
DIED = "The process that ran it died or stalled before it finished anything."

DATABASE = "database"
"""What a job waits for whose writes the database does not answer."""
TURN = "turn"
"""What a job waits for whose delivery had to wait for others to end until little of its time was left."""
REVISION = "revision"
"""What a job waits for that only another revision of the service can run."""

TAKEN_AT_ITS_WORD = 10
"""For so many waits in a row the job waits exactly as long as the provider asked; after that, the backoff applies."""


class Limits(Struct, frozen=True, kw_only=True):
    """What ends a job that does not succeed."""

    attempts: int
    wait_s: float


class Used(Struct, frozen=True, kw_only=True):
    """What a job has used of its limits: attempts of this run, and waits in a row without progress."""

    attempts: int
    waits: int = 0
    waited_s: float = 0.0
    """Since the first of these waits."""


class Retry(Struct, frozen=True):
    """Back to pending with `attempts` used up; the next claim is not before `delay_s` seconds from now."""

    attempts: int
    delay_s: float


class Wait(Struct, frozen=True):
    """Back to pending without using up an attempt, until `waits_for` may be there again."""

    waits_for: str
    delay_s: float


class GiveUp(Struct, frozen=True):
    """Fail for good, with a dead letter of this code and sentence, which are those of the last error. `is_used_up`: it
    is not given up for the error itself but because no attempts are left."""

    attempts: int
    code: str
    sentence: str
    is_used_up: bool = False


class HandOver(Struct, frozen=True):
    """Hand over to a new delivery by a continuation, with `attempts` used up. If nothing was finished, `code` and
    `sentence` are the error that this is, or `waits_for` says why it is not the job's fault."""

    attempts: int
    waits_for: str | None = None
    code: str | None = None
    sentence: str | None = None


def backoff_s(attempts: int) -> float:
    """Return the seconds to wait after the `attempts`-th attempt: doubling from one second up to five minutes.

    No jitter: jobs fail one by one, and Pub/Sub's redelivery has its own.
    """
    return min(MAX_BACKOFF_S, FIRST_BACKOFF_S * 2.0 ** min(attempts - 1, 30)) if attempts > 0 else 0.0


def after_failure(error: StageError, used: Used, limits: Limits) -> Retry | Wait | GiveUp:
    """Decide about a job whose stage raised `error`."""
    if not isinstance(error, Later):
        return GiveUp(used.attempts + 1, error.code, error.sentence)
    asked = _seconds(error.retry_after_s)
    if error.waits_for is not None:
        return _after_wait(error, error.waits_for, asked, used, limits)
    attempts = used.attempts + 1
    if attempts >= limits.attempts:
        return _used_up(attempts, limits, error.code, error.sentence)
    return Retry(attempts, backoff_s(attempts))


def _after_wait(error: Later, waits_for: str, asked: float | None, used: Used, limits: Limits) -> Wait | GiveUp:
    if used.waited_s >= limits.wait_s:
        return GiveUp(used.attempts, error.code, f"{error.sentence} {waited_too_long(waits_for, used)}")
    waits = used.waits + 1
    if waits_for == REVISION:
        delay_s = 0.0  # another revision may take it at once
    elif asked is None:
        delay_s = backoff_s(waits)
    else:
        delay_s = max(asked, backoff_s(waits - TAKEN_AT_ITS_WORD))
    return Wait(waits_for, min(delay_s, limits.wait_s - used.waited_s))


def after_time_up(
    stage: str, used: Used, limits: Limits, *, has_progressed: bool, waits_for: str | None
) -> HandOver | GiveUp:
    """Decide about a job whose delivery is out of time.

    `has_progressed`: this delivery finished something. `waits_for`: it did not, because of a provider's pending
    operation or a database that was away. Otherwise the hand-over uses up an attempt, or it could go on forever.
    """
    if has_progressed:
        return HandOver(used.attempts)
    if waits_for is not None:
        if used.waited_s < limits.wait_s:
            return HandOver(used.attempts, waits_for)
        code = "operation_too_long" if waits_for == PROVIDER else f"{waits_for}_unreachable"
        return GiveUp(used.attempts, code, f"Stage {stage} made no progress. {waited_too_long(waits_for, used)}")
    attempts = used.attempts + 1
    sentence = f"Stage {stage} does not end within a delivery's time."
    if attempts >= limits.attempts:
        return _used_up(attempts, limits, STAGE_TOO_LONG, sentence)
    return HandOver(attempts, code=STAGE_TOO_LONG, sentence=sentence)


def after_losses(stage: str, attempts: int, limits: Limits, *, code: str | None, sentence: str | None) -> GiveUp:
    """Decide about a job whose attempts a claim found used up. `code` and `sentence` are those of its last error."""
    return _used_up(attempts, limits, code or STAGE_TOO_LONG, f"{sentence or ''} It was at stage {stage}.".strip())


def _used_up(attempts: int, limits: Limits, code: str, sentence: str) -> GiveUp:
    most = min(attempts, limits.attempts)  # which may have been lowered since
    return GiveUp(attempts, code, f"{sentence} (attempt {attempts} of {most})", is_used_up=True)


def after_unwritten(stage: str, used: Used) -> GiveUp:
    """Decide about a job that was given back again and again until its time to wait was over: the database answers, but
    not to what this job writes."""
    return GiveUp(
        used.attempts,
        "database_unreachable",
        f"The database never answered what stage {stage} had to write. {waited_too_long(DATABASE, used)}",
    )


def waited_too_long(waits_for: str, used: Used) -> str:
    """Say for what and for how long the job has waited."""
    hours = used.waited_s / 3600
    name = waits_for.replace("_", " ")
    return f"The job waited {hours:.3g} hours for the {name} without progress and is given up."


def _seconds(asked: float | None) -> float | None:
    """The wait that a pipeline asks for; None if it is not a finite number of seconds."""
    return max(0.0, float(asked)) if asked is not None and math.isfinite(asked) else None
