"""docs/security.md: every test that it names exists, and every answer names one."""

import ast
import re
import tomllib
from functools import cache

from lab.harness.processes import ROOT
from lab.redteam.suite import GROUPS

PAGE = (ROOT / "docs" / "security.md").read_text()


@cache
def names_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text())
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_every_test_that_the_page_names_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
    assert len(named) > 30
    missing = [f"{path}::{name}" for path, name in named if name not in names_in(path)]
    assert not missing


def test_every_requirement_has_a_test_behind_it() -> None:
    rows = re.findall(r"^\| (V\d.*) \|$", section("ASVS, level 2"), re.MULTILINE)
    assert len(rows) > 30
    for row in rows:
        requirement, answer, test = row.split(" | ")
        assert answer, requirement
        assert re.fullmatch(r"`tests/[\w/]+\.py::test_\w+`", test), requirement


def test_every_group_of_attacks_is_explained() -> None:
    named = re.findall(r"^\| ([a-z ]+) \|", section("What the red team tries"), re.MULTILINE)
    assert [name for name in named if name != "group"] == list(GROUPS)


def test_bandits_rules_are_on() -> None:
    lint = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]
    assert lint["select"] == ["ALL"]
    ignored = {rule for rule in lint["ignore"] if re.fullmatch(r"S\d*", rule)}
    in_part = {rule for rules in lint["per-file-ignores"].values() for rule in rules if re.fullmatch(r"S\d*", rule)}
    assert ignored == {"S608"}
    assert {f"`{rule}`" for rule in ignored | in_part} <= set(re.findall(r"`S\d+`", section("Bandit's rules")))
    assert not any(
        glob.startswith("service") and set(rules) & {"S101", "S603"} for glob, rules in lint["per-file-ignores"].items()
    )
