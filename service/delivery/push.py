"""The push endpoint: the whole story of one message, top to bottom.

    verify → bounds → read → decode → gate → claim → run → settle → publish → answer

Two tables decide the result: `decide` maps what became of the stages to the job's transition, and `outcomes.Outcome`
maps what became of the delivery to its answer and its metric.
"""

import logging
import time
from contextlib import AbstractContextManager
from typing import Any

from flask import Blueprint, Request, Response, request
from msgspec import Struct

from service import tracing
from service.auth.callers import check_push
from service.db import BadData
from service.delivery import claims, held, outbox, refusals, retry, settle, transitions
from service.delivery.claims import Busy, Claim, Conflict, LeaseLost, Refusal, Settled, Suspect
from service.delivery.context import StopReason
from service.delivery.messages import MAX_BODY_BYTES, JobMessage, PushMessage, counter, decode_job, decode_push
from service.delivery.outbox import OwedRow
from service.delivery.outcomes import Outcome, of_error
from service.delivery.parts import Parts
from service.delivery.runner import DatabaseAway, Failed, Finished, Lost, Stopped, TimeUp, Verdict
from service.delivery.transitions import Transition
from service.errors import NotAJob, RetryLater, Unavailable
from service.http.body import read_body
from service.log import bound
from service.pipeline import StageError
from service.slots import Slot
from service.strictjson import storable

log = logging.getLogger(__name__)

ANSWER_MARGIN_S = 0.5
"""The part of the ack deadline that is kept for the answer's way back."""
TURN_SHARE = 0.5
"""The part of a delivery's time that it may wait for its turn to run alone. The turn is then kept for as long, so that
all others, which have at most one delivery's time, have ended by then."""
LOOK_EVERY_S = 5.0
"""How often a delivery that waits for its turn looks whether another process has taken the job."""
WAITED_LONG = 0.1
"""A delivery that has waited for longer than this part of its time owes the job another one."""
REFUSED = "The database refuses what the service writes; its log says what. Nothing is lost, and it is tried again."


class Delivery(Struct, frozen=True, kw_only=True):
    """One push: its message, its slot, and its time limits in monotonic seconds."""

    message: PushMessage
    slot: Slot
    run_until: float
    """Until when stages may run."""
    answer_by: float
    """By when the answer must be on its way."""

    @property
    def note(self) -> dict[str, Any]:
        """What history and dead letters record of the delivery."""
        return {"message_id": _short(self.message.message_id), "delivery_attempt": self.message.delivery_attempt}


def blueprint(parts: Parts) -> Blueprint:
    """`POST /push`."""
    routes = Blueprint("push", __name__)

    @routes.post("/push")
    def push() -> Response:
        try:
            outcome = receive(parts, request)
        except Exception as error:
            parts.metrics.delivered(of_error(error).label)
            raise
        parts.metrics.delivered(outcome.label)
        response = Response(status=outcome.status)
        del response.headers["Content-Type"]
        return response

    return routes


def receive(parts: Parts, incoming: Request) -> Outcome:
    """Take one push; return the outcome of a delivery that is acked.

    Raises for every other: `RetryLater`, `Unavailable`, or `Refused`.
    """
    settings = parts.settings
    arrived = time.monotonic()
    check_push(settings, parts.verifier, incoming.headers.get("Authorization"))
    if parts.runner.is_draining:
        raise Unavailable("shutting_down", "This instance is shutting down.", retry_after_s=1)
    slot = parts.slots.take()
    if slot is None:
        raise Unavailable("slots_busy", "All job slots of this instance are busy.")
    try:
        with read_body(incoming, parts.slots.pushed, max_bytes=MAX_BODY_BYTES) as body:
            delivery = Delivery(
                message=decode_push(body, incoming.headers),
                slot=slot,
                run_until=arrived + settings.delivery_budget_s,
                answer_by=arrived + settings.ack_deadline_s - ANSWER_MARGIN_S,
            )
            with bound(**delivery.note), _traced(parts, delivery, incoming):
                outcome = _never_lost(parts, delivery)
                tracing.note(outcome=outcome.label)
                return outcome
    finally:
        slot.answered()


