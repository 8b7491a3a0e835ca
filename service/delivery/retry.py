"""From an error and the attempts used up to what becomes of the job. Pure."""

from dataclasses import dataclass

from service.pipeline import Later, StageError

FIRST_BACKOFF_S = 1.0
"""Short: the subscription's own retry policy waits 10 s at least (docs: minimumBackoff), so a longer first wait of
ours would only turn a redelivery into a refusal."""
MAX_BACKOFF_S = 300.0
USED_UP = "attempts_used_up"


@dataclass(frozen=True, slots=True)
class Retry:
    """Back to pending, not before `delay_s` seconds from now, with `attempts` used up."""

    attempts: int
    delay_s: float


@dataclass(frozen=True, slots=True)
class GiveUp:
    """FAILED for good, with a dead letter of this code and sentence."""

    attempts: int
    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class HandOver:
    """On to a new delivery by a continuation, with `attempts` used up."""

    attempts: int


def backoff_s(attempts: int) -> float:
    """Seconds to wait after the `attempts`-th used-up attempt: doubling from one second up to five minutes.

    No jitter: jobs fail one by one, and Pub/Sub's redelivery has its own."""
    return min(MAX_BACKOFF_S, FIRST_BACKOFF_S * 2.0 ** min(attempts - 1, 30))


def after_failure(error: StageError, attempts: int, max_attempts: int) -> Retry | GiveUp:
    """What becomes of a job whose stage raised `error`, with `attempts` used up before it."""
    attempts += 1
    if not isinstance(error, Later):
        return GiveUp(attempts, error.code, error.sentence)
    if attempts >= max_attempts:
        return GiveUp(attempts, USED_UP, f"Given up after {attempts} attempts. The last error: {error.sentence}")
    return Retry(attempts, max(backoff_s(attempts), error.retry_after_s or 0.0))


def after_time_up(stage: str, attempts: int, max_attempts: int, *, has_moved: bool) -> HandOver | GiveUp:
    """What becomes of a job whose delivery has no time left. `has_moved`: something was finished in this delivery,
    or an operation of a provider is pending; else the hand-over uses up an attempt, or it could go on for ever."""
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
    """A claim found the attempts used up: deliveries before it ended without a word."""
    return GiveUp(
        attempts, USED_UP, f"Given up after {attempts} attempts: the last one ended without a word in stage {stage}."
    )
