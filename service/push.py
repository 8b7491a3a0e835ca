"""The push endpoint: the whole story of one message, and the table from what became of it to the answer.

    verify → bounds → read → decode → claim → run → settle → publish → answer

This is the only place that turns what became of a delivery into an HTTP status; all of them are in the design's table.
"""

import logging
import time
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Request, Response, request
from sqlalchemy import Engine

from service import auth, claims, outbox, retry, settle
from service.body import read_body
from service.claims import Busy, Claim, Conflict, LeaseLost, Settled
from service.config import Settings
from service.db import BadData
from service.errors import NotAJob, Unavailable
from service.heartbeat import Heartbeat
from service.log import bound
from service.messages import JobMessage, PushMessage, counter, decode_job, decode_push, storable
from service.outbox import OwedRow, Publisher
from service.pipeline import Never
from service.problems import problem
from service.runner import Away, Drained, Failed, Finished, Lost, Runner, TimeUp, Verdict
from service.settle import Topics, Transition
from service.slots import Slot, Slots

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """The time of one delivery, in monotonic seconds: until when stages may run, and until when to have answered."""

    arrived: float
    deadline: float
    answer_by: float


def blueprint(service: Pushed) -> Blueprint:
    """`POST /push`."""
    routes = Blueprint("push", __name__)

    @routes.post("/push")
    def push() -> Response:
        return receive(service, request)

    return routes


def receive(service: Pushed, incoming: Request) -> Response:
    """Answer one push."""
    settings = service.settings
    arrived = time.monotonic()
    clock = Clock(
        arrived=arrived,
        deadline=arrived + settings.delivery_budget_s,
        answer_by=arrived + settings.ack_deadline_s - ANSWER_MARGIN_S,
    )
    if settings.auth:
        identity = service.verifier.verify(incoming.headers.get("Authorization"))
        auth.authorize(identity, audience=settings.push_audience, callers=settings.push_service_accounts)
    if service.runner.is_draining:
        raise Unavailable("shutting_down", "This instance is shutting down.", retry_after_s=1)
    slot = service.slots.take()
    if slot is None:
        raise Unavailable("slots_busy", "All job slots of this instance are busy.")
    try:
        with read_body(incoming, service.slots) as body:
            pushed = decode_push(body, incoming.headers)
            with bound(message_id=_short(pushed.message_id), delivery_attempt=pushed.delivery_attempt):
                return deliver(service, pushed, clock, slot)
    finally:
        slot.answered()


def deliver(service: Pushed, pushed: PushMessage, clock: Clock, slot: Slot) -> Response:
    """What becomes of one message, from its decoding to the answer. Raises `Unavailable` for a 503."""
    run, hop = counter(pushed.attributes, "run", 1), counter(pushed.attributes, "hop", 0)
    try:
        job = decode_job(pushed, service.runner.pipeline.presets)
    except NotAJob as error:
        return _refuse(service, pushed, error, clock)
    with bound(job_id=job.job_id, run=run, hop=hop):
        try:
            claimed = claims.claim(
                service.engine,
                job,
                run=run,
                hop=hop,
                first_stage=service.runner.pipeline.first,
                lease_s=service.settings.lease_s,
                left_s=clock.deadline - time.monotonic(),
                max_attempts=service.settings.job_max_attempts,
                note=_note(pushed),
                give_back=service.heartbeat.give_back,
            )
        except BadData:
            log.exception("the database refuses a job's data")
            sentence = "The database cannot keep this job's data."
            return _refuse(service, pushed, NotAJob("data_refused", sentence, job_id=job.job_id), clock)
        if isinstance(claimed, Claim):
            with bound(attempt=claimed.attempts + 1):
                return _work(service, pushed, job, claimed, clock, slot)
        return _stand_aside(service, pushed, job, claimed, clock)


def _work(service: Pushed, pushed: PushMessage, job: JobMessage, claim: Claim, clock: Clock, slot: Slot) -> Response:
    """Run the claimed job and write down what became of it; the lease is renewed until that is done."""
    log.info("claimed", extra={"action": "claim", "stage": claim.stage, "progress": claim.progress})
    try:
        if claim.attempts >= service.settings.job_max_attempts:
            given_up = retry.after_losses(claim.stage, claim.attempts)
            transition = _give_up(service, pushed, claim, given_up, claim.stage, clock)
        else:
            verdict = service.runner.run(claim, job, deadline=clock.deadline, slot=slot)
            if isinstance(verdict, Lost):
                return _look_again(service, pushed, job, claim, clock)
            if isinstance(verdict, Away):
                raise verdict.error
            transition = decide(service, pushed, job, claim, verdict, clock)
        owed = _settle(service, pushed, claim, transition, clock)
    except LeaseLost:
        return _look_again(service, pushed, job, claim, clock)
    except Unavailable:
        service.heartbeat.give_back(claim.lease)
        raise
    finally:
        service.heartbeat.unwatch(claim.lease)
    return _answer(service, job, transition, owed, clock)


