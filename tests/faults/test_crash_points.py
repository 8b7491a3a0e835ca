"""Kill the service at each point where it touches the world, one after the other. Then it starts again, the messages
are delivered again, and every promise is checked.

The points are not listed anywhere: the scenario runs once, and whatever it reaches is a point
(`tests.support.crash_points`). With `FAULTS=long` the recovery is killed at some point too, before it may recover.
"""

import itertools
import json
import os
import random
import re
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import grpc
import pytest

from lab.harness.messages import Brief, envelope
from lab.harness.names import JOBS
from lab.harness.world import World
from service.dev.pubsub.faults import Faults
from tests.faults.conftest import Forks, Life
from tests.support import promises, wire
from tests.support.crash_pipeline import ACTUAL_USD, MOST_USD, ORDERS

pytestmark = pytest.mark.slow

LONG = os.environ.get("FAULTS") == "long"
SHARDS = 2
"""How many parts a scenario's points are split into, for parallel workers."""

Act = Mapping[str, Any]


def push(brief: Brief, **message: Any) -> Act:
    return {"push": brief.body(message_id=f"m-{brief.job_id}", **message).decode()}


def pushed(brief: Brief) -> list[Act]:
    return [push(brief)]


def nothing(_brief: Brief) -> list[Act]:
    return []


def twice(brief: Brief) -> list[Act]:
    due = f"UPDATE jobs SET not_before = NULL WHERE id = '{brief.job_id}'"
    return [push(brief), {"sql": due}, push(brief)]


def thrice(brief: Brief) -> list[Act]:
    return [*twice(brief), *twice(brief)[1:]]


def no_job(brief: Brief) -> list[Act]:
    return [{"push": envelope(f"no job {brief.job_id}".encode(), message_id=f"letter-{brief.job_id}").decode()}]


def conflict(brief: Brief) -> list[Act]:
    other = Brief(job_id=brief.job_id, content="something else")
    return [{"push": other.body(message_id=f"letter-{brief.job_id}").decode()}]


def submitted(brief: Brief) -> list[Act]:
    return [{"submit": brief.data().decode()}]


def submitted_heavy(brief: Brief) -> list[Act]:
    """Its message is so large that it is read by itself."""
    return [{"submit": replace(brief, content="A long brief. " * 6_000).data().decode()}]


def submitted_with_key(brief: Brief) -> list[Act]:
    return [{"submit": brief.data().decode(), "key": brief.job_id}]


def cancelled(brief: Brief) -> list[Act]:
    return [{"cancel": brief.job_id}]


def replayed(brief: Brief) -> list[Act]:
    return [{"replay": brief.job_id, "from": None}]


def replayed_from_the_start(brief: Brief) -> list[Act]:
    return [{"replay": brief.job_id, "from": "PARTS"}]


def at_an_older_revision(brief: Brief) -> list[Act]:
    """Once as the job's message, once as one of ours in a form that the older revision cannot read."""
    ours = {"run": "1", "hop": "0", "message_key": f"job:{brief.job_id}:1:0"}
    unreadable = envelope(b"unreadable", attributes=ours, message_id=f"letter-{brief.job_id}")
    return [{"push to older": brief.body().decode()}, {"push to older": unreadable.decode()}, *pushed(brief)]


def fed_back(brief: Brief) -> list[Act]:
    return [{"replay letters": brief.job_id}]


def refused_and_fed_back(brief: Brief) -> list[Act]:
    return [{"push to older": brief.body(message_id=f"m-{brief.job_id}").decode()}, *fed_back(brief), *pushed(brief)]


def swept(_brief: Brief) -> list[Act]:
    return [{"sweep": 0}]


def pruned(_brief: Brief) -> list[Act]:
    return [{"prune": 30}]


def pushed_and_aged(brief: Brief) -> list[Act]:
    aged = "created_at = created_at - interval '31 days', updated_at = updated_at - interval '31 days'"
    return [*pushed(brief), {"sql": f"UPDATE jobs SET {aged}"}]


def pushed_pruned_and_pushed(brief: Brief) -> list[Act]:
    return [*pushed(brief), *pruned(brief), *pushed(brief)]


