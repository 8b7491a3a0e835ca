"""The reader and the judge of marked briefs, on films that are made up here."""

from pathlib import Path

import pytest

from lab.marked import costs as marked_costs
from lab.marked import faults, report
from lab.marked.briefs import Mark, Marked, read
from lab.marked.faults import Told
from service.pipelines.film.script.judging.reread import Kind

LAMP = """\
== lamp
lang: en
preset: quick_social
kind: a launch
name: Lumo|Lumo Lamp
must: $89, 3 weeks
metadata: {"voice": "none"}
--
talk | Hi team,

head | Where:
+say | at $89 on lumolamp.com.
&say | Lasts 3 weeks.
wish | No Kickstarter, legal is on it
"""


@pytest.fixture
def lamp(tmp_path: Path) -> Marked:
    (tmp_path / "lamp.txt").write_text(LAMP)
    return read(tmp_path / "lamp.txt")[0]


def test_a_brief_is_read_as_it_was_typed(lamp: Marked) -> None:
    assert lamp.content == ("Hi team,\n\nWhere: at $89 on lumolamp.com.Lasts 3 weeks.\nNo Kickstarter, legal is on it")
    assert lamp.marked(Mark.TALK, Mark.HEAD) == ["Hi team,", "Where:"]
    assert (lamp.names(), lamp.must(), lamp.metadata()) == (
        ["Lumo", "Lumo Lamp"],
        ["$89", "3 weeks"],
        {"voice": "none"},
    )


@pytest.mark.parametrize("line", ["shout | Hello", "say Hello", "+ | Hello"])
def test_a_line_without_a_mark_is_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "bad.txt").write_text(LAMP + line)
    with pytest.raises(ValueError, match=r"bad\.txt:\d+: no mark"):
        read(tmp_path / "bad.txt")


def test_a_good_film_has_no_fault(lamp: Marked) -> None:
    told = Told("The Lumo lamp", ("At $89 on lumolamp.com.", "Lasts 3 weeks."), ("$89", "3 weeks / lasts"))
    assert faults.of(lamp, told).is_clean()


@pytest.mark.parametrize(
    ("told", "fault", "line"),
    [
        (Told("Lumo", ("Hi team", "Lasts 3 weeks. $89 lumolamp.com"), ()), "leak", "Hi team,"),
        (Told("Lumo", ("At $89 on lumolamp.com. Lasts 3 weeks", "Where"), ()), "head read", "Where:"),
        (Told("Lumo", ("At $89 on lumolamp.com",), ("3 weeks",)), "", ""),
        (Told("Lumo", ("At $89 on lumolamp.com",), ()), "missing", "3 weeks"),
        (Told("Lumo", ("Lasts 3 weeks.",), ()), "lost", "at $89 on lumolamp.com."),
        (Told("Lumo", ("3 weeks",), (), "no time: “at $89 on lumolamp.com.”"), "left out", "at $89 on lumolamp.com."),
        (Told("Kickstarter", ("At $89 on lumolamp.com. Lasts 3 weeks",), ()), "title", "Kickstarter"),
        (Told("", ("At $89 on lumolamp.com. Lasts 3 weeks",), ()), "unnamed", "-"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(lamp: Marked, told: Told, fault: str, line: str) -> None:
    found = {name: lines for name, lines in faults.of(lamp, told) if lines}
    assert found.get(fault, []) == ([line] if line else [])


def test_a_script_without_spaces_is_compared_by_letters() -> None:
    assert faults.words("灯は3,000円 Lumo") == ["灯", "は", "3", "000", "円", "lumo"]


def test_the_report_is_judged_by_the_marks(lamp: Marked) -> None:
    film = report.judged(lamp)
    assert film is not None
    said = report.table([film])
    assert "with a fault, failed" in said
    assert "title" in said
    assert 0.0 <= film.report.score <= film.before.score


def test_scores_are_in_order_if_films_without_a_fault_score_higher() -> None:
    assert report.ordered([(0.9, True), (0.5, False), (0.2, False)]) == 1.0
    assert report.ordered([(0.9, True), (0.9, False)]) == 0.5
    assert report.ordered([(0.1, True), (0.9, False)]) == 0.0


def test_what_stands_beside_faults_costs_more() -> None:
    samples = [({Kind.TALK: 1}, True)] * 40 + [({Kind.STUMP: 1}, at < 10) for at in range(40)] + [({}, False)] * 40
    costs = marked_costs.fitted(samples)
    assert costs[Kind.TALK] > costs[Kind.STUMP]
    assert all(0 <= cost < 1 for cost in costs.values())
