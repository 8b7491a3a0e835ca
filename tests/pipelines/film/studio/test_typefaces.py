# ruff: noqa: RUF001 -- the dashes of ranges are meant
"""The typefaces of films: each draws what it says it has, and a film with other letters is set in Noto's."""

from typing import get_args

import pytest

from service.pipelines.film.script.look.storyboard import Typeface
from service.pipelines.film.studio import fonts, typefaces

WESTERN = "Äpfel für 29,99 € – ¿Qué tal? Ça va, œuvre n° 1. São João, però; 50 % off $129 “now” 10–15 °C"
TYPEFACES: tuple[Typeface, ...] = get_args(Typeface)


@pytest.mark.parametrize("typeface", TYPEFACES)
def test_a_typeface_draws_the_words_of_western_languages(typeface: Typeface) -> None:
    face = typefaces.face_of(typeface, WESTERN)
    assert face is not None
    with fonts.using(face):
        assert {run.face for word in WESTERN.split() for run in fonts.runs(word)} == {face}
        heavy, medium = (fonts.width(WESTERN, 80, weight) for weight in (fonts.HEAVY, fonts.MEDIUM))
        assert heavy >= medium > 0
        assert fonts.is_display()
        assert {run.face for run in fonts.runs("Qué", fonts.italic())} == {fonts.italic()} != {face}
    assert not fonts.is_display()


@pytest.mark.parametrize("words", ["Zażółć gęślą jaźń", "Новый год", "新発売", "हिन्दी", "Tech Souq في دبي"])
def test_no_film_is_set_in_two_faces_for_want_of_letters(words: str) -> None:
    assert typefaces.face_of("outfit", words) is None
    assert typefaces.face_of(None, "plain") is None
