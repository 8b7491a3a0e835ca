"""Run the state machine of one claimed job: stage after stage, a checkpoint after each.

The stages run in a thread of their own. The request's thread waits for it, or for a reason to leave it: the deadline,
a drain, a lost lease. Python cannot end a thread from outside, so a stage that never looks at its context is left
behind; it keeps its slot, and the fencing token keeps it from doing harm.
"""

import contextvars
import logging
import math
import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from msgspec import Struct
from sqlalchemy import Engine

from service import tracing
from service.db import BadData
from service.delivery import claims, crashes
from service.delivery.checkpoints import Keeper
from service.delivery.claims import Claim, LeaseLost
from service.delivery.context import Asset, StageContext, Stop, StopReason, check_output
from service.delivery.heartbeat import Heartbeat
from service.delivery.messages import JobMessage
from service.delivery.retry import DATABASE, REVISION
from service.delivery.suspicion import SURE_DEATHS
from service.delivery.threads import Threads
from service.errors import Unavailable
from service.log import StageLog
from service.metrics import Metrics
from service.pipeline import (
    PROVIDER,
    ArtifactStore,
    Interrupted,
    Job,
    Later,
    Never,
    Output,
    Pipeline,
    StageError,
    outputs_before,
)
from service.slots import Slot

log = logging.getLogger(__name__)

DRAIN_S = 6.0
"""How long a draining process waits for a database that is away. Cloud Run sends SIGKILL 10 s after SIGTERM, and
gunicorn's graceful_timeout is 8 s."""

MAX_ROUND = 50
"""A pipeline that keeps sending its jobs back makes progress forever; no count of attempts would end it."""

LAST_CHECKPOINT_S = 1.0
"""How long a hand-over waits for a checkpoint that is being committed when time runs out: it counts as progress."""


class Finished(Struct, frozen=True):
    """Every stage is done. `output` is the last one's, which is not stored yet."""

    stage: str
    output: Mapping[str, Any]


class Failed(Struct, frozen=True):
    """A stage, or the pipeline's check of the job, raised an error. `has_progressed`: this delivery finished something
    before. `traceback` is that of an exception that the stage did not mean to raise."""

    stage: str
    error: StageError
    has_progressed: bool
    traceback: str | None = None


class TimeUp(Struct, frozen=True):
    """The delivery is out of time. `has_progressed`: it finished something. `waits_for`: it did not, because of a
    provider's pending operation, or a database that was away."""

    stage: str
    has_progressed: bool
    waits_for: str | None


class Stopped(Struct, frozen=True):
    """The stage was told to stop, by a drain or because the heartbeat found the lease lost."""

    reason: StopReason


class Lost(Struct, frozen=True):
    """A write found the lease lost: another delivery has the job, or it has ended."""


class DatabaseAway(Struct, frozen=True):
    """The database could not be reached until the delivery's end."""

    error: Unavailable


Verdict = Finished | Failed | TimeUp | Stopped | Lost | DatabaseAway


