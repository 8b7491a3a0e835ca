"""Dead letters: choose them, replay them, discard them."""

import re
import socket
import sys
from collections.abc import Callable
from types import SimpleNamespace

import grpc
import pytest

from lab.harness.world import World
from service.operator import many
from tests.support.cli import Run, fail_jobs, letters, push_no_job


@pytest.mark.usefixtures("dev")
def test_a_dead_letter_is_replayed_once_published_and_recorded(run: Run, world: World) -> None:
    fail_jobs(run, "j1")
    said = run("dlq", "replay", "1", "--by", "ada@night")
    assert (said.code, said.out) == (0, "1: job j1 is pending, run 2\n")
    (message,) = world.pubsub.accepted("aiprod-pipeline-jobs")
    assert message.attributes["run"] == "2"
    (letter,) = letters(world)
    assert (letter["replayed_at"] is not None, letter["handled_by"]) == (True, "ada@night")
    (note,) = world.query("SELECT state_metadata AS note FROM job_states WHERE reason = 'replay'")
    assert note["note"] == {"by": "ada@night", "from_stage": None}
    said = run("dlq", "replay", "1")
    assert said.code == 0, "it is as was asked for"
    assert "was already replayed at 20" in said.out
    assert "by ada@night." in said.out
    assert world.job("j1")["run"] == 2
    assert run("dlq", "list", "--json").json == []
    assert re.search(r"replayed \d+ s ago by ada@night", run("dlq", "list", "--all").out)


@pytest.mark.usefixtures("dev")
def test_the_user_of_the_machine_is_recorded(run: Run, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "ada")
    fail_jobs(run, "j1", "j2")
    run("dlq", "replay", "1")
    run("dlq", "discard", "2")
    assert {one["handled_by"] for one in letters(world)} == {f"ada@{socket.gethostname()}"}


@pytest.mark.usefixtures("dev")
def test_several_are_handled_and_each_outcome_is_reported(run: Run, world: World) -> None:
    fail_jobs(run, "j1", "j2")
    push_no_job(run)
    said = run("dlq", "replay", "3", "1", "99", "1", "2", "--json")
    assert said.code == 1
    assert [(one["dead_letter_id"], one["job_id"], one["done"], one["run"], one["sent"]) for one in said.json] == [
        (3, None, False, None, None),
        (1, "j1", True, 2, True),
        (99, None, False, None, None),
        (2, "j2", True, 2, True),
    ]
    assert "was not a job of ours (data_not_json): it can only be discarded" in said.json[0]["why"]
    assert said.json[2]["why"] == "There is no dead letter 99."
    assert [world.job(job_id)["run"] for job_id in ("j1", "j2")] == [2, 2]


@pytest.mark.usefixtures("dev")
def test_a_letter_is_discarded_once(run: Run, world: World) -> None:
    push_no_job(run)
    fail_jobs(run, "j1")
    assert run("dlq", "discard", "1", "2", "--by", "ada").out == "1: discarded\n2: discarded\n"
    assert [(one["discarded_at"] is not None, one["handled_by"]) for one in letters(world)] == [(True, "ada")] * 2
    said = run("dlq", "discard", "2", "1")
    assert (said.code, said.out.count("was already discarded")) == (0, 2)
    said = run("dlq", "discard", "2", "99")
    assert said.code == 1
    assert "Dead letter 2 was already discarded" in said.out
    assert "There is no dead letter 99." in said.out
    said = run("dlq", "replay", "2")
    assert said.code == 1
    assert "Run its job again with `jobs replay j1`." in said.out
    assert run("jobs", "replay", "j1").code == 0
    assert letters(world)[1]["replayed_at"] is None, "it was discarded, and stays so"
    (again,) = run("dlq", "discard", "1", "--json").json
    assert (again["done"], again["already"]) == (True, True)


FILTERS = [
    (["--reason", "drill_permanent"], [1, 2]),
    (["--reason", "data_not_json"], [3]),
    (["--job", "j2"], [2]),
    (["--all-open"], [1, 2, 3]),
    (["--since", "2020-01-01", "--until", "2999-01-01T00:00:00Z"], [1, 2, 3]),
    (["--since", "2999-01-01"], []),
    (["--until", "2020-01-01"], []),
    (["--job", "j1", "--reason", "data_not_json"], []),
    (["--user", "user-1"], [1, 2]),
    (["--user", "u2"], []),
    (["--text", "CAFÉ OPENS"], [1, 2]),
    (["--text", "not a job"], [3]),
    (["--text", "failed for good", "--job", "j2"], [2]),
]


