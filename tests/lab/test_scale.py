"""The model of the service at scale: what queueing theory knows must come out of it, and nothing may get lost."""

import random
from dataclasses import replace
from math import factorial

import pytest

from lab.scale.clock import Clock
from lab.scale.costs import MEASURED
from lab.scale.deployment import FILMS, NOTHING, Deployment, Jobs
from lab.scale.plot import Curve, Panel, svg
from lab.scale.pubsub import LINEAR_FROM, Answer, Message, RetryPolicy, Subscription, window_after
from lab.scale.servers import Servers
from lab.scale.study import ROOM, bounds, plan
from lab.scale.system import System, simulate


def erlang_c_wait(servers: int, load: float) -> float:
    """Return the mean wait in an M/M/c queue with service times of 1 s on average. `load`: arrivals per second."""
    share = load / servers
    waiting = load**servers / factorial(servers) / (1 - share)
    return waiting / (sum(load**k / factorial(k) for k in range(servers)) + waiting) / (servers - load)


@pytest.mark.parametrize(("servers", "load"), [(1, 0.5), (3, 2.4), (8, 7.0)])
def test_servers_wait_as_long_as_erlang_says(servers: int, load: float) -> None:
    clock, waits = Clock(), list[float]()
    numbers = random.Random(2)  # noqa: S311 (for no secrets)
    queue = Servers(clock, servers)

    def arrive() -> None:
        came, service = clock.now, numbers.expovariate(1)
        queue.serve(service, lambda: waits.append(clock.now - came - service))
        clock.after(numbers.expovariate(load), arrive)

    clock.after(0, arrive)
    clock.run(25_000)
    assert sum(waits) / len(waits) == pytest.approx(erlang_c_wait(servers, load), rel=0.12)
    assert queue.busy_s / 25_000 == pytest.approx(load, rel=0.03)


def test_what_is_due_runs_in_its_order() -> None:
    clock, ran = Clock(), list[str]()
    for seconds, name in ((2, "late"), (1, "first"), (1, "second"), (5, "never")):
        clock.after(seconds, lambda name=name: ran.append(name))  # type: ignore[misc]
    clock.run(4)
    assert (ran, clock.now) == (["first", "second", "late"], 4)


@pytest.mark.parametrize(
    "deployment",
    [Deployment(), Deployment(slots=1), Deployment(connections=2), Deployment(subscriptions=3, pooler=True)],
)
def test_no_message_is_lost_or_made_up(deployment: Deployment) -> None:
    jobs = Jobs(name="short", stages=2, wait_s=0.3)
    system = System(deployment, jobs, MEASURED)
    system.offer(120, until=20)
    for moment in (1, 5, 15, 25):
        system.clock.run(moment)
        somewhere = sum(len(one.backlog) + one.outstanding + one.in_retry for one in system.subscriptions)
        assert system.published == len(system.waits) + somewhere
        assert sum(each.held for each in system.instances) <= deployment.instances * deployment.slots
        assert system.opened <= deployment.connections
    assert system.published > 2_000


def test_what_is_refused_comes_again_and_is_done_in_the_end() -> None:
    # One slot, and forty jobs of a second at once: most wait over ten seconds at the front end and are refused.
    system = System(Deployment(instances=1, slots=1), Jobs(name="slow", stages=1, wait_s=1.0), MEASURED, window=100)
    for _ in range(40):
        system.subscriptions[0].publish(Message(0.0))
    system.published = 40
    system.clock.run(3_000)
    assert system.subscriptions[0].nacks > 0
    assert len(system.waits) == 40


def test_the_window_opens_slowly_and_closes_for_slow_answers() -> None:
    def after(window: float, answer: Answer = Answer.ACK, *, acks: float = 1.0, latency_s: float = 0.1) -> float:
        return window_after(window, answer, acks=acks, latency_s=latency_s)

    assert after(4) == 5
    assert after(LINEAR_FROM) < LINEAR_FROM + 1
    assert after(50_000, latency_s=1.1) == LINEAR_FROM
    assert after(50_000, acks=0.98) == LINEAR_FROM
    assert after(4, Answer.NACK) == 3
    assert after(1, Answer.NACK) == 1


