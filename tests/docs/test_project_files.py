"""Files that other programs read are what these programs accept."""

import json
from importlib import resources

import pytest
from jsonschema.validators import validator_for
from ruamel.yaml import YAML

from lab.harness.processes import ROOT


@pytest.mark.parametrize(
    ("schema", "name"), [("compose-spec", "compose.yaml"), ("dependabot", ".github/dependabot.yml")]
)
def test_a_file_has_its_schema(schema: str, name: str) -> None:
    """By the schemas that check-jsonschema brings."""
    vendored = resources.files("check_jsonschema") / "builtin_schemas" / "vendor" / f"{schema}.json"
    content = json.loads(vendored.read_text())
    validator = validator_for(content)(content)
    assert [error.message for error in validator.iter_errors(YAML(typ="safe").load(ROOT / name))] == []


def test_blame_skips_whole_hashes() -> None:
    lines = (ROOT / ".git-blame-ignore-revs").read_text().splitlines()
    hashes = [line for line in lines if line and not line.startswith("#")]
    assert hashes
    assert all(len(line) == 40 and set(line) <= set("0123456789abcdef") for line in hashes)