def _traced(parts: Parts, delivery: Delivery, incoming: Request) -> AbstractContextManager[None]:
    """The delivery's part of its job's trace: of that which the message carries, or the request that brought it."""
    carried = delivery.message.attributes.get(tracing.ATTRIBUTE) or incoming.headers.get(tracing.HEADER)
    return tracing.request(
        parts.tracing,
        "process job",
        "consumer",
        carried,
        messaging__system="gcp_pubsub",
        messaging__message__id=delivery.message.message_id,
        delivery_attempt=delivery.message.delivery_attempt,
    )


def _never_lost(parts: Parts, delivery: Delivery) -> Outcome:
    """As `deliver`. If the database refuses something other than a job's data, the service or the database is at fault:
    nothing is acked, and the message is delivered again once that is mended."""
    try:
        return deliver(parts, delivery)
    except BadData as error:
        raise Unavailable("database_refused", REFUSED, retry_after_s=30) from error


def deliver(parts: Parts, delivery: Delivery) -> Outcome:
    """Handle one message from its decoding to its outcome. Raises as `receive`."""
    attributes = delivery.message.attributes
    run, hop = counter(attributes, "run", 1), counter(attributes, "hop", 0)
    try:
        job = decode_job(delivery.message, parts.pipeline.presets)
    except NotAJob as error:
        return _not_readable(parts, delivery, error, run, hop)
    with bound(job_id=job.job_id, run=run, hop=hop):
        tracing.note(job_id=job.job_id, run=run, hop=hop)
        return _take(parts, delivery, job, run, hop)


def _not_readable(parts: Parts, delivery: Delivery, error: NotAJob, run: int, hop: int) -> Outcome:
    """To this revision the data is not a job. If a job on record has it, another revision can run it: nothing is acked,
    and the job stays pending. Only other data is refused."""
    found = refusals.on_record(parts.engine, delivery.message, error, parts.pipeline.presets, run=run, hop=hop)
    if found is None:
        return _refuse(parts, delivery, error)
    job = found.job
    with bound(job_id=job.job_id, run=run, hop=hop):
        if found.standing is not None:
            return _stand_aside(parts, delivery, job, found.standing)
        if found.error is None:
            return _take(parts, delivery, job, run, hop)
        unable = refusals.unable(parts.pipeline, job, found.error)
        if parts.told.is_new(job.job_id, unable.code):
            log.warning("only another revision can run this job", extra={"action": "wait", "code": unable.code})
        most_s = parts.settings.max_wait_hours * 3600
        if refusals.wait(parts.engine, job.job_id, unable, run=run, hop=hop, most_s=most_s, note=delivery.note):
            raise Unavailable(Outcome.OTHER_REVISION.label, unable.sentence)
        # It has waited too long, or another worker died with it: both need the lease.
        return _take(parts, delivery, job, run, hop, unable=unable)


def _take(
    parts: Parts, delivery: Delivery, job: JobMessage, run: int, hop: int, *, unable: StageError | None = None
) -> Outcome:
    """Claim the job and work on it. `unable` says why this revision cannot run it: that is then what becomes of it."""
    try:
        stopped = held.hold(parts.engine, parts.gate, job, run=run, hop=hop, first_stage=parts.pipeline.first)
        claimed = stopped or _claim(parts, delivery, job, run=run, hop=hop)
    except BadData:
        log.exception("the database refuses a job's data")
        sentence = "The database cannot keep this job's data."
        return _refuse(parts, delivery, NotAJob("data_refused", sentence, job_id=job.job_id, user_id=job.user_id))
    if isinstance(claimed, Claim):
        with bound(attempt=claimed.attempts + 1), _followed_by_next(parts, delivery, job):
            return _work(parts, delivery, job, claimed, unable)
    return _stand_aside(parts, delivery, job, claimed)


