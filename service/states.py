"""The states of a job, of one execution of a stage and of a result: written once, for Python, SQL and OpenAPI alike."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Self


class _State(StrEnum):
    """A stored value with a sentence that says what it means."""

    sentence: str

    def __new__(cls, value: str, sentence: str) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.sentence = sentence
        return member

    @classmethod
    def of(cls, stored: str) -> Self:
        """Return the member that a column holds."""
        return next(member for member in cls if member.value == stored)


class JobState(_State):
    """`jobs.state`. docs/architecture.md draws the transitions."""

    PENDING = "pending", "Waits for a delivery: new, released, handed over or backing off."
    PROCESSING = "processing", "A delivery holds the lease and runs its stages."
    COMPLETED = "completed", "Every stage is done; the result is stored."
    FAILED = "failed", "It cannot succeed, or its attempts are used up; there is a dead letter."
    CANCELLED = "cancelled", "Somebody cancelled it before it ended."


class ExecutionStatus(_State):
    """`job_stages.status`, of one execution of a stage."""

    STARTED = "started", "It runs, or its worker died."
    FINISHED = "finished", "Its output is a checkpoint."
    FAILED = "failed", "It raised an error."
    ABANDONED = "abandoned", "Its delivery ended first: out of time, drained, cancelled, or its lease was lost."


class EffectState(_State):
    """How an effect stands, derived from its times and from its stage's executions (`queries.Story.effect_state`)."""

    INTENDED = "intended", "It is being ordered now."
    UNKNOWN = "unknown", "It may or may not have been ordered; ask the provider."
    STARTED = "started", "The provider accepted the order."
    FAILED = "failed", "It ended without a result."
    FINISHED = "finished", "Its result is stored."


class ResultStatus(_State):
    """`job_results.status` and `ResultMessage.status`."""

    SUCCESS = "success", "The job completed; `output` is its last stage's."
    ERROR = "error", "The job failed; `error_message` says why."
    CANCELLED = "cancelled", "The job was cancelled."


class HeldFor(_State):
    """`jobs.held_for`: why a pending job has no message in flight."""

    PAUSED_ALL = "paused_all", "Intake is paused."
    PAUSED_USER = "paused_user", "The jobs of its user are paused."
    PAUSED_PRESET = "paused_preset", "The jobs of its preset are paused."
    PAUSED_PROVIDER = "paused_provider", "The jobs of a provider that it needs are paused."
    LIMIT_OPEN_JOBS = "limit_open_jobs", "Its user has as many open jobs as allowed."
    LIMIT_JOBS_IN_WORK = "limit_jobs_in_work", "Its user has as many jobs in work as allowed at a time."
    LIMIT_USD_A_DAY = "limit_usd_a_day", "Its user has spent what a day allows."


PAUSED = (HeldFor.PAUSED_ALL, HeldFor.PAUSED_USER, HeldFor.PAUSED_PRESET, HeldFor.PAUSED_PROVIDER)
LIMITED = (HeldFor.LIMIT_OPEN_JOBS, HeldFor.LIMIT_JOBS_IN_WORK, HeldFor.LIMIT_USD_A_DAY)

UNENDED = (JobState.PENDING, JobState.PROCESSING)
ENDED = (JobState.COMPLETED, JobState.FAILED, JobState.CANCELLED)


def sql_list(states: Iterable[str]) -> str:
    """The states as SQL for `IN`: `('pending', 'processing')`."""
    return "(" + ", ".join(f"'{state}'" for state in states) + ")"


SQL_UNENDED = sql_list(UNENDED)
SQL_ENDED = sql_list(ENDED)
