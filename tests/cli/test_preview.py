"""The preview on the command line."""

from pathlib import Path

import pytest

from service.cli import commands, job_options, preview
from tests.support.cli import Run

SEEN = {
    "title": "Fresh bread",
    "facts": {"length": "about 8 s", "language": "en"},
    "parts": [
        {"name": "0:00 hook", "says": {"shows": "Fresh bread / at six", "says": "Fresh bread at six.\x1b[2J"}},
        {"name": "0:04 close", "says": {"shows": "Fresh bread"}},
    ],
    "unused": [{"line": "Hi Tom,\x1b[2J", "why": "taken for a greeting", "changes": []}],
    "warnings": [],
}


def test_a_preview_is_read_from_top_to_bottom() -> None:
    assert preview.lines(SEEN) == [
        "Fresh bread: length about 8 s, language en",
        "",
        "0:00 hook",
        "  shows     Fresh bread / at six",
        "  says      Fresh bread at six. [2J",
        "",
        "0:04 close",
        "  shows     Fresh bread",
        "",
        "Not in it (--tell has a line told):",
        "  Hi Tom, [2J  [taken for a greeting]",
    ]


def test_what_is_put_right_is_metadata() -> None:
    words = ["preview", "Bread.", "--title", "off", "--leave-out", "A", "--leave-out=-B", "--tell", "C"]
    options = commands.parser().parse_args([*words, "--no-pictogram", "clock", "--meta", "lang=en"])
    assert job_options.job_of(options)["metadata"] == {
        "lang": "en",
        "title": "off",
        "leave_out": ["A", "-B"],
        "tell": ["C"],
        "pictograms": ["clock"],
    }


@pytest.mark.usefixtures("dev")
def test_a_pipeline_without_a_preview_says_so(run: Run) -> None:
    said = run("preview", "A lighthouse that dances.")
    assert said.code == 1
    assert "cannot say beforehand" in said.err


def test_without_a_service_it_is_made_here(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("AIPROD_URL", raising=False)
    board = tmp_path / "board.webp"
    said = run(
        "preview", "--dir", str(tmp_path), "--picture", str(board), "Fresh bread at six. Bakery Nord, Alder Street."
    )
    assert said.code == 0, said.err
    assert "Fresh bread at six" in said.out
    assert board.read_bytes()[8:12] == b"WEBP"
    assert run("preview", "--dir", str(tmp_path), "--preset", "feature_film", "Bread.").code == 1
    empty = run("preview", "--dir", str(tmp_path), "...")
    assert (empty.code, empty.err.count("\n")) == (1, 1)
