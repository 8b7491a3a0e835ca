"""Run the state machine of one claimed job: stage after stage, a checkpoint after each.

The stages run in a thread of the delivery's own, and the request's thread waits for it or for a reason to leave it:
the deadline, a drain, a lost lease. A thread cannot be ended from outside, so a stage that does not look at its context
is left behind; it holds its slot, and the fences keep it from doing harm.
"""

import contextvars
import logging
import math
import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from sqlalchemy import Engine

from service.db import BadData
from service.delivery import claims
from service.delivery.checkpoints import Keeper
from service.delivery.claims import Claim, LeaseLost
from service.delivery.context import StageContext, Stop, check_output
from service.delivery.heartbeat import Heartbeat
from service.delivery.messages import JobMessage
from service.errors import Unavailable
from service.log import StageLog
from service.metrics import Metrics
from service.pipeline import ArtifactStore, Interrupted, Job, Later, Never, Output, Pipeline, StageError, outputs_before
from service.slots import Slot

log = logging.getLogger(__name__)

DRAIN_S = 6.0
"""Cloud Run kills 10 s after SIGTERM, gunicorn's graceful_timeout is 8: until then a database that is away is waited
for."""

MAX_ROUND = 50
"""A pipeline that sends its jobs back for ever makes progress for ever: no count of attempts would end it."""

LAST_CHECKPOINT_S = 1.0
"""How long a hand-over waits for a checkpoint that is on its way when the time is up: it counts as progress."""

DRAIN = "drain"
LEASE_LOST = "lease_lost"
DEADLINE = "deadline"
ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Finished:
    """Every stage is done. `output` is the last one's, not yet kept."""

    stage: str
    output: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Failed:
    """A stage, or the check of the job, raised."""

    stage: str
    error: StageError


@dataclass(frozen=True, slots=True)
class TimeUp:
    """The delivery's time is used up. `has_moved`: something was finished in it, or an operation is pending."""

    stage: str
    has_moved: bool


@dataclass(frozen=True, slots=True)
class Drained:
    """The process is shutting down."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Another delivery has the job, or it has ended."""


@dataclass(frozen=True, slots=True)
class Away:
    """The database was away until the delivery's end."""

    error: Unavailable


Verdict = Finished | Failed | TimeUp | Drained | Lost | Away