def test_the_window_doubles_with_each_round_of_acks() -> None:
    clock, widths = Clock(), list[int]()
    subscription = Subscription(
        clock, lambda _, answer: clock.after(1, lambda: answer(Answer.ACK)), lambda _: None, window=4
    )
    for _ in range(200):
        subscription.publish(Message(0.0))
    for second in range(4):
        clock.run(second + 0.5)
        widths.append(subscription.outstanding)
    assert widths == [4, 8, 16, 32]


def test_nacks_make_the_whole_subscription_pause() -> None:
    clock, pushed = Clock(), list[float]()

    def refuse(_message: Message, answer: object) -> None:
        pushed.append(clock.now)
        clock.after(0.01, lambda: answer(Answer.NACK))  # type: ignore[operator]

    subscription = Subscription(clock, refuse, lambda _: None, retry=RetryPolicy(least_s=1))
    for _ in range(500):
        subscription.publish(Message(0.0))
    clock.run(60)
    in_ten = [sum(start <= at < start + 10 for at in pushed) for start in (0, 50)]
    assert in_ten[0] > 2 * in_ten[1]


@pytest.mark.parametrize("part", ["slots", "the database's processors", "the database's disk", "our processors"])
def test_the_simulation_stops_at_the_bound_and_not_before(part: str) -> None:
    starved = {
        "slots": Deployment(instances=2, slots=4, database_cores=16),
        "the database's processors": Deployment(instances=20, slots=20),
        "the database's disk": Deployment(instances=20, slots=20, database_cores=16, disk_mb_s=12),
        "our processors": Deployment(instances=1, slots=100, database_cores=16),
    }[part]
    found = bounds(starved, NOTHING, MEASURED)
    assert min(found, key=lambda name: found[name]) == part
    below = simulate(starved, NOTHING, MEASURED, 0.7 * found[part], 5)
    beyond = simulate(starved, NOTHING, MEASURED, 1.5 * found[part], 5)
    assert below.done == pytest.approx(below.offered, rel=0.03)
    assert below.p99_s < 0.3
    assert beyond.done == pytest.approx(found[part], rel=0.08)
    assert beyond.p99_s > 5 * below.p99_s


def test_the_push_window_holds_long_jobs_back() -> None:
    plenty = Deployment(instances=100, slots=40, database_cores=16, pooler=True)
    long = Jobs(name="long", stages=1, wait_s=5.0)
    outcome = simulate(plenty, long, MEASURED, 700, 12)
    assert outcome.slots < 0.9
    assert outcome.done == pytest.approx(bounds(plenty, long, MEASURED)["the push window"], rel=0.05)


def test_an_instance_without_a_connection_refuses_its_jobs() -> None:
    few = Deployment(instances=20, connections=6)
    assert bounds(few, NOTHING, MEASURED)["connections"] < bounds(few, NOTHING, MEASURED)["slots"]
    assert simulate(few, NOTHING, MEASURED, 100, 5).nacked > 0.05
    assert simulate(replace(few, pooler=True), NOTHING, MEASURED, 100, 5).nacked == 0


@pytest.mark.parametrize("rate", [1.0, 100.0, 1_000.0, 10_000.0])
@pytest.mark.parametrize("jobs", [NOTHING, FILMS])
def test_a_plan_has_room_everywhere_and_takes_nothing_away(jobs: Jobs, rate: float) -> None:
    planned = plan(Deployment(), jobs, MEASURED, rate)
    assert min(bounds(planned, jobs, MEASURED).values()) * ROOM >= rate * 0.999
    assert planned.instances >= Deployment().instances
    assert planned.database_cores >= Deployment().database_cores


def test_the_same_seed_has_the_same_outcome() -> None:
    assert simulate(Deployment(), NOTHING, MEASURED, 100, 2) == simulate(Deployment(), NOTHING, MEASURED, 100, 2)


def test_the_picture_has_every_point_inside_its_panel() -> None:
    curve = Curve("as <deployed>", [(100, 90), (1_000, 0), (10_000, 5_000)], "full")
    drawn = svg([Panel("jobs", [curve], 100, 10_000)], title="t")
    assert "as &lt;deployed&gt;" in drawn
    assert drawn.count("<circle") == 3
    assert all(70 <= float(part.split('"')[0]) <= 430 for part in drawn.split('cy="')[1:])
