# ruff: noqa: RUF001 -- the marks of other languages are meant
"""What the judge of marked briefs takes for torn, and what not."""

import pytest

from lab.marked import torn

_BRIEF = (
    "It brightens slowly over 30 minutes, and under 16s go free. 1,400 companies use it, incl. banks. "
    "Doors 7.30pm, music 8pm.\nOnly £15.20/hr, or £14 adv. We open 15–16 May.\n"
    "It was a 60 zone (once). The “old” one costs 189 €.\n全8室すべてに露天風呂"
)


@pytest.mark.parametrize(
    ("shows", "says", "reason"),
    [
        ("It brightens slowly over / 30 minute / s", "", "ends inside a word"),
        ("Under / 16 / s go free", "", "ends inside a word"),
        ("It brightens slowly over / 30 / minutes", "", "a unit without its figure"),
        ("", "1,400 companies use it, incl.", "an abbreviation's stump, said"),
        ("1,400 / companies use it, incl", "", "an abbreviation's stump"),
        ("Doors / 7.30pm / music 8pm", "", "two facts"),
        ("Only / £15.20 / /hr", "", "a stray mark"),
        ("We open / 15", "", "ends inside a number"),
        ("16 May", "", "begins inside a number"),
        ("It was a / 60 / zone", "", "ends in a small word"),
        ("60 zone (once", "", "half a pair"),
        ("“old / The – one costs 189 €", "", "half a pair"),
        ("old / The – one costs 189 €", "", "no part of the brief"),
        ("189 € / costs 189 €", "", "a figure twice"),
        ("全 / 8 / 室すべてに露天風呂", "", "ends inside a word"),
        ("¡", "", "a lone letter or mark"),
    ],
)
def test_what_is_torn_has_its_reason(shows: str, says: str, reason: str) -> None:
    found = torn.of(_BRIEF, "en", [shows], [says])
    assert reason in [fault.split(":")[0] for fault in found]


@pytest.mark.parametrize(
    "shows",
    [
        "It brightens slowly over / 30 minutes",
        "Under / 16s / go free",
        "Doors 7.30pm, music 8pm",
        "Only / £15.20/hr",
        "Open · 15–16 May",
        "2/5 / It was a 60 zone",
        "全8室 / すべてに露天風呂",
    ],
)
def test_what_is_whole_has_none(shows: str) -> None:
    assert torn.of(_BRIEF + "\nOpen", "en", [shows], []) == []