def paused(brief: Brief) -> list[Act]:
    return [{"pause": "all"}, push(brief), {"resume": "all"}, *swept(brief)]


def resumed(_brief: Brief) -> list[Act]:
    return [{"resume": "all"}]


def limit(brief: Brief, **own: int) -> Act:
    return {"limit": brief.user_id, "own": own}


def limited(brief: Brief) -> list[Act]:
    """Over the limit, then the first that is let go on, then at the limit."""
    over = [limit(brief, jobs_in_work=0), push(brief)]
    return [*over, limit(brief, jobs_in_work=1), *swept(brief), push(brief)]


def submitted_at_a_limit(brief: Brief) -> list[Act]:
    """Refused, then accepted."""
    both = [*submitted(brief), *submitted_with_key(brief)]
    return [limit(brief, open_jobs=0), *both, limit(brief, open_jobs=9), *both]


def unlimited(brief: Brief) -> list[Act]:
    return [{"no limit": brief.user_id}]


def unlimited_and_submitted(brief: Brief) -> list[Act]:
    return [*unlimited(brief), *submitted(brief)]


def no_job_and_swept(brief: Brief) -> list[Act]:
    return [*no_job(brief), {"sql": "UPDATE outbox SET created_at = created_at - interval '1 day'"}, *swept(brief)]


def no_faults(_faults: Faults) -> None:
    """Pub/Sub works."""


def never_takes_results(faults: Faults) -> None:
    faults.fail_publish(grpc.StatusCode.INVALID_ARGUMENT, message_key="^result:")


def is_away(faults: Faults) -> None:
    faults.fail_publish(grpc.StatusCode.UNAVAILABLE)


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """What the service is told to do, during which it is killed, and how its job may end."""

    ends: frozenset[str] = frozenset({"completed"})
    plan: Mapping[str, Any] = field(default_factory=dict)
    before: Callable[[Brief], list[Act]] = nothing
    """Done first, by a service that is not killed."""
    do: Callable[[Brief], list[Act]] = pushed
    again: Callable[[Brief], list[Act]] = nothing
    """Requested again after the restart, along with all messages: the caller got no answer."""
    env: Mapping[str, str] = field(default_factory=dict)
    pubsub: Callable[[Faults], None] = no_faults
    failures: int = 0
    """Failures that the plan makes, each of which uses up an attempt."""
    only: str = ""
    """Kill only at points that match this; the others are those of other scenarios."""
    is_alone: bool = False
    """Each kill is recovered from separately, because the sweep would also find what other kills left."""
    may_be_over: bool = False
    """A second order would exceed the job's cap."""
    is_unsure: bool = False
    """Orders get no answer. If a kill comes before that failure is recorded, they get no answer again, or are found."""
    has_job: bool = True
    has_letter: bool = False
    """Some data becomes a dead letter, under the message id `letter-…`."""


HELD = r"held\.(HOLD|ADMIT|FREED|NEXT)|STEP_BACK|publish to aiprod-pipeline-jobs"
CANCELLED = frozenset({"completed", "cancelled"})