class Runner:
    """Runs the jobs of this process. Holds nothing of a job except how to stop it."""

    def __init__(
        self,
        *,
        engine: Engine,
        pipeline: Pipeline,
        artifacts: Callable[[str], ArtifactStore],
        heartbeat: Heartbeat,
        lease_s: float,
        metrics: Metrics,
        max_job_usd: float | None = None,
        assets: Callable[[str | None, str], Asset] | None = None,
    ) -> None:
        """`assets` returns `Context.asset` for the jobs of an account and a user; without it there are no assets."""
        self.pipeline = pipeline
        self._assets = assets
        self._max_job_usd = max_job_usd
        self._engine = engine
        self._artifacts = artifacts
        self._heartbeat = heartbeat
        self._lease_s = lease_s
        self._metrics = metrics
        self.threads = Threads()
        self._running: set[Stop] = set()
        self._draining = threading.Event()
        self.answer_by = math.inf
        """Monotonic seconds by which a draining process must have answered every push."""

    def drain(self) -> None:
        """Take no new work and tell every running stage to stop; their requests release the leases and answer."""
        if not self._draining.is_set():
            self.answer_by = time.monotonic() + DRAIN_S
        self._draining.set()
        for stop in list(self._running):
            stop.now(StopReason.DRAIN)

    @property
    def is_draining(self) -> bool:
        return self._draining.is_set()

    def run(self, claim: Claim, message: JobMessage, *, deadline: float, slot: Slot) -> Verdict:
        """Run the claimed job until it ends, fails, or has to be left; `deadline` is in monotonic seconds.

        The lease is renewed from here until the caller calls `heartbeat.unwatch`, so it holds while the caller
        commits the verdict.
        """
        verdicts: queue.SimpleQueue[Verdict] = queue.SimpleQueue()
        stop = Stop(lambda reason: verdicts.put(Stopped(reason)))
        # Progress shows that the job does not kill its process: others may run beside it again.
        # One that has killed its process again and again stays alone until its delivery has ended with an answer.
        on_progress = slot.share if claim.deaths < SURE_DEATHS else lambda: None
        asset = None if self._assets is None else self._assets(claim.submitted_by, message.user_id)
        context = self._context(claim, deadline, stop, on_progress=on_progress, asset=asset)
        self._running.add(stop)
        self._heartbeat.watch(claim.lease, lambda: stop.now(StopReason.LEASE_LOST))
        if self.is_draining:
            stop.now(StopReason.DRAIN)
        slot.stage_began()

        def work() -> None:
            try:
                verdicts.put(self._walk(claim, message, context))
            finally:
                context.remove_scratch()
                slot.stage_ended()

        ids = contextvars.copy_context()
        self.threads.run(lambda: ids.run(work))
        try:
            verdict = verdicts.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            stop.now(StopReason.DEADLINE)
            self._metrics.stage_abandoned(StopReason.DEADLINE)
            verdict = _time_up(claim, context)
        else:
            stop.now(StopReason.ANSWERED)
            if isinstance(verdict, Stopped):
                self._metrics.stage_abandoned(verdict.reason)
        finally:
            self._running.discard(stop)
        return verdict

    def _context(
        self, claim: Claim, deadline: float, stop: Stop, *, on_progress: Callable[[], None], asset: Asset | None
    ) -> StageContext:
        def out_of_time() -> bool:
            # Asked only when a write got no answer: whatever time that costs is not the job's fault.
            context.is_held_up = True
            return stop.is_set or time.monotonic() > deadline

        keeper = Keeper(
            engine=self._engine, lease=claim.lease, round=claim.round, lease_s=self._lease_s, out_of_time=out_of_time
        )
        context = StageContext(
            keeper=keeper,
            stop=stop,
            deadline=deadline,
            stage=claim.stage,
            progress_seen=claim.progress,
            max_usd=self._max_job_usd,
            artifacts=self._artifacts(claim.lease.job_id),
            log=StageLog(logging.getLogger("service.stage"), {}),
            on_progress=on_progress,
            asset=asset,
        )
        return context

    def _walk(self, claim: Claim, message: JobMessage, context: StageContext) -> Verdict:
        try:
            job = _job(claim, message, self._max_job_usd)
            finished = claims.read_checkpoints(self._engine, claim)
            outputs = outputs_before(self.pipeline, claim.stage, job, finished, sent_back_by=claim.sent_back_by)
            if claim.progress == 0:
                self._check(claim, job)
            return self._run_stages(claim, job, outputs, context)
        except Interrupted:
            return _time_up(claim, context)
        except StageError as error:
            return _failed(claim, context, error)
        except LeaseLost:
            return Lost()
        except BadData:
            log.exception("the database refuses what a stage returned", extra={"stage": context.stage})
            sentence = f"The database cannot keep what stage {context.stage} returned."
            return _failed(claim, context, Never("output_refused", sentence))
        except Unavailable as error:
            return DatabaseAway(error)
        except BaseException as error:
            log.exception("a stage crashed", extra={"stage": context.stage})
            crash = Later("stage_crashed", crashes.sentence(context.stage, error))
            return _failed(claim, context, crash, traceback=crashes.bounded_traceback(error))

    def _check(self, claim: Claim, job: Job) -> None:
        """Ask the pipeline whether it takes the job. Raises `Never`; but if the API took the job, the check of another
        revision accepted it: then it waits for one that does."""
        try:
            self.pipeline.check(job)
        except Never as error:
            if claim.submitted_by is None:
                raise
            sentence = f"{error.sentence} Another revision accepted the job; it waits for one that does."
            raise Later(error.code, sentence, waits_for=REVISION) from error

    def _run_stages(self, claim: Claim, job: Job, outputs: dict[str, Output], context: StageContext) -> Verdict:
        """Run stage after stage until the end, or until too little time is left for the next one."""
        pipeline = self.pipeline
        while True:
            name = context.stage
            stage = pipeline.stages.get(name)
            if stage is None:
                sentence = f"This version of the pipeline {pipeline.name} has no stage {name}; the job waits for one."
                raise Later("unknown_stage", sentence, waits_for=REVISION)
            context.check()
            if context.moved and context.time_left() < stage.needs_s(job):
                return _time_up(claim, context)
            began = time.monotonic()
            with tracing.span(f"stage {name}", stage=name, round=job.round):
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
            # `outputs` may also hold the output of a later stage: the one that sent the job back.
            is_sent_back = following in outputs and (
                following == name or following in outputs_before(pipeline, name, job, outputs)
            )
            if is_sent_back and job.round >= MAX_ROUND:
                raise Never("too_many_rounds", f"Stage {name} sends the job back to {following} again and again.")
            context.checkpoint(output, following, is_sent_back=is_sent_back)
            if is_sent_back:
                job = replace(job, round=job.round + 1)
                outputs = outputs_before(pipeline, following, job, outputs, sent_back_by=name)


def _failed(claim: Claim, context: StageContext, error: StageError, traceback: str | None = None) -> Failed:
    return Failed(context.stage, error, context.progress_seen > claim.progress, traceback)


def _time_up(claim: Claim, context: StageContext) -> TimeUp:
    """Say why the delivery finished nothing, if it did not. A hand-over waits for a checkpoint that is being
    committed."""
    has_moved = context.has_moved(LAST_CHECKPOINT_S)
    has_progressed = context.progress_seen > claim.progress
    waits_for = PROVIDER if has_moved else DATABASE if context.is_held_up else None
    return TimeUp(context.stage, has_progressed, None if has_progressed else waits_for)


def _job(claim: Claim, message: JobMessage, max_usd: float | None) -> Job:
    return Job(
        id=message.job_id,
        user_id=message.user_id,
        content=message.content,
        preset=message.preset,
        metadata=message.metadata,
        run=claim.lease.run,
        round=claim.round,
        failures=claim.failures,
        max_usd=max_usd,
    )