def _claim(parts: Parts, delivery: Delivery, job: JobMessage, *, run: int, hop: int) -> Claim | Refusal:
    """Claim the job, if need be to run alone in this process. Raises `BadData` and `Unavailable`."""

    def attempt(*, alone: bool) -> Claim | Refusal:
        return claims.claim(
            parts.engine,
            job,
            run=run,
            hop=hop,
            first_stage=parts.pipeline.first,
            lease_s=parts.settings.lease_s,
            left_s=delivery.run_until - time.monotonic(),
            max_attempts=parts.settings.job_max_attempts,
            alone=alone,
            note=delivery.note,
            give_back=parts.heartbeat.give_back,
        )

    if held.is_paused(parts.engine, parts.gate, job):
        # Its worker died. It is given back as held at once, so it takes nobody's turn.
        return attempt(alone=True)
    slot = delivery.slot
    first = slot.comes_after(job.job_id)
    if first is not None:
        if claims.needs_to_be_alone(parts.engine, first):
            raise Unavailable("slots_busy", "Another job, which has to run alone, comes first on this instance.")
        slot.drop_turn(first)
    claimed = attempt(alone=slot.is_only_one)
    if isinstance(claimed, Suspect):
        _wait_alone(parts, slot, job)
        claimed = attempt(alone=True)
    return claimed


def _wait_alone(parts: Parts, slot: Slot, job: JobMessage) -> None:
    """Wait until this process runs nothing else. Raises `Unavailable` if that takes too long, or is of no use any more
    because another process has the job."""
    looked_at = time.monotonic()

    def give_up() -> bool:
        nonlocal looked_at
        if parts.runner.is_draining:
            return True
        if time.monotonic() - looked_at < LOOK_EVERY_S:
            return False
        looked_at = time.monotonic()
        return not claims.needs_to_be_alone(parts.engine, job.job_id)

    log.info("waiting to run alone", extra={"action": "wait_alone"})
    share_s = TURN_SHARE * parts.settings.delivery_budget_s
    if not slot.alone(job.job_id, patience_s=share_s, keep_s=share_s, give_up=give_up):
        raise Unavailable("slots_busy", "This job may have killed its process; it has to wait to run alone.")


def _work(parts: Parts, delivery: Delivery, job: JobMessage, claim: Claim, unable: StageError | None = None) -> Outcome:
    """Run the claimed job and commit what became of it; the lease is renewed until that is done."""
    tracing.link(claim.traceparent)
    seen = {"stage": claim.stage, "progress": claim.progress, "refused": parts.told.forget(job.job_id)}
    log.info("claimed", extra={"action": "claim", **seen})
    if claim.is_takeover:
        parts.metrics.lease_takeovers.inc()
    try:
        if held.steps_back(parts.engine, parts.gate, job, claim, deadline=delivery.answer_by):
            outbox.publish_owed(parts.engine, parts.publisher, job.job_id, until=delivery.answer_by)
            return Outcome.HELD
        transition = _run(parts, delivery, job, claim, unable)
        owed = _settle(parts, delivery, claim, transition)
    except LeaseLost:
        return _look_again(parts, delivery, job, claim)
    except (Unavailable, BadData):
        parts.heartbeat.give_back(claim.lease)
        raise
    finally:
        parts.heartbeat.unwatch(claim.lease)
    return _answer(parts, delivery, job, transition, owed)


def _run(parts: Parts, delivery: Delivery, job: JobMessage, claim: Claim, unable: StageError | None) -> Transition:
    """Run the stages unless the attempts are used up. Raises `LeaseLost`, and `Unavailable` if the database was away
    until the end."""
    used, limits = _used(claim), _limits(parts)
    if claim.attempts >= limits.attempts:
        code, sentence = claim.error_code, claim.error_message
        decision = retry.after_losses(claim.stage, claim.attempts, limits, code=code, sentence=sentence)
        return _failed(parts, delivery, claim, decision, claim.stage)
    if unable is not None:
        return _after_failure(parts, delivery, claim, Failed(claim.stage, unable, has_progressed=False))
    if claim.waits_for == retry.DATABASE and used.waited_s >= limits.wait_s:
        return _failed(parts, delivery, claim, retry.after_unwritten(claim.stage, used), claim.stage)
    verdict = parts.runner.run(claim, job, deadline=delivery.run_until, slot=delivery.slot)
    return decide(parts, delivery, job, claim, verdict)


