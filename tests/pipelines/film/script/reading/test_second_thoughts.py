# ruff: noqa: RUF001 -- the letters of other languages are meant
"""What is taken back in the same breath is not told, in the words of people who did so."""

import pytest

from service.pipelines.film.script.reading import brief, second_thoughts


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("salı ve perşembe, saat 17.30'da, yok pardon 18.00'de, salonun", "salı ve perşembe, saat 18.00'de, salonun"),
        ("jusqu'au 20 décembre, 14 rue de Belleville... euh non 41", "jusqu'au 20 décembre, 41 rue de Belleville"),
        (
            "ook tussen Kruiningen en Perkpolder... nee wacht, die is er niet meer, tussen VLISSINGEN en BRESKENS",
            "ook tussen VLISSINGEN en BRESKENS",
        ),
        ("Doors at 7pm, no wait, 7.30pm. Entry £5.", "Doors at 7.30pm. Entry £5."),
        ("The fair is on Saturday 5 June, sorry no, 6 June at noon.", "The fair is on 6 June at noon."),
        ("Eintritt 6 €, äh nein, 8 € für alle.", "Eintritt 8 € für alle."),
        ("Son 12 €, perdón, 14 € por persona.", "Son 14 € por persona."),
        ("У нас скидка 20%, ой нет, 25% до пятницы.", "У нас скидка 25% до пятницы."),
    ],
)
def test_what_is_taken_back_is_replaced(said: str, meant: str) -> None:
    assert second_thoughts.mended(said) == meant


@pytest.mark.parametrize(
    "said",
    [
        "Pardon our dust: we reopen on 5 May.",
        "From 9 am, I mean it, to 5 pm.",
        "No wait at the door, no queue at the bar.",
        "No tattoos. In the film, I mean; the chef may.",
        "Wir bitten zur Kasse, pardon, zur Zähnung: Hamburger Markentag.",
        "Digo sí a la música desde 1998.",
        "We were open till 6, and now, sorry neighbours, till 8.",
        "Pardon, madame : le 14 juillet, on danse.",
    ],
)
def test_what_only_sounds_like_it_stays(said: str) -> None:
    assert second_thoughts.mended(said) == said


def test_the_film_tells_what_was_meant() -> None:
    read = brief.read("Evening class in Kendal.\nWe start at 7pm, no wait, 7.30pm.\nBook at kendalclasses.org", "en")
    assert "7.30pm" in " ".join(read.sentences)
    assert "7pm" not in " ".join(read.sentences)


@pytest.mark.parametrize(
    ("note", "told"),
    [
        ("Signed off apart from the price, which is now £16.50 (not £18).", "£16.50 for everyone else."),
        ("Bitte beachten: £16.50, nicht £18!", "£16.50 for everyone else."),
        ("It was an offer of £16.50 instead of £18 once.", "£18 for everyone else."),
        ("Please do not say £16.50 or 18 seconds.", "£18 for everyone else."),
    ],
)
def test_a_note_puts_a_figure_right(note: str, told: str) -> None:
    copy = "Walk in for your flu jab in ten minutes.\nFree if you are over 65. £18 for everyone else.\nOpen daily."
    read = brief.read(f"Morning all, see below from the client.\nNote: {note}\n\n{copy}", "en")
    assert told in read.sentences
