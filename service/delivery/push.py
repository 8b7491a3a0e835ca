"""The push endpoint: the whole story of one message, and the table from what became of it to the answer.

    verify → bounds → read → decode → claim → run → settle → publish → answer

The answers are the design's table: 204 and 500 are given here; what is raised on the way (`service.errors`) has its
status from `service.problems`.
"""

import logging
import time
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Request, Response, request

from service.auth.callers import check_push
from service.body import read_body
from service.db import BadData
from service.delivery import claims, outbox, retry, settle
from service.delivery.claims import Busy, Claim, Conflict, LeaseLost, Settled
from service.delivery.messages import MAX_BODY_BYTES, JobMessage, PushMessage, counter, decode_job, decode_push
from service.delivery.outbox import OwedRow
from service.delivery.parts import Parts
from service.delivery.runner import Away, Drained, Failed, Finished, Lost, TimeUp, Verdict
from service.delivery.settle import Transition
from service.errors import NotAJob, Unavailable
from service.log import bound
from service.metrics import outcome_of
from service.pipeline import Never
from service.problems import problem
from service.slots import Slot
from service.strictjson import storable

log = logging.getLogger(__name__)

ANSWER_MARGIN_S = 0.5
"""Of the ack deadline, for the answer's own way back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One push: its message, its slot, and its time in monotonic seconds."""

    message: PushMessage
    slot: Slot
    deadline: float
    """Until when stages may run."""
    answer_by: float
    """Until when to have answered."""

    @property
    def note(self) -> dict[str, Any]:
        """What history and dead letters say of it."""
        return {"message_id": _short(self.message.message_id), "delivery_attempt": self.message.delivery_attempt}


def blueprint(parts: Parts) -> Blueprint:
    """`POST /push`."""
    routes = Blueprint("push", __name__)

    @routes.post("/push")
    def push() -> Response:
        try:
            return receive(parts, request)
        except Exception as error:
            parts.metrics.delivered(outcome_of(error))
            raise

    return routes


def receive(parts: Parts, incoming: Request) -> Response:
    """Answer one push."""
    settings = parts.settings
    arrived = time.monotonic()
    check_push(settings, parts.verifier, incoming.headers.get("Authorization"))
    if parts.runner.is_draining:
        raise Unavailable("shutting_down", "This instance is shutting down.", retry_after_s=1)
    slot = parts.slots.take()
    if slot is None:
        raise Unavailable("slots_busy", "All job slots of this instance are busy.")
    try:
        with read_body(incoming, parts.slots, max_bytes=MAX_BODY_BYTES) as body:
            delivery = Delivery(
                message=decode_push(body, incoming.headers),
                slot=slot,
                deadline=arrived + settings.delivery_budget_s,
                answer_by=arrived + settings.ack_deadline_s - ANSWER_MARGIN_S,
            )
            with bound(**delivery.note):
                return deliver(parts, delivery)
    finally:
        slot.answered()


def deliver(parts: Parts, delivery: Delivery) -> Response:
    """What becomes of one message, from its decoding to the answer. Raises `Unavailable` for a 503."""
    attributes = delivery.message.attributes
    run, hop = counter(attributes, "run", 1), counter(attributes, "hop", 0)
    try:
        job = decode_job(delivery.message, parts.runner.pipeline.presets)
    except NotAJob as error:
        return _refuse(parts, delivery, error)
    with bound(job_id=job.job_id, run=run, hop=hop):
        try:
            claimed = claims.claim(
                parts.engine,
                job,
                run=run,
                hop=hop,
                first_stage=parts.runner.pipeline.first,
                lease_s=parts.settings.lease_s,
                left_s=delivery.deadline - time.monotonic(),
                max_attempts=parts.settings.job_max_attempts,
                note=delivery.note,
                give_back=parts.heartbeat.give_back,
            )
        except BadData:
            log.exception("the database refuses a job's data")
            sentence = "The database cannot keep this job's data."
            return _refuse(parts, delivery, NotAJob("data_refused", sentence, job_id=job.job_id))
        if isinstance(claimed, Claim):
            with bound(attempt=claimed.attempts + 1):
                return _work(parts, delivery, job, claimed)
        return _stand_aside(parts, delivery, job, claimed)


def _work(parts: Parts, delivery: Delivery, job: JobMessage, claim: Claim) -> Response:
    """Run the claimed job and write down what became of it; the lease is renewed until that is done."""
    log.info("claimed", extra={"action": "claim", "stage": claim.stage, "progress": claim.progress})
    if claim.is_takeover:
        parts.metrics.lease_takeovers.inc()
    try:
        if claim.attempts >= parts.settings.job_max_attempts:
            given_up = retry.after_losses(claim.stage, claim.attempts)
            transition = _give_up(parts, delivery, claim, given_up, claim.stage)
        else:
            verdict = parts.runner.run(claim, job, deadline=delivery.deadline, slot=delivery.slot)
            if isinstance(verdict, Lost):
                return _look_again(parts, delivery, job, claim)
            if isinstance(verdict, Away):
                raise verdict.error
            transition = decide(parts, delivery, job, claim, verdict)
        owed = _settle(parts, delivery, claim, transition)
    except LeaseLost:
        return _look_again(parts, delivery, job, claim)
    except Unavailable:
        parts.heartbeat.give_back(claim.lease)
        raise
    finally:
        parts.heartbeat.unwatch(claim.lease)
    return _answer(parts, delivery, job, transition, owed)


