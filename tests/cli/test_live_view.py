"""Follow a job: the block on a terminal, the lines elsewhere, and a service that does not answer for a while."""

import io
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from rich.console import Console

from service.cli import live_view, screen
from service.cli.client import Answer
from service.cli.terminal import CommandFailed, columns
from service.errors import Unavailable
from tests.support.cli import job_document


def test_the_block_of_a_job() -> None:
    assert live_view.block(job_document()) == [
        "j1  quick_social  processing",
        "  ✓ INIT                    1.2 s",
        "  ✗ RENDER                  away",
        "  ▸ RENDER                  50% shot 2 of 4",
        f"  {'█' * 24}{'░' * 8} 75 %",
    ]


def test_a_running_stage_says_for_how_long() -> None:
    now = datetime(2026, 11, 25, 12, 0, 7, tzinfo=UTC)
    assert live_view.block(job_document(), now)[3] == "  ▸ RENDER                  7 s  50% shot 2 of 4"
    assert live_view.block(job_document(), now - timedelta(minutes=1))[3].startswith("  ▸ RENDER                  0 s")


def test_changes_are_what_was_not_shown_before() -> None:
    first = job_document(state="pending", stages=[], progress={"note": None, "percent": 0})
    assert live_view.changes(None, first) == ["j1 is pending"]
    assert live_view.changes(first, first) == []
    second = job_document()
    assert live_view.changes(first, second) == [
        "  INIT finished 1.2 s",
        "  RENDER failed away",
        "  RENDER started",
        "  RENDER: shot 2 of 4",
        "j1 is processing",
    ]
    assert live_view.changes(second, second) == []
    third = job_document(state="pending", attempts=1, run=2, error={"message": "Busy."})
    assert live_view.changes(second, third) == ["j1 is pending, run 2, attempts used: 1: Busy."]


def test_a_new_round_is_shown_with_its_cause() -> None:
    first = job_document()
    done, _, begun = first["stages"]
    second = job_document(
        stages=[
            *first["stages"][:2],
            {**done, "stage": "RENDER"},
            {**done, "stage": "QA"},
            {**begun, "round": 1},
            {**begun, "stage": "INIT", "run": 2, "round": 2},
        ]
    )
    assert live_view.block(second)[3:8] == [
        "  ✓ RENDER                  1.2 s",
        "  ✓ QA                      1.2 s",
        "  ↺ sent back by QA: round 1",
        "  ▸ RENDER                  50% shot 2 of 4",
        "  ↺ replayed from INIT: round 2",
    ]
    assert live_view.changes(first, second) == [
        "  RENDER finished 1.2 s",
        "  QA finished 1.2 s",
        "  ↺ sent back by QA: round 1",
        "  RENDER started",
        "  ↺ replayed from INIT: round 2",
        "  INIT started",
    ]
    assert live_view.changes(second, second) == []


@pytest.mark.parametrize(
    ("state", "result", "error", "lines"),
    [
        (
            "completed",
            {"output": {"film": "file:///a%20b/f.mp4", "n": 2, "deep": {}}},
            None,
            ["film: /a b/f.mp4", "n: 2"],
        ),
        ("completed", {"output": ["x"]}, None, []),
        ("failed", {"error_message": "Too long."}, None, ["failed: Too long."]),
        ("failed", None, {"message": "Away."}, ["failed: Away."]),
        ("cancelled", {"error_message": None}, None, ["cancelled"]),
    ],
)
def test_the_ending(state: str, result: object, error: object, lines: list[str]) -> None:
    assert live_view.ending(job_document(state=state, result=result, error=error)) == lines


class Service:
    """Answers requests for a job with one thing after another; None means no change."""

    def __init__(self, *answers: Mapping[str, Any] | Exception | None) -> None:
        self.answers = iter(answers)
        self.etags: list[str | None] = []

    def request(self, method: str, path: str, *, etag: str | None) -> Answer:
        assert (method, path) == ("GET", "/pipeline/job/j%2F1")
        self.etags.append(etag)
        answer = next(self.answers)
        if isinstance(answer, Exception):
            raise answer
        return Answer(304, {}, {}) if answer is None else Answer(200, dict(answer), {"ETag": f'"{len(self.etags)}"'})


@pytest.fixture
def _no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_view, "pause", lambda: None)


AWAY = Unavailable("service_unreachable", "Nothing answers.")


BUSY = CommandFailed("The database cannot be reached.", exit_code=2)


GONE = CommandFailed("There is no job.", exit_code=1)


@pytest.mark.usefixtures("_no_wait")
def test_a_short_outage_does_not_end_the_watching() -> None:
    service: Any = Service(job_document(), AWAY, BUSY, job_document(state="completed"))
    assert [one["state"] for one in live_view.poll(service, "j/1")] == ["processing", "completed"]


