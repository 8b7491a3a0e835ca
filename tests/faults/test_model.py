"""Check the delivery against a model of its promises: Hypothesis orders the deliveries, the faults and the operators,
the real code runs on a real PostgreSQL, and after each step everything that must hold is checked.

A stage runs only as far as a rule lets it, so that deliveries of one job overlap in any order, at the granularity of
stages and parts. Every worker is a thread that waits at a gate; a crash is a worker that is never let on.
"""

import itertools
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from lab.harness.calls import Answer
from lab.harness.messages import Brief
from lab.harness.names import DLQ, JOBS, RESULTS
from lab.harness.world import World
from service.config import NO_LIMITS, Topics
from service.delivery import checkpoints, claims, heartbeat, outbox, pubsub, push, settle
from service.delivery.outbox import Message
from service.delivery.sweep import sweep
from service.errors import Unavailable
from tests.support import promises
from tests.support.gated import InProcess
from tests.support.model_surroundings import (
    PRICE,
    Database,
    PubSub,
    QueuedMessage,
    Worker,
    current_worker,
    pipeline,
    soon,
    tell_when_stages_end,
)

pytestmark = pytest.mark.slow
LONG = os.environ.get("FAULTS") == "long"
EXAMPLES, STEPS = (1500, 60) if LONG else (60, 40)
MAX_ATTEMPTS = 3
MAX_WORKERS = 4
TOPICS = Topics(jobs=JOBS, results=RESULTS, dlq=DLQ)
CARRIED = ("state", "lease_token", "run", "hop", "round", "attempts", "stage", "progress", "spent_usd")


QUIET = frozenset({"claimed", "completed", "cancelled", "drain", "given_back", "submitted"})
"""Reasons in the history that use up no attempt."""


