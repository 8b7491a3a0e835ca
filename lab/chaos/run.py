"""One run: start everything, send the jobs while faults are injected, let it come to rest, check."""

import contextlib
import random
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from lab.chaos import checks, plan, report, sabotage, surroundings
from lab.chaos.checks import Verdict
from lab.chaos.faults import NEW, Chaos, Operator
from lab.chaos.instances import Instance
from lab.chaos.plan import Options, Planned
from lab.chaos.pooler import pooled
from lab.chaos.pushing import DirectPusher, Fleet, Habits, relay
from lab.chaos.revisions import AWAY, FILMS
from lab.chaos.surroundings import DLQ, JOBS, RESULTS, Surroundings
from service import db
from service.config import Topics, read_settings
from service.delivery.pubsub import connect
from service.errors import Unavailable

SLOTS = 8
SAY_EVERY_S = 10.0
QUIET_S = 5.0
"""How long everything must have been at rest before it is checked: whatever is late has come by then."""

LOST = '"action": "lost"'
"""What the service logs when a delivery finds that its lease is gone."""
LOOK_EVERY_S = 5.0

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    verdict: Verdict
    table: str
    pushes: list[str]
    """A line for each push."""
    logs: str
    """The ends of the service's logs."""


def run(options: Options, say: Say) -> Outcome:
    """Run it. A red run raises nothing; the verdict says so."""
    if options.sabotage:
        options = replace(options, like=options.sabotage)
    if options.like:
        options = replace(options, **sabotage.SABOTAGES[options.like].provoked_by)
    began = time.monotonic()
    with ExitStack() as stack:
        around = stack.enter_context(surroundings.made(say, use_emulator=options.use_emulator))
        options = replace(options, use_emulator=around.emulator is not None)
        if options.sabotage == "unique":
            around.database.run(*sabotage.UNIQUE_INDEXES.split(";"))
        instances = _instances(options, around, stack)
        fleet = Fleet(instances, around.issuer, seed=options.seed, patience_s=options.ack_deadline_s)
        habits = Habits(copies=options.copies, late=options.late)
        direct = DirectPusher(fleet, habits, seed=options.seed, in_flight=2 * SLOTS + 4)
        stack.callback(direct.close)
        around.record.on_job = direct.put
        if around.emulator:
            relayed = stack.enter_context(relay(fleet))
            topics = around.emulator.emulator.topics(relayed.endpoint, ack_deadline_s=options.ack_deadline_s)
            stack.enter_context(topics)
            around.emulator.record()
        operator = _operator(options, around, stack)
        chaos = Chaos(options, around, fleet, operator)
        planned = plan.make(options)
        say(f"seed {options.seed}: {len(planned):,} jobs in {options.seconds:g} s")
        watch = _Watch(around=around, fleet=fleet, direct=direct, chaos=chaos, planned=planned, say=say)
        forgotten = _Forgotten(around, fleet, direct)
        sender = threading.Thread(target=_send, args=(planned, direct, around, say), name="sender", daemon=True)
        sent_from = time.monotonic()
        sender.start()
        chaos.start()
        while sender.is_alive() or time.monotonic() - sent_from < options.seconds:
            time.sleep(0.5)
            watch.maybe_say()
            forgotten.deliver()
        say("no more faults; waiting for everything to come to rest")
        chaos.stop()
        direct.be_kind()
        swept = _drain(options, around=around, direct=direct, operator=operator, watch=watch, forgotten=forgotten)
        around.record.collect()
        verdict = checks.check(
            around.database.direct_url,
            planned,
            fleet.pushes(),
            around.record.accepted(),
            frozenset(operator.cancelled),
        )
        for problem in chaos.problems:
            verdict.add("wrong", "a fault that could not be injected, or did not end", problem)
        shown = report.table(
            options,
            verdict,
            injected=chaos.injected,
            sent=plan.kinds(planned),
            pushes=fleet.pushes(),
            recoveries=fleet.recoveries,
            slow_drains=chaos.slow_drains,
            swept=swept,
            forgotten=len(forgotten.seen),
            fenced_off=sum(instance.log.read_text(errors="replace").count(LOST) for instance in instances),
            took_s=time.monotonic() - began,
        )
        pushes = report.lines_of(fleet.pushes())
        return Outcome(verdict=verdict, table=shown, pushes=pushes, logs="\n".join(_tail(one.log) for one in instances))


