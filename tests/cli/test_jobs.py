"""Jobs: submit, watch, list, show, cancel and replay them."""

import json
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import text as sql

from lab.harness.names import CALLER
from lab.harness.world import World
from service.cli import live_view, push, target
from service.cli.client import Client
from service.cli.commands import parser
from service.cli.job_options import metadata_option
from tests.support.bad_messages import JOB, text
from tests.support.bad_messages import job as document
from tests.support.cli import Run, fail_jobs


@pytest.mark.usefixtures("dev")
def test_submit_push_watch_and_show(run: Run, world: World, tmp_path: Path) -> None:
    said = run(
        "submit", "A lighthouse that dances.", "--meta", "drill_stage_ms=0", "--meta", "lang=en", "--job-id", "j1"
    )
    assert said.code == 0
    assert said.out == "Job j1 is pending.\nFollow it with: python -m service watch j1\n"
    row = world.job("j1")
    assert (row["user_id"], row["preset"], row["content"]) == ("ada", "quick_social", "A lighthouse that dances.")
    assert row["metadata"] == {"drill_stage_ms": 0, "lang": "en"}

    (message,) = world.pubsub.accepted("aiprod-pipeline-jobs")
    (tmp_path / "stored.json").write_bytes(message.data)
    assert run("push", "stored.json").out == "204: acknowledged\n"

    said = run("watch", "j1")
    assert said.code == 0
    lines = said.out.splitlines()
    assert lines[0] == "j1 is completed"
    assert lines[1].startswith("  INIT finished ")
    assert lines[-2:] == ["stage: FINALIZE", "waited_ms: 0.0"]
    said = run("watch", "j1", "--json")
    assert (said.code, said.json["state"], said.json["progress"]["percent"]) == (0, "completed", 100)

    said = run("jobs", "show", "j1")
    assert said.code == 0
    assert "✓ FINALIZE" in said.out
    assert "pending → processing  claimed" in said.out
    assert run("jobs", "show", "j1", "--json").json["job_id"] == "j1"


@pytest.mark.usefixtures("dev")
def test_a_failed_job_exits_with_1(run: Run) -> None:
    job = text(document({"job_id": "j2", "metadata": {"drill_fail": "permanent"}}))
    Path("bad.json").write_bytes(job)
    assert run("push", "bad.json").code == 0, "put aside, so acknowledged"
    said = run("watch", "j2")
    assert said.code == 1
    assert said.out.splitlines()[-2].startswith("failed: Stage RENDER_EXECUTION of the drill failed for good")
    assert run("jobs", "show", "j2").code == 0, "it could be shown"
    said = run("dlq", "list")
    assert said.code == 0
    assert "drill_permanent" in said.out