class Delivery(RuleBasedStateMachine):
    """One job, from its first message to its end. The rules say what may happen to it."""

    world: World
    steps = 0

    def __init__(self) -> None:
        super().__init__()
        self.pubsub = PubSub()
        self.database = Database()
        self.workers: list[Worker] = []
        self.services: list[InProcess] = []
        self.unacked: list[QueuedMessage] = []
        self.ever: list[QueuedMessage] = []
        self.numbers = itertools.count()
        self.attempts = 0
        self.seen_history = 0
        self.before: dict[str, Any] = {}
        self.arrived: set[tuple[int, int]] = set()
        self.last_let_on: Worker | None = None

    @initialize()
    def begin(self) -> None:
        self.world.query("TRUNCATE jobs, outbox, dead_letters CASCADE; SELECT 1")
        self.brief = Brief(metadata={"plan": {"cap_usd": PRICE.cap_usd}})
        self.pubsub.on_job = self._take
        self._put(QueuedMessage(id=self._id(), data=self.brief.data(), attributes={}))
        self._start_service()

    # What happens

    @precondition(lambda self: self.unacked and self._has_room())
    @rule(data=st.data())
    def deliver_soon(self, data: st.DataObject) -> None:
        """As `deliver`, so that it happens more often."""
        self.deliver(data)

    @precondition(lambda self: self.unacked and self._has_room())
    @rule(data=st.data())
    def deliver(self, data: st.DataObject) -> None:
        """Pub/Sub delivers any message that has not been acknowledged."""
        self._deliver(data.draw(st.sampled_from(self.unacked), label="message"))

    @precondition(lambda self: self._has_room())
    @rule(data=st.data())
    def deliver_late_or_twice(self, data: st.DataObject) -> None:
        """Pub/Sub delivers a message again, even if it is being worked on or was acknowledged long ago."""
        self._deliver(data.draw(st.sampled_from(self.ever), label="message"))

    @precondition(lambda self: self._has_room())
    @rule()
    def deliver_other_inputs(self) -> None:
        other = Brief(job_id=self.brief.job_id, content="something else")
        message = QueuedMessage(id=self._id(), data=other.data(), attributes={}, is_conflict=True)
        if self._job():
            self._put(message)
            self._deliver(message)

    @precondition(lambda self: self._parked())
    @rule(
        data=st.data(),
        command=st.sampled_from(
            ["finish"] * 5 + ["keep a part"] * 2 + ["fail", "fail for good", "run out of time", "run out of time"]
        ),
    )
    def let_on(self, data: st.DataObject, command: str) -> None:
        """Let a stage go on, or an order in it, of the delivery that holds the job or of a zombie."""
        self._let_on(data.draw(st.sampled_from(self._parked()), label="worker"), command)

    @precondition(lambda self: self._parked())
    @rule(data=st.data())
    def finish(self, data: st.DataObject) -> None:
        """Let a stage finish: most frequent, so that jobs reach their end."""
        self._let_on(data.draw(st.sampled_from(self._parked()), label="worker"), "finish")

    @precondition(lambda self: self._parked())
    @rule(data=st.data())
    def finish_soon(self, data: st.DataObject) -> None:
        self.finish(data)

    @precondition(lambda self: self._parked())
    @rule(data=st.data())
    def send_back(self, data: st.DataObject) -> None:
        """A stage sends the job back to the one before it, or the first stage to itself."""
        self._let_on(data.draw(st.sampled_from(self._parked()), label="worker"), "send back")

    @precondition(lambda self: self._parked())
    @rule(data=st.data())
    def buy(self, data: st.DataObject) -> None:
        """A stage orders something. The order waits at the gate as a stage does, and is frequent enough to be
        finished."""
        self._let_on(data.draw(st.sampled_from(self._parked()), label="worker"), "buy")

    @precondition(lambda self: self._parked())
    @rule(data=st.data())
    def crash(self, data: st.DataObject) -> None:
        """A worker is never heard of again; its lease expires."""
        worker = data.draw(st.sampled_from(self._parked()), label="worker")
        assert worker.lease
        for service in self.services:
            service.service.heartbeat.unwatch(worker.lease)
            # It must not hear of a later drain of the process either.
            service.service.runner._running.discard(worker.stop)  # noqa: SLF001
        worker.dead = True
        # The process died; what else it held is only slow, as if in another instance.
        self._start_service()
        self.leases_run_out(elsewhere=False)

    @rule(elsewhere=st.booleans())
    def leases_run_out(self, *, elsewhere: bool) -> None:
        """Leases expire: the job's holder is dead, or only slow. What is delivered `elsewhere` finds an instance that
        runs nothing else."""
        if elsewhere:
            self._start_service()
        self.world.query(
            "UPDATE jobs SET lease_until = clock_timestamp() - interval '1 s' WHERE state = 'processing' RETURNING 1"
        )

    @rule()
    def heart_beats(self) -> None:
        """Leases that are still held are renewed, however late; a worker that has lost its lease is told."""
        is_sure = not self.database.is_armed
        self._beat()
        holder = str((self._job() or {}).get("lease_token"))
        lost = [worker for worker in self._parked() if worker.lease and worker.lease.token != holder]
        told = [worker for worker in self._parked() if worker.stop.is_set]
        assert not is_sure or all(worker in told for worker in lost if not self._is_stranded(worker))
        self._wait_answered(worker for worker in told if not self._is_stranded(worker))
        self._look()

    @rule()
    def backoffs_pass(self) -> None:
        self.world.query("UPDATE jobs SET not_before = NULL RETURNING 1")

    @rule(when=st.sampled_from(["before", "after"]), after=st.integers(0, 3), times=st.sampled_from([1, 1, 2, 3]))
    def database_is_lost(self, when: str, after: int, times: int) -> None:
        """A connection is lost, or all that are tried for a while, including the one on which a worker checks what was
        committed."""
        self.database.arm(when, after, times)

    @rule(fault=st.sampled_from(["fails", "hangs and arrives", "loses its reply"]))
    def publish_goes_wrong(self, fault: str) -> None:
        self.pubsub.fault = fault

    @rule()
    def cancel(self) -> None:
        with self._asking() as service:
            settle.cancel(service.engine, TOPICS, self.brief.job_id, by="tester")
            outbox.publish_owed(service.engine, service.publisher, self.brief.job_id, until=time.monotonic() + 5)

    @precondition(lambda self: (self._job() or {}).get("state") in ("failed", "cancelled"))
    @rule(stage=st.sampled_from([None, None, "A", "B"]))
    def replay(self, stage: str | None) -> None:
        with self._asking() as service:
            run = self.before["run"]
            settle.start_new_run(service.engine, TOPICS, self.brief.job_id, run=run, by="tester", from_stage=stage)
            outbox.publish_owed(service.engine, service.publisher, self.brief.job_id, until=time.monotonic() + 5)

    @rule()
    def sweep(self) -> None:
        self.world.query("UPDATE outbox SET created_at = created_at - interval '1 day' RETURNING 1")
        self.world.query("UPDATE jobs SET enqueued_at = enqueued_at - interval '30 days' RETURNING 1")
        # It comes a minute after the last one, whose connection may have been lost before its turn could be ended.
        self.world.query("UPDATE chores SET until = clock_timestamp() RETURNING 1")
        with self._asking() as service:
            before = self._carried()
            sweep(service.engine, service.publisher, TOPICS, limits=NO_LIMITS, ack_deadline_s=300)
            assert self._carried() == before, "the sweep changed more than it may"

    @rule()
    def drain(self) -> None:
        """Shut the instance down: each of its deliveries is answered, and their stages do not listen and go on."""
        instance = self.services[-1]
        instance.service.runner.drain()
        here = [worker for worker in self._parked() if worker.instance is instance]
        self._wait_answered(worker for worker in here if not self._is_stranded(worker))
        self._start_service()
        self._look()

    # How it is done

    def _start_service(self) -> None:
        service = InProcess(self.world, pipeline(), auth=False, job_max_attempts=MAX_ATTEMPTS, ack_deadline_s=600.0)
        self.database.listen(service.service.engine)
        tell_when_stages_end(service.service.runner.threads)
        self.services.append(service)

    def _beat(self) -> None:
        for instance in self.services:
            instance.service.heartbeat.beat()

    def _id(self) -> str:
        return f"m{next(self.numbers)}-{self.brief.job_id}"

    def _put(self, message: QueuedMessage) -> None:
        self.unacked.append(message)
        self.ever.append(message)

    def _take(self, message: Message) -> None:
        attributes = {**message.attributes, "message_key": message.message_key}
        self._put(QueuedMessage(id=self._id(), data=message.payload.encode(), attributes=attributes))

    def _has_room(self) -> bool:
        return sum(not worker.is_answered for worker in self.workers) < MAX_WORKERS

    def _parked(self) -> list[Worker]:
        return [worker for worker in self.workers if worker.parked and not worker.dead]

    def _is_stranded(self, worker: Worker) -> bool:
        """Return whether a worker's instance was drained: the worker was answered, or is dead."""
        return worker.is_answered or worker.dead

    def _wait_answered(self, workers: Iterable[Worker]) -> None:
        told = list(workers)
        soon(lambda: all(worker.is_answered for worker in told), "no answer")

    def _deliver(self, message: QueuedMessage) -> None:
        service = self.services[-1]
        worker = Worker(message=message, instance=service)

        def push() -> Answer:
            current_worker.set(worker)
            return service.push(message.body())

        self.workers.append(worker)
        worker.answer = service._pool.submit(push)  # noqa: SLF001
        self._look()

    def _let_on(self, worker: Worker, command: str) -> None:
        worker.parked = False
        self.last_let_on = worker
        worker.commands.put(command)
        self._look()

    @contextmanager
    def _asking(self) -> Iterator[Any]:
        """Make a request to the service, which may get no answer."""
        with suppress(Unavailable):
            yield self.services[-1].service
        self._look()

    def _job(self) -> dict[str, Any] | None:
        rows = self.world.query("SELECT * FROM jobs")
        return rows[0] if rows else None

    def _carried(self) -> dict[str, Any]:
        job = self._job() or {}
        return {name: job.get(name) for name in CARRIED}

    # What must hold

    def _look(self) -> None:
        """Wait until nothing moves by itself any more, then check everything."""
        soon(lambda: all(worker.is_quiet for worker in self.workers), "a worker neither waits nor ends")
        job = self._job()
        self._check_answers(job)
        self._check_attempts(job)
        assert promises.broken(self.world) == []
        payloads = {(message.message_key, message.payload) for message in self.pubsub.accepted}
        assert len(payloads) == len({key for key, _ in payloads}), "one key with two payloads"
        lost = self.world.query(
            "SELECT message_key FROM outbox WHERE published_at IS NOT NULL AND NOT message_key = ANY(:keys)",
            keys=[message.message_key for message in self.pubsub.accepted],
        )
        assert lost == [], "marked as published, and never accepted"
        self.before = job or {}

    def _check_answers(self, job: dict[str, Any] | None) -> None:
        accepted = {message.message_key for message in self.pubsub.accepted}
        for worker in self.workers:
            if not worker.is_answered or worker.is_counted:
                continue
            worker.is_counted = True
            assert worker.answer
            status = worker.answer.result().status
            assert status in (204, 500, 503), status
            if status != 204:
                continue
            message = worker.message
            if message in self.unacked:
                self.unacked.remove(message)
            assert job, "acknowledged, and there is no job"
            if message.is_conflict:
                assert any(key.endswith(f":{message.id}") for key in accepted), "a conflict without a dead letter"
                continue
            owed = self.world.query("SELECT message_key FROM outbox WHERE job_id = :id", id=job["id"])
            assert {row["message_key"] for row in owed} <= accepted, "acknowledged, and something is owed"
            is_older = (job["run"], job["hop"]) > message.turn
            assert job["state"] in promises.ENDED or is_older, "acknowledged, and the outcome is not durable"

    def _check_attempts(self, job: dict[str, Any] | None) -> None:
        """Check that exactly these used up attempts: failures, leases lost without progress, hand-overs without
        progress."""
        sql = "SELECT id, reason, state_metadata FROM job_states WHERE id > :id ORDER BY id"
        rows = self.world.query(sql, id=self.seen_history)
        reasons = [row["reason"] for row in rows]
        idle = self.before.get("progress") == self.before.get("progress_at_claim")
        for number, reason in enumerate(reasons):
            if reason == "replay":
                self.attempts = 0
            elif reason == "worker_died":
                assert number, reasons
                assert reasons[number - 1] in ("claimed", "lease_ran_out")
                assert self.attempts >= MAX_ATTEMPTS, "given up before the attempts were used up"
            elif reason == "continuation":
                is_held_up = rows[number]["state_metadata"].get("waits_for") == "database"
                self.attempts += idle and not is_held_up and not (self.last_let_on and self.last_let_on.has_bought)
            elif reason == "lease_ran_out":
                # Only a job that ran alone in its process is at fault for its end.
                self.attempts += idle and self.before["lease_alone"]
            elif reason not in QUIET:
                self.attempts += 1
        self.seen_history = rows[-1]["id"] if rows else self.seen_history
        if job:
            assert job["attempts"] == self.attempts, (job["attempts"], self.attempts, reasons)

    # The end

    @invariant()
    def counted(self) -> None:
        """Count the steps: Hypothesis checks invariants after each rule."""
        type(self).steps += 1

    def teardown(self) -> None:
        """End the faults: from whatever state it is in, the job must end, and everything must be published."""
        try:
            if self.services:
                self._end_well()
        finally:
            for worker in self.workers:
                for _ in range(4):
                    worker.commands.put("finish")
            for service in self.services:
                service.close()

    def _end_well(self) -> None:
        self.database.disarm()
        self.pubsub.fault = None
        for _ in range(12):
            while self._parked():
                self._let_on(self._parked()[0], "finish")
            self._beat()
            self.leases_run_out(elsewhere=True)
            self.backoffs_pass()
            self.sweep()
            for message in list(self.unacked):
                self._deliver(message)
                while self._parked():
                    self._let_on(self._parked()[0], "finish")
            if not promises.stuck_or_owing(self.world) and not self.unacked:
                break
        assert promises.stuck_or_owing(self.world) == []
        assert self.unacked == [], "never acknowledged"
        job = self._job()
        assert job
        results = {message.message_key for message in self.pubsub.accepted if message.topic == RESULTS}
        assert results == {f"result:{job['id']}:{run}" for run in range(1, job["run"] + 1)}
        for worker in self.workers:
            if worker.dead:
                # A process that was only stopped wakes when everything is over.
                worker.dead = False
                while worker.parked:
                    self._let_on(worker, "finish")