def _instances(options: Options, around: Surroundings, stack: ExitStack) -> list[Instance]:
    """Start both. The first publishes to the emulator if it is installed, the second to the stand-in, and the second
    reaches the database through a pooler if that is installed."""
    pooler = stack.enter_context(pooled(around.database.network.port, around.folder))
    urls = [around.database.url, around.database.url_at(pooler) if pooler else around.database.url]
    hosts = [around.emulator.host if around.emulator else around.stand_in.host, around.stand_in.host]
    instances = []
    for name, host, url in zip(("one", "two"), hosts, urls, strict=True):
        env = around.env(
            DATABASE_URL=url,
            PUBSUB_EMULATOR_HOST=host,
            MAX_CONCURRENT_JOBS=str(SLOTS),
            ACK_DEADLINE_S=str(options.ack_deadline_s),
            LEASE_S=str(options.lease_s),
            JOB_MAX_ATTEMPTS=str(options.max_attempts),
            PIPELINE=NEW,
            **{AWAY: str(around.provider_away), FILMS: "1" if options.films else ""},
        )
        if options.sabotage:
            env["SABOTAGE"] = options.sabotage
        instances.append(Instance(name, around.folder, env, sabotage=options.sabotage))
        stack.callback(instances[-1].kill)
        instances[-1].start()
    for instance in instances:
        instance.wait_ready()
    return instances


def _operator(options: Options, around: Surroundings, stack: ExitStack) -> Operator:
    env = around.env(
        PUBSUB_EMULATOR_HOST=around.stand_in.host, PIPELINE="drill", DATABASE_URL=around.database.direct_url
    )
    engine = db.connect(around.database.direct_url, pool_size=4)
    stack.callback(engine.dispose)
    return Operator(
        engine=engine,
        publisher=connect(read_settings(env)),
        topics=Topics(jobs=JOBS, results=RESULTS, dlq=DLQ),
        ack_deadline_s=options.ack_deadline_s,
    )


def _send(planned: Sequence[Planned], direct: DirectPusher, around: Surroundings, say: Say) -> None:
    """Send each job at its time, to the emulator or to the direct pusher."""
    began = time.monotonic()
    for number, one in enumerate(planned):
        time.sleep(max(0.0, began + one.at_s - time.monotonic()))
        if one.by_emulator and around.emulator:
            _insist(partial(around.emulator.publish, one.brief.data()), say)
        else:
            direct.put(one.brief.data(), {}, f"direct-{number}")


def _insist(act: Callable[[], None], say: Say) -> None:
    for _ in range(10):
        try:
            act()
        except Exception as error:  # noqa: BLE001 (whatever it is, the emulator may still come back)
            say(f"a message could not be sent yet: {error}")
            time.sleep(1)
        else:
            return


class _Forgotten:
    """Takes over the messages that the emulator has not pushed for `report.FORGOTTEN_S` seconds."""

    def __init__(self, around: Surroundings, fleet: Fleet, direct: DirectPusher) -> None:
        self.seen: set[str] = set()
        self._around = around
        self._fleet = fleet
        self._direct = direct
        self._looked = time.monotonic()

    def deliver(self) -> None:
        if time.monotonic() - self._looked < LOOK_EVERY_S:
            return
        self._looked = time.monotonic()
        acked: set[str] = set()
        pushed: dict[str, float] = {}
        for push in self._fleet.pushes():
            if push.source == "emulator":
                pushed[push.sent.message_id] = push.ended_at
                if push.is_acked:
                    acked.add(push.sent.message_id)
        for message_id, message in self._around.record.emulated().items():
            silent_s = time.time() - pushed.get(message_id, message.at)
            if message_id not in acked | self.seen and silent_s > report.FORGOTTEN_S:
                self.seen.add(message_id)
                self._direct.put(message.data, message.attributes, message_id)