@pytest.mark.usefixtures("dev")
def test_submit_with_watch(run: Run, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stand-in for Pub/Sub pushes nowhere in this test, so the job is delivered between two polls."""

    def run_delivery() -> None:
        for message in world.pubsub.accepted("aiprod-pipeline-jobs"):
            options = parser().parse_args(["push", "-"])
            url = target.service_url(options)
            client = Client(url, target.token(options, "push", url))
            assert client.request("POST", "/push", push.push_body(message.data, None)).status == 204

    monkeypatch.setattr(live_view, "pause", run_delivery)
    said = run("submit", "Text", "--watch")
    assert said.code == 0
    lines = said.out.splitlines()
    assert lines[0].endswith("is pending")
    assert "  INIT finished" in said.out
    assert lines[-3].endswith("is completed")


@pytest.mark.usefixtures("dev")
def test_jobs_are_listed_filtered_and_paged(run: Run) -> None:
    for n in range(3):
        run("submit", "Text", "--job-id", f"j{n}", "--user", f"u{n % 2}")
    said = run("jobs")
    assert said.code == 0
    head, *body = said.out.splitlines()
    assert head.split() == ["JOB", "STATE", "CREATED", "ERROR", "STAGE", "PRESET", "USER"]
    assert [line.split()[0] for line in body] == ["j2", "j1", "j0"]
    assert [one["job_id"] for one in run("jobs", "list", "--user", "u1", "--json").json["jobs"]] == ["j1"]
    assert [one["job_id"] for one in run("jobs", "--user", "u1", "list", "--json").json["jobs"]] == ["j1"]
    first = run("jobs", "--limit", "2", "--json").json
    second = run("jobs", "--limit", "2", "--cursor", first["next"])
    assert [line.split()[0] for line in second.out.splitlines()[1:]] == ["j0"]
    assert run("jobs", "--state", "failed").out.split() == head.split()
    more = run("jobs", "--limit", "1")
    assert (more.code, more.out.count("\n")) == (0, 2)
    assert more.err.startswith("There are more: add --cursor ")


@pytest.mark.usefixtures("dev")
def test_submit_reads_standard_input(run: Run, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(read=lambda: "From a pipe.\n"))
    said = run("submit", "-", "--json")
    assert world.job(said.json["job_id"])["content"] == "From a pipe.\n"


@pytest.mark.usefixtures("dev")
def test_the_same_id_with_another_brief_is_refused(run: Run) -> None:
    run("submit", "One", "--job-id", "j")
    said = run("submit", "Two", "--job-id", "j")
    assert said.code == 1
    assert "other inputs" in said.err


@pytest.mark.usefixtures("dev")
def test_an_unknown_order_is_shown_before_a_replay(run: Run, world: World) -> None:
    fail_jobs(run, "j1")
    ids = ["00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"]
    world.query(
        "INSERT INTO job_effects (job_id, round, stage, name, run, request_id, unknown_id, orders, cost_usd)"
        " VALUES ('j1', 0, 'RENDER_EXECUTION', 'film', 1, :last, :first, 2, 0.8) RETURNING 1",
        first=ids[0],
        last=ids[1],
    )
    world.query("UPDATE jobs SET spent_usd = 0.8 RETURNING 1")
    sentence = (
        "The provider may or may not have accepted the order film of RENDER_EXECUTION (run 1, round 0): ask it about "
        f"request {ids[0]} and {ids[1]}. It may have cost 0.8000 USD.\n"
    )
    said = run("jobs", "show", "j1").out
    assert sentence in said
    assert "  spent        0.8000 USD\n" in said
    assert "RENDER_EXECUTION  film    1    0      unknown  2       0.8000\n" in said
    assert run("dlq", "show", "1").out.endswith(sentence)
    (order,) = run("dlq", "show", "1", "--json").json["unknown_orders"]
    assert (order["name"], order["cost_usd"], order["request_ids"]) == ("film", 0.8, ids)
    (effect,) = run("jobs", "show", "j1", "--json").json["effects"]
    assert (effect["state"], effect["request_ids"], effect["orders"]) == ("unknown", ids, 2)


@pytest.mark.usefixtures("dev")
def test_jobs_are_cancelled_and_run_again(run: Run, world: World) -> None:
    for job_id in ("j1", "j2"):
        run("submit", "Text", "--job-id", job_id)
    said = run("jobs", "cancel", "j1", "--by", "ada@night")
    assert (said.code, said.out) == (0, "j1: cancelled\n")
    said = run("jobs", "cancel", "j1", "nobody", "j2", "--json")
    assert said.code == 1
    assert [(one["job_id"], one["done"], one["state"]) for one in said.json] == [
        ("j1", True, "cancelled"),
        ("nobody", False, None),
        ("j2", True, "cancelled"),
    ]
    assert "Z  pending → cancelled  cancelled by ada@night\n" in run("jobs", "show", "j1").out
    said = run("jobs", "replay", "j1", "nobody")
    assert (said.code, said.out) == (1, "j1: pending, run 2\nThere is no job 'nobody'.\n")
    said = run("jobs", "--json", "replay", "j1", "j2")
    assert said.code == 0, "what was done before is done"
    assert [(one["job_id"], one["done"], one["already"], one["run"], one["sent"]) for one in said.json] == [
        ("j1", True, True, None, None),
        ("j2", True, False, 2, True),
    ]
    assert "is pending in run 2: only a job that failed or was cancelled is run again" in said.json[0]["why"]
    assert [message.attributes["run"] for message in world.pubsub.accepted("aiprod-pipeline-jobs")] == list("1122")


@pytest.mark.usefixtures("dev")
def test_a_job_that_has_ended_is_not_cancelled(run: Run) -> None:
    Path("job.json").write_bytes(text(JOB))
    run("push", "job.json")
    said = run("jobs", "cancel", JOB["job_id"])
    assert (said.code, said.out) == (1, f"Job '{JOB['job_id']}' has already ended: it is completed.\n")


def test_a_cancel_without_a_token(run: Run, service: str) -> None:
    said = run("jobs", "cancel", "j1", "--url", service)
    assert (said.code, said.out) == (2, "")
    assert "no Authorization header" in said.err


@pytest.mark.usefixtures("dev")
def test_what_happened_to_a_failed_job(run: Run) -> None:
    fail_jobs(run, "j1")
    said = run("jobs", "show", "j1")
    assert (
        "  code drill_permanent, stage RENDER_EXECUTION, attempt 1, dead letter 1: python -m service dlq show 1\n"
        "dead letter 1 of run 1: drill_permanent\n"
    ) in said.out
    run("dlq", "discard", "1", "--by", "ada")
    told = run("jobs", "show", "j1").out
    assert re.search(r"dead letter 1 of run 1: drill_permanent, discarded \d+ s ago by ada\n", told)


@pytest.mark.parametrize(
    ("raw", "parsed"),
    [
        ("duration_sec=10", ("duration_sec", 10)),
        ("lang=en", ("lang", "en")),
        ("aspect_ratio=9:16", ("aspect_ratio", "9:16")),
        ("a==b", ("a", "=b")),
        ("on=true", ("on", True)),
        ("empty=", ("empty", "")),
        ('text="10"', ("text", "10")),
        ("list=[1, 2]", ("list", [1, 2])),
        ("deep=" + "[" * 100_000, ("deep", "[" * 100_000)),
    ],
    ids=lambda one: str(one)[:20],
)
def test_metadata_on_the_command_line(raw: str, parsed: tuple[str, object]) -> None:
    assert metadata_option(raw) == parsed


@pytest.mark.usefixtures("dev")
def test_a_long_story_is_short_on_the_screen(run: Run, world: World) -> None:
    """20,000 changes of state, 10,000 executions, 300 orders, 500 letters and a long result: the newest of each."""
    fail_jobs(run, "j1")
    for rows in (
        (
            "INSERT INTO job_states (job_id, run, previous_state, new_state, reason, state_metadata)"
            " SELECT 'j1', 1, 'pending', 'processing', 'claimed' || n, '{}' FROM generate_series(1, 20000) n"
        ),
        (
            "INSERT INTO job_stages (job_id, run, round, stage, status, attempt, lease_token, started_at)"
            " SELECT 'j1', 1, n, 'INIT', 'failed', 1, gen_random_uuid(), now() FROM generate_series(1, 10000) n"
        ),
        (
            "INSERT INTO job_effects (job_id, round, stage, name, run, request_id, cost_usd)"
            " SELECT 'j1', 0, 'RENDER', 'clip' || n, 1, gen_random_uuid(), 0.1 FROM generate_series(1, 300) n"
        ),
        (
            "INSERT INTO dead_letters (job_id, message_key, reason, error, metadata)"
            " SELECT 'j1', 'k' || n, 'bad_brief', 'No.', '{}' FROM generate_series(1, 500) n"
        ),
    ):
        with world.engine.connect() as connection:
            connection.execute(sql(rows))
    said = run("jobs", "show", "j1")
    assert said.code == 0
    lines = said.out.splitlines()
    assert len(lines) < 60
    assert [line for line in lines if "claimed20000" in line], "the newest"
    assert not [line for line in lines if "claimed1 " in line or line.endswith("claimed1")]
    assert [line for line in lines if re.search(r"… [\d,]+ changes before these: --full", line)]


@pytest.mark.usefixtures("dev")
def test_the_whole_of_a_long_story(run: Run, world: World) -> None:
    run("submit", "Text", "--job-id", "j1")
    world.query(
        "INSERT INTO job_states (job_id, run, previous_state, new_state, reason, state_metadata)"
        " SELECT 'j1', 1, 'pending', 'processing', 'claimed' || n, '{}' FROM generate_series(1, 450) n RETURNING 1"
    )
    world.query(
        "INSERT INTO job_stages (job_id, run, round, stage, status, attempt, lease_token)"
        " SELECT 'j1', 1, 0, 'INIT' || n, 'failed', 1, gen_random_uuid() FROM generate_series(1, 250) n RETURNING 1"
    )
    short = run("jobs", "show", "j1").out
    assert "  … 240 stages before these: --full\n" in short
    assert "  … 441 changes before these: --full\n" in short
    whole = run("jobs", "show", "j1", "--full").out
    found = re.findall(r"processing  claimed(\d+)\n", whole)
    assert found == [str(n) for n in range(450, 0, -1)]
    assert re.findall(r"✗ INIT(\d+)", whole) == [str(n) for n in range(1, 251)]
    assert "--full" not in whole


@pytest.mark.usefixtures("dev")
def test_a_job_is_shown_before_it_is_acted_on(run: Run, world: World) -> None:
    run("submit", "A lighthouse " + "that dances " * 100, "--job-id", "j1", "--user", "u1", "--meta", "lang=en")
    world.query(
        "UPDATE jobs SET not_before = clock_timestamp() + interval '90 s', waits_for = 'provider',"
        " waiting_since = now(), held_for = 'paused_user', held_at = now(), spent_usd = 1.5, lease_holder = 'host:7',"
        " lease_until = now() RETURNING 1"
    )
    said = run("jobs", "show", "j1")
    for line in (
        f"user         u1, submitted by {CALLER}",
        "brief        A lighthouse that dances",
        "… (1,213 characters: --full)",
        'metadata     {"lang": "en"}',
        "lease        held by host:7 until 20",
        "waits for    provider since 20",
        "held for     paused_user since 20",
        "spent        1.5000 USD",
    ):
        assert line in said.out
    assert re.search(r"next attempt 20\S+Z, in (8\d|90) s\n", said.out)
    assert "that dances that dances \n" in run("jobs", "show", "j1", "--full").out
    assert run("jobs", "show", "j1", "--traceback").out.endswith("No crash of this run is on record.\n")
    trace = json.dumps({"traceback": "Traceback:\n  line \x1b[31m 7\nValueError: no"})
    world.query(
        "INSERT INTO job_stages (job_id, run, round, stage, status, attempt, lease_token, output)"
        " VALUES ('j1', 1, 0, 'INIT', 'failed', 1, gen_random_uuid(), CAST(:trace AS json)) RETURNING 1",
        trace=trace,
    )
    assert run("jobs", "show", "j1", "--traceback").out.endswith("Traceback:\n  line  [31m 7\nValueError: no\n")
