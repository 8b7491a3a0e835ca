"""The ways out of a delivery's hold on a job: one named constructor for each transition, with everything that its
commit writes. Pure; `settle.py` commits them.

    processing → completed            completed     owes a result
    processing → failed               failed        owes a result and a dead letter
    processing → pending              retried       after a failure that may pass, with a backoff
    processing → pending              waited        something that every job needs is away; uses up no attempt
    processing → pending              handed_over   out of time; owes the continuation
    processing → pending              drained       the process shuts down
    processing → pending              held          its user is at a limit, or it was paused meanwhile
    processing → pending              given_back    a lease that could not be settled in time
    pending | processing → cancelled  cancelled     by the API; owes a result
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from service.config import Topics
from service.delivery import outgoing
from service.delivery.claims import Claim
from service.delivery.messages import JobMessage
from service.delivery.outbox import Message
from service.delivery.outcomes import Outcome
from service.delivery.retry import DATABASE, REVISION, HandOver
from service.states import ExecutionStatus, HeldFor, JobState, ResultStatus
from service.strictjson import storable

MAX_CODE = 64
MAX_SENTENCE = 2_000


class Transition(Struct, frozen=True, kw_only=True):
    """One way out, with everything that is written in its commit."""

    state: JobState
    reason: str
    execution: ExecutionStatus
    """What becomes of the open execution."""
    outcome: Outcome
    """How the delivery is answered; also set for transitions that no delivery commits."""
    note: Mapping[str, object] = field(default_factory=dict)
    """The history row's metadata."""
    attempts: int | None = None
    """Attempts used up after it; None leaves the count as it is."""
    stage: str | None = None
    """The stage that the job is at after it; None leaves it as it is."""
    output: Any = None
    """The output of the execution, if it is finished."""
    traceback: str | None = None
    """Of an execution that crashed. It is kept with the execution and published nowhere."""
    checkpoints: int = 0
    """Checkpoints it adds to the job's progress."""
    failures: int = 0
    hops: int = 0
    delay_s: float = 0.0
    """Backoff before the next claim."""
    is_reported: bool = False
    """The pipeline said how it went: the job ended, failed or has to wait."""
    waits_for: str | None = None
    """What the job waits for after it."""
    error_code: str | None = None
    error_message: str | None = None
    held_for: str | None = None
    """Why its message is acked and it is kept without one, if it is (`states.HeldFor`)."""
    status: ResultStatus | None = None
    """The status of the result, if there is one."""
    processing_time_ms: int = 0
    messages: Sequence[Message] = ()
    letter: Mapping[str, object] | None = None
    """The metadata of the dead letter, if there is one."""


def completed(claim: Claim, topics: Topics, *, output: Any, end: str, elapsed_ms: int) -> Transition:
    """Processing → completed: the last stage's output is the job's result."""
    lease = claim.lease
    status = ResultStatus.SUCCESS
    return Transition(
        state=JobState.COMPLETED,
        reason="completed",
        execution=ExecutionStatus.FINISHED,
        outcome=Outcome.COMPLETED,
        is_reported=True,
        attempts=claim.attempts,
        stage=end,
        output=output,
        checkpoints=1,
        status=status,
        processing_time_ms=elapsed_ms,
        messages=[
            outgoing.result_message(topics, lease.job_id, lease.run, status, output=output, elapsed_ms=elapsed_ms)
        ],
    )


def failed(
    claim: Claim,
    topics: Topics,
    *,
    code: str,
    sentence: str,
    attempts: int,
    stage: str,
    elapsed_ms: int,
    note: Mapping[str, object],
    is_used_up: bool = False,
    traceback: str | None = None,
) -> Transition:
    """Processing → failed for good. `note` goes into the history and the dead letter. `is_used_up`: the attempts are;
    `code` is that of the last error."""
    code, sentence = storable(code, MAX_CODE), storable(sentence, MAX_SENTENCE)
    job_id, run = claim.lease.job_id, claim.lease.run
    metadata = {**note, "stage": stage, "attempt": attempts, **({"attempts_used_up": True} if is_used_up else {})}
    status = ResultStatus.ERROR
    return Transition(
        state=JobState.FAILED,
        reason=code,
        execution=ExecutionStatus.FAILED,
        outcome=Outcome.FAILED,
        note=metadata,
        attempts=attempts,
        failures=1,
        is_reported=True,
        error_code=code,
        error_message=sentence,
        status=status,
        processing_time_ms=elapsed_ms,
        traceback=traceback,
        letter=metadata,
        messages=[
            outgoing.result_message(topics, job_id, run, status, error=sentence, elapsed_ms=elapsed_ms),
            outgoing.letter_message(
                topics, outgoing.letter_key(job_id, run), job_id, code=code, sentence=sentence, metadata=metadata
            ),
        ],
    )


