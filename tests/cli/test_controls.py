"""`pause`, `resume` and `users limits`."""

import re
from pathlib import Path
from typing import Any

import grpc
import pytest

from lab.harness.names import JOBS
from lab.harness.world import World
from tests.support.bad_messages import job as document
from tests.support.bad_messages import text
from tests.support.cli import Run

pytestmark = pytest.mark.usefixtures("dev")


def push(run: Run, job_id: str, **changes: Any) -> None:
    Path("job.json").write_bytes(text(document({"job_id": job_id, **changes})))
    assert run("push", "job.json").code == 0


def acts(world: World) -> list[tuple[str, str, str, Any]]:
    rows = world.query("SELECT act, who, why, target FROM acts ORDER BY id")
    return [(row["act"], row["who"], row["why"], row["target"]) for row in rows]


def test_a_paused_job_is_shown_as_held_and_sent_on_resume(run: Run, world: World) -> None:
    said = run("pause", "--user", "u1", "--why", "a flood of jobs", "--by", "ada")
    assert said.out == ("Paused: user u1. 0 pending jobs wait, 0 in work run on. New ones are accepted and wait.\n")
    push(run, "j1", user_id="u1")
    assert world.job("j1")["held_for"] == "paused_user"
    shown = run("jobs", "show", "j1").out
    assert "pending, held: The jobs of user u1 are paused by ada since 20" in shown
    assert "a flood of jobs" in shown
    assert "pending (paused_user)" in run("jobs", "list").out
    as_json = run("jobs", "show", "j1", "--json").json
    assert as_json["held_for"] == as_json["hold"]["code"] == "paused_user"
    assert (as_json["hold"]["by"], as_json["hold"]["why"], as_json["hold"]["limit"]) == ("ada", "a flood of jobs", None)
    listed = run("pause", "--list").out.splitlines()
    assert listed[0].split() == ["PAUSED", "SINCE", "BY", "WHY"]
    assert listed[1].startswith("user u1  ")
    assert listed[2:] == ["Jobs held by pauses: 1."]
    assert run("pause", "--list", "--json").json["held"] == {"paused_user": 1}
    said = run("resume", "--user", "u1", "--why", "it is over", "--by", "bob")
    assert said.out == "Resumed: user u1. Jobs sent: 1.\n"
    (message,) = world.pubsub.accepted(JOBS)
    assert message.attributes["message_key"] == "job:j1:1:0"
    assert run("jobs", "show", "j1", "--json").json["hold"] is None
    target = {"scope": "user", "name": "u1"}
    assert acts(world) == [("pause", "ada", "a flood of jobs", target), ("resume", "bob", "it is over", target)]


def test_a_second_pause_gives_another_reason_and_keeps_its_time(run: Run) -> None:
    first = run("pause", "--all", "--why", "one", "--json").json
    second = run("pause", "--all", "--why", "two", "--json").json
    assert (first["since"], "two") == (second["since"], second["why"])
    assert second["touches"] == {"pending": 0, "in_work": 0}
    assert run("pause", "--provider", "vertex", "--why", "three", "--json").json["touches"] is None
    assert run("pause", "--list").out.count("\n") == 4


def test_what_could_not_be_sent_is_said_and_is_no_success(run: Run, world: World) -> None:
    run("pause", "--all", "--why", "x")
    push(run, "j1")
    world.pubsub.faults.fail_publish(grpc.StatusCode.UNAVAILABLE)
    said = run("resume", "--all", "--why", "y")
    assert said.code == 1
    assert "messages could not be published now; the sweep will retry." in said.out
    world.pubsub.faults.clear()
    swept = run("sweep", "--json").json
    assert swept["resent"] == ["j1"]


def test_resuming_one_pause_of_two_says_that_jobs_are_still_held(run: Run) -> None:
    run("pause", "--all", "--why", "x")
    run("pause", "--preset", "quick_social", "--why", "x")
    push(run, "j1")
    said = run("resume", "--all", "--why", "y")
    assert said.out == (
        "Resumed: all intake. Jobs sent: 0.\n1 jobs are still held; `pause --list` shows what is paused.\n"
    )


WRONG = [
    (["pause", "--why", "x"], 2, "Choose one of --all, --preset, --user and --provider."),
    (["pause", "--all", "--user", "u", "--why", "x"], 2, "Choose one of"),
    (["pause", "--all"], 2, "Say why"),
    (["pause", "--all", "--why", "  "], 2, "Say why"),
    (["resume", "--all", "--why", "x"], 1, "There is no pause of all intake; `pause --list` shows what is paused."),
    (["users", "limits", "set", "u1", "--why", "x"], 2, "Give at least one of"),
    (["users", "limits", "set", "u1", "--open", "1"], 2, "Say why"),
    (["users", "limits", "set", "u1", "--open", "-1", "--why", "x"], 2, ""),
    (["users", "limits", "set", "u1", "--usd-a-day", "1e3", "--why", "x"], 2, "must be an amount such as 12.50"),
    (["users", "limits", "clear", "u1", "--why", "x"], 1, "User u1 has no limits of its own."),
]


def test_what_is_wrong_is_one_sentence_and_does_nothing(run: Run, world: World, subtests: pytest.Subtests) -> None:
    for arguments, code, sentence in WRONG:
        with subtests.test(" ".join(arguments)):
            said = run(*arguments)
            assert said.code == code
            assert sentence in said.err
    assert acts(world) == []
    assert world.query("SELECT 1 FROM pauses UNION ALL SELECT 1 FROM user_limits") == []


def test_limits_of_one_user(run: Run, world: World) -> None:
    said = run("users", "limits", "set", "u1", "--open", "10", "--usd-a-day", "2.50", "--why", "a trial", "--by", "ada")
    assert said.out == (
        "User u1: open at most 10, in work as set for all, USD a day at most 2.5. Now: 0 open, 0 in work, 0 held.\n"
    )
    # What is not given stays as it was.
    assert run("users", "limits", "set", "u1", "--in-work", "0", "--why", "abuse", "--json").json["open_jobs"] == 10
    push(run, "j1", user_id="u1")
    hold = run("jobs", "show", "j1", "--json").json["hold"]
    assert (hold["code"], hold["limit"], hold["by"]) == ("limit_jobs_in_work", 0, None)
    assert hold["message"] == "User u1 may have 0 jobs in work at a time; this one waits for its turn."
    (row,) = run("users", "limits", "list", "--json").json
    assert (row["user_id"], row["open_jobs"], row["jobs_in_work"], row["usd_a_day"]) == ("u1", 10, 0, 2.5)
    shown = run("users", "limits", "list").out.splitlines()[1]
    assert re.match(r"u1 +10 +0 +2\.5 +\d+ s ago +ada@", shown)
    assert run("users", "limits", "clear", "u1", "--why", "sorry").out == "User u1: as set for all.\n"
    assert run("sweep", "--json").json["resent"] == ["j1"]
    assert [act for act, *_ in acts(world)] == ["limit", "limit", "limit"]
