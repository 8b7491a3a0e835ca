"""A wrong setting stops the start with a sentence that names it."""

import os
import subprocess
import sys

import pytest

from lab.harness.processes import ROOT
from lab.harness.world import World

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUSH_SERVICE_ACCOUNT", ""),
        ("LEASE_S", "soon"),
        ("ARTIFACTS_URL", "s3://bucket"),
        ("PIPELINE", "no.such.module:pipeline"),
    ],
)
def test_a_wrong_variable_stops_the_start_with_a_sentence(world: World, name: str, value: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "gunicorn"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **world.env(**{name: value}), "PORT": "8099"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said = ended.stdout + ended.stderr
    assert ended.returncode != 0
    assert "Traceback" not in said
    assert said.count(f"The service does not start: {name} ") == 1