def test_no_order_of_deliveries_and_faults_breaks_a_promise(
    world: World, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    record_property("model steps", run_model(world, monkeypatch, examples=EXAMPLES, steps=STEPS))
    record_property("models", EXAMPLES)


def run_model(world: World, monkeypatch: pytest.MonkeyPatch, *, examples: int, steps: int) -> int:
    """Run the model; return the number of steps. Raises `AssertionError` if a promise is broken."""
    # A suspect that cannot be alone is refused at once.
    monkeypatch.setattr(push, "TURN_SHARE", 0.0)
    # In the model, a heartbeat is a rule.
    monkeypatch.setattr(heartbeat.Heartbeat, "start", lambda _heartbeat: None)

    class Here(Delivery):
        pass

    def made() -> Delivery:
        machine = Here()
        monkeypatch.setattr(pubsub, "connect", lambda _settings: machine.pubsub)
        return machine

    Here.world = world
    run_state_machine_as_test(
        made,  # type: ignore[arg-type]
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=not LONG,
            database=None,
            phases=[Phase.generate, Phase.shrink] if LONG else [Phase.generate],
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        ),
    )
    return Here.steps


def only_own_rows_are_published(patch: pytest.MonkeyPatch) -> None:
    real = outbox.publish_owed

    def own(engine: Any, publisher: Any, job_id: str, *, until: float, rows: Any = None) -> None:
        if rows is not None:
            real(engine, publisher, job_id, until=until, rows=rows)

    patch.setattr(outbox, "publish_owed", own)


