"""Acts on many jobs: by ids, from standard input or by a filter; previewed, recorded, repeated after an interrupt."""

import io
import json
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import grpc
import pytest
from sqlalchemy import text

from lab.harness.world import World
from service.operator import many
from service.operator.many import Chosen
from tests.support.cli import Run, fail_jobs

MANY = """
    INSERT INTO jobs (id, user_id, content, preset, metadata, extra, input_sha256, state, stage, error_code, spent_usd,
                      created_at)
    SELECT 'job-' || lpad(CAST(n AS text), 4, '0'), CASE WHEN n % 2 = 0 THEN 'even' ELSE 'odd' END, 'Brief ' || n,
           'quick_social', '{}', '{}', '\\x00', :state, 'RENDER_EXECUTION',
           CASE WHEN :state = 'failed' THEN 'provider_busy' END, 0.5, clock_timestamp() + n * interval '1 ms'
    FROM generate_series(1, :most) n
    RETURNING 1"""


def put_many(world: World, most: int, state: str) -> None:
    with world.engine.connect() as connection:
        connection.execute(text(MANY), {"most": most, "state": state})


def acts(world: World) -> list[dict[str, Any]]:
    return world.query("SELECT act, who, why, job_id, target FROM acts ORDER BY id")


@pytest.mark.usefixtures("dev")
def test_more_than_a_thousand_jobs_are_cancelled_by_a_filter(run: Run, world: World) -> None:
    put_many(world, 1_200, "pending")
    world.query("UPDATE jobs SET preset = 'brand_campaign' WHERE id > 'job-1101' RETURNING 1")
    said = run("jobs", "cancel", "--state", "pending", "--dry-run")
    assert (said.code, said.out.splitlines()[-2:]) == (
        0,
        ["… and 1,190 more", "1,200 jobs: 1,200 pending; 600.0000 USD were spent on them"],
    )
    assert run("jobs", "cancel", "--user", "odd", "--dry-run", "--json").json == {
        "matched": 600,
        "spent_usd": 300.0,
        "kinds": [{"state": "pending", "reason": None, "count": 600}],
    }
    assert acts(world) == [], "nothing was done"
    world.pubsub.faults.fail_publish(grpc.StatusCode.UNAVAILABLE, times=1)
    said = run("jobs", "cancel", "--preset", "quick_social", "--yes", "--by", "ada", "--why", "wrong model", "--json")
    assert said.code == 1, "the results are not published"
    assert said.err == "1,101 messages could not be published now; the sweep will retry.\n"
    assert [one["job_id"] for one in said.json] == [f"job-{n:04}" for n in range(1, 1_102)]
    assert all(one["done"] and one["sent"] is False for one in said.json)
    ended = world.query("SELECT preset, state, count(*) AS n FROM jobs GROUP BY 1, 2 ORDER BY 1")
    assert [(row["preset"], row["state"], row["n"]) for row in ended] == [
        ("brand_campaign", "pending", 99),
        ("quick_social", "cancelled", 1_101),
    ]
    command, first, *others = acts(world)
    assert (command["act"], command["who"], command["why"], command["job_id"]) == ("cancel", "ada", "wrong model", None)
    assert command["target"] == {
        "filter": {"preset": "quick_social"},
        "matched": 1_101,
        "done": 1_101,
        "done_before": 0,
        "not_done": 0,
        "not_published": 1_101,
        "ended": True,
    }
    assert (first["act"], first["who"], first["why"], first["job_id"]) == ("cancel", "ada", "wrong model", "job-0001")
    assert len(others) == 1_100


@pytest.mark.usefixtures("dev")
@pytest.mark.parametrize(
    ("narrow", "numbers"),
    [
        (["--user", "even"], [2, 4, 6]),
        (["--user", "even", "--text", "BRIEF 4"], [4]),
        (["--error-code", "provider_busy", "--text", "brief 3"], [3]),
        (["--reason", "none"], []),
        (["--stage", "RENDER_EXECUTION", "--state", "failed"], [1, 2, 3, 4, 5, 6]),
        (["--state", "completed"], []),
        (["--preset", "quick_social", "--until", "2999-01-01"], [1, 2, 3, 4, 5, 6]),
        (["--since", "2999-01-01"], []),
        (["--waits-for", "provider"], [5]),
        (["--since", "2h", "--waits-for", "provider"], [5]),
        (["--until", "2 h"], []),
        (["--held-for", "paused_user"], []),
    ],
    ids=str,
)
def test_a_filter_chooses_jobs(run: Run, world: World, narrow: list[str], numbers: list[int]) -> None:
    put_many(world, 6, "failed")
    world.query("UPDATE jobs SET waits_for = 'provider' WHERE id = 'job-0005' RETURNING 1")
    chosen = [f"job-{n:04}" for n in numbers]
    assert [one["job_id"] for one in run("jobs", "list", *narrow, "--json").json["jobs"]] == chosen[::-1]
    said = run("jobs", "replay", *narrow, "--yes", "--json")
    assert (said.code, [one["job_id"] for one in said.json]) == (0, chosen)
    states = {row["id"]: row["state"] for row in world.query("SELECT id, state FROM jobs")}
    assert sorted(job_id for job_id, state in states.items() if state == "pending") == chosen
    sent = [json.loads(message.data)["job_id"] for message in world.pubsub.accepted("aiprod-pipeline-jobs")]
    assert sent == chosen