class _Watch:
    """Says every `SAY_EVERY_S` seconds how the run is going."""

    def __init__(
        self,
        *,
        around: Surroundings,
        fleet: Fleet,
        direct: DirectPusher,
        chaos: Chaos,
        planned: Sequence[Planned],
        say: Say,
    ) -> None:
        self._around = around
        self._fleet = fleet
        self._direct = direct
        self._chaos = chaos
        self._planned = planned
        self._say = say
        self._began = self._said = time.monotonic()

    def ended(self) -> dict[str, int]:
        """Count the jobs by state; empty if the database cannot be reached now."""
        engine = create_engine(
            self._around.database.direct_url,
            connect_args={"connect_timeout": 2, "options": "-c statement_timeout=3000"},
        )
        try:
            with engine.connect() as connection:
                rows = connection.execute(text("SELECT state, count(*) FROM jobs GROUP BY state")).all()
        except SQLAlchemyError:
            return {}
        finally:
            engine.dispose()
        return {str(state): int(count) for state, count in rows}

    def maybe_say(self) -> None:
        if time.monotonic() - self._said < SAY_EVERY_S:
            return
        self._said = time.monotonic()
        states = self.ended()
        shown = ", ".join(f"{state} {count:,}" for state, count in sorted(states.items())) or "no database"
        pushes = self._fleet.pushes()
        self._say(
            f"{self._said - self._began:5.0f} s: {shown} of {len(self._planned):,}; {len(pushes):,} pushes, "
            f"{sum(push.is_acked for push in pushes):,} acks; {len(self._direct.outstanding()):,} jobs with messages "
            f"left; {sum(self._chaos.injected.values()):,} faults"
        )


def _drain(
    options: Options,
    *,
    around: Surroundings,
    direct: DirectPusher,
    operator: Operator,
    watch: _Watch,
    forgotten: _Forgotten,
) -> int:
    """Wait until nothing moves any more; return how many jobs the sweep had to send again. The first half of the time
    is without a sweep: a message that was not acknowledged does not need one."""
    ends = time.monotonic() + options.drain_s
    sweep_from = time.monotonic() + options.drain_s / 2
    rested_since: float | None = None
    swept = 0
    while time.monotonic() < ends:
        watch.maybe_say()
        forgotten.deliver()
        for job_id in list(operator.touched):
            try:
                operator.publish(job_id)
            except Unavailable:
                break
        with contextlib.suppress(Unavailable):
            operator.feed_back()
            operator.resume()
        new = around.record.collect()
        if new or around.record.is_behind() or direct.outstanding() or _unfinished(around, options.jobs):
            rested_since = None
        else:
            rested_since = rested_since or time.monotonic()
            if time.monotonic() - rested_since > QUIET_S:
                break
        if time.monotonic() > sweep_from:
            swept += operator.sweep(age_s=30.0)
            sweep_from = time.monotonic() + 15
        time.sleep(0.5)
    return swept


def _unfinished(around: Surroundings, jobs: int) -> int:
    """Count the jobs that are missing or have not ended, plus the messages that are owed."""
    engine = create_engine(around.database.direct_url)
    with engine.connect() as connection:
        found = connection.execute(
            text(
                "SELECT :jobs - (SELECT count(*) FROM jobs WHERE state NOT IN ('pending', 'processing'))"
                " - (SELECT count(*) FROM tombstones)"
                " + (SELECT count(*) FROM outbox WHERE published_at IS NULL)"
            ),
            {"jobs": jobs},
        ).scalar_one()
    engine.dispose()
    return int(found)


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-40:]) if log.exists() else ""


def fresh_seed() -> int:
    return random.SystemRandom().randrange(1_000_000)