@pytest.mark.usefixtures("dev")
@pytest.mark.parametrize(("narrow", "numbers"), FILTERS, ids=str)
def test_a_filter_chooses_dead_letters(run: Run, narrow: list[str], numbers: list[int]) -> None:
    fail_jobs(run, "j1", "j2")
    push_no_job(run)
    listed = run("dlq", "list", "--json", *(one for one in narrow if one != "--all-open")).json
    assert [one["id"] for one in listed] == numbers[::-1]
    said = run("dlq", "discard", *narrow, "--yes", "--json")
    assert (said.code, [one["dead_letter_id"] for one in said.json]) == (0, numbers)
    assert all(one["done"] for one in said.json)
    assert run("dlq", "discard", *narrow, "--yes").out == "No dead letter matches.\n"


@pytest.mark.usefixtures("dev")
def test_a_filter_shows_what_matches_and_asks(run: Run, world: World, answer: Callable[[str], None]) -> None:
    fail_jobs(run, "j1", "j2")
    push_no_job(run)
    for line in ("n\n", "\n", "", "yes please\n"):
        answer(line)
        said = run("dlq", "replay", "--all-open")
        assert said.code == 1
        assert [row.split()[0] for row in said.out.splitlines()[1:4]] == ["1", "2", "3"]
        assert said.out.endswith("3 dead letters: 2 open (drill_permanent), 1 open (data_not_json)\n")
        assert said.err == "Replay 3 dead letters? [y/N] Nothing was done.\n"
    assert all(one["handled_by"] is None for one in letters(world))
    answer("y\n")
    said = run("dlq", "replay", "--all-open")
    assert said.code == 1, "one of them could not be"
    assert said.out.splitlines()[-3:] == [
        "1: job j1 is pending, run 2",
        "2: job j2 is pending, run 2",
        (
            "Dead letter 3 was not a job of ours (data_not_json): it can only be discarded."
            " The message's data is not JSON (Expecting value, line 1 column 1)."
        ),
    ]


@pytest.mark.usefixtures("dev")
def test_a_preview_is_short(run: Run, answer: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(4):
        push_no_job(run, f"m{n}")
    monkeypatch.setattr(many, "EXAMPLES", 2)
    answer("no\n")
    assert "… and 2 more\n4 dead letters: 4 open (data_not_json)\n" in run("dlq", "discard", "--all-open").out
    assert run("dlq", "discard", "--all-open", "--dry-run").out.endswith("4 dead letters: 4 open (data_not_json)\n")
    assert run("dlq", "discard", "--all-open", "--dry-run", "--json").json["matched"] == 4
    assert len(run("dlq", "list", "--json").json) == 4, "nothing was done"


@pytest.mark.usefixtures("dev")
def test_nothing_is_done_without_a_choice_and_a_yes(run: Run, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_jobs(run, "j1")
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: False))
    for arguments, sentence in (
        ((), "Choose by id"),
        (("1", "--all-open"), "not by both"),
        (("--all-open",), "There is no terminal to ask on: confirm with --yes."),
        (("--all-open", "--json"), "There is no terminal to ask on: confirm with --yes."),
        (("--since", "yesterday"), "must be a time such as"),
    ):
        for verb in ("replay", "discard"):
            said = run("dlq", verb, *arguments)
            assert said.code == 2
            assert sentence in said.err
    assert letters(world)[0]["handled_by"] is None


@pytest.mark.usefixtures("dev")
def test_a_replay_holds_although_pubsub_is_unreachable(run: Run, world: World) -> None:
    fail_jobs(run, "j1", "j2")
    world.pubsub.faults.fail_publish(grpc.StatusCode.UNAVAILABLE, times=1)
    said = run("dlq", "replay", "1", "2")
    assert said.code == 1, "not all is done"
    assert said.err == "2 messages could not be published now; the sweep will retry.\n"
    assert [world.job(job_id)["state"] for job_id in ("j1", "j2")] == ["pending"] * 2
    world.query("UPDATE outbox SET created_at = clock_timestamp() - interval '1 hour' RETURNING 1")
    assert run("sweep", "--json").json["published"] == 2
    assert len(world.pubsub.accepted("aiprod-pipeline-jobs")) == 2


@pytest.mark.usefixtures("dev")
def test_a_replay_from_a_stage(run: Run, world: World) -> None:
    fail_jobs(run, "j1")
    said = run("dlq", "replay", "1", "--from-stage", "DELIVERED")
    assert said.code == 1
    assert "never began a stage 'DELIVERED'; it began INIT, ANALYSIS, FAST_TRACK" in said.out
    assert run("dlq", "replay", "1", "--from-stage", "ANALYSIS").code == 0
    job = world.job("j1")
    assert (job["stage"], job["round"]) == ("ANALYSIS", 1)