@pytest.mark.usefixtures("dev")
def test_a_command_that_was_interrupted_is_repeated(run: Run, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    put_many(world, 5, "failed")
    ids = [f"job-{n:04}" for n in range(1, 6)]
    whole = many.replay_job

    def interrupted(engine: Any, topics: Any, job_id: str, **words: Any) -> Any:
        if job_id == ids[3]:
            raise KeyboardInterrupt
        return whole(engine, topics, job_id, **words)

    monkeypatch.setattr(many, "replay_job", interrupted)
    said = run("jobs", "replay", *ids, "--json")
    assert (said.code, [one["job_id"] for one in said.json]) == (130, ids[:3])
    assert said.err == "Stopped after 3 of 5. Repeat the command to go on: what is done is left as it is.\n"
    (command,) = [act["target"] for act in acts(world) if act["job_id"] is None]
    assert (command["ids"], command["done"], command["ended"]) == (ids, 3, False)

    monkeypatch.setattr(many, "replay_job", whole)
    said = run("jobs", "replay", *ids, "--json")
    assert said.code == 0
    assert [(one["done"], one["already"], one["run"]) for one in said.json] == [(True, True, None)] * 3 + [
        (True, False, 2)
    ] * 2
    assert {row["run"] for row in world.query("SELECT run FROM jobs")} == {2}
    assert len(world.pubsub.accepted("aiprod-pipeline-jobs")) == 5


@pytest.mark.usefixtures("dev")
def test_an_outage_in_between_is_no_success(run: Run, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database goes away after the second: one sentence, a whole document, and a note how to go on."""
    put_many(world, 4, "pending")
    whole = many.cancel_job
    count = 0

    def cut(engine: Any, topics: Any, job_id: str, **words: Any) -> Any:
        nonlocal count
        count += 1
        if count == 3:
            with world.engine.connect() as connection:
                connection.execute(text("ALTER TABLE jobs RENAME TO gone"))
        return whole(engine, topics, job_id, **words)

    monkeypatch.setattr(many, "cancel_job", cut)
    said = run("jobs", "cancel", "--user", "even", "--user", "odd", "--state", "pending", "--yes", "--json")
    assert (said.code, len(said.json)) == (0, 2), "only those of the last --user"
    count = 1
    said = run("jobs", "cancel", "--state", "pending", "--yes", "--json")
    assert (said.code, len(said.json)) == (2, 1)
    assert said.err.startswith("Stopped after 1 of 2. Repeat the command")
    with world.engine.connect() as connection:
        connection.execute(text("ALTER TABLE gone RENAME TO jobs"))
    count = 5
    said = run("jobs", "cancel", "--state", "pending", "--yes", "--json")
    assert (said.code, [one["job_id"] for one in said.json]) == (0, ["job-0004"])


@pytest.mark.usefixtures("dev")
def test_ids_come_from_standard_input(run: Run, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    put_many(world, 3, "pending")
    monkeypatch.setattr(sys, "stdin", io.StringIO("job-0003\r\n\njob-0001\njob-0003\nno such job\n"))
    said = run("jobs", "cancel", "job-0001", "-", "--json")
    assert (said.code, [(one["job_id"], one["done"]) for one in said.json]) == (
        1,
        [("job-0001", True), ("job-0003", True), ("no such job", False)],
    )
    fail_jobs(run, "j1")
    monkeypatch.setattr(sys, "stdin", io.StringIO("1\n"))
    assert run("dlq", "discard", "-").out == "1: discarded\n"
    monkeypatch.setattr(sys, "stdin", io.StringIO("one\n"))
    said = run("dlq", "discard", "-")
    assert (said.code, "'one' must be a whole number" in said.err) == (2, True)


@pytest.mark.usefixtures("dev")
def test_nothing_is_done_without_a_choice_and_a_yes(
    run: Run, world: World, monkeypatch: pytest.MonkeyPatch, answer: Callable[[str], None]
) -> None:
    put_many(world, 2, "failed")
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: False))
    for arguments, sentence in (
        ((), "Choose by id"),
        (("job-0001", "--user", "odd"), "not by both"),
        (("--user", "odd"), "There is no terminal to ask on: confirm with --yes."),
        (("--user", "odd", "--json"), "There is no terminal to ask on: confirm with --yes."),
        (("--since", "yesterday"), "must be a time such as"),
    ):
        for verb in ("replay", "cancel", "run-now"):
            said = run("jobs", verb, *arguments)
            if verb != "replay" and "no terminal" in sentence:
                assert said.code == 0, "there is nothing to ask about"
                continue
            assert said.code == 2
            assert sentence in said.err
    answer("n\n")
    said = run("jobs", "replay", "--user", "odd")
    assert (said.code, said.err) == (1, "Replay 1 job? [y/N] Nothing was done.\n")
    assert {row["state"] for row in world.query("SELECT state FROM jobs")} == {"failed"}
    answer("y\n")
    assert run("jobs", "replay", "--user", "odd").out.endswith("job-0001: pending, run 2\n")


@pytest.mark.usefixtures("dev")
def test_a_backoff_is_skipped(run: Run, world: World) -> None:
    put_many(world, 5, "pending")
    world.query(
        "UPDATE jobs SET not_before = clock_timestamp() + interval '1 hour', hop = 3, run = 2, attempts = 2,"
        " waits_for = 'provider' RETURNING 1"
    )
    world.query("UPDATE jobs SET held_for = 'paused_user' WHERE id = 'job-0003' RETURNING 1")
    world.query(
        "UPDATE jobs SET state = 'processing', lease_token = gen_random_uuid() WHERE id = 'job-0004' RETURNING 1"
    )
    world.query("UPDATE jobs SET state = 'completed' WHERE id = 'job-0005' RETURNING 1")
    said = run("jobs", "run-now", "job-0001", "--by", "ada", "--why", "it is back")
    assert (said.code, said.out) == (0, "job-0001: its message was sent again\n")
    (message,) = world.pubsub.accepted("aiprod-pipeline-jobs")
    assert (message.attributes["run"], message.attributes["hop"]) == ("2", "3")
    job = world.job("job-0001")
    assert (job["not_before"], job["attempts"], job["run"], job["hop"]) == (None, 2, 2, 3)
    (act,) = acts(world)
    assert (act["act"], act["who"], act["why"], act["job_id"]) == ("run-now", "ada", "it is back", "job-0001")
    said = run("jobs", "run-now", "job-0003", "job-0004", "job-0005", "nobody")
    assert said.code == 1
    assert said.out.splitlines() == [
        "Job 'job-0003': It is held (paused_user); it runs when that is over.",
        "It is in work.",
        "Job 'job-0005': It has ended: it is completed. Run it again with a replay.",
        "There is no job 'nobody'.",
    ]
    assert world.job("job-0003")["not_before"] is not None
    said = run("jobs", "run-now", "--waits-for", "provider", "--yes", "--json")
    assert (said.code, [one["done"] for one in said.json]) == (1, [True, True, False])


@pytest.mark.usefixtures("dev")
def test_the_sweep_sends_what_run_now_could_not(run: Run, world: World) -> None:
    put_many(world, 2, "pending")
    world.query("UPDATE jobs SET not_before = clock_timestamp() + interval '1 hour' RETURNING 1")
    world.pubsub.faults.fail_publish(grpc.StatusCode.UNAVAILABLE, times=1)
    said = run("jobs", "run-now", "--state", "pending", "--yes")
    assert (said.code, said.err) == (1, "2 messages could not be published now; the sweep will retry.\n")
    assert {row["not_before"] for row in world.query("SELECT not_before FROM jobs")} == {None}
    assert sorted(run("sweep", "--json").json["resent"]) == ["job-0001", "job-0002"]


@pytest.mark.usefixtures("dev")
def test_a_sweep_that_could_not_send_is_no_success(run: Run, world: World) -> None:
    put_many(world, 1, "pending")
    world.query("UPDATE jobs SET enqueued_at = clock_timestamp() - interval '1 day' RETURNING 1")
    world.pubsub.faults.fail_publish(grpc.StatusCode.UNAVAILABLE, times=1)
    said = run("sweep")
    assert (said.code, said.out) == (1, "Jobs resent: 0; messages published: 0; failed: 1.\n")


def test_what_is_chosen_is_kept_in_order_and_out_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "IN_MEMORY", 100)
    odd = ["a", "é\n", "\x1b[31m", " ", "-x", *(f"job-{n}" for n in range(100))]
    with Chosen() as chosen:
        for one in odd:
            chosen.add(one)
        assert (list(chosen), list(chosen), len(chosen)) == (odd, odd, 105)
