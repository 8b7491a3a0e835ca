"""Lengths that a brief writes out or jots down."""

import pytest

from service.pipelines.film.script.lines.instructions import seconds


@pytest.mark.parametrize(
    ("wish", "length"),
    [
        ("Half a minute would be plenty.", 30),
        ("Höchstens eine halbe Minute.", 30),
        ("Une demi-minute maximum.", 30),
        ("Máximo medio minuto.", 30),
        ("maximaal een halve minuut", 30),
        ("Pół minuty wystarczy.", 30),
        ("不要超过半分钟。", 30),
        ("Twenty seconds, tops.", 20),
        ("Zwanzig Sekunden reichen.", 20),
        ("Une vingtaine de secondes.", 20),
        ("Veinticinco segundos.", 25),
        ("Двадцать секунд, не больше.", 20),
        ("Нужно секунд 40, не больше.", 40),
        ("Lunghezza 25″", 25),
        ("Et minutt maks.", None),
        ("One minute max.", 60),
        ("Eineinhalb Minuten höchstens.", 90),
    ],
)
def test_a_length_in_words_is_read(wish: str, length: int | None) -> None:
    assert seconds(wish) == length


@pytest.mark.parametrize(
    "said",
    [
        "Hold the logo for ten seconds.",
        "Wait a minute.",
        "Es dauert eine Minute.",
        "No voice in the first twenty seconds.",
    ],
)
def test_what_is_no_length_of_a_film_is_none(said: str) -> None:
    assert seconds(said) is None