def decide(parts: Parts, delivery: Delivery, job: JobMessage, claim: Claim, verdict: Verdict) -> Transition:
    """From what became of the stages to the transition of the job."""
    most = parts.settings.job_max_attempts
    match verdict:
        case Finished(output=output):
            end = parts.runner.pipeline.end
            return settle.completed(claim, parts.settings.topics, output=output, end=end, elapsed_ms=_elapsed_ms(claim))
        case Failed(stage, error):
            decision = retry.after_failure(error, claim.attempts, most)
            log.warning(
                "stage failed", extra={"action": "fail", "stage": stage, "code": error.code, "error": str(error)}
            )
            if isinstance(decision, retry.GiveUp):
                return _give_up(parts, delivery, claim, decision, stage)
            return settle.retried(
                code=error.code,
                sentence=error.sentence,
                attempts=decision.attempts,
                delay_s=decision.delay_s,
                stage=stage,
            )
        case TimeUp(stage, has_moved):
            after = retry.after_time_up(stage, claim.attempts, most, has_moved=has_moved)
            if isinstance(after, retry.GiveUp):
                return _give_up(parts, delivery, claim, after, stage)
            return settle.handed_over(claim, job, parts.settings.topics, attempts=after.attempts, stage=stage)
        case Drained():
            return settle.released("drain")
        case _:
            raise AssertionError(verdict)


def _settle(parts: Parts, delivery: Delivery, claim: Claim, transition: Transition) -> list[OwedRow]:
    def give_up() -> bool:
        return time.monotonic() > min(delivery.answer_by, parts.runner.answer_by)

    try:
        return settle.settle(parts.engine, claim.lease, transition, give_up=give_up)
    except BadData:
        log.exception("the database refuses the job's outcome")
        refused = Never("output_refused", "The database cannot keep what the last stage returned.")
        given_up = retry.after_failure(refused, claim.attempts, 0)
        assert isinstance(given_up, retry.GiveUp)  # noqa: S101 (a Never always gives up)
        failed = _give_up(parts, delivery, claim, given_up, claim.stage)
        return settle.settle(parts.engine, claim.lease, failed, give_up=give_up)


def _answer(parts: Parts, delivery: Delivery, job: JobMessage, transition: Transition, owed: list[OwedRow]) -> Response:
    """Publish what the transition owes and answer."""
    log.info("settled", extra={"action": "settle", "state": transition.state, "reason": transition.reason})
    if transition.reason == "drain":
        raise Unavailable("shutting_down", "This instance is shutting down; the job was released.", retry_after_s=1)
    outbox.publish_owed(parts.engine, parts.publisher, job.job_id, until=delivery.answer_by, rows=owed)
    if transition.state == "pending" and not transition.hops:
        parts.metrics.delivered("retry_later")
        return problem(500, transition.reason, transition.error_message or "", retry_after_s=transition.delay_s)
    return _acked(parts, "continued" if transition.hops else transition.state)


def _stand_aside(parts: Parts, delivery: Delivery, job: JobMessage, found: Conflict | Settled | Busy) -> Response:
    """The job is not this delivery's to run."""
    match found:
        case Conflict():
            sentence = f"The job '{job.job_id}' exists with other inputs; it is left as it was."
            error = NotAJob("job_id_conflict", sentence, field="job_id", job_id=job.job_id)
            return _refuse(parts, delivery, error)
        case Settled(why):
            log.info("nothing to run", extra={"action": "skip", "reason": why})
            outbox.publish_owed(parts.engine, parts.publisher, job.job_id, until=delivery.answer_by)
            return _acked(parts, "older" if why == "older" else "already_ended")
        case Busy(why, retry_after_s):
            log.info("busy", extra={"action": "busy", "reason": why})
            raise Unavailable("job_busy", why, retry_after_s=retry_after_s)


def _look_again(parts: Parts, delivery: Delivery, job: JobMessage, claim: Claim) -> Response:
    """The lease was lost on the way: answer by how the job stands now."""
    found = claims.standing(parts.engine, job, claim.lease.run, claim.lease.hop)
    log.info("lease lost", extra={"action": "lost", "found": type(found).__name__})
    parts.metrics.leases_lost.inc()
    return _stand_aside(parts, delivery, job, found or Busy("The job has been released.", 1.0))


def _refuse(parts: Parts, delivery: Delivery, error: NotAJob) -> Response:
    """Put data that is no job aside, once, and publish its dead letter."""
    log.warning("refused", extra={"action": "refuse", "code": error.code, "field": error.field})
    note = {**delivery.note, "field": _short(error.field)}
    key = settle.refuse(
        parts.engine,
        parts.settings.topics,
        delivery.message,
        code=error.code,
        sentence=error.sentence,
        job_id=error.job_id,
        note=note,
    )
    outbox.publish_letter(parts.engine, parts.publisher, key, until=delivery.answer_by)
    return _acked(parts, "not_a_job")


def _give_up(parts: Parts, delivery: Delivery, claim: Claim, given_up: retry.GiveUp, stage: str) -> Transition:
    return settle.failed(
        claim,
        parts.settings.topics,
        code=given_up.code,
        sentence=given_up.sentence,
        attempts=given_up.attempts,
        stage=stage,
        elapsed_ms=_elapsed_ms(claim),
        note=delivery.note,
    )


def _short(text: str | None) -> str | None:
    return None if text is None else storable(text, 256)


def _elapsed_ms(claim: Claim) -> int:
    """Since this run was first claimed: the database's count at the claim, and our own since then."""
    return round((claim.elapsed_s + time.monotonic() - claim.claimed_at) * 1000)


def _acked(parts: Parts, outcome: str) -> Response:
    parts.metrics.delivered(outcome)
    response = Response(status=204)
    del response.headers["Content-Type"]
    return response
