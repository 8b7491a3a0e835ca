"""Files that other programs read are what these programs take."""

import subprocess
import sys
from pathlib import Path

import pytest

from lab.harness.processes import ROOT


@pytest.mark.parametrize(
    ("schema", "name"), [("vendor.compose-spec", "compose.yaml"), ("vendor.dependabot", ".github/dependabot.yml")]
)
def test_a_file_has_its_schema(schema: str, name: str) -> None:
    tool = Path(sys.executable).with_name("check-jsonschema")
    said = subprocess.run(
        [tool, "--builtin-schema", schema, name], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert said.returncode == 0, said.stdout


def test_blame_skips_commits_that_are_there() -> None:
    lines = (ROOT / ".git-blame-ignore-revs").read_text().splitlines()
    hashes = [line for line in lines if line and not line.startswith("#")]
    assert hashes
    assert all(len(line) == 40 and set(line) <= set("0123456789abcdef") for line in hashes)