def decide(parts: Parts, delivery: Delivery, job: JobMessage, claim: Claim, verdict: Verdict) -> Transition:
    """Choose the job's transition by what became of its stages. Raises as `_run`."""
    topics = parts.settings.topics
    match verdict:
        case Finished(output=output):
            end = parts.pipeline.end
            return transitions.completed(claim, topics, output=output, end=end, elapsed_ms=_elapsed_ms(claim))
        case Failed():
            return _after_failure(parts, delivery, claim, verdict)
        case TimeUp():
            return _after_time_up(parts, delivery, job, claim, verdict)
        case Stopped(StopReason.DRAIN):
            return transitions.drained()
        case Stopped() | Lost():
            raise LeaseLost
        case DatabaseAway(error):
            raise error


def _after_failure(parts: Parts, delivery: Delivery, claim: Claim, failure: Failed) -> Transition:
    stage, error = failure.stage, failure.error
    log.warning("stage failed", extra={"action": "fail", "stage": stage, "code": error.code, "error": str(error)})
    used = _used(claim, has_progressed=failure.has_progressed)
    decision = retry.after_failure(error, used, _limits(parts))
    match decision:
        case retry.GiveUp():
            return _failed(parts, delivery, claim, decision, stage, traceback=failure.traceback)
        case retry.Wait(waits_for, delay_s):
            return transitions.waited(
                code=error.code,
                sentence=error.sentence,
                waits_for=waits_for,
                waits=used.waits + 1,
                delay_s=delay_s,
                stage=stage,
            )
        case retry.Retry(attempts, delay_s):
            return transitions.retried(
                code=error.code,
                sentence=error.sentence,
                attempts=attempts,
                delay_s=delay_s,
                stage=stage,
                traceback=failure.traceback,
            )


def _after_time_up(parts: Parts, delivery: Delivery, job: JobMessage, claim: Claim, time_up: TimeUp) -> Transition:
    stage, waits_for, budget_s = time_up.stage, time_up.waits_for, parts.settings.delivery_budget_s
    if not time_up.has_progressed and delivery.slot.waited_s > WAITED_LONG * budget_s:
        # Its turn came late: the continuation, which is delivered at once, gets all the time there is.
        waits_for = waits_for or retry.TURN
        delivery.slot.keep_turn(TURN_SHARE * budget_s)
    decision = retry.after_time_up(
        stage, _used(claim), _limits(parts), has_progressed=time_up.has_progressed, waits_for=waits_for
    )
    if isinstance(decision, retry.GiveUp):
        return _failed(parts, delivery, claim, decision, stage)
    return transitions.handed_over(claim, job, parts.settings.topics, decision, stage=stage)


def _limits(parts: Parts) -> retry.Limits:
    return retry.Limits(attempts=parts.settings.job_max_attempts, wait_s=parts.settings.max_wait_hours * 3600)


def _used(claim: Claim, *, has_progressed: bool = False) -> retry.Used:
    """What the job has used of its limits by now. Progress starts the waits again."""
    if has_progressed or claim.waits == 0:
        return retry.Used(attempts=claim.attempts)
    since_claim = time.monotonic() - claim.claimed_at
    return retry.Used(attempts=claim.attempts, waits=claim.waits, waited_s=claim.waited_s + since_claim)


def _settle(parts: Parts, delivery: Delivery, claim: Claim, transition: Transition) -> list[OwedRow]:
    """Commit the transition; return what the job owes afterwards."""

    def out_of_time() -> bool:
        return time.monotonic() > min(delivery.answer_by, parts.runner.answer_by)

    try:
        return settle.settle(parts.engine, claim.lease, transition, out_of_time=out_of_time)
    except BadData:
        log.exception("the database refuses the job's outcome")
        sentence = "The database cannot keep what the last stage returned."
        decision = retry.GiveUp(claim.attempts + 1, "output_refused", sentence)
        failed = _failed(parts, delivery, claim, decision, claim.stage)
        return settle.settle(parts.engine, claim.lease, failed, out_of_time=out_of_time)


