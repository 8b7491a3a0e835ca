"""The mood of a brief, in any of its languages: nothing is learnt from these."""

import pytest

from service.pipelines.film.presets import PRESETS
from service.pipelines.film.script.directing import rules
from service.pipelines.film.script.look import moods
from service.pipelines.film.script.reading import brief
from service.pipelines.film.seeds import Seed
from service.pipelines.film.wishes import Wishes


def mood_of(content: str, wishes: Wishes | None = None) -> str:
    read = brief.read(content, None)
    return rules.direct(read, wishes or Wishes(), PRESETS["brand_campaign"], Seed.of_job("moods")).mood


FUNERAL = """\
Seit 1926 begleitet das Bestattungshaus Hinrichs Menschen beim Abschied. Wir hören zuerst zu.
Bitte ruhig und würdevoll, leises Klavier."""
STRIKE = "Grève ! Le 12 mai, les agents de nettoyage arrêtent le travail. Assez de mépris. Rejoignez-nous."
SALE = "Saldi! Sneaker e felpe fino al 70%. Solo questo weekend. Musica carica, ritmo veloce!"
CARNIVAL = "Wir feiern Fasching: Party für alle im Gemeindehaus, DJ Rudi und Kostümpreise. Kommt verkleidet!"
BAKERY = "Nuestra panadería familiar hornea pan de masa madre desde 1978. Pase, huele a casa."


@pytest.mark.parametrize(
    ("content", "suiting"),
    [
        (FUNERAL, {"calm"}),
        (STRIKE, {"dramatic", "energetic", "hopeful"}),
        (SALE, {"energetic", "joyful"}),
        (CARNIVAL, {"joyful", "energetic"}),
        (BAKERY, {"warm"}),
    ],
)
def test_a_film_has_the_mood_of_its_brief(content: str, suiting: set[str]) -> None:
    assert mood_of(content) in suiting


def test_what_the_job_asks_for_decides() -> None:
    assert mood_of(CARNIVAL, Wishes(mood="elegant")) == "elegant"


@pytest.mark.parametrize(
    ("directions", "mood"),
    [
        (["Ruhig und würdevoll, bitte."], "calm"),
        (["We think that the tone of the whole film should be cheerful."], "joyful"),
        (["Send us a cut as fast as you possibly can, tonight."], None),
        (["The neighbours have been quiet since the letter of last week."], None),
        (["希望周五之前能看到样片,谢谢大家。"], None),
    ],
)
def test_a_direction_wishes_for_a_mood_only_if_it_is_about_it(directions: list[str], mood: str | None) -> None:
    assert moods.asked(directions) == mood


def test_a_mood_in_metadata_is_understood_in_other_languages() -> None:
    assert mood_of(CARNIVAL, Wishes(mood="ruhig, würdevoll")) == "calm"
