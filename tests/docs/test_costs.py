"""The page of costs follows what was measured and what is deployed, and fails if it cannot find them."""

import re
from pathlib import Path

import pytest

from lab.docs import costs
from lab.harness.processes import ROOT
from service.pipelines.film.presets import PRESETS

READ = ("docs/film.md", "cloudbuild.yaml", "deploy/setup.sh")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository of only the files that the page is made from."""
    for name in READ:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text((ROOT / name).read_text())
    return tmp_path


def usd(root: Path, line: str) -> float:
    found = re.search(rf"^\| {line}[^|]*\| ([\d.,]+) \|", costs.page(root), re.MULTILINE)
    assert found, line
    return float(found[1].replace(",", ""))


def changed(root: Path, name: str, old: str, new: str) -> Path:
    text = (root / name).read_text()
    assert re.search(old, text)
    (root / name).write_text(re.sub(old, new, text))
    return root


def test_a_film_that_takes_more_cpu_costs_more(root: Path) -> None:
    full = "CPU and memory, an instance always full"
    changed(root, "docs/film.md", r"\| its CPU seconds \| \|.*", "| its CPU seconds | | 10 | 20 | 30 | 40 |")
    # 25 CPU seconds on 4 vCPUs with 8 GiB: each has two GiB beside it.
    assert usd(root, full) == pytest.approx(1_000 * 25 * (0.000024 + 2 * 0.0000025), abs=0.006)
    alone = usd(root, "CPU and memory, each film alone")
    changed(root, "cloudbuild.yaml", r"_CPU: '4'", "_CPU: '2'")
    assert usd(root, "CPU and memory, each film alone") < alone


def test_a_bigger_database_costs_more(root: Path) -> None:
    small = usd(root, "the database")
    changed(root, "deploy/setup.sh", "SQL_TIER:-db-custom-1-3840", "SQL_TIER:-db-custom-4-15360")
    assert usd(root, "the database") > 3 * small


@pytest.mark.parametrize("name", READ)
def test_a_figure_that_is_not_where_it_was_is_missed(root: Path, name: str) -> None:
    (root / name).write_text("")
    with pytest.raises(LookupError):
        costs.page(root)


def test_no_preset_is_planned_above_its_cap(root: Path) -> None:
    page = costs.page(root)
    rows = dict(re.findall(r"^\| `(\w+)`, (.*) \|$", page, re.MULTILINE))
    assert rows.keys() == PRESETS.keys()
    for row in rows.values():
        planned, most = (float(cell.replace(",", "")) for cell in row.split(" | ")[-2:])
        assert 0 < planned <= most
