"""What is printed: tables, times, errors, and nothing that a terminal would execute."""

import sys
from datetime import UTC, datetime, timedelta

import pytest

from service.cli import live_view, terminal
from service.cli.client import Answer
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