SCENARIOS = {
    "success": Scenario(),
    "a duplicate": Scenario(before=pushed),
    "a permanent failure": Scenario(plan={"at": "PARTS", "how": "never"}, failures=1, ends=frozenset({"failed"})),
    "a failure that passes": Scenario(plan={"at": "BUY", "how": "later"}, do=twice, failures=1),
    "an order not taken": Scenario(plan={"start": {"rented": ["refuse"]}}, do=twice, failures=1),
    "sent back, on a budget": Scenario(plan={"rounds": 1, "cap_usd": 2.0}),
    "a budget for one order of each": Scenario(plan={"cap_usd": 0.75}, may_be_over=True),
    "orders without an answer": Scenario(
        plan={"cap_usd": 2.0, "start": {"voice": ["no answer"], "words": ["", "no answer"]}},
        do=thrice,
        failures=2,
        is_unsure=True,
    ),
    "an order without an answer, then one not taken": Scenario(
        plan={"cap_usd": 2.0, "start": {"words": ["no answer", "refuse"]}},
        do=thrice,
        failures=2,
        is_unsure=True,
    ),
    "an operation that fails": Scenario(plan={"operation_fails": True}, failures=1, ends=frozenset({"failed"})),
    "a hand-over": Scenario(plan={"hand_over": True}, do=lambda brief: [push(brief), push(brief, run=1, hop=1)]),
    "a drain": Scenario(plan={"at": "PARTS", "how": "drain"}),
    "no job": Scenario(do=no_job, has_job=False, has_letter=True),
    "other inputs": Scenario(before=pushed, do=conflict, has_letter=True),
    "a submission": Scenario(do=lambda brief: submitted(brief) * 2, again=submitted),
    "a heavy submission": Scenario(do=submitted_heavy, again=submitted_heavy),
    "a submission with a key": Scenario(do=lambda brief: submitted_with_key(brief) * 2, again=submitted_with_key),
    "a cancel": Scenario(before=submitted, do=cancelled, again=cancelled, ends=CANCELLED),
    "a cancel in a stage": Scenario(plan={"at": "PARTS", "how": "cancel"}, ends=CANCELLED),
    "a cancel that the heartbeat finds": Scenario(
        plan={"at": "PARTS", "how": "cancel and wait"}, env={"LEASE_S": "1"}, ends=CANCELLED
    ),
    "a replay": Scenario(
        plan={"at": "PARTS", "how": "never"},
        before=pushed,
        do=lambda brief: [*replayed(brief), push(brief, run=2, hop=0)],
        again=replayed,
    ),
    "a replay from a stage": Scenario(
        plan={"at": "FILES", "how": "never"}, before=pushed, do=replayed_from_the_start, again=replayed_from_the_start
    ),
    "another revision's job": Scenario(before=submitted, do=at_an_older_revision),
    "a refused job, fed back": Scenario(do=refused_and_fed_back, again=fed_back),
    "a sweep": Scenario(before=submitted, do=swept, is_alone=True),
    "a sweep in vain": Scenario(before=submitted, do=swept, pubsub=is_away, is_alone=True),
    "a pause": Scenario(do=paused, again=resumed, only=HELD, is_alone=True),
    "a pause that ends in vain": Scenario(do=paused, again=resumed, pubsub=is_away, only="HELD_AGAIN", is_alone=True),
    "a limit": Scenario(do=limited, again=unlimited, only=HELD, is_alone=True),
    "a submission at a limit": Scenario(
        do=submitted_at_a_limit, again=unlimited_and_submitted, only="LIMITED|USAGE", is_alone=True
    ),
    "a sweep of what is owed": Scenario(
        do=no_job_and_swept, pubsub=is_away, has_job=False, has_letter=True, is_alone=True
    ),
    # Afterwards there is no job to look at. That it did not run again is seen by its orders.
    "a prune": Scenario(
        before=pushed_and_aged, do=pruned, again=pushed_pruned_and_pushed, has_job=False, is_alone=True
    ),
    "refused by Pub/Sub": Scenario(
        plan={"at": "PARTS", "how": "never"}, pubsub=never_takes_results, failures=1, ends=frozenset({"failed"})
    ),
}

