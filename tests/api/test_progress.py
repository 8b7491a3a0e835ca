"""How far a job has come."""

import pytest

from service.api.progress import percent
from service.pipeline import Choice, Pipeline, Stage
from tests.support.api import PIPELINE
from tests.support.bad_messages import PRESETS


@pytest.mark.parametrize(
    ("stage", "done", "fraction", "expected"),
    [
        ("INIT", 0, None, 0),
        ("INIT", 0, 0.5, 10),
        ("ANALYSIS", 1, 0.0, 20),
        ("SLOW", 2, None, 40),
        ("SLOWER", 3, None, 60),
        ("FAST", 2, None, 50),
        ("FINALIZE", 3, 0.99, 99),
        ("FINALIZE", 4, 7.0, 100),
        ("DELIVERED", 4, None, 100),
        ("SOMEWHERE_ELSE", 4, None, None),
    ],
)
def test_percent(stage: str, done: int, fraction: float | None, expected: int | None) -> None:
    assert percent(PIPELINE, stage, done, fraction) == expected


def test_a_path_that_leads_back_ends() -> None:
    """A pipeline may repair: the check sends the job back to the work."""
    again = Choice(("WORK", "END"), lambda _job, _outputs: "END")
    stages = {name: Stage(lambda _job, _outputs, _context: {}) for name in ("WORK", "CHECK")}
    repairing = Pipeline(
        name="repairing", presets=PRESETS, transitions={"WORK": "CHECK", "CHECK": again}, stages=stages
    )
    assert percent(repairing, "WORK", 0, None) == 0
    assert percent(repairing, "CHECK", 1, None) == 50