class Runner:
    """What every delivery of this process runs with. Holds nothing of a job but how to stop it."""

    def __init__(
        self,
        *,
        engine: Engine,
        pipeline: Pipeline,
        artifacts: Callable[[str], ArtifactStore],
        heartbeat: Heartbeat,
        lease_s: float,
        metrics: Metrics,
    ) -> None:
        self.pipeline = pipeline
        self._engine = engine
        self._artifacts = artifacts
        self._heartbeat = heartbeat
        self._lease_s = lease_s
        self._metrics = metrics
        self._in_work: set[Stop] = set()
        self._draining = threading.Event()
        self.answer_by = math.inf
        """Monotonic seconds until when a draining process has to have answered every push."""

    def drain(self) -> None:
        """Take no new work and tell every stage in hand to stop; their requests release the leases and answer."""
        if not self._draining.is_set():
            self.answer_by = time.monotonic() + DRAIN_S
        self._draining.set()
        for stop in list(self._in_work):
            stop.now(DRAIN)

    @property
    def is_draining(self) -> bool:
        return self._draining.is_set()

    def run(self, claim: Claim, message: JobMessage, *, deadline: float, slot: Slot) -> Verdict:
        """Run the claimed job until it ends, fails, or has to be left; `deadline` in monotonic seconds.

        The lease is renewed from here until the caller's `heartbeat.unwatch`, so that it holds while the caller
        writes down what became of the job.
        """
        verdicts: queue.SimpleQueue[Verdict | None] = queue.SimpleQueue()
        leaving: dict[str, Verdict] = {DRAIN: Drained(), LEASE_LOST: Lost()}
        stop = Stop(lambda reason: verdicts.put(leaving.get(reason)))
        context = self._context(claim, deadline, stop)
        self._in_work.add(stop)
        self._heartbeat.watch(claim.lease, lambda: stop.now(LEASE_LOST))
        if self.is_draining:
            stop.now(DRAIN)
        slot.stage_began()

        def work() -> None:
            try:
                verdicts.put(self._walk(claim, message, context))
            finally:
                context.remove_scratch()
                slot.stage_ended()

        ids = contextvars.copy_context()
        threading.Thread(target=ids.run, args=(work,), name=f"job {claim.lease.job_id}", daemon=True).start()
        try:
            verdict = verdicts.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            verdict = None
        self._in_work.discard(stop)
        stop.now(ANSWERED)
        if verdict is None:
            verdict = TimeUp(context.stage, context.has_moved(LAST_CHECKPOINT_S))
            self._metrics.stage_abandoned(DEADLINE)
        for reason, one in leaving.items():
            if verdict is one:
                self._metrics.stage_abandoned(reason)
        return verdict

    def _context(self, claim: Claim, deadline: float, stop: Stop) -> StageContext:
        keeper = Keeper(
            engine=self._engine,
            lease=claim.lease,
            round=claim.round,
            lease_s=self._lease_s,
            give_up=lambda: stop.is_set or time.monotonic() > deadline,
        )
        return StageContext(
            keeper=keeper,
            stop=stop,
            deadline=deadline,
            stage=claim.stage,
            seen=claim.progress,
            artifacts=self._artifacts(claim.lease.job_id),
            log=StageLog(logging.getLogger("service.stage"), {}),
        )

    def _walk(self, claim: Claim, message: JobMessage, context: StageContext) -> Verdict:
        try:
            job = _job(claim, message)
            finished = claims.checkpoints(self._engine, claim)
            outputs = outputs_before(self.pipeline, claim.stage, job, finished, sent_back_by=claim.sent_back_by)
            if claim.progress == 0:
                self.pipeline.check(job)
            return self._run_stages(job, outputs, context)
        except Interrupted:
            return TimeUp(context.stage, context.moved)
        except StageError as error:
            return Failed(context.stage, error)
        except LeaseLost:
            return Lost()
        except BadData:
            log.exception("the database refuses what a stage returned", extra={"stage": context.stage})
            return Failed(
                context.stage,
                Never("output_refused", f"The database cannot keep what stage {context.stage} returned."),
            )
        except Unavailable as error:
            return Away(error)
        except BaseException as error:
            log.exception("a stage broke off", extra={"stage": context.stage})
            return Failed(
                context.stage,
                Later("stage_crashed", f"Stage {context.stage} broke off unexpectedly ({type(error).__name__})."),
            )

    def _run_stages(self, job: Job, outputs: dict[str, Output], context: StageContext) -> Verdict:
        """Stage after stage until the end or until the time left is too little for the next one."""
        pipeline = self.pipeline
        while True:
            name = context.stage
            stage = pipeline.stages.get(name)
            if stage is None:
                raise Later("unknown_stage", f"This version of the pipeline {pipeline.name} has no stage {name}.")
            context.check()
            if context.moved and context.time_left() < stage.needs_s(job):
                return TimeUp(name, has_moved=True)
            began = time.monotonic()
            output = stage.run(job, MappingProxyType(outputs), context)
            if not isinstance(output, Mapping):
                raise Never("bad_output", f"Stage {name} must return an object, not {type(output).__name__}.")
            check_output(f"stage {name}", output)
            outputs[name] = output
            seconds = round(time.monotonic() - began, 3)
            self._metrics.stage_finished(name, seconds)
            log.info("stage finished", extra={"action": "stage", "stage": name, "seconds": seconds})
            following = pipeline.after(name, job, outputs)
            if following == pipeline.end:
                return Finished(name, output)
            # `outputs` may also have that of a stage ahead: of the one that sent the job back.
            is_sent_back = following in outputs and (
                following == name or following in outputs_before(pipeline, name, job, outputs)
            )
            if is_sent_back and job.round >= MAX_ROUND:
                raise Never("too_many_rounds", f"Stage {name} sends the job back to {following} again and again.")
            context.checkpoint(output, following, is_sent_back=is_sent_back)
            if is_sent_back:
                job = replace(job, round=job.round + 1)
                outputs = outputs_before(pipeline, following, job, outputs, sent_back_by=name)


def _job(claim: Claim, message: JobMessage) -> Job:
    return Job(
        id=message.job_id,
        user_id=message.user_id,
        content=message.content,
        preset=message.preset,
        metadata=message.metadata,
        run=claim.lease.run,
        round=claim.round,
        failures=claim.failures,
    )
