"""The colours that a brief names in words."""

import colorsys

import pytest

from service.pipelines.film.script.look import colour_names

_HUES = {"red": 0, "orange": 30, "yellow": 48, "green": 135, "blue": 215, "purple": 280}


@pytest.mark.parametrize(
    ("wish", "hues"),
    [
        ("Our club colours are red and white.", ["red"]),
        ("Unsere Farben: Orange und Dunkelblau.", ["orange", "blue"]),
        ("Nos couleurs sont le vert et le jaune.", ["green", "yellow"]),
        ("Los colores del club: rojo y azul.", ["red", "blue"]),
        ("I colori sono il viola e il bianco.", ["purple"]),
        ("As cores são verde e amarelo.", ["green", "yellow"]),
        ("Kleuren: rood en blauw", ["red", "blue"]),
        ("Nasze kolory to zielony i czerwony.", ["green", "red"]),
        ("Цвета клуба: синий и белый.", ["blue"]),
        ("色は赤と白でお願いします。", ["red"]),
        ("Yellow and blue please", ["yellow", "blue"]),
    ],
)
def test_a_colour_is_known_by_its_name(wish: str, hues: list[str]) -> None:
    found = [
        colorsys.rgb_to_hls(*(int(one[at : at + 2], 16) / 255 for at in (1, 3, 5)))
        for one in colour_names.asked([wish])
    ]
    bright = [hue * 360 for hue, light, strong in found if strong > 0.2 and 0.04 < light < 0.96]
    assert len(bright) == len(hues)
    for hue, name in zip(bright, hues, strict=True):
        assert min(abs(hue - _HUES[name]), 360 - abs(hue - _HUES[name])) < 25, (name, hue)


@pytest.mark.parametrize(
    "wish",
    [
        "A red bus drives past.",
        "Show the woman with the orange scarf.",
        "Colours: whatever you like",
        "No neon colours.",
    ],
)
def test_the_colour_of_a_thing_is_not_the_films(wish: str) -> None:
    assert colour_names.asked([wish]) == []