def each_claim_is_an_attempt(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(claims, "CLAIM", text(str(claims.CLAIM).replace("THEN 1 ELSE 0 END", "THEN 1 ELSE 1 END")))


def the_account_keeps_the_most(patch: pytest.MonkeyPatch) -> None:
    finished = str(checkpoints.FINISHED).replace("SET spent_usd = spent_usd + :change_usd", "SET run = run")
    patch.setattr(checkpoints, "FINISHED", text(finished))


def a_round_is_not_raised(patch: pytest.MonkeyPatch) -> None:
    stays = str(checkpoints.CHECKPOINT).replace("round = round + :rounds", "round = round")
    patch.setattr(checkpoints, "CHECKPOINT", text(stays.replace("mine.round - :rounds", "mine.round")))


@pytest.mark.parametrize(
    "sabotage",
    [only_own_rows_are_published, each_claim_is_an_attempt, the_account_keeps_the_most, a_round_is_not_raised],
)
def test_the_model_finds_what_is_broken(
    world: World, monkeypatch: pytest.MonkeyPatch, sabotage: Callable[[pytest.MonkeyPatch], None]
) -> None:
    """The model must find a bug that is put in, or finding nothing proves nothing."""
    sabotage(monkeypatch)
    with pytest.raises(AssertionError):
        run_model(world, monkeypatch, examples=EXAMPLES, steps=STEPS)
