# ruff: noqa: RUF001 -- the letters of other languages are meant
"""What a brief's wishes forbid to be shown, and what they ask for."""

from dataclasses import replace

import pytest

from service.pipelines.film.script.look import asked_pictures, pictograms
from service.pipelines.film.script.treatment import Shot, Treatment


@pytest.mark.parametrize(
    ("wishes", "lang", "picture"),
    [
        (["And NO blood on screen, please."], "en", "drop-of-blood"),
        (["Absolutely no needles in close-up."], "en", "syringe"),
        (["please no cheesy clip-art syringes"], "en", "syringe"),
        (["Rabbits? Never."], "en", "rabbit-face"),
        (["Please leave out:", "elephants", "balloons"], "en", "elephant"),
        (["Bitte keine Luftballons."], "de", "balloon"),
        (["Spritzen bitte nicht zeigen."], "de", "syringe"),
        (["Surtout pas de cheval."], "fr", "horse-face"),
        (["Nada de perros ni gatos."], "es", "cat-face"),
        (["Niente pizza, per carità."], "it", "pizza"),
        (["Geen vlinders graag."], "nl", "butterfly"),
        (["Не показывать: шприцы и кровь"], "ru", "drop-of-blood"),
        (["自転車は映さないでください。"], "ja", "bicycle"),
        (["不要出现气球。"], "zh", "balloon"),
        (["Köpek görünmesin."], "tr", "dog-face"),
        (["Tylko bez motyli."], "pl", "butterfly"),
    ],
)
def test_what_is_not_to_be_seen_is_forbidden(wishes: list[str], lang: str, picture: str) -> None:
    asked = asked_pictures.of(wishes, lang)
    assert picture in asked.forbidden
    assert picture not in dict(asked.wanted)


@pytest.mark.parametrize(
    ("wishes", "lang", "picture"),
    [
        (["Lots of apples in it, please."], "en", "red-apple"),
        (["A picture of our ferry would be nice."], "en", "ferry"),
        (["Don't forget to show the tractor."], "en", "tractor"),
        (["Mist, a rowing heron, no people, but show a lighthouse or at least a sailboat."], "en", "sailboat"),
        (["Wir hätten gern einen Schmetterling im Bild."], "de", "butterfly"),
        (["Montrez une vache dans un pré."], "fr", "cow-face"),
    ],
)
def test_what_is_to_be_seen_is_wanted(wishes: list[str], lang: str, picture: str) -> None:
    asked = asked_pictures.of(wishes, lang)
    assert picture in dict(asked.wanted)
    assert picture not in asked.forbidden


@pytest.mark.parametrize(
    "wishes",
    [["No music, please."], ["Soft piano."], ["For our website and the big screen."], ["Call me on my mobile."]],
)
def test_what_is_heard_or_arranged_asks_for_no_picture(wishes: list[str]) -> None:
    asked = asked_pictures.of(wishes, "en")
    assert asked.wanted == ()
    assert "musical-notes" not in asked.forbidden


def test_a_wanted_picture_is_in_a_shot_that_would_have_none() -> None:
    shots = [
        Shot(purpose="hook", voice="Come as you are.", headline="Come as you are.", seconds=3.0),
        Shot(purpose="point", voice="We bake bread at six.", headline="We bake bread at six.", seconds=3.0),
        Shot(purpose="close", voice="See you soon.", headline="See you soon.", seconds=3.0),
    ]
    film = Treatment(title="", lang="en", mood="calm", palette="mist", style="aurora", seconds=9.0, shots=tuple(shots))
    plain = pictograms.choose(film)
    wished = pictograms.choose(film, ["A picture of our tractor would be nice."])
    assert "tractor" not in plain
    assert "tractor" in wished
    assert [one for one in wished if one != "tractor"] == [
        name for name, other in zip(plain, wished, strict=True) if other != "tractor"
    ]
    bread = replace(film, shots=tuple(shots))
    assert "bread" not in pictograms.choose(bread, ["No bread in the pictures."])
