# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""What stands around the text of a copied page or a press release is not told, in any language."""

import pytest

from service.pipelines.film.script.lines.markup import Line
from service.pipelines.film.script.pasted import pages, press

TEXT = Line("Fig jam from our own trees, 300 g for €6.")


@pytest.mark.parametrize(
    "around",
    [
        "Ajouter au panier ♥ Liste d'envies",
        "In stock - Add to basket - Add to wishlist ♡",
        "ES | EN | DE",
        "★★★★☆ (87 avis)  |  Réf. GB-14  |  En stock",
        "Read all 212 reviews",
        "Download as .ics",
        "Cookie-Einstellungen | Impressum",
    ],
)
def test_menus_and_buttons_go(around: str) -> None:
    assert pages.without_frame([Line(around), TEXT]) == [TEXT]


@pytest.mark.parametrize(
    "told",
    [
        "Menu / Carte",
        "Add to cart",
        "Book now",
        "Fig | Plum | Quince",
        '★★★★★ "I drove back for three more." – Ann',
        "Opening times | Mon–Fri 9–6",
    ],
)
def test_what_a_page_tells_stays(told: str) -> None:
    assert pages.without_frame([Line(told), TEXT]) == [Line(told), TEXT]


@pytest.mark.parametrize("line", ["Contact presse : S. Ney, poste 12", "Pressekontakt: Ida, 040 555 01"])
def test_whom_the_press_may_ask_goes(line: str) -> None:
    assert press.without_editors([TEXT, Line(line)]) == [TEXT]


@pytest.mark.parametrize("line", ["Contact: 0803 555 0117", "Office: 12 Mill Lane, weekdays 9 to 5"])
def test_whom_everybody_may_ask_stays(line: str) -> None:
    assert press.without_editors([TEXT, Line(line)]) == [TEXT, Line(line)]


def test_a_press_office_that_chats_is_heard() -> None:
    lines = [Line(f"press office: {words}") for words in ("24 homes round a garden", "nine left", "hall.example")]
    assert press.without_editors(lines) == lines