def retried(
    *, code: str, sentence: str, attempts: int, delay_s: float, stage: str, traceback: str | None = None
) -> Transition:
    """Processing → pending after a failure that may pass; no claim before `delay_s` seconds from now."""
    code, sentence = storable(code, MAX_CODE), storable(sentence, MAX_SENTENCE)
    return Transition(
        state=JobState.PENDING,
        reason=code,
        execution=ExecutionStatus.FAILED,
        outcome=Outcome.RETRY_LATER,
        note={"stage": stage, "attempt": attempts, "error": sentence, "retry_after_s": delay_s},
        attempts=attempts,
        failures=1,
        delay_s=delay_s,
        traceback=traceback,
        is_reported=True,
        error_code=code,
        error_message=sentence,
    )


def waited(*, code: str, sentence: str, waits_for: str, waits: int, delay_s: float, stage: str) -> Transition:
    """Processing → pending because something that every job needs is away; no claim before `delay_s` seconds from now.
    `waits` counts the waits in a row, this one included. Uses up no attempt."""
    code, sentence = storable(code, MAX_CODE), storable(sentence, MAX_SENTENCE)
    waits_for = storable(waits_for, MAX_CODE)
    return Transition(
        state=JobState.PENDING,
        reason=code,
        execution=ExecutionStatus.FAILED,
        outcome=Outcome.OTHER_REVISION if waits_for == REVISION else Outcome.RETRY_LATER,
        note={
            "stage": stage,
            "error": sentence,
            "waits_for": waits_for,
            "waits": waits,
            "retry_after_s": delay_s,
        },
        failures=1,
        delay_s=delay_s,
        is_reported=True,
        waits_for=waits_for,
        error_code=code,
        error_message=sentence,
    )


def handed_over(claim: Claim, job: JobMessage, topics: Topics, decision: HandOver, *, stage: str) -> Transition:
    """Processing → pending because the delivery is out of time."""
    lease, waits_for = claim.lease, decision.waits_for
    return Transition(
        state=JobState.PENDING,
        reason="continuation",
        execution=ExecutionStatus.ABANDONED,
        outcome=Outcome.CONTINUED,
        note={"stage": stage, "hop": lease.hop + 1, **({"waits_for": waits_for} if waits_for else {})},
        attempts=decision.attempts,
        waits_for=waits_for,
        error_code=decision.code,
        error_message=decision.sentence,
        hops=1,
        messages=[outgoing.job_message(topics, job, lease.run, lease.hop + 1)],
    )


def drained() -> Transition:
    """Processing → pending because the process shuts down. Uses up no attempt."""
    return Transition(
        state=JobState.PENDING,
        reason="drain",
        execution=ExecutionStatus.ABANDONED,
        outcome=Outcome.SHUTTING_DOWN,
    )


def held(held_for: HeldFor, note: Mapping[str, object]) -> Transition:
    """Processing → pending right after the claim, before any work. Uses up no attempt."""
    return Transition(
        state=JobState.PENDING,
        reason=held_for.value,
        execution=ExecutionStatus.ABANDONED,
        outcome=Outcome.HELD,
        note=note,
        held_for=held_for.value,
    )


def given_back() -> Transition:
    """Processing → pending for a lease that could not be settled in time. Uses up no attempt."""
    return Transition(
        state=JobState.PENDING,
        reason="given_back",
        execution=ExecutionStatus.ABANDONED,
        outcome=Outcome.UNAVAILABLE,
        note={"waits_for": DATABASE},
        waits_for=DATABASE,
    )


def cancelled(topics: Topics, job_id: str, run: int, *, by: str, why: str = "", elapsed_ms: int) -> Transition:
    """Pending or processing → cancelled, by the API or an operator; a worker finds its token gone."""
    status = ResultStatus.CANCELLED
    return Transition(
        state=JobState.CANCELLED,
        reason="cancelled",
        execution=ExecutionStatus.ABANDONED,
        outcome=Outcome.ALREADY_ENDED,
        note={"by": by, "why": why} if why else {"by": by},
        is_reported=True,
        status=status,
        processing_time_ms=elapsed_ms,
        messages=[outgoing.result_message(topics, job_id, run, status, elapsed_ms=elapsed_ms)],
    )
