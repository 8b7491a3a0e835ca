"""The whole chain with Google's own emulator: emulator → signing relay → gunicorn → PostgreSQL → pulled results."""

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from lab.harness.emulator import Emulator, Relay, signing_relay
from lab.harness.messages import Brief
from lab.harness.names import DLQ, RESULTS
from lab.harness.processes import Gunicorn
from lab.harness.waiting import eventually
from lab.harness.world import World
from tests.support.drill import FAST_PATH

pytestmark = pytest.mark.slow


@dataclass
class Chain:
    """The parts in their places. `results` and `letters` have what was pulled so far, with its `message_key`."""

    world: World
    emulator: Emulator
    relay: Relay
    server: Gunicorn
    results: list[dict[str, Any]] = field(default_factory=list)
    letters: list[dict[str, Any]] = field(default_factory=list)

    def pull(self, topic: str, into: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for message in self.emulator.pull(topic):
            parsed = json.loads(message.data)
            into.append({**parsed, "message_key": message.attributes["message_key"], "key": message.ordering_key})
        return into

    def result(self) -> dict[str, Any]:
        """The first result, once it is there."""
        eventually(lambda: self.pull(RESULTS, self.results), timeout=90, what=self.story)
        return self.results[0]

    def keys(self) -> set[str]:
        """The message keys of all results so far: two deliveries may publish one row, under the same key."""
        return {result["message_key"] for result in self.pull(RESULTS, self.results)}

    def attempted(self) -> list[int]:
        return [push.status for push in self.relay.pushes]

    def story(self) -> str:
        return f"pushes: {self.attempted()}\n{self.server.log.read_text()[-4000:]}"

    def states(self, job_id: str) -> list[tuple[str, str]]:
        rows = self.world.query("SELECT new_state, reason FROM job_states WHERE job_id = :id ORDER BY id", id=job_id)
        return [(row["new_state"], row["reason"]) for row in rows]


@pytest.fixture
def chain(world: World, gunicorn: Callable[..., Gunicorn], emulator: Emulator) -> Iterator[Callable[..., Chain]]:
    """Builds the chain with `chain(VARIABLE=value)`, its subscription's ack deadline as the service's."""
    with contextlib.ExitStack() as parts:

        def build(**env: str) -> Chain:
            server = gunicorn(**{"PUBSUB_EMULATOR_HOST": emulator.host, "ACK_DEADLINE_S": "60", **env})
            relay = parts.enter_context(signing_relay(server.port, world.token))
            deadline_s = int(env.get("ACK_DEADLINE_S", "60"))
            parts.enter_context(emulator.topics(relay.endpoint, ack_deadline_s=deadline_s))
            return Chain(world, emulator, relay, server)

        yield build


def test_a_job_becomes_a_result(chain: Callable[..., Chain]) -> None:
    parts, job = chain(), Brief()
    (message_id,) = parts.emulator.publish(job.data())

    result = parts.result()
    assert result["job_id"] == job.job_id
    assert result["status"] == "success"
    assert result["message_key"] == f"result:{job.job_id}:1"
    assert result["key"] == job.job_id
    assert parts.world.job(job.job_id)["state"] == "completed"
    assert parts.world.finished(job.job_id) == FAST_PATH
    eventually(lambda: parts.relay.statuses(message_id) == [204])


def test_poison_becomes_a_dead_letter_and_does_not_come_again(chain: Callable[..., Chain]) -> None:
    parts, job = chain(), Brief(metadata={"drill_fail": "once"})
    (poison,) = parts.emulator.publish(b"this is no JSON")

    eventually(lambda: parts.pull(DLQ, parts.letters), what=parts.story)
    (letter,) = parts.letters
    assert letter["job_id"] is None
    assert "JSON" in letter["error"]
    assert letter["message_key"].startswith("dead:msg:")
    (kept,) = parts.world.query("SELECT message_key, data FROM dead_letters")
    assert kept["message_key"] == letter["message_key"]
    assert bytes(kept["data"]) == b"this is no JSON"

    # By the time a later message has failed and come again, the poison would have come again too.
    (later,) = parts.emulator.publish(job.data())
    parts.result()
    eventually(lambda: parts.relay.statuses(later)[-1:] == [204], what=parts.story)
    assert parts.relay.statuses(later)[0] == 500
    assert parts.relay.statuses(poison) == [204]
    assert parts.pull(DLQ, parts.letters) == [letter]


def test_a_job_that_fails_twice_succeeds_by_redelivery(chain: Callable[..., Chain]) -> None:
    parts, job = chain(PIPELINE="tests.support.fails_twice:pipeline"), Brief()
    (message_id,) = parts.emulator.publish(job.data())

    assert parts.result()["output"] == {"failures": 2}
    assert parts.states(job.job_id) == [
        ("processing", "claimed"),
        ("pending", "not_yet"),
        ("processing", "claimed"),
        ("pending", "not_yet"),
        ("processing", "claimed"),
        ("completed", "completed"),
    ]
    stages = parts.world.query("SELECT stage, status FROM job_stages WHERE job_id = :id ORDER BY id", id=job.job_id)
    assert [tuple(row.values()) for row in stages] == [
        ("FIRST", "finished"),
        ("SECOND", "failed"),
        ("SECOND", "failed"),
        ("SECOND", "finished"),
    ]
    eventually(lambda: parts.relay.statuses(message_id)[-1:] == [204], what=parts.story)
    # A 503 in between: the emulator was sooner than the job's own backoff.
    assert [status for status in parts.relay.statuses(message_id) if status != 503] == [500, 500, 204]
    assert parts.keys() == {f"result:{job.job_id}:1"}
    assert len(parts.results) == 1
    assert parts.world.job(job.job_id)["attempts"] == 2


def test_a_job_longer_than_the_deadline_goes_on_by_continuations(chain: Callable[..., Chain]) -> None:
    parts, job = chain(ACK_DEADLINE_S="10", LEASE_S="3"), Brief(metadata={"drill_stage_ms": 2_500})
    (message_id,) = parts.emulator.publish(job.data())

    assert parts.result()["status"] == "success"
    row = parts.world.job(job.job_id)
    assert row["hop"] >= 1
    assert row["attempts"] == 0
    assert parts.world.finished(job.job_id) == FAST_PATH
    lines = [json.loads(line) for line in parts.server.log.read_text().splitlines() if '"stage finished"' in line]
    assert [line["stage"] for line in lines] == FAST_PATH
    published = parts.world.query("SELECT message_key FROM outbox WHERE job_id = :id ORDER BY id", id=job.job_id)
    hops = [f"job:{job.job_id}:1:{hop}" for hop in range(1, row["hop"] + 1)]
    assert [message["message_key"] for message in published] == [*hops, f"result:{job.job_id}:1"]
    eventually(lambda: parts.attempted() == [204] * (row["hop"] + 1), what=parts.story)
    assert parts.relay.statuses(message_id) == [204]
    assert parts.keys() == {f"result:{job.job_id}:1"}
    assert len(parts.results) == 1


def test_five_copies_of_a_message_make_one_result(chain: Callable[..., Chain]) -> None:
    parts, job = chain(), Brief(metadata={"drill_stage_ms": 100})
    copies = parts.emulator.publish(job.data(), copies=5)

    parts.result()
    eventually(lambda: all(parts.relay.statuses(copy)[-1:] == [204] for copy in copies), what=parts.story)
    assert set(parts.attempted()) <= {204, 503}
    assert parts.keys() == {f"result:{job.job_id}:1"}
    assert parts.world.query("SELECT status FROM job_results WHERE job_id = :id", id=job.job_id) == [
        {"status": "success"}
    ]
    executions = parts.world.query("SELECT stage, status FROM job_stages WHERE job_id = :id ORDER BY id", id=job.job_id)
    assert [tuple(row.values()) for row in executions] == [(stage, "finished") for stage in FAST_PATH]