@pytest.mark.usefixtures("_no_wait")
def test_a_request_sends_the_last_etag() -> None:
    service: Any = Service(job_document(), None, None, job_document(state="failed"))
    assert [one["state"] for one in live_view.poll(service, "j/1")] == ["processing"] * 3 + ["failed"]
    assert service.etags == [None, '"1"', '"1"', '"1"']


@pytest.mark.usefixtures("_no_wait")
@pytest.mark.parametrize("answers", [(AWAY,), (BUSY,), (GONE,), (job_document(), GONE)], ids=str)
def test_a_service_that_never_answered_ends_it(answers: Any) -> None:
    service: Any = Service(*answers)
    with pytest.raises((Unavailable, CommandFailed)):
        list(live_view.poll(service, "j/1"))


@pytest.mark.usefixtures("_no_wait")
def test_a_long_outage_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_view, "PATIENCE_S", -1.0)
    service: Any = Service(job_document(), AWAY, job_document())
    with pytest.raises(Unavailable):
        list(live_view.poll(service, "j/1"))


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Console:
    """One of 40 columns and 7 rows, that keeps what is written to it."""
    console = Console(
        file=io.StringIO(), force_terminal=True, color_system="standard", width=40, height=7, highlight=False
    )
    monkeypatch.setattr(screen, "terminal", lambda: console)
    return console


def written(terminal: Console) -> str:
    assert isinstance(terminal.file, io.StringIO)
    return terminal.file.getvalue()


@pytest.mark.usefixtures("_no_wait")
def test_on_a_terminal_the_block_is_redrawn(terminal: Console, capsys: pytest.CaptureFixture[str]) -> None:
    failed = job_document(state="failed", result={"error_message": "Too long."})
    service: Any = Service(job_document(), failed)
    assert live_view.follow(service, "j/1", as_json=False) == 1
    out = written(terminal)
    assert re.search(r"▸ RENDER +\d+ s  5", out)
    assert out.count("\x1b[2K\x1b[1A") >= 4, "up, and over what was there"
    assert capsys.readouterr().out == "failed: Too long.\n"


@pytest.mark.usefixtures("_no_wait")
def test_what_does_not_fit_is_cut_also_in_wide_letters(terminal: Console) -> None:
    wide = job_document(progress={"note": "灯台は踊ることを覚えた" * 9, "fraction": 0.5, "percent": 75})
    many = {**wide, "stages": wide["stages"] * 9}
    live_view.follow(cast("Any", Service(many, job_document(state="completed"))), "j/1", as_json=False)
    first = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", written(terminal).split("\x1b[2K")[0]).splitlines()
    assert len(first) <= 7 - 1
    assert all(columns(line) <= 40 for line in first)
    assert any(line.endswith("…") for line in first)
    assert first[-1].endswith("75 %"), "the end is what is shown"


@pytest.mark.usefixtures("_no_wait")
def test_several_jobs_are_followed_until_the_last_has_ended(capsys: pytest.CaptureFixture[str]) -> None:
    one, other = job_document(job_id="one"), job_document(job_id="other")
    answers = {
        "/pipeline/job/one": iter([one, {**one, "state": "completed", "result": {"output": {"n": 1}}}]),
        "/pipeline/job/other": iter([other, other, {**other, "state": "failed", "result": {"error_message": "No."}}]),
    }
    service: Any = SimpleNamespace(request=lambda _method, path, **_: Answer(200, next(answers[path]), {}))
    assert live_view.follow(service, "one", "other", as_json=False) == 1
    lines = capsys.readouterr().out.splitlines()
    assert {"one is processing", "other is processing", "one is completed", "other is failed"} < set(lines)
    assert lines[-2:] == ["one n: 1", "other failed: No."]


@pytest.mark.usefixtures("_no_wait")
def test_the_film_is_a_link(terminal: Console) -> None:
    output = {"film_url": "file:///a%20b/f.mp4", "odd_url": "file:///a\x07b", "n": 2}
    done = job_document(state="completed", result={"output": output})
    assert live_view.follow(cast("Any", Service(done)), "j/1", as_json=False) == 0
    out = written(terminal)
    assert re.search(r"\x1b\]8;[^;]*;file:///a%20b/f.mp4\x1b\\film_url: /a b/f.mp4\x1b\]8;;\x1b\\", out)
    assert out.count("\x1b]8;;\x1b\\") == 1, "nothing else is"
    assert "\x07" not in out


@pytest.mark.usefixtures("_no_wait")
def test_without_rich_a_terminal_gets_a_line_for_each_change(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setitem(sys.modules, "rich.console", None)
    service: Any = Service(job_document(), job_document(state="completed"))
    assert live_view.follow(service, "j/1", as_json=False) == 0
    assert "  RENDER started" in capsys.readouterr().out.splitlines()
