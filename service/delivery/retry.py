"""Decide what becomes of a job after an error, by the attempts it has used up. Pure."""

from dataclasses import dataclass

from service.pipeline import Later, StageError

FIRST_BACKOFF_S = 1.0
"""Short, because the subscription's own retry policy waits at least 10 s (minimumBackoff): a longer first wait of ours
would only turn a redelivery into a 503."""
MAX_BACKOFF_S = 300.0
USED_UP = "attempts_used_up"


@dataclass(frozen=True, slots=True)
class Retry:
    """Back to pending with `attempts` used up; the next claim is not before `delay_s` seconds from now."""

    attempts: int
    delay_s: float


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Fail for good, with a dead letter of this code and sentence."""

    attempts: int
    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class HandOver:
    """Hand over to a new delivery by a continuation, with `attempts` used up."""

    attempts: int


def backoff_s(attempts: int) -> float:
    """Return the seconds to wait after the `attempts`-th attempt: doubling from one second up to five minutes.

    No jitter: jobs fail one by one, and Pub/Sub's redelivery has its own.
    """
    return min(MAX_BACKOFF_S, FIRST_BACKOFF_S * 2.0 ** min(attempts - 1, 30))


def after_failure(error: StageError, attempts: int, max_attempts: int) -> Retry | GiveUp:
    """Decide about a job whose stage raised `error`, with `attempts` used up before it."""
    attempts += 1
    if not isinstance(error, Later):
        return GiveUp(attempts, error.code, error.sentence)
    if attempts >= max_attempts:
        return GiveUp(attempts, USED_UP, f"Given up after {attempts} attempts. The last error: {error.sentence}")
    return Retry(attempts, max(backoff_s(attempts), error.retry_after_s or 0.0))


def after_time_up(stage: str, attempts: int, max_attempts: int, *, has_moved: bool) -> HandOver | GiveUp:
    """Decide about a job whose delivery is out of time. `has_moved`: this delivery finished something, or a provider's
    operation is pending. Otherwise the hand-over uses up an attempt, or it could go on forever."""
    if has_moved:
        return HandOver(attempts)
    attempts += 1
    if attempts >= max_attempts:
        return GiveUp(
            attempts,
            USED_UP,
            f"Given up after {attempts} attempts: stage {stage} does not end within a delivery's time.",
        )
    return HandOver(attempts)


def after_losses(stage: str, attempts: int) -> GiveUp:
    """Decide about a job whose attempts a claim found used up: its deliveries died without reporting anything."""
    return GiveUp(
        attempts,
        USED_UP,
        f"Given up after {attempts} attempts: the last one died in stage {stage} without reporting an error.",
    )