def _answer(parts: Parts, delivery: Delivery, job: JobMessage, transition: Transition, owed: list[OwedRow]) -> Outcome:
    """Publish what the job owes; then its transition says how the delivery is answered."""
    log.info("settled", extra={"action": "settle", "state": transition.state, "reason": transition.reason})
    outcome = transition.outcome
    if outcome is Outcome.SHUTTING_DOWN:
        raise Unavailable("shutting_down", "This instance is shutting down; the job was released.", retry_after_s=1)
    outbox.publish_owed(parts.engine, parts.publisher, job.job_id, until=delivery.answer_by, rows=owed)
    if outcome is Outcome.OTHER_REVISION:
        raise Unavailable("other_revision", transition.error_message or "")
    if outcome is Outcome.RETRY_LATER:
        raise RetryLater(transition.reason, transition.error_message or "", retry_after_s=transition.delay_s)
    return outcome


def _stand_aside(parts: Parts, delivery: Delivery, job: JobMessage, found: Refusal) -> Outcome:
    """The job is not for this delivery to run; say why, and publish what it still owes."""
    match found:
        case Conflict():
            sentence = f"The job '{job.job_id}' exists with other inputs; it is left as it was."
            error = NotAJob("job_id_conflict", sentence, field="job_id", job_id=job.job_id)
            return _refuse(parts, delivery, error)
        case Settled(outcome):
            if outcome is not Outcome.HELD:
                reason = "older" if outcome is Outcome.OLDER else "ended"
                log.info("nothing to run", extra={"action": "skip", "reason": reason})
            outbox.publish_owed(parts.engine, parts.publisher, job.job_id, until=delivery.answer_by)
            return outcome
        case Busy(why, retry_after_s):
            # A refused message comes again and again: told once, and counted (`job_busy` in the metrics).
            if parts.told.is_new(job.job_id, why):
                log.info("busy", extra={"action": "busy", "reason": why})
            raise Unavailable("job_busy", why, retry_after_s=retry_after_s)
        case Suspect():
            raise Unavailable("slots_busy", "This job may have killed its process; it has to wait to run alone.")


def _look_again(parts: Parts, delivery: Delivery, job: JobMessage, claim: Claim) -> Outcome:
    """The lease was lost midway: answer according to the job's current state."""
    found = claims.standing(parts.engine, job, claim.lease.run, claim.lease.hop)
    log.info("lease lost", extra={"action": "lost", "found": type(found).__name__})
    parts.metrics.leases_lost.inc()
    return _stand_aside(parts, delivery, job, found or Busy("The job has been released.", 1.0))


def _refuse(parts: Parts, delivery: Delivery, error: NotAJob) -> Outcome:
    """Store data that is not a job, once, and publish what it owes."""
    letter, keys = refusals.refuse(
        parts.engine,
        parts.settings.topics,
        delivery.message,
        error,
        note={**delivery.note, "field": _short(error.field)},
        first_stage=parts.pipeline.first,
    )
    said = {"code": error.code, "field": error.field, "job_id": error.job_id, "letter": letter}
    log.warning("refused", extra={"action": "refuse", **said})
    outbox.publish_keys(parts.engine, parts.publisher, keys, until=delivery.answer_by)
    return Outcome.NOT_A_JOB


def _failed(
    parts: Parts,
    delivery: Delivery,
    claim: Claim,
    decision: retry.GiveUp,
    stage: str,
    *,
    traceback: str | None = None,
) -> Transition:
    return transitions.failed(
        claim,
        parts.settings.topics,
        code=decision.code,
        sentence=decision.sentence,
        attempts=decision.attempts,
        stage=stage,
        elapsed_ms=_elapsed_ms(claim),
        note=delivery.note,
        is_used_up=decision.is_used_up,
        traceback=traceback,
    )


def _followed_by_next(parts: Parts, delivery: Delivery, job: JobMessage) -> AbstractContextManager[None]:
    return held.followed_by_next(
        parts.engine, parts.publisher, parts.settings.topics, parts.gate, job.user_id, until=delivery.answer_by
    )


def _short(text: str | None) -> str | None:
    return None if text is None else storable(text, 256)


def _elapsed_ms(claim: Claim) -> int:
    """Milliseconds since this run was first claimed: the database's count at the claim plus our own since then."""
    return round((claim.elapsed_s + time.monotonic() - claim.claimed_at) * 1000)
