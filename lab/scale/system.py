"""Instances, their slots and processors, the database and Pub/Sub, together."""

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from lab.scale.clock import Clock
from lab.scale.costs import Costs, log_kb
from lab.scale.deployment import Deployment, Jobs
from lab.scale.pubsub import FIRST_WINDOW, LINEAR_FROM, Answer, Message, Subscription
from lab.scale.servers import Servers

LIGHT_CONNECTIONS = 5
"""That an instance may open beyond one for each slot."""
FRONT_END_S = 10.0
"""A push waits at most this long at Cloud Run's front end for an instance that takes it; then it is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was seen in the measured part of a run. Shares are of what there is."""

    offered: float
    done: float
    """Jobs per second, as `offered`."""
    p50_s: float
    p99_s: float
    """From the publish to the ack."""
    nacked: float
    """Share of answers."""
    window: float
    """Share of the window that was in use at most: of 3,000, beyond which slow answers let it never grow."""
    slots: float
    processors: float
    database: float
    disk: float
    connections: float
    """Shares in use: connections at most, everything else on average."""


class Instance:
    """One process: slots, a core that its threads share, and connections that it keeps once it has opened them."""

    def __init__(self, clock: Clock) -> None:
        self.core = Servers(clock, 1)
        self.held = 0
        """Jobs."""
        self.opened = 0
        """Connections."""
        self.stating = 0
        """Statements at the database."""


class System:
    """Everything, for one deployment and one kind of job."""

    def __init__(
        self, deployment: Deployment, jobs: Jobs, costs: Costs, *, window: float = FIRST_WINDOW, seed: int = 1
    ) -> None:
        self.clock = Clock()
        self.jobs, self.costs, self.deployment = jobs, costs, deployment
        self.random = random.Random(seed)  # noqa: S311 (for no secrets)
        self.database = Servers(self.clock, deployment.database_cores)
        self.disk = Servers(self.clock, 1)
        self.instances = [Instance(self.clock) for _ in range(deployment.instances)]
        self.subscriptions = [
            Subscription(self.clock, self.push, self._acked, window=window) for _ in range(deployment.subscriptions)
        ]
        self.published = 0
        self.waits: list[float] = []
        """Seconds from the publish to the ack, in the order of the acks."""
        self.opened = 0
        """Connections to the database."""
        self.slot_s = 0.0
        self._free = deployment.instances * deployment.slots
        self._waiting: deque[tuple[float, Callable[[Answer], None]]] = deque()
        """Pushes at the front end, and until when."""

    def offer(self, rate: float, until: float) -> None:
        """Publish jobs at random moments, `rate` per second on average, until that time."""

        def one() -> None:
            if self.clock.now < until:
                self.published += 1
                self.subscriptions[self.published % len(self.subscriptions)].publish(Message(self.clock.now))
                self.clock.after(self.random.expovariate(rate), one)

        self.clock.after(self.random.expovariate(rate), one)

    def push(self, _message: Message, answer: Callable[[Answer], None]) -> None:
        """Take a push, as Cloud Run does: it waits for an instance with a free slot, and is refused in the end."""
        if self._free:
            self._begin(answer)
            return
        self._waiting.append((self.clock.now + FRONT_END_S, answer))
        self.clock.after(FRONT_END_S, self._refuse)

    def _refuse(self) -> None:
        """Refuse what has waited too long. Those that wait are in the order of their arrival."""
        while self._waiting and self._waiting[0][0] <= self.clock.now:
            _, answer = self._waiting.popleft()
            answer(Answer.NACK)

    def _begin(self, answer: Callable[[Answer], None]) -> None:
        instance, began = self._chosen(), self.clock.now
        instance.held += 1
        self._free -= 1

        def ended(how: Answer) -> None:
            instance.held -= 1
            self._free += 1
            self.slot_s += self.clock.now - began
            if self._waiting:
                _, next_answer = self._waiting.popleft()
                self._begin(next_answer)
            answer(how)

        self._deliver(instance, ended)

    def _chosen(self) -> Instance:
        """Return the less busy of two at random: near to what a front end does, without looking at a thousand."""
        for _ in range(20):
            one, other = self.random.choice(self.instances), self.random.choice(self.instances)
            chosen = min(one, other, key=lambda each: each.held)
            if chosen.held < self.deployment.slots:
                return chosen
        return next(each for each in self.instances if each.held < self.deployment.slots)

    def _deliver(self, instance: Instance, ended: Callable[[Answer], None]) -> None:
        """Own work, claim, stages with a checkpoint after each but the last, settle, publish, mark, own work."""
        costs, stages = self.costs, self.jobs.stages
        half_ms = (costs.own_ms + costs.own_stage_ms * (stages - 1)) / 2
        pause = self.jobs.wait_s / stages

        def claim() -> None:
            if self._connected(instance):
                self._state(instance, costs.claim_ms, partial(self.clock.after, pause, partial(stage, 1)))
            else:
                ended(Answer.NACK)

        def stage(number: int) -> None:
            if number < stages:
                next_stage = partial(stage, number + 1)
                self._state(instance, costs.checkpoint_ms, partial(self.clock.after, pause, next_stage))
            else:
                self._state(instance, costs.settle_ms, publish)

        def publish() -> None:
            mark = partial(self._state, instance, costs.mark_ms, finish)
            self.clock.after(costs.publish_ms / 1000, mark)

        def finish() -> None:
            instance.core.serve(self._varied(half_ms), partial(ended, Answer.ACK))

        instance.core.serve(self._varied(half_ms), claim)

    def _state(self, instance: Instance, cpu_ms: float, then: Callable[[], None]) -> None:
        """Run a statement on one of the instance's connections: processor time, the way there and back, the disk."""
        instance.stating += 1

        def committed() -> None:
            instance.stating -= 1
            then()

        def written() -> None:
            self.clock.after((self.costs.commit_ms + self.costs.trip_ms) / 1000, committed)

        statements = self.jobs.stages + 2
        log_s = log_kb(self.jobs.stages, self.costs) / statements / (1000 * self.deployment.disk_mb_s)
        self.database.serve(self._varied(cpu_ms), partial(self.disk.serve, log_s, written))

    def _connected(self, instance: Instance) -> bool:
        """Whether the instance has a connection for one more statement; it opens one if it may and needs it.

        If the database takes no more, an instance goes on with those that it has, and one that has none cannot begin.
        (That others wait for the few is left out: statements are short.)
        """
        if self.deployment.pooler:
            return True
        most = self.deployment.slots + LIGHT_CONNECTIONS
        if instance.stating >= instance.opened and instance.opened < most and self.opened < self.deployment.connections:
            instance.opened += 1
            self.opened += 1
        return instance.opened > 0

    def _varied(self, mean_ms: float) -> float:
        """Return the seconds of one piece of work: none is like the other."""
        return self.random.expovariate(1000 / mean_ms)

    def _acked(self, message: Message) -> None:
        self.waits.append(self.clock.now - message.published)


