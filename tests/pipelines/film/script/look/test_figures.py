# ruff: noqa: RUF001 -- the dashes of ranges are meant
"""What a figure is: a percentage, a date, a price that was another one, a line of a programme."""

import pytest

from service.pipelines.film.script.look import figures
from service.pipelines.film.script.look.figures import Leaf, Reduced
from service.pipelines.film.script.treatment import Shot
from service.pipelines.film.script.voice import captions, moments
from service.pipelines.film.script.voice.captions import Cue
from service.pipelines.film.script.voice.timeline import Word


@pytest.mark.parametrize(
    ("wording", "share"),
    [
        ("70 %", 0.7),
        ("4.5%", 0.045),
        ("100%", 1.0),
        ("up to 30%", 0.3),
        ("250%", None),
        ("$70", None),
        ("30 days", None),
    ],
)
def test_a_percentage_is_a_share_of_a_whole(wording: str, share: float | None) -> None:
    assert figures.percent(wording) == (pytest.approx(share) if share else None)


@pytest.mark.parametrize(
    ("wording", "leaf"),
    [
        ("14–16 March 2026", Leaf("", "14–16", "March", "2026")),
        ("1.–15. August", Leaf("", "1.–15.", "August", "")),
        ("Saturday 6 June", Leaf("Saturday", "6", "June", "")),
        ("June 19", Leaf("", "19", "June", "")),
        ("30 نوفمبر", Leaf("", "30", "نوفمبر", "")),
        ("3月1日", Leaf("", "1", "3月", "")),
        ("7 pm", None),
        ("2026", None),
    ],
)
def test_a_date_is_taken_apart(wording: str, leaf: Leaf | None) -> None:
    assert figures.leaf(wording) == leaf


@pytest.mark.parametrize(
    ("headline", "label", "reduced"),
    [
        ("$129", "instead of $179 until May", Reduced("$179", "$129", "until May")),
        ("19,90 €", "statt 29,90 €", Reduced("29,90 €", "19,90 €", "")),
        ("2,499 درهم", "فقط بدلاً من 2,999 درهم", Reduced("2,999 درهم", "2,499 درهم", "فقط")),
        ("$129", "and $179 for two", None),
        ("129 lux", "instead of $179", None),
    ],
)
def test_a_price_that_was_another(headline: str, label: str, reduced: Reduced | None) -> None:
    assert figures.reduced(Shot(purpose="number", voice="", headline=headline, label=label)) == reduced


def test_a_programmes_line_begins_with_when() -> None:
    assert figures.stamped("Fri 12 June, 7 pm: Marcus Bell Quartet") == ("Fri 12 June, 7 pm", "Marcus Bell Quartet")
    assert figures.stamped("Free pizza & coffee") is None
    assert figures.parted("2 minutes") == ("2", "minutes")
    assert figures.parted("$19/month") == ("$19", "/month")
    assert figures.parted("12 € pro Person") == ("12 €", "pro Person")
    assert figures.parted("25 and 50 Hz") == ("25 and 50 Hz", "")


SAID = ["So", "we", "bake", "bread", "at", "dawn"]
SPOKEN = tuple(Word(word, number * 0.5, number * 0.5 + 0.4) for number, word in enumerate(SAID))


def test_words_come_when_they_are_said() -> None:
    heard = moments.heard([["We", "bake", "bread"], ["Order", "now"]], SPOKEN)
    assert heard.times == ((0.5, 1.0, 1.5), None)
    assert heard.shown == {1, 2, 3}


def test_a_word_that_is_not_said_comes_with_the_next_that_is() -> None:
    heard = moments.heard([["We", "gladly", "bake", "bread"]], SPOKEN)
    assert heard.times == ((0.5, 1.0, 1.0, 1.5),)


def test_captions_do_not_repeat_what_is_on_screen() -> None:
    cues = [Cue(0.0, 1.9, SPOKEN[:4]), Cue(2.0, 3.0, SPOKEN[4:])]
    assert captions.not_shown(cues, SPOKEN[1:4]) == cues[1:]
    assert captions.not_shown(cues, SPOKEN) == []
    assert captions.not_shown(cues, []) == cues


@pytest.mark.parametrize("wording", ["1,250 metres", "70 %", "4.5 %", "2,100", "300 guests"])
def test_a_quantity_counts_up(wording: str) -> None:
    assert figures.counts(wording)


@pytest.mark.parametrize(
    "wording", ["$129", "29,99 €", "₹1,800", "19:30", "7pm", "40", "2026", "14–16 March", "25 to 150 times", "6/12"]
)
def test_what_would_be_wrong_on_the_way_does_not_count_up(wording: str) -> None:
    assert not figures.counts(wording)


def test_no_half_of_a_bracket_is_left_beside_a_price() -> None:
    shot = Shot(purpose="number", voice="", headline="449 €", label="au lieu de 699 € (-36%)")
    price = figures.reduced(shot)
    assert price is not None
    assert price.rest == "(-36%)"
    shot = Shot(purpose="number", voice="", headline="12,800円", label="（通常15,800円）")
    assert figures.reduced(shot) == Reduced("15,800円", "12,800円", "")


@pytest.mark.parametrize(
    ("item", "parts"),
    [
        ("Wash & cut, £28", ("Wash & cut", "£28")),
        ("Balayage, from £110", ("Balayage", "from £110")),
        ("Kids under 10, £12", ("Kids under 10", "£12")),
        ("Croissant 2,50 €", ("Croissant", "2,50 €")),
        ("Espresso – $3", ("Espresso", "$3")),
        ("£28", None),
        ("Two for £28 or one for £15", None),
        ("£28 each", None),
    ],
)
def test_a_line_of_a_price_list_has_its_price(item: str, parts: tuple[str, str] | None) -> None:
    assert figures.priced(item) == parts


def test_a_price_of_before_stands_once_on_its_card() -> None:
    lead, label = "Antes 899 € — ahora desde", "por persona en habitación doble"
    price = figures.reduced(Shot(purpose="number", voice="", lead=lead, headline="649 €", label=label))
    assert price == Reduced("899 €", "desde 649 €", label, "")
    price = figures.reduced(Shot(purpose="number", voice="", lead="Winter boots: was $179, now", headline="$129"))
    assert price == Reduced("$179", "$129", "", "Winter boots:")
