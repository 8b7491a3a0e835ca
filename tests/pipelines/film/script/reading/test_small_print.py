"""Small print is shown at the foot of the last card, and not said."""

import pytest

from service.pipelines.film.presets import PRESETS
from service.pipelines.film.script.directing import rules
from service.pipelines.film.script.judging import left_out
from service.pipelines.film.script.reading import brief
from service.pipelines.film.script.treatment import Treatment
from service.pipelines.film.seeds import Seed
from service.pipelines.film.wishes import Wishes

COPY = "Bayview lends from £50 a month. Three questions, an answer today. Apply at bayview.example.\n"


def directed(content: str) -> tuple[brief.Brief, Treatment]:
    read = brief.read(content, None)
    return read, rules.direct(read, Wishes(), PRESETS["brand_campaign"], Seed.of_job("small print"))


@pytest.mark.parametrize(
    "small",
    [
        "Bayview Credit Union is authorised and regulated by the Financial Conduct Authority.",
        "Subject to status and affordability.",
        "Supported by the Bayview Heritage Trust.",
        "All rights reserved.",
    ],
)
def test_what_the_law_wants_is_shown_and_not_said(small: str) -> None:
    _, film = directed(COPY + small)
    assert [item.rstrip(".") for item in film.shots[-1].items] == [small.rstrip(".")]
    assert small.rstrip(".") not in " ".join(shot.voice for shot in film.shots)


@pytest.mark.parametrize(
    "told", ["Doors open at 7pm, bring a friend.", "22 Mill Lane, Hebden Bridge.", "Dogs are welcome."]
)
def test_what_tells_when_and_where_is_said(told: str) -> None:
    read, _ = directed(COPY + told)
    assert read.sources == ()
    assert told in read.sentences


def test_small_print_that_has_no_room_is_named() -> None:
    lines = [f"Clause {number}: subject to the terms and conditions of the licence." for number in range(1, 9)]
    read, film = directed(COPY + "\n".join(f"* {line}" for line in lines[:1]) + "\n© " + "All rights reserved, " * 12)
    shown = film.shots[-1].items
    assert any(source not in shown for source in read.sources)
    assert "All rights reserved" in "".join(left_out.planned_warnings(read, film))


def test_only_the_last_card_has_it() -> None:
    _, film = directed(COPY + "Subject to status and affordability.")
    assert [shot.items for shot in film.shots[:-1] if shot.purpose != "list"] == [()] * (len(film.shots) - 1)