UNKNOWN = (
    *(f"checkpoints.{name}" for name in ("INTEND", "ORDER_AGAIN", "NOT_TAKEN", "STARTED")),
    *(f"start of {name}" for name in ("bought", "film", "words", "voice")),
)
"""After a kill at one of these the paid operation may or may not have been ordered, and the job may be set aside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """One kill, and how the job was found after it."""

    brief: Brief
    point: str
    done: frozenset[str]
    """Stages and parts that are recorded as finished, each with its round."""
    lost: int
    """1 if the lease was lost without progress by a job that ran alone, which uses up an attempt."""


class Stand:
    """One scenario in its own world: kill, start again, deliver again, check."""

    def __init__(self, world: World, forks: Forks, scenario: Scenario) -> None:
        self._world = world
        self._forks = forks
        self._scenario = scenario
        self._orders = world.folder / "orders"
        self._orders.touch()
        self._env = world.env(AUTH="off", **{ORDERS: str(self._orders)}, **scenario.env)

    def points(self) -> list[str]:
        """Return the points that the scenario reaches if nothing is killed."""
        brief = self._brief()
        points = self._die(brief, None).points
        self._recover([brief], None)
        return points

    def kill_at(self, point: str) -> Death:
        """Run the scenario and kill it at the point. Raises `AssertionError` if the point is not reached."""
        brief = self._brief()
        life = self._die(brief, point)
        assert life.signal == signal.SIGKILL, f"{point} is never reached"
        assert life.points[-1] == point
        return self._found(brief, point)

    def recover(self, deaths: Sequence[Death], again_at: str | None) -> None:
        """Start again and check. Raises `AssertionError` if a promise is broken; `again_at` kills once more."""
        lives = self._recover([death.brief for death in deaths], again_at)
        assert promises.broken(self._world) == []
        assert promises.lost_or_doubled(self._world) == []
        orders = self._orders.read_text().splitlines()
        assert promises.doubled_orders(orders) == []
        assert promises.wrong_costs(self._world, orders, MOST_USD, ACTUAL_USD) == []
        ran = {line for life in lives for line in (*life.told("ran"), *life.told("made"))}
        for death in deaths:
            try:
                self._check_job(death, killed_again=again_at is not None)
                assert not ran & death.done, "done again"
            except AssertionError as error:
                message = f"killed {death.point}" + (f", and again {again_at}" if again_at else "")
                raise AssertionError(message) from error

    def _brief(self) -> Brief:
        return Brief(metadata={"plan": dict(self._scenario.plan)})

    def _die(self, brief: Brief, point: str | None) -> Life:
        before = self._scenario.before(brief)
        if before:
            self._forks.live(self._env, before)
            self._time_passes()
        faults = self._world.pubsub.faults
        self._scenario.pubsub(faults)
        life = self._forks.live(self._env, self._scenario.do(brief), kill=point, hooks=True)
        faults.clear()
        return life

    def _found(self, brief: Brief, point: str) -> Death:
        rows = self._world.query(
            "SELECT CAST(state = 'processing' AND progress = progress_at_claim AND lease_alone AS int) AS lost,"
            " (SELECT json_agg(round || ' ' || stage) FROM job_stages s WHERE s.job_id = j.id"
            "  AND status = 'finished') AS stages,"
            " (SELECT json_agg(round || ' ' || part) FROM job_parts p WHERE p.job_id = j.id) AS parts"
            " FROM jobs j WHERE id = :id",
            id=brief.job_id,
        )
        row: dict[str, Any] = rows[0] if rows else {"lost": 0, "stages": None, "parts": None}
        done = frozenset(f"{brief.job_id} {name}" for name in (*(row["stages"] or ()), *(row["parts"] or ())))
        return Death(brief=brief, point=point, done=done, lost=row["lost"])

    def _time_passes(self) -> None:
        """Let leases expire, and let backoffs, every wait of the sweep and the turn of a dead sweep end."""
        for sql in (
            "UPDATE jobs SET lease_until = clock_timestamp() - interval '1 s' WHERE state = 'processing' RETURNING 1",
            "UPDATE jobs SET not_before = NULL, enqueued_at = enqueued_at - interval '1 day' RETURNING 1",
            "UPDATE outbox SET created_at = created_at - interval '1 day' RETURNING 1",
            "UPDATE chores SET until = clock_timestamp() RETURNING 1",
        ):
            self._world.query(sql)

    def _messages(self, brief: Brief) -> list[Act]:
        """Return every message there ever was for the job, newest first: all are delivered again, out of order."""
        topic = self._world.pubsub.accepted(JOBS)
        ours = [message for message in topic if json.loads(message.data)["job_id"] == brief.job_id]
        own = [act for act in self._scenario.do(brief) if "push" in act]
        return own + [
            {"push": envelope(message.data, attributes=message.attributes, message_id=message.id).decode()}
            for message in reversed(ours)
        ]

    def _recover(self, briefs: Sequence[Brief], again_at: str | None) -> list[Life]:
        """Start again, deliver again and sweep until nothing is left to do."""
        lives: list[Life] = []
        for turn in range(6):
            self._time_passes()
            asked = [act for brief in briefs for act in self._scenario.again(brief)] if turn == 0 else []
            do = [*asked, *(act for brief in briefs for act in self._messages(brief)), {"sweep": 0}]
            lives.append(self._forks.live(self._env, do, kill=again_at if turn == 0 else None))
            if lives[-1].signal == 0 and not promises.stuck_or_owing(self._world):
                return lives
        raise AssertionError(promises.stuck_or_owing(self._world))

    def _check_job(self, death: Death, *, killed_again: bool) -> None:
        world, scenario, job_id = self._world, self._scenario, death.brief.job_id
        if scenario.has_letter:
            key = f"dead:msg:%:letter-{job_id}"
            (row,) = world.query("SELECT published_at FROM outbox WHERE message_key LIKE :key", key=key)
            assert row["published_at"] is not None
        if not scenario.has_job:
            return
        parked = world.query("SELECT message_key FROM outbox WHERE job_id = :id AND parked_at IS NOT NULL", id=job_id)
        if parked:
            assert scenario.pubsub is never_takes_results
            assert [row["message_key"] for row in parked] == [f"result:{job_id}:1"]
            return
        job = promises.ended(world, job_id)
        is_over = scenario.may_be_over and job["error_code"] == "over_budget"
        is_set_aside = job["error_code"] == "effect_unknown" or is_over
        assert is_set_aside or job["state"] in scenario.ends
        if killed_again:
            return
        unknown = (*UNKNOWN, "settle.END") if scenario.is_unsure else UNKNOWN
        assert not is_set_aside or any(what in death.point for what in unknown)
        if job["run"] == 1:
            planned = scenario.failures if job["state"] != "cancelled" else 0
            # The planned failure does not happen if the job fails before it, or if the order is found meanwhile.
            least = 1 if is_set_aside else 0 if scenario.is_unsure else planned
            assert job["failures"] in range(least, planned + is_set_aside + 1)
            assert job["attempts"] == death.lost + job["failures"]


@pytest.mark.parametrize("shard", range(SHARDS))
@pytest.mark.parametrize("name", list(SCENARIOS))
def test_a_kill_at_each_point_breaks_no_promise(
    world: World, forks: Forks, record_property: Callable[[str, object], None], name: str, shard: int
) -> None:
    stand = Stand(world, forks, SCENARIOS[name])
    points = [point for point in stand.points() if re.search(SCENARIOS[name].only, point)]
    assert points, "nothing was reached"
    mine = list(zip(points, _second_kills(points), strict=False))[shard::SHARDS]
    record_property("crash points", len(mine))
    if LONG or SCENARIOS[name].is_alone:
        for point, again_at in mine:
            stand.recover([stand.kill_at(point)], again_at)
    elif mine:
        # One restart for all of them: many kills are needed, not many restarts.
        stand.recover([stand.kill_at(point) for point, _ in mine], None)


def _second_kills(points: Sequence[str]) -> Iterator[str | None]:
    """Choose, for the long form, where the recovery is killed too; the same in each run."""
    if not LONG:
        return itertools.repeat(None)
    dice = random.Random(5)  # noqa: S311 (no secret)
    return (dice.choice(points) for _ in itertools.count())


DELIVERY = (
    *(
        f"service.delivery.{name}"
        for name in ("gate", "held", "claims", "checkpoints", "refusals", "settle", "outbox", "sweep", "chores")
    ),
    "service.api.submit",
)
ALSO = ("operator.prune.DELETE_JOBS", "operator.prune.BEGIN_ACT", "operator.prune.END_ACT")


def test_every_statement_of_the_delivery_is_a_crash_point(world: World, forks: Forks) -> None:
    """Fails for a new statement that no scenario reaches: extend a scenario so that one does."""
    reached = {point for scenario in SCENARIOS.values() for point in Stand(world, forks, scenario).points()}
    names = {f"{module.removeprefix('service.')}.{name}" for module, name, _ in wire.constants() if module in DELIVERY}
    assert len(names) > 25
    names |= set(ALSO)
    missing = {f"{when} {name}" for name in names for when in ("before", "after")} - {
        point.rpartition(" #")[0] for point in reached
    }
    assert missing == set()
    kinds = (
        *("publish to aiprod-pipeline-results", "put", "fetch", "os.replace"),
        *("start of bought", "poll of bought", "find of voice"),
    )
    assert {f"{when} {kind} #1" for when in ("before", "after") for kind in kinds} <= reached