def simulate(deployment: Deployment, jobs: Jobs, costs: Costs, rate: float, seconds: float) -> Outcome:
    """Run it for `seconds` after a warm-up as long; return what was seen after that. The subscription has been busy
    before, so its window is wide; what slow answers, nacks or idle instances make of it is part of the run."""
    system = System(deployment, jobs, costs, window=LINEAR_FROM)
    system.offer(rate, 2 * seconds)
    system.clock.run(seconds)
    done, published = len(system.waits), system.published
    nacks = sum(one.nacks for one in system.subscriptions)
    slot_s, database_s, disk_s = system.slot_s, system.database.busy_s, system.disk.busy_s
    core_s = sum(one.core.busy_s for one in system.instances)
    system.clock.run(2 * seconds)
    waits = sorted(system.waits[done:]) or [float("inf")]
    refused = sum(one.nacks for one in system.subscriptions) - nacks
    cores = sum(one.core.busy_s for one in system.instances) - core_s
    return Outcome(
        offered=(system.published - published) / seconds,
        done=(len(system.waits) - done) / seconds,
        p50_s=waits[len(waits) // 2],
        p99_s=waits[int(len(waits) * 0.99)],
        nacked=refused / max(1, refused + len(system.waits) - done),
        window=max(one.most_outstanding for one in system.subscriptions) / 3_000,
        slots=min(1.0, (system.slot_s - slot_s) / seconds / (deployment.instances * deployment.slots)),
        processors=min(1.0, cores / seconds / deployment.instances),
        database=min(1.0, (system.database.busy_s - database_s) / seconds / deployment.database_cores),
        disk=min(1.0, (system.disk.busy_s - disk_s) / seconds),
        connections=0.0 if deployment.pooler else system.opened / deployment.connections,
    )
