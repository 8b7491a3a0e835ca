"""Which figure of a sentence is set largest."""

import pytest

from service.pipelines.film.script.directing import beats
from service.pipelines.film.script.reading import brief
from service.pipelines.film.script.writing.heroes import hero_of


@pytest.mark.parametrize(
    ("said", "hero"),
    [
        ("Vom 11. Januar bis voraussichtl. 26. März 2027 gesperrt.", "11. Januar bis voraussichtl. 26. März 2027"),
        ("Open from 3 May until about 9 June.", "3 May until about 9 June"),
        ("Du 3 mai jusqu'au 9 juin", "3 mai jusqu'au 9 juin"),
        ("בין 10:00 ל-12:30", "10:00 ל-12:30"),
        ("من 10:00 إلى 12:30", "10:00 إلى 12:30"),
        ("For €20 to around €40 you get lunch.", "€20 to around €40"),
        ("Doors 7pm / Show 8pm", "7pm"),
        ("Monday 1 June to 20 people", "Monday 1 June"),
    ],
)
def test_half_a_range_is_no_hero(said: str, hero: str) -> None:
    found = hero_of(said)
    assert found is not None
    assert said[found.start : found.end] == hero


def test_offers_with_their_old_prices_are_shots_of_their_own() -> None:
    read = brief.read(
        "Radhaus Meier: E-Bike 3.499 € statt 4.299 €, Kinderrad nur 249 € (UVP 329 €), alle Helme -30 %.", None
    )
    shots = [shot for shot in beats.beats(read, finely=False) if shot.purpose == "number"]
    assert [(shot.headline, shot.label) for shot in shots] == [
        ("3.499 €", "statt 4.299 €"),
        ("249 €", "UVP 329 €"),
        ("-30 %", ""),
    ]


@pytest.mark.parametrize(
    "said", ["No 12-month contracts, ever.", "Ohne 24 Monate Bindung.", "Sin 12 meses de permanencia."]
)
def test_what_there_is_none_of_is_not_set_large(said: str) -> None:
    assert hero_of(said) is None
