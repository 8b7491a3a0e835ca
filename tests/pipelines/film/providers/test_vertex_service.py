"""A real gunicorn with PROVIDER=vertex: a pushed brief becomes a film, whatever breaks in between."""

import contextlib
import http.client
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from lab.harness.messages import Brief
from lab.harness.processes import Gunicorn
from lab.harness.waiting import eventually
from lab.harness.world import World
from service import queries
from tests.support.fake_vertex import FakeVertex, fake_vertex
from tests.support.jobs import end_backoff
from tests.support.vertex_studio import FakeGemini

pytestmark = pytest.mark.slow

LAMP = "Our new Aurora lamp wakes you up with 12 shades of sunrise. Order yours at aurora-lamp.com"


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[FakeVertex]:
    with fake_vertex(tmp_path) as one:
        one.answer = FakeGemini()
        yield one


@pytest.fixture
def service(world: World, fake: FakeVertex) -> Iterator[Gunicorn]:
    gunicorn = Gunicorn(world, PIPELINE="film", PROVIDER="vertex", **fake.env())
    try:
        yield gunicorn
    finally:
        gunicorn.close()


def brief(preset: str = "quick_social", **metadata: Any) -> Brief:
    return Brief(content=LAMP, preset=preset, metadata={"duration_sec": 4, **metadata})


def effects(world: World, sent: Brief) -> dict[str, int]:
    rows = world.query("SELECT name, orders FROM job_effects WHERE job_id = :id", id=sent.job_id)
    return {row["name"]: row["orders"] for row in rows}


def result(world: World, sent: Brief) -> dict[str, Any]:
    (row,) = world.query("SELECT output FROM job_results WHERE job_id = :id", id=sent.job_id)
    return dict(row["output"])


def push_until_done(service: Gunicorn, world: World, sent: Brief, deliveries: int = 12) -> None:
    """Deliver it again and again, as Pub/Sub would, but without its waits."""
    for _ in range(deliveries):
        job = world.query("SELECT hop FROM jobs WHERE id = :id", id=sent.job_id)
        service.push(sent.body(run=1, hop=job[0]["hop"] if job else 0))
        if world.job(sent.job_id)["state"] in {"completed", "failed"}:
            return
        end_backoff(world, sent.job_id)


def test_a_pushed_brief_becomes_a_film_with_its_costs(service: Gunicorn, world: World, fake: FakeVertex) -> None:
    sent = brief()
    assert service.push(sent.body()).status == 204
    assert world.job(sent.job_id)["state"] == "completed", world.job(sent.job_id)["error_message"]
    made = result(world, sent)
    assert Path(made["film_url"].removeprefix("file://")).stat().st_size > 10_000
    assert made["costs"]["spent_usd"] == pytest.approx(float(world.job(sent.job_id)["spent_usd"]))
    assert 0 < made["costs"]["spent_usd"] < made["costs"]["plan_usd"] < made["costs"]["cap_usd"]
    assert len(fake.orders) == len(effects(world, sent)) == len(made["costs"]["spent"])


def test_what_breaks_is_bought_again_as_the_policy_says(service: Gunicorn, world: World, fake: FakeVertex) -> None:
    """The answer with the words is lost: they are bought once more. The answer to the clip's order is lost: the clip is
    found in its bucket. A quota that is used up is waited for."""
    sent = brief("premium_spot")
    fake.fail("words", "cut_after")
    fake.fail("speech", "quota")
    fake.fail("clips", "cut_after")
    fake.looks_before_done = 1
    push_until_done(service, world, sent)
    job = world.job(sent.job_id)
    assert job["state"] == "completed", job["error_message"]
    clips = [name for name in effects(world, sent) if name.startswith("clip-")]
    assert len(fake.bought("clips")) == len(clips) >= 1
    assert len(set(fake.bought("clips"))) == len(clips)
    assert effects(world, sent)["treatment"] == 2
    assert sum(orders for name, orders in effects(world, sent).items() if name != "treatment") == len(fake.orders) - 2
    made = result(world, sent)
    assert made["costs"]["spent_usd"] <= made["costs"]["cap_usd"]
    now = datetime.now(UTC)
    by_model = queries.spent(world.engine, ("provider", "model"), since=now - timedelta(days=1), until=now)
    models = {"gemini-3.8-flash", "gemini-3.1-flash-image", "gemini-3.8-flash-lite-tts", "veo-3.1-fast-generate-001"}
    assert set(by_model) <= {("vertex", model) for model in models}
    assert by_model["vertex", "veo-3.1-fast-generate-001"].orders == len(clips)


def test_a_clip_that_never_appears_sets_the_job_aside(service: Gunicorn, world: World, fake: FakeVertex) -> None:
    sent = brief("premium_spot")
    fake.fail("clips", "cut_before")
    push_until_done(service, world, sent, deliveries=2)
    job = world.job(sent.job_id)
    assert (job["state"], job["error_code"]) == ("pending", "order_unknown")
    # As if the longest time that a clip takes had passed.
    world.query(
        "UPDATE job_parts SET output = to_json(0) WHERE job_id = :id AND part LIKE '%looked for' RETURNING 1",
        id=sent.job_id,
    )
    end_backoff(world, sent.job_id)
    push_until_done(service, world, sent)
    job = world.job(sent.job_id)
    assert (job["state"], job["error_code"]) == ("failed", "effect_unknown")
    assert len(fake.calls) - len(fake.orders) == 1


