"""What is printed: tables, times, errors, and nothing that a terminal would execute."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from service.cli import job_view, live_view, terminal
from service.cli.client import Answer
from service.cli.commands import parser
from tests.support.cli import job_document


def test_a_table_is_as_wide_as_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal.print_table(("A", "B"), [("x" * 300, "y")])
    assert len(capsys.readouterr().out.splitlines()[1]) == 303, "whole where it goes into a file"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    terminal.print_table(("A", "B"), [("x" * 300, "y")])
    assert capsys.readouterr().out.splitlines()[1] == "x" * 79 + "…"


def test_control_characters_of_a_job_never_reach_the_terminal() -> None:
    nasty = "\x1b[2J\x07\u202e\r\n\x9b31m"
    shown = "\n".join(
        [
            *live_view.block(job_document(job_id=nasty, progress={"note": nasty, "fraction": None, "percent": None})),
            *live_view.changes(None, job_document(stage=nasty, error={"message": nasty}, state="pending")),
            *live_view.ending(job_document(state="failed", result={"error_message": nasty})),
            *live_view.ending(job_document(state="completed", result={"output": {nasty: nasty}})),
            *terminal.format_table(("A", "B"), [(nasty, nasty)]),
        ]
    )
    assert not set(shown) & set("\x1b\x07\u202e\r\x9b")


NASTY = "\x1b[2J\x07\u202e\r\n\x9b31m\u2028"
ODD = [
    "j 1",
    "-j",
    "--",
    "$(touch /tmp/x)",
    "`id`",
    "a'b",
    'a"b',
    "!!",
    "a;b",
    "a\nb",
    "\x1b[31m",
    "é\u202e",
    "*",
    "~",
    "#x",
    "",
]


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_a_command_to_paste_has_an_id_as_one_word(odd: str) -> None:
    """As bash reads it, also on a terminal that executes what it shows."""
    line = terminal.shell_line("jobs", "show", odd)
    assert terminal.printable(line) == line
    python = f"python() {{ printf '%s\\0' \"$@\"; }}; {line}"
    said = subprocess.run(["/bin/bash", "-c", python], capture_output=True, check=True).stdout.decode()
    words = said.split("\0")[:-1]
    assert words == ["-m", "service", "jobs", "show", *(["--"] if odd.startswith("-") else []), odd]
    assert parser().parse_args(words[2:]).job_id == odd


@pytest.mark.parametrize("words", [{}, {"is_full": True}], ids=str)
def test_nothing_of_a_whole_story_reaches_the_terminal(words: dict[str, bool]) -> None:
    at = "2026-11-25T12:00:00+00:00"
    change = {"previous_state": None, "new_state": "pending", "reason": NASTY, "at": at}
    effect = {"stage": NASTY, "name": NASTY, "run": 1, "round": 0, "state": "unknown", "orders": 1, "cost_usd": 1.0}
    letter = {"id": 1, "run": 1, "reason": NASTY, "replayed_at": at, "discarded_at": None, "handled_by": NASTY}
    waits = {"waits_for": NASTY, "waiting_since": at, "held_for": NASTY, "held_at": at, "not_before": at}
    job = job_document(
        job_id=NASTY,
        user_id=NASTY,
        submitted_by=NASTY,
        preset=NASTY,
        state="pending",
        created_at=at,
        content=NASTY,
        content_chars=len(NASTY),
        metadata={NASTY: NASTY},
        lease_until=at,
        lease_holder=NASTY,
        error={"code": NASTY, "message": NASTY, "stage": NASTY, "attempt": 1, "dead_letter_id": 1},
        history=[{**change, "metadata": {"by": NASTY, "why": NASTY}}],
        effects=[{**effect, "request_ids": [NASTY]}],
        spent_usd=1.0,
        dead_letters=[letter],
        **waits,
    )
    lines = job_view.lines(job, **words)
    assert not set("\n".join(lines)) & set("\x1b\x07\u202e\r\x9b\u2028")
    assert not [line for line in lines if "\n" in line]


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0 s ago"), (59, "59 s ago"), (90, "2 min ago"), (7_200, "2 h ago"), (200_000, "2 d ago")]
)
def test_how_long_ago(seconds: int, said: str) -> None:
    at = datetime.now(UTC) - timedelta(seconds=seconds)
    assert terminal.time_ago(at) == terminal.time_ago(at.isoformat()) == said
    assert terminal.time_ago(None) == ""


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (Answer(422, {"detail": "Why."}, {}), "Why."),
        (Answer(502, {}, {}), "The service answered 502 Bad Gateway."),
        (Answer(599, {"detail": 7}, {}), "The service answered 599."),
    ],
)
def test_the_sentence_of_an_answer(answer: Answer, sentence: str) -> None:
    assert answer.sentence == sentence


def test_what_an_answer_leaves_out_is_counted() -> None:
    at = "2026-11-25T12:00:00+00:00"
    change: dict[str, object] = {
        "previous_state": None,
        "new_state": "pending",
        "reason": "new",
        "at": at,
        "metadata": {},
    }
    totals = {"history": 500, "stages": 30, "effects": 0, "dead_letters": 70}
    job = job_document(history=[change] * 12, effects=[], dead_letters=[], totals=totals, created_at=at)
    lines = job_view.lines(job)
    assert "  … 27 stages before these: --full" in lines
    assert "  … 490 changes before these: --full" in lines
    assert "  … 70 dead letters before these: --full" in lines


def test_a_table_is_aligned_in_wide_letters_and_cut_at_the_terminal() -> None:
    body = [("灯台", "x"), ("e\u0301tude", "y"), ("ab", "z")]
    lines = terminal.format_table(("A", "B"), body)
    assert {terminal.columns(line[: line.rindex(line[-1])]) for line in lines} == {7}
    assert terminal.cut("灯台の物語", 10) == "灯台の物語"
    assert terminal.cut("灯台の物語", 9) == "灯台の物…"
    assert terminal.cut("灯台の物語", 8) == "灯台の…"
