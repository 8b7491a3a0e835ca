"""Usage, help, errors and exit codes of all commands."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from lab.harness.processes import ROOT
from service import db
from service.cli.client import Answer, Client
from tests.support.cli import Run
from tests.support.lost_answers import replace_rows

REFUSED = [
    (["submit", " "], "'content' is empty"),
    (["submit", "x", "--preset", "none"], "'preset' must be one of"),
    (["submit", "x", "--meta", "drill_fail=maybe"], "drill_fail must be one of"),
    (["watch", "nobody"], "no job 'nobody'"),
    (["watch", "a/../b"], "no job 'a/../b'"),
    (["jobs", "show", "nobody"], "no job 'nobody'"),
    (["jobs", "--since", "yesterday"], "'since' must be a time"),
    (["jobs", "--cursor", "x"], "cursor is not one of ours"),
    (["dlq", "show", "99"], "no dead letter 99"),
]


@pytest.mark.usefixtures("dev")
def test_a_refusal_is_a_sentence_and_exits_with_1(run: Run, subtests: pytest.Subtests) -> None:
    for arguments, sentence in REFUSED:
        with subtests.test(" ".join(arguments)):
            said = run(*arguments)
            assert said.code == 1
            assert sentence in said.err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["submit", "x"], "AIPROD_URL"),
        (["watch", "x"], "AIPROD_URL"),
        (["jobs"], "AIPROD_URL"),
        (["push", "-"], "AIPROD_URL"),
        (["dlq", "list"], "DATABASE_URL"),
        (["sweep"], "DATABASE_URL"),
        (["migrate"], "DATABASE_URL"),
        (["token"], "No dev runs in .dev"),
        (["token", "--dir", "elsewhere"], "No dev runs in elsewhere"),
        (["jobs", "--url", "example.com"], "must start with http"),
        (["jobs", "--url", "http://127.0.0.1:9"], "Nothing answers at http://127.0.0.1:9"),
        (["jobs", "--url", "http://"], "Nothing answers"),
        (["push", "none.json", "--url", "http://127.0.0.1:9"], "none.json: No such file"),
        (["dlq", "list", "--database-url", "mysql://x"], "must start with postgresql://"),
        (["dlq", "list", "--database-url", "nonsense"], "must start with postgresql://"),
        (["dlq", "list", "--database-url", "postgresql://x@127.0.0.1:9/x"], "database cannot be reached"),
        (["migrate", "--database-url", "postgresql://x@127.0.0.1:9/x"], "cannot be migrated"),
        (["sweep", "--database-url", "postgresql://x@127.0.0.1:9/x"], "GOOGLE_CLOUD_PROJECT is not set"),
    ],
)
def test_no_answer_is_a_sentence_and_exits_with_2(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str], sentence: str
) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=SimpleNamespace(read=lambda: b"{}")))
    monkeypatch.delenv("GOOGLE_CLOUD_PROJECT", raising=False)
    said = run(*arguments)
    assert said.code == 2
    assert sentence in said.err
    assert said.out == ""


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nothing"],
        ["submit"],
        ["submit", "x", "--meta", "no-value"],
        ["jobs", "--state", "asleep"],
        ["jobs", "--limit", "0"],
        ["dlq"],
        ["dlq", "show", "x"],
        ["dlq", "show", str(2**63)],
        ["dev", "--port", "70000"],
        ["token", "--for", "console"],
    ],
)
def test_wrong_usage_exits_with_2(run: Run, arguments: list[str]) -> None:
    said = run(*arguments)
    assert said.code == 2
    assert said.err.startswith("usage: python -m service")
    assert "JobState" not in said.err


@pytest.mark.parametrize(
    "command",
    ["", "dev", "submit", "watch", "jobs", "push", "dlq", "outbox", "spend", "acts", "sweep", "migrate", "token"],
)
def test_every_command_has_help(run: Run, command: str) -> None:
    said = run(*command.split(), "--help")
    assert said.code == 0
    assert said.out.startswith(f"usage: python -m service {command}".rstrip())


def test_python_m_service() -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "LOG_LEVEL": "of no kind"}
    command = [sys.executable, "-m", "service", "jobs"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1


def test_an_interrupt_is_quiet(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> Answer:
        raise KeyboardInterrupt

    monkeypatch.setattr(Client, "request", interrupted)
    said = run("watch", "x", "--url", "http://x")
    assert (said.code, said.out, said.err) == (130, "", "")


def test_a_value_that_the_database_cannot_search_for(
    run: Run, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_rows(monkeypatch, lambda *_: (_ for _ in ()).throw(db.BadData("ValueError")))
    said = run("dlq", "list", "--database-url", database_url)
    assert (said.code, said.err) == (2, "The database cannot search for this value.\n")
