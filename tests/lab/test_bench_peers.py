"""What the benchmark says of the peers, and what it installs."""

import json
import re
import shutil

import pytest

from lab.bench.peers import install
from lab.bench.peers.figures import Figures, lines, median, own_in, ratio


def test_a_ratio_is_of_rounds_not_of_medians() -> None:
    # The machine was half as fast in the second round, for both.
    ours = [Figures(rate=200), Figures(rate=100), Figures(rate=220)]
    theirs = [Figures(rate=100), Figures(rate=50), Figures(rate=110)]
    assert ratio(ours, theirs) == 2.0


def test_our_own_cpu_is_told_in_that_of_a_bare_route() -> None:
    ours = [Figures(rate=1, own_ms=2.0), Figures(rate=1, own_ms=6.0)]
    assert own_in(ours, [Figures(rate=1, own_ms=1.0), Figures(rate=1, own_ms=2.0)]) == 2.5
    assert own_in(ours, [Figures(rate=1), Figures(rate=1)]) is None


def test_what_a_row_does_not_measure_stays_empty() -> None:
    assert median([Figures(rate=1, own_ms=2.0), Figures(rate=3, own_ms=4.0)]) == Figures(rate=2, own_ms=3.0)


def test_the_table_compares_each_row_with_ours() -> None:
    measured = {"ours": [Figures(rate=300, own_ms=1.5)], "theirs": [Figures(rate=100)], "alone": [Figures(rate=7)]}
    table = lines(measured, {"ours": "ours", "theirs": "ours", "alone": "somebody who was left out"})
    cells = {row.split("|")[1].strip(): [cell.strip() for cell in row.split("|")] for row in table[2:]}
    assert cells["ours"][3] == "1.50"
    assert cells["ours"][-2] == ""
    assert cells["theirs"][-2] == "3.00"
    assert cells["alone"][-2] == ""
    assert len({row.count("|") for row in table}) == 1


@pytest.mark.parametrize("name", ["procrastinate", "dbos", "restate"])
def test_every_package_is_pinned_by_version_and_hash(name: str) -> None:
    pinned = (install.PINS / f"{name}.txt").read_text()
    for wanted in (install.PINS / f"{name}.in").read_text().split():
        assert re.sub(r"\[.*\]", "", wanted) + " " in pinned
    for package in re.split(r"\n(?=\S)", re.sub(r"(?m)^ *#.*\n", "", pinned)):
        assert re.match(r"[\w.\[\]-]+==\S+ .*--hash=sha256:", package.replace("\n", " "))


def test_the_npm_package_is_pinned_and_names_no_registry() -> None:
    lock = (install.PINS / "package-lock.json").read_text()
    assert all("integrity" in package for path, package in json.loads(lock)["packages"].items() if path)
    assert "://" not in lock


def test_what_cannot_be_installed_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(install.Missing, match="there is no npm"):
        install.restate_server()
