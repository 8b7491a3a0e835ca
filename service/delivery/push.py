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
from sqlalchemy import Engine

from service.auth import verifier as auth
from service.body import read_body
from service.config import Settings, Topics
from service.db import BadData
from service.delivery import claims, outbox, retry, settle
from service.delivery.claims import Busy, Claim, Conflict, LeaseLost, Settled
from service.delivery.heartbeat import Heartbeat
from service.delivery.messages import MAX_BODY_BYTES, JobMessage, PushMessage, counter, decode_job, decode_push
from service.delivery.outbox import OwedRow, Publisher
from service.delivery.runner import Away, Drained, Failed, Finished, Lost, Runner, TimeUp, Verdict
from service.delivery.settle import Transition
from service.errors import NotAJob, Unavailable
from service.log import bound
from service.metrics import Metrics, outcome_of
from service.pipeline import Never
from service.problems import problem
from service.slots import Slot, Slots
from service.strictjson import storable

log = logging.getLogger(__name__)

ANSWER_MARGIN_S = 0.5
"""Of the ack deadline, for the answer's own way back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """What the endpoint needs. One for the process; nothing in it belongs to a job."""

    settings: Settings
    engine: Engine
    verifier: auth.Verifier
    publisher: Publisher
    runner: Runner
    heartbeat: Heartbeat
    slots: Slots
    topics: Topics
    metrics: Metrics


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


def blueprint(service: Pushed) -> Blueprint:
    """`POST /push`."""
    routes = Blueprint("push", __name__)

    @routes.post("/push")
    def push() -> Response:
        try:
            return receive(service, request)
        except Exception as error:
            service.metrics.delivered(outcome_of(error))
            raise

    return routes


def receive(service: Pushed, incoming: Request) -> Response:
    """Answer one push."""
    settings = service.settings
    arrived = time.monotonic()
    if settings.auth:
        identity = service.verifier.verify(incoming.headers.get("Authorization"))
        auth.authorize(identity, audience=settings.push_audience, callers=settings.push_service_accounts)
    if service.runner.is_draining:
        raise Unavailable("shutting_down", "This instance is shutting down.", retry_after_s=1)
    slot = service.slots.take()
    if slot is None:
        raise Unavailable("slots_busy", "All job slots of this instance are busy.")
    try:
        with read_body(incoming, service.slots, max_bytes=MAX_BODY_BYTES) as body:
            delivery = Delivery(
                message=decode_push(body, incoming.headers),
                slot=slot,
                deadline=arrived + settings.delivery_budget_s,
                answer_by=arrived + settings.ack_deadline_s - ANSWER_MARGIN_S,
            )
            with bound(**delivery.note):
                return deliver(service, delivery)
    finally:
        slot.answered()


def deliver(service: Pushed, delivery: Delivery) -> Response:
    """What becomes of one message, from its decoding to the answer. Raises `Unavailable` for a 503."""
    attributes = delivery.message.attributes
    run, hop = counter(attributes, "run", 1), counter(attributes, "hop", 0)
    try:
        job = decode_job(delivery.message, service.runner.pipeline.presets)
    except NotAJob as error:
        return _refuse(service, delivery, error)
    with bound(job_id=job.job_id, run=run, hop=hop):
        try:
            claimed = claims.claim(
                service.engine,
                job,
                run=run,
                hop=hop,
                first_stage=service.runner.pipeline.first,
                lease_s=service.settings.lease_s,
                left_s=delivery.deadline - time.monotonic(),
                max_attempts=service.settings.job_max_attempts,
                note=delivery.note,
                give_back=service.heartbeat.give_back,
            )
        except BadData:
            log.exception("the database refuses a job's data")
            sentence = "The database cannot keep this job's data."
            return _refuse(service, delivery, NotAJob("data_refused", sentence, job_id=job.job_id))
        if isinstance(claimed, Claim):
            with bound(attempt=claimed.attempts + 1):
                return _work(service, delivery, job, claimed)
        return _stand_aside(service, delivery, job, claimed)


def _work(service: Pushed, delivery: Delivery, job: JobMessage, claim: Claim) -> Response:
    """Run the claimed job and write down what became of it; the lease is renewed until that is done."""
    log.info("claimed", extra={"action": "claim", "stage": claim.stage, "progress": claim.progress})
    if claim.is_takeover:
        service.metrics.lease_takeovers.inc()
    try:
        if claim.attempts >= service.settings.job_max_attempts:
            given_up = retry.after_losses(claim.stage, claim.attempts)
            transition = _give_up(service, delivery, claim, given_up, claim.stage)
        else:
            verdict = service.runner.run(claim, job, deadline=delivery.deadline, slot=delivery.slot)
            if isinstance(verdict, Lost):
                return _look_again(service, delivery, job, claim)
            if isinstance(verdict, Away):
                raise verdict.error
            transition = decide(service, delivery, job, claim, verdict)
        owed = _settle(service, delivery, claim, transition)
    except LeaseLost:
        return _look_again(service, delivery, job, claim)
    except Unavailable:
        service.heartbeat.give_back(claim.lease)
        raise
    finally:
        service.heartbeat.unwatch(claim.lease)
    return _answer(service, delivery, job, transition, owed)


def decide(service: Pushed, delivery: Delivery, job: JobMessage, claim: Claim, verdict: Verdict) -> Transition:
    """From what became of the stages to the transition of the job."""
    most = service.settings.job_max_attempts
    match verdict:
        case Finished(output=output):
            end = service.runner.pipeline.end
            return settle.completed(claim, service.topics, output=output, end=end, elapsed_ms=_elapsed_ms(claim))
        case Failed(stage, error):
            decision = retry.after_failure(error, claim.attempts, most)
            log.warning(
                "stage failed", extra={"action": "fail", "stage": stage, "code": error.code, "error": str(error)}
            )
            if isinstance(decision, retry.GiveUp):
                return _give_up(service, delivery, claim, decision, stage)
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
                return _give_up(service, delivery, claim, after, stage)
            return settle.handed_over(claim, job, service.topics, attempts=after.attempts, stage=stage)
        case Drained():
            return settle.released("drain")
        case _:
            raise AssertionError(verdict)


def _settle(service: Pushed, delivery: Delivery, claim: Claim, transition: Transition) -> list[OwedRow]:
    def give_up() -> bool:
        return time.monotonic() > min(delivery.answer_by, service.runner.answer_by)

    try:
        return settle.settle(service.engine, claim.lease, transition, give_up=give_up)
    except BadData:
        log.exception("the database refuses the job's outcome")
        refused = Never("output_refused", "The database cannot keep what the last stage returned.")
        given_up = retry.after_failure(refused, claim.attempts, 0)
        assert isinstance(given_up, retry.GiveUp)  # noqa: S101 (a Never always gives up)
        failed = _give_up(service, delivery, claim, given_up, claim.stage)
        return settle.settle(service.engine, claim.lease, failed, give_up=give_up)


def _answer(
    service: Pushed, delivery: Delivery, job: JobMessage, transition: Transition, owed: list[OwedRow]
) -> Response:
    """Publish what the transition owes and answer."""
    log.info("settled", extra={"action": "settle", "state": transition.state, "reason": transition.reason})
    if transition.reason == "drain":
        raise Unavailable("shutting_down", "This instance is shutting down; the job was released.", retry_after_s=1)
    outbox.publish_owed(service.engine, service.publisher, job.job_id, until=delivery.answer_by, rows=owed)
    if transition.state == "pending" and not transition.hops:
        service.metrics.delivered("retry_later")
        return problem(500, transition.reason, transition.error_message or "", retry_after_s=transition.delay_s)
    return _acked(service, "continued" if transition.hops else transition.state)


def _stand_aside(service: Pushed, delivery: Delivery, job: JobMessage, found: Conflict | Settled | Busy) -> Response:
    """The job is not this delivery's to run."""
    match found:
        case Conflict():
            sentence = f"The job '{job.job_id}' exists with other inputs; it is left as it was."
            error = NotAJob("job_id_conflict", sentence, field="job_id", job_id=job.job_id)
            return _refuse(service, delivery, error)
        case Settled(why):
            log.info("nothing to run", extra={"action": "skip", "reason": why})
            outbox.publish_owed(service.engine, service.publisher, job.job_id, until=delivery.answer_by)
            return _acked(service, "older" if why == "older" else "already_ended")
        case Busy(why, retry_after_s):
            log.info("busy", extra={"action": "busy", "reason": why})
            raise Unavailable("job_busy", why, retry_after_s=retry_after_s)


