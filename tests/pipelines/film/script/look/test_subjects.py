# ruff: noqa: RUF001 -- the letters of other languages are meant
"""What a film is about, in languages and words that no list has; nothing is learnt from these."""

import pytest

from service.pipelines.film.script.look import pictograms, subjects
from service.pipelines.film.script.treatment import Shot, Treatment

POTTERY = ["双休日来学陶艺。", "老师手把手教拉坯和上釉。", "陶土、工具和烧窑都包含在内。"]
DENTIST = [
    "Yeni muayenehanemiz Kadıköy'de açıldı.",
    "Ağrısız dolgu ve diş beyazlatma yapıyoruz.",
    "Çocuklar ilk kontrole oyuncaklarıyla gelebilir.",
]
NOTHING = ["Wir sind wieder da.", "Samstag um zehn.", "Alle sind eingeladen."]


@pytest.mark.parametrize(("told", "picture"), [(POTTERY, "amphora"), (DENTIST, "tooth"), (NOTHING, ""), ([], "")])
def test_what_all_sentences_are_about_is_known_or_left_open(told: list[str], picture: str) -> None:
    assert subjects.of(told) == picture


def _film(lang: str, told: list[str]) -> Treatment:
    shots = tuple(Shot(purpose="point", voice=one, headline=one) for one in told)
    return Treatment(title=told[0], lang=lang, mood="calm", palette="mist", style="paper", seconds=9.0, shots=shots)


def test_a_film_begins_and_ends_with_what_it_is_about() -> None:
    first, *_, last = pictograms.choose(_film("zh", POTTERY))
    assert (first, last) == ("amphora", "amphora")


def test_what_may_not_be_shown_is_not_what_a_film_ends_with() -> None:
    assert "tooth" not in pictograms.choose(_film("en", DENTIST), ["Please don't show teeth"])