def test_a_film_that_the_critic_dislikes_is_directed_again_once(
    service: Gunicorn, world: World, fake: FakeVertex
) -> None:
    gemini = FakeGemini(verdicts=["good", {"score": 0.2, "faithful": False, "findings": ["A dog is in it."]}])
    fake.answer = gemini
    sent = brief()
    push_until_done(service, world, sent)
    job = world.job(sent.job_id)
    assert (job["state"], job["round"]) == ("completed", 1), job["error_message"]
    directed = [document for document in gemini.asked if "film_says" not in document]
    assert directed[0]["report"] is None
    assert directed[1]["report"]["findings"] == ["A dog is in it."]
    # An answer that was not a verdict is asked for once more; each round has orders of its own.
    rows = world.query("SELECT round, name, orders FROM job_effects WHERE job_id = :id", id=sent.job_id)
    assert {(row["round"], row["name"]): row["orders"] for row in rows if row["name"] in {"treatment", "verdict"}} == {
        (0, "treatment"): 1,
        (0, "verdict"): 2,
        (1, "treatment"): 1,
        (1, "verdict"): 1,
    }
    made = result(world, sent)
    assert made["qa"]["semantic"]["passed"]
    assert {order["round"] for order in made["costs"]["spent"]} == {0, 1}


def test_a_safety_refusal_ends_the_job_and_is_not_paid(service: Gunicorn, world: World, fake: FakeVertex) -> None:
    sent = brief()
    fake.fail("stills", "invalid")
    assert service.push(sent.body()).status == 204
    job = world.job(sent.job_id)
    assert (job["state"], job["error_code"]) == ("failed", "provider_refused")
    assert "still-0" not in effects(world, sent)


def test_a_clip_being_made_when_its_worker_is_killed_is_not_ordered_again(world: World, fake: FakeVertex) -> None:
    sent = brief("premium_spot")
    fake.looks_before_done = 1_000_000
    first = Gunicorn(world, PIPELINE="film", PROVIDER="vertex", LEASE_S="2", **fake.env())
    try:
        first_push = _in_thread(lambda: first.push(sent.body()))
        eventually(lambda: fake.operations and effects(world, sent).get("clip-0"))
        eventually(lambda: world.query("SELECT 1 FROM job_effects WHERE name = 'clip-0' AND operation IS NOT NULL"))
    finally:
        first.kill()
    first_push.join()
    fake.looks_before_done = 1
    for operation in fake.operations.values():
        operation.looks_left = 1
    second = Gunicorn(world, PIPELINE="film", PROVIDER="vertex", LEASE_S="2", **fake.env())
    try:
        eventually(lambda: second.push(sent.body()).status == 204, timeout=120)
    finally:
        second.close()
    assert world.job(sent.job_id)["state"] == "completed", world.job(sent.job_id)["error_message"]
    assert len(fake.bought("clips")) == len(set(fake.bought("clips")))
    assert len(fake.bought("words")) == 2
    orders = effects(world, sent)
    assert all(count == 1 for name, count in orders.items() if name.startswith("clip-"))
    # Orders on their way beside the clip when the worker died may have been made once more, and are recorded as such.
    assert len(fake.orders) <= sum(orders.values())


def _in_thread(call: Callable[[], object]) -> threading.Thread:
    """Make a push in a thread; its connection will be cut when the worker is killed."""

    def run() -> None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            call()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


STORY = (
    "Harbour House is a new library on the old pier of Port Aven. Its doors open on June 5th at nine. 40,000 "
    "books came over from the town hall in 300 crates, carried by the rowing club. Children have a floor of their "
    "own, with a boat to read in. The reading room looks out over the lighthouse. Fishermen built the shelves "
    "from 12 old hulls. There is coffee, warm soup and a piano. Every Friday somebody tells a story of the sea. "
    "Students may stay until midnight. Bring a book that you love and leave it for a stranger. Come and read with "
    "us at harbourhouse.example!"
)


LENGTH_S, KILLS = (60, 10) if os.environ.get("FAULTS") == "long" else (24, 5)


def test_a_long_film_killed_again_and_again_is_finished_and_nothing_is_made_twice(
    world: World, fake: FakeVertex
) -> None:
    sent = Brief(content=STORY, preset="brand_campaign", metadata={"duration_sec": LENGTH_S})
    settings = {"PIPELINE": "film", "PROVIDER": "vertex", "LEASE_S": "2", "JOB_MAX_ATTEMPTS": "50", **fake.env()}
    chance = random.Random(6)  # noqa: S311 -- to be repeated
    parts: dict[str, Any] = {}
    moments = [chance.uniform(1, 10) for _ in range(KILLS)]
    for moment in [*moments, None]:
        server = Gunicorn(world, **settings)
        push = _in_thread(partial(push_until_taken, server, sent))
        push.join(moment)
        server.kill()
        push.join()
        now = {row["part"]: row["finished_at"] for row in world.query("SELECT part, finished_at FROM job_parts")}
        # What was finished before is unchanged.
        assert {name: now[name] for name in parts} == parts
        parts = now
    job = world.job(sent.job_id)
    assert job["state"] == "completed", job["error_message"]
    assert len([name for name in parts if name.startswith("shot-")]) > LENGTH_S / 6
    orders = effects(world, sent)
    again = {name for name, count in orders.items() if count > 1}
    # A worker that dies while an answer is on its way leaves an order unknown: each of these is recorded.
    assert len(fake.orders) <= sum(orders.values())
    assert len(fake.orders) - len(set(fake.orders)) <= len(again) < KILLS
    assert result(world, sent)["costs"]["spent_usd"] <= 3.0


def push_until_taken(server: Gunicorn, sent: Brief) -> None:
    """Push again while another delivery holds the job, as Pub/Sub would."""
    while server.push(sent.body(), timeout=600).status == HTTPStatus.SERVICE_UNAVAILABLE:
        time.sleep(0.5)
