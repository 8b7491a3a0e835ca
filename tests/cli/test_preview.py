"""The preview on the command line."""

import pytest

from service.cli import preview
from tests.support.cli import Run

SEEN = {
    "title": "Fresh bread",
    "facts": {"length": "about 8 s", "language": "en"},
    "parts": [
        {"name": "0:00 hook", "says": {"shows": "Fresh bread / at six", "says": "Fresh bread at six.\x1b[2J"}},
        {"name": "0:04 close", "says": {"shows": "Fresh bread"}},
    ],
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
    ]


@pytest.mark.usefixtures("dev")
def test_a_pipeline_without_a_preview_says_so(run: Run) -> None:
    said = run("preview", "A lighthouse that dances.")
    assert said.code == 1
    assert "cannot say beforehand" in said.err