def _look_again(service: Pushed, delivery: Delivery, job: JobMessage, claim: Claim) -> Response:
    """The lease was lost on the way: answer by how the job stands now."""
    found = claims.standing(service.engine, job, claim.lease.run, claim.lease.hop)
    log.info("lease lost", extra={"action": "lost", "found": type(found).__name__})
    service.metrics.leases_lost.inc()
    return _stand_aside(service, delivery, job, found or Busy("The job has been released.", 1.0))


def _refuse(service: Pushed, delivery: Delivery, error: NotAJob) -> Response:
    """Put data that is no job aside, once, and publish its dead letter."""
    log.warning("refused", extra={"action": "refuse", "code": error.code, "field": error.field})
    note = {**delivery.note, "field": _short(error.field)}
    key = settle.refuse(
        service.engine,
        service.topics,
        delivery.message,
        code=error.code,
        sentence=error.sentence,
        job_id=error.job_id,
        note=note,
    )
    outbox.publish_letter(service.engine, service.publisher, key, until=delivery.answer_by)
    return _acked(service, "not_a_job")


def _give_up(service: Pushed, delivery: Delivery, claim: Claim, given_up: retry.GiveUp, stage: str) -> Transition:
    return settle.failed(
        claim,
        service.topics,
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


def _acked(service: Pushed, outcome: str) -> Response:
    service.metrics.delivered(outcome)
    response = Response(status=204)
    del response.headers["Content-Type"]
    return response
