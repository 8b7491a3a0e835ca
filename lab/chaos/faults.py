"""Inject faults on a timer. Three injectors run at once: one for the processes of the service, one for what it depends
on, one for its operators. Each has its own random numbers, determined by the run's seed.
"""

import contextlib
import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import grpc
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from lab.chaos.instances import Instance
from lab.chaos.plan import Options
from lab.chaos.pushing import Fleet
from lab.chaos.surroundings import JOBS, RESULTS, Surroundings
from service.config import NO_LIMITS, Topics
from service.delivery import outbox, settle
from service.delivery.held import send_held
from service.delivery.outbox import Publisher
from service.delivery.sweep import sweep
from service.errors import Unavailable
from service.operator import pauses, prune, replays

log = logging.getLogger(__name__)

CLOCK_OFF_S = 600
NEW, OLD = "lab.chaos.revisions:new", "lab.chaos.revisions:old"
DRAIN_LIMIT_S = 10.0


AGE = text("""
UPDATE jobs SET created_at = created_at - interval '40 days', updated_at = updated_at - interval '40 days'
WHERE state IN ('completed', 'failed', 'cancelled') AND updated_at < clock_timestamp() - interval '20 seconds'
  AND random() < 0.05 AND created_at > clock_timestamp() - interval '1 day'
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """An operator, who sweeps, cancels and replays. `touched` are the jobs that may still owe a message, `cancelled`
    those whose cancellation was requested."""

    engine: Engine
    publisher: Publisher
    topics: Topics
    ack_deadline_s: float
    touched: set[str] = field(default_factory=set)
    cancelled: set[str] = field(default_factory=set)

    def sweep(self, age_s: float) -> int:
        """Sweep; return how many jobs had to be sent again."""
        with contextlib.suppress(Unavailable):
            swept = sweep(
                self.engine,
                self.publisher,
                self.topics,
                limits=NO_LIMITS,
                ack_deadline_s=self.ack_deadline_s,
                age_s=age_s,
            )
            return len(swept.resent)
        return 0

    def cancel(self, dice: random.Random) -> None:
        """Cancel a job that has not ended, but none of those that take longest: all of them would end up cancelled."""
        job_id = self._any(
            "SELECT id FROM jobs WHERE state IN ('pending', 'processing') AND metadata->>'chaos_film' IS NULL"
            " AND metadata->>'drill_fail' IS DISTINCT FROM 'always'",
            dice,
        )
        if job_id:
            self.cancelled.add(job_id)
            self.touched.add(job_id)
            settle.cancel(self.engine, self.topics, job_id, by="chaos")
            self.publish(job_id)

    def replay(self, dice: random.Random) -> None:
        """Replay a job that failed or was cancelled."""
        job_id = self._any("SELECT id FROM jobs WHERE state IN ('failed', 'cancelled') AND run < 3", dice)
        if job_id:
            self.touched.add(job_id)
            with self.engine.connect() as connection:
                run = connection.execute(text("SELECT run FROM jobs WHERE id = :id"), {"id": job_id}).scalar_one()
            settle.start_new_run(self.engine, self.topics, job_id, run=run, by="chaos")
            self.publish(job_id)

    def feed_back(self) -> None:
        """Replay what an older revision refused, because it does not know the preset."""
        for letter in self._ids("SELECT id FROM dead_letters WHERE run IS NULL AND replayed_at IS NULL"):
            replayed = replays.replay_letter(
                self.engine, self.topics, int(letter), handled_by="chaos", why="the revision is back"
            )
            if replayed.job_id and replayed.run:
                self.touched.add(replayed.job_id)

    def pause(self, dice: random.Random, wait: Callable[[float], object]) -> None:
        """Pause everything, a preset or a user for a while. What is held is sent by `resume` and by each sweep."""
        scope, name = dice.choice((("all", ""), ("preset", "quick_social"), ("user", f"user-{dice.randint(0, 19)}")))
        pauses.pause(self.engine, scope, name, who="chaos", why="to see")
        wait(dice.uniform(1, 8))
        self.resume()

    def resume(self) -> None:
        """End every pause, and send what was held."""
        for paused in pauses.list_pauses(self.engine):
            pauses.resume(self.engine, paused.scope, paused.name, who="chaos", why="seen")
        until = time.monotonic() + 10
        send_held(self.engine, self.publisher, self.topics, limits=NO_LIMITS, until=until)

    def prune(self, _dice: random.Random) -> None:
        """Make some ended jobs 40 days old, and prune. A late message for one of them is still a duplicate."""
        with self.engine.connect() as connection:
            connection.execute(AGE)
        prune.prune(self.engine, prune.Wanted(retain_days=31), who="chaos", for_s=5)

    def publish(self, job_id: str) -> None:
        outbox.publish_owed(self.engine, self.publisher, job_id, until=time.monotonic() + 5)
        self.touched.discard(job_id)

    def _any(self, sql: str, dice: random.Random) -> str | None:
        found = self._ids(sql)
        return dice.choice(found) if found else None

    def _ids(self, sql: str) -> list[str]:
        with self.engine.connect() as connection:
            return [str(row[0]) for row in connection.execute(text(f"{sql} ORDER BY id"))]


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault. `weight` is how often it is chosen, relative to the others of its injector."""

    name: str
    weight: float
    act: Callable[[random.Random], None]


class Chaos:
    """Injects faults from `start` until `stop`, which repairs everything."""

    def __init__(self, options: Options, around: Surroundings, fleet: Fleet, operator: Operator) -> None:
        self.injected: Counter[str] = Counter()
        self.slow_drains: list[float] = []
        """The seconds of each drain that took longer than Cloud Run waits."""
        self.problems: list[str] = []
        """What could not be injected or did not come back, in words."""
        self._options = options
        self._around = around
        self._fleet = fleet
        self._operator = operator
        self._ended = threading.Event()
        injectors: Mapping[str, Sequence[Fault]] = {
            "processes": self._of_processes(),
            "surroundings": self._of_surroundings(),
            "operators": self._of_operators(),
        }
        self._threads = [
            threading.Thread(target=self._inject, args=(name, faults), name=name, daemon=True)
            for name, faults in injectors.items()
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End the faults: afterwards both instances are up, with the right clock, and nothing hangs."""
        self._ended.set()
        for thread in self._threads:
            thread.join(120)
        self._around.database.thaw()
        self._around.database.network.flow()
        self._around.database.network.lose_replies(0)
        self._around.database.demote(is_read_only=False)
        self._around.provider_away.unlink(missing_ok=True)
        self._around.stand_in.faults.clear()
        if self._around.emulator:
            self._around.emulator.network.flow()
            self._around.emulator.network.lose_replies(0)
        for instance in self._fleet.instances:
            instance.thaw()
        for instance in self._fleet.instances:
            instance.terminate()
            instance.wait_ended()
            instance.start()
            instance.wait_ready()

    def _inject(self, name: str, faults: Sequence[Fault]) -> None:
        dice = random.Random(f"{self._options.seed} {name}")  # noqa: S311 (no secret)
        weights = [fault.weight * self._options.more.get(fault.name, 1.0) for fault in faults]
        while not self._ended.wait(dice.uniform(*self._options.pause_s)):
            fault = dice.choices(faults, weights)[0]
            try:
                fault.act(dice)
            except (Unavailable, SQLAlchemyError):
                # Another injector's fault is active: an operator would also have to wait.
                continue
            except Exception as error:
                log.critical("a fault could not be injected", exc_info=True)
                self.problems.append(f"{fault.name}: {type(error).__name__}: {error}")
            self.injected[fault.name] += 1

    # The processes

    def _of_processes(self) -> list[Fault]:
        return [
            Fault("kill an instance", 3, self._kill),
            Fault("kill a worker", 3, self._kill_worker),
            Fault("kill both instances", 0.7, self._kill_both),
            Fault("freeze an instance", 4, self._freeze),
            Fault("freeze an instance, then drain it", 1.5, self._freeze_and_drain),
            Fault("drain an instance", 2, self._drain),
            Fault("an instance's clock ten minutes off", 1.5, self._wrong_clock),
            Fault("an instance rolled back and forth", 2, self._roll_back),
        ]

    def _kill(self, dice: random.Random) -> None:
        self._restart(dice.choice(self._fleet.instances))

    def _restart(self, *instances: Instance, clock_off_s: int = 0) -> None:
        for instance in instances:
            instance.kill()
            self._fleet.await_recovery("a kill", instance.name)
        for instance in instances:
            instance.start(clock_off_s)
        for instance in instances:
            instance.wait_ready()

    def _kill_worker(self, dice: random.Random) -> None:
        instance = dice.choice(self._fleet.instances)
        instance.kill_worker()
        self._fleet.await_recovery("a kill", instance.name)
        self._ended.wait(1)
        instance.wait_ready()

    def _kill_both(self, _dice: random.Random) -> None:
        self._restart(*self._fleet.instances)

    def _freeze(self, dice: random.Random) -> None:
        instance = dice.choice(self._fleet.instances)
        self._past_the_lease(instance, dice)
        instance.thaw()

    def _past_the_lease(self, instance: Instance, dice: random.Random) -> None:
        """Freeze until the lease has expired and, half of the time, until every delivery's deadline has passed."""
        least = self._options.lease_s + 1
        most = dice.choice((least + 2, self._options.ack_deadline_s + 2))
        instance.freeze()
        self._ended.wait(dice.uniform(least, most))

    def _freeze_and_drain(self, dice: random.Random) -> None:
        """Freeze an instance, then drain it: it wakes as a zombie, and the first thing it hears is SIGTERM."""
        instance = dice.choice(self._fleet.instances)
        self._past_the_lease(instance, dice)
        instance.terminate()
        instance.thaw()
        self._wait_drained(instance)

    def _drain(self, dice: random.Random) -> None:
        instance = dice.choice(self._fleet.instances)
        instance.terminate()
        self._wait_drained(instance)

    def _wait_drained(self, instance: Instance) -> None:
        began = time.monotonic()
        ended = instance.wait_ended()
        took_s = time.monotonic() - began
        if took_s > DRAIN_LIMIT_S or not ended:
            self.slow_drains.append(took_s)
        instance.start()
        instance.wait_ready()

    def _wrong_clock(self, dice: random.Random) -> None:
        instance = dice.choice(self._fleet.instances)
        self._restart(instance, clock_off_s=dice.choice((-CLOCK_OFF_S, CLOCK_OFF_S)))
        self._ended.wait(dice.uniform(5, 15))
        self._restart(instance)

    def _roll_back(self, dice: random.Random) -> None:
        """Run the revision before for a while, which does not know every preset, as in a release or a rollback."""
        instance = dice.choice(self._fleet.instances)
        for pipeline in (OLD, NEW):
            instance.terminate()
            instance.wait_ended()
            instance.start(pipeline=pipeline)
            instance.wait_ready()
            if pipeline is OLD:
                self._ended.wait(dice.uniform(3, 12))

    # What they depend on

    def _of_surroundings(self) -> list[Fault]:
        faults = [
            Fault("PostgreSQL restarted, immediate", 1.5, lambda _dice: self._restart_database(immediate=True)),
            Fault("PostgreSQL restarted, fast", 1, lambda _dice: self._restart_database(immediate=False)),
            Fault("PostgreSQL frozen", 1, lambda dice: self._freeze_database(dice, everything=True)),
            Fault("PostgreSQL's backends frozen", 1, lambda dice: self._freeze_database(dice, everything=False)),
            Fault("database connections terminated", 2, self._terminate_backends),
            Fault("database's network cut", 1.5, lambda _dice: self._around.database.network.cut()),
            Fault("database's network hangs", 1, self._hang_database),
            Fault("database's answers lost", 3, self._lose_answers),
            Fault("the database is read-only", 1.5, self._demote),
            Fault("a migration", 1, lambda _dice: self._around.database.migrate_again()),
            Fault("the provider is away", 2, self._provider_away),
            Fault("Pub/Sub fails", 2, self._fail_publish),
            Fault("Pub/Sub hangs", 1, self._hang_publish),
            Fault("Pub/Sub's answers lost", 2, self._lose_publish),
        ]
        if self._around.emulator is not None:
            network = self._around.emulator.network
            faults += [
                Fault("emulator's network cut", 1, lambda _dice: network.cut()),
                Fault("emulator's network hangs", 1, self._hang_emulator),
                Fault("emulator's answers lost", 2, lambda dice: network.lose_replies(dice.randint(1, 3))),
            ]
        return [*faults, Fault("Pub/Sub away", 1, self._pubsub_away)]

    def _restart_database(self, *, immediate: bool) -> None:
        self._around.database.restart(immediate=immediate, when_down=lambda: self._fleet.await_recovery("a restart"))

    def _freeze_database(self, dice: random.Random, *, everything: bool) -> None:
        self._around.database.freeze(everything=everything)
        self._ended.wait(dice.choice((dice.uniform(1, 4), dice.uniform(5, 10))))
        self._around.database.thaw()
        self._fleet.await_recovery("a freeze")

    def _demote(self, dice: random.Random) -> None:
        self._around.database.demote(is_read_only=True)
        self._ended.wait(dice.uniform(1, 8))
        self._around.database.demote(is_read_only=False)

    def _provider_away(self, dice: random.Random) -> None:
        self._around.provider_away.touch()
        self._ended.wait(dice.uniform(1, 10))
        self._around.provider_away.unlink(missing_ok=True)

    def _terminate_backends(self, _dice: random.Random) -> None:
        engine = create_engine(self._around.database.direct_url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'aiprod-pipeline'"
                )
            )
        engine.dispose()

    def _hang_database(self, dice: random.Random) -> None:
        self._around.database.network.hang()
        self._ended.wait(dice.choice((dice.uniform(1, 4), dice.uniform(5, 10))))
        self._around.database.network.flow()

    def _lose_answers(self, dice: random.Random) -> None:
        """Lose several answers one by one, so that they hit different statements."""
        for _ in range(dice.randint(3, 8)):
            self._around.database.network.lose_replies(1)
            self._ended.wait(dice.uniform(0.05, 0.5))

    def _fail_publish(self, dice: random.Random) -> None:
        status = dice.choice(
            (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.INTERNAL, grpc.StatusCode.RESOURCE_EXHAUSTED)
        )
        topic = dice.choice((RESULTS, JOBS, None))
        self._around.stand_in.faults.fail_publish(status, times=dice.randint(2, 10), topic=topic)

    def _hang_publish(self, dice: random.Random) -> None:
        self._around.stand_in.faults.hang_publish(dice.uniform(2, 8), times=dice.randint(1, 4))

    def _lose_publish(self, dice: random.Random) -> None:
        self._around.stand_in.faults.lose_reply(times=dice.randint(1, 5), hang_s=dice.choice((0.0, 1.0, 6.0)))

    def _hang_emulator(self, dice: random.Random) -> None:
        assert self._around.emulator
        self._around.emulator.network.hang()
        self._ended.wait(dice.uniform(1, 8))
        self._around.emulator.network.flow()

    def _pubsub_away(self, dice: random.Random) -> None:
        """Make all of Pub/Sub fail or hang for some seconds."""
        fault = self._around.stand_in.faults.fail_publish(grpc.StatusCode.UNAVAILABLE)
        if self._around.emulator:
            self._around.emulator.network.hang()
        self._ended.wait(dice.uniform(2, 7))
        self._around.stand_in.faults.remove(fault)
        if self._around.emulator:
            self._around.emulator.network.flow()

    # The operators

    def _of_operators(self) -> list[Fault]:
        return [
            Fault("sweep", 1, self._sweep),
            Fault("cancel", 1, self._operator.cancel),
            Fault("replay", 1, self._operator.replay),
            Fault("what was refused fed back", 1, lambda _dice: self._operator.feed_back()),
            Fault("a pause", 1, lambda dice: self._operator.pause(dice, self._ended.wait)),
            Fault("a prune", 0.5, self._operator.prune),
        ]

    def _sweep(self, dice: random.Random) -> None:
        self._operator.sweep(dice.choice((2.0, 10.0, 60.0)))
