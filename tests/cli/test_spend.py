"""What was spent, by day, user, preset, stage, provider and model."""

import pytest

from lab.harness.world import World
from service.queries import spend
from tests.support.cli import Run

ORDERED = """
    INSERT INTO job_effects (job_id, round, stage, name, run, request_id, orders, cost_usd, intended_at, started_at,
                             finished_at)
    VALUES ('j1', 0, 'RENDER', 'clip1', 1, gen_random_uuid(), 1, 0.5, '2026-11-20T23:59:59Z', now(), now()),
           ('j1', 0, 'RENDER', 'clip2', 1, gen_random_uuid(), 2, 1.0, '2026-11-21T00:00:00Z', NULL, NULL),
           ('j1', 0, 'AUDIO', 'voice', 1, gen_random_uuid(), 1, 0.25, '2026-11-21T00:00:01Z', NULL, NULL),
           ('j2', 0, 'RENDER', 'clip1', 1, gen_random_uuid(), 1, 2.0, '2026-11-21T12:00:00Z', now(), NULL)
    RETURNING 1"""


@pytest.fixture
def _ordered(run: Run, dev: str, world: World) -> None:
    del dev
    run("submit", "Text", "--job-id", "j1", "--user", "u1")
    run("submit", "Text", "--job-id", "j2", "--preset", "brand_campaign")
    world.query("UPDATE jobs SET user_id = :odd WHERE id = 'j2' RETURNING 1", odd="u\x1b[1m2")
    world.query(ORDERED)
    # An execution is ordering the voice right now, so its order is not unknown.
    world.query(
        "INSERT INTO job_stages (job_id, run, round, stage, status, attempt, lease_token, started_at)"
        " VALUES ('j1', 1, 0, 'AUDIO', 'started', 1, gen_random_uuid(), '2026-11-21') RETURNING 1"
    )


SINCE = ("--since", "2026-11-20", "--until", "2026-11-22")


@pytest.mark.usefixtures("_ordered")
@pytest.mark.parametrize("step", [1, 2, 20_000])
def test_what_was_spent(run: Run, monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    monkeypatch.setattr(spend, "STEP", step)
    assert run("spend", *SINCE).out.splitlines() == [
        "DAY         ORDERS  USD     UNKNOWN  UNKNOWN USD",
        "2026-11-20  1       0.5000",
        "2026-11-21  4       3.2500  1        1.0000",
        "total       5       3.7500  1        1.0000",
    ]
    said = run("spend", *SINCE, "--by", "user", "--json").json
    assert said["since"] == "2026-11-20T00:00:00+00:00"
    assert [(one["user"], one["orders"], one["usd"]) for one in said["spent"]] == [
        ("u\x1b[1m2", 1, 2.0),
        ("u1", 4, 1.75),
    ]
    assert said["total"] == {"orders": 5, "usd": 3.75, "unknown_orders": 1, "unknown_usd": 1.0}
    assert "\x1b" not in run("spend", *SINCE, "--by", "user").out


@pytest.mark.usefixtures("_ordered")
def test_it_is_split_and_narrowed(run: Run) -> None:
    by_two = run("spend", *SINCE, "--by", "day", "--by", "preset", "--json").json["spent"]
    assert [(one["day"], one["preset"], one["usd"]) for one in by_two] == [
        ("2026-11-20", "quick_social", 0.5),
        ("2026-11-21", "brand_campaign", 2.0),
        ("2026-11-21", "quick_social", 1.25),
    ]
    by_stage = run("spend", *SINCE, "--by", "stage", "--user", "u1", "--json").json["spent"]
    assert [(one["stage"], one["usd"]) for one in by_stage] == [("RENDER", 1.5), ("AUDIO", 0.25)]
    assert run("spend", *SINCE, "--preset", "brand_campaign", "--json").json["total"]["usd"] == 2.0
    assert run("spend", "--until", "2026-11-01", "--since", "2026-10-01", "--json").json["spent"] == []
    short = run("spend", *SINCE, "--by", "preset", "--limit", "1")
    assert (short.out.count("\n"), short.err) == (3, "There are more: 1 lines are left out; --json prints all.\n")
    assert run("spend", "--by", "moon").code == 2


@pytest.mark.usefixtures("_ordered")
def test_by_whom_and_what_was_paid(run: Run, world: World) -> None:
    """The record of an order says it: its result, until then its operation; text and lists say nothing."""
    for name, job, operation, result in (
        ("clip1", "j1", '"operations/7"', '{"made": "gs://b/c.mp4", "provider": "vertex", "model": "veo"}'),
        ("clip2", "j1", '["vertex"]', "null"),
        ("voice", "j1", '{"provider": "own", "model": ""}', None),
        ("clip1", "j2", '{"provider": "own"}', '{"provider": "vertex", "model": {"odd": 1}}'),
    ):
        world.query(
            "UPDATE job_effects SET operation = CAST(:operation AS json), result = CAST(:result AS json)"
            " WHERE name = :name AND job_id = :job RETURNING 1",
            name=name,
            job=job,
            operation=operation,
            result=result,
        )
    by_provider = run("spend", *SINCE, "--by", "provider", "--json").json["spent"]
    assert [(one["provider"], one["usd"]) for one in by_provider] == [
        ("vertex", 2.5),
        ("(not said)", 1.0),
        ("own", 0.25),
    ]
    by_model = run("spend", *SINCE, "--by", "model", "--by", "user", "--json").json["spent"]
    assert [(one["model"], one["user"], one["usd"]) for one in by_model] == [
        ('{"odd": 1}', "u\x1b[1m2", 2.0),
        ("(not said)", "u1", 1.25),
        ("veo", "u1", 0.5),
    ]