def decide(
    service: Pushed, pushed: PushMessage, job: JobMessage, claim: Claim, verdict: Verdict, clock: Clock
) -> Transition:
    """From what became of the stages to the transition of the job."""
    most = service.settings.job_max_attempts
    match verdict:
        case Finished(output=output):
            end = service.runner.pipeline.end
            return settle.completed(claim, service.topics, output=output, end=end, elapsed_ms=_elapsed_ms(claim, clock))
        case Failed(stage, error):
            decision = retry.after_failure(error, claim.attempts, most)
            log.warning(
                "stage failed", extra={"action": "fail", "stage": stage, "code": error.code, "error": str(error)}
            )
            if isinstance(decision, retry.GiveUp):
                return _give_up(service, pushed, claim, decision, stage, clock)
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
                return _give_up(service, pushed, claim, after, stage, clock)
            return settle.handed_over(claim, job, service.topics, attempts=after.attempts, stage=stage)
        case Drained():
            return settle.released("drain")
        case _:
            raise AssertionError(verdict)


def _settle(service: Pushed, pushed: PushMessage, claim: Claim, transition: Transition, clock: Clock) -> list[OwedRow]:
    def give_up() -> bool:
        return time.monotonic() > clock.answer_by

    try:
        return settle.settle(service.engine, claim.lease, transition, give_up=give_up)
    except BadData:
        log.exception("the database refuses the job's outcome")
        refused = Never("output_refused", "The database cannot keep what the last stage returned.")
        given_up = retry.after_failure(refused, claim.attempts, 0)
        assert isinstance(given_up, retry.GiveUp)  # noqa: S101 (a Never always gives up)
        failed = _give_up(service, pushed, claim, given_up, claim.stage, clock)
        return settle.settle(service.engine, claim.lease, failed, give_up=give_up)


def _answer(service: Pushed, job: JobMessage, transition: Transition, owed: list[OwedRow], clock: Clock) -> Response:
    """Publish what the transition owes and answer."""
    log.info("settled", extra={"action": "settle", "state": transition.state, "reason": transition.reason})
    if transition.reason == "drain":
        raise Unavailable("shutting_down", "This instance is shutting down; the job was released.", retry_after_s=1)
    outbox.publish_owed(service.engine, service.publisher, job.job_id, until=clock.answer_by, rows=owed)
    if transition.state == "pending" and not transition.hops:
        return problem(500, transition.reason, transition.error_message or "", retry_after_s=transition.delay_s)
    return _acked()


def _stand_aside(
    service: Pushed, pushed: PushMessage, job: JobMessage, found: Conflict | Settled | Busy, clock: Clock
) -> Response:
    """The job is not this delivery's to run."""
    match found:
        case Conflict():
            sentence = f"The job '{job.job_id}' exists with other inputs; it is left as it was."
            error = NotAJob("job_id_conflict", sentence, field="job_id", job_id=job.job_id)
            return _refuse(service, pushed, error, clock)
        case Settled(why):
            log.info("nothing to run", extra={"action": "skip", "reason": why})
            outbox.publish_owed(service.engine, service.publisher, job.job_id, until=clock.answer_by)
            return _acked()
        case Busy(why, retry_after_s):
            log.info("busy", extra={"action": "busy", "reason": why})
            raise Unavailable("job_busy", why, retry_after_s=retry_after_s)


def _look_again(service: Pushed, pushed: PushMessage, job: JobMessage, claim: Claim, clock: Clock) -> Response:
    """The lease was lost on the way: answer by how the job stands now."""
    found = claims.standing(service.engine, job, claim.lease.run, claim.lease.hop)
    log.info("lease lost", extra={"action": "lost", "found": type(found).__name__})
    return _stand_aside(service, pushed, job, found or Busy("The job has been released.", 1.0), clock)


def _refuse(service: Pushed, pushed: PushMessage, error: NotAJob, clock: Clock) -> Response:
    """Put data that is no job aside, once, and publish its dead letter."""
    log.warning("refused", extra={"action": "refuse", "code": error.code, "field": error.field})
    note = {**_note(pushed), "field": error.field}
    key = settle.refuse(
        service.engine, service.topics, pushed, code=error.code, sentence=error.sentence, job_id=error.job_id, note=note
    )
    outbox.publish_letter(service.engine, service.publisher, key, until=clock.answer_by)
    return _acked()


def _give_up(
    service: Pushed, pushed: PushMessage, claim: Claim, given_up: retry.GiveUp, stage: str, clock: Clock
) -> Transition:
    return settle.failed(
        claim,
        service.topics,
        code=given_up.code,
        sentence=given_up.sentence,
        attempts=given_up.attempts,
        stage=stage,
        elapsed_ms=_elapsed_ms(claim, clock),
        note=_note(pushed),
    )


def _note(pushed: PushMessage) -> dict[str, Any]:
    return {"message_id": _short(pushed.message_id), "delivery_attempt": pushed.delivery_attempt}


def _short(text: str | None) -> str | None:
    return None if text is None else storable(text, 256)


def _elapsed_ms(claim: Claim, clock: Clock) -> int:
    """Since this run was first claimed: the database's count at the claim, and this delivery's own since then."""
    return round((claim.elapsed_s + time.monotonic() - clock.arrived) * 1000)


def _acked() -> Response:
    return Response(status=204)
