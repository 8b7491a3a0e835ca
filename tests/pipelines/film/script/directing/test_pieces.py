# ruff: noqa: RUF001 -- the letters of other languages are meant
import pytest

from service.pipelines.film.script.directing import beats, clauses, pieces
from service.pipelines.film.script.reading import brief
from service.pipelines.film.script.treatment import Shot
from service.pipelines.film.script.voice.moments import bare


@pytest.mark.parametrize(
    ("lang", "parts"),
    [
        (
            "en",
            [
                "Opens through steel-framed doors onto a south-facing garden of a third of an acre",
                "with two old apple trees and a studio.",
            ],
        ),
        (
            "de",
            [
                "Wir nehmen Ihnen alles ab was Sie in diesen schweren Tagen abgeben möchten",
                "und begleiten Sie durch die ersten Wochen nach dem Abschied von Ihrem Angehörigen.",
            ],
        ),
        (
            "fr",
            [
                "Jeanne Kerouac a photographié celles et ceux qui travaillaient sur les quais :",
                "ramendeuses, dockers, mousses de quinze ans.",
            ],
        ),
        (
            "hi",
            [
                "हर शनिवार सुबह तोड़ी गई सब्ज़ियों की टोकरी शाम तक आपके घर पहुँचती है",
                "और हर रविवार को किसान खुद बाज़ार में आकर आपसे मिलते हैं",
            ],
        ),
        (
            "pl",
            [
                "Nasza piekarnia piecze chleb na zakwasie z mąki z młyna w Kocku",
                "który działa nad rzeką od stu dwudziestu lat bez żadnej przerwy",
            ],
        ),
    ],
)
def test_a_long_sentence_is_cut_where_a_reader_pauses(lang: str, parts: list[str]) -> None:
    assert pieces.cut(" ".join(parts), lang) == parts


def test_a_japanese_sentence_is_cut_after_a_phrase() -> None:
    said = (
        "みどり台歯科クリニックでは平日は夜8時まで土曜日も診療していますので"
        "お仕事の帰りにも気軽に立ち寄っていただけますし小さなお子さまも一緒にどうぞ"
    )
    first, second = pieces.cut(said, "ja")
    assert first + second == said
    assert first.endswith("ので")


def test_no_figure_name_or_small_word_is_torn() -> None:
    said = "The doors of our house at 14 Orchard Lane open on 10 March 2027 to the end of a summer for New York City"
    for at in range(30, len(said)):
        for part in pieces.halves(said[:at], "en")[:1]:
            assert not part.endswith((" 14", " 10", " the", " of", " a", " for", "Orchard", "March", " New"))


@pytest.mark.parametrize(
    "said",
    [
        "Return your jar in Los Baños market, stall 19, get ₱20.",
        "A detached Edwardian house set back from the lane behind a walled front garden.",
        "When her boat came home with nothing in its nets but weed and one seal she named it Fergus and it stayed.",
        "超声波洁牙 199元，含口腔检查和拍片",
    ],
)
def test_all_that_is_said_is_shown(said: str) -> None:
    read = brief.read(f"Blue Door.\n{said}\nCome to bluedoor.example.", None)
    shots = [shot for shot in beats.beats(read, finely=False) if shot.voice]
    shown = "".join(bare(shot.words_on_screen) for shot in shots)
    assert all(bare(word) in shown for word in said.split())


def test_both_halves_of_a_quotation_are_shown() -> None:
    said = '"Best ten minutes of my life," says Tama Faleolo, "apart from the wedding."'
    shot = beats.beats(brief.read(f"Blue Door.\n{said}\nCome to bluedoor.example.", None), finely=False)[1]
    assert (shot.headline, shot.label) == ("Best ten minutes of my life, apart from the wedding", "Tama Faleolo")


def test_an_address_of_china_is_one_card() -> None:
    read = brief.read("开业啦，欢迎大家。\n上海市 静安区 南京西路 100号 3楼\n请来看看我们。", None)
    assert "上海市 静安区 南京西路 100号 3楼" in [passage.text for passage in read.passages]


def test_half_a_clause_is_no_item() -> None:
    said = "There will be roasted hazelnuts, wreaths and, if the weather is kind, the brass band of the mill."
    shots = beats.beats(brief.read(f"Yule.\n{said}\nCome to yule.example.", None), finely=False)
    assert not any(shot.items for shot in shots)


@pytest.mark.parametrize(
    "said",
    [
        "We built a radiant, rebellious little school of our own under old jacaranda trees.",
        "We look for a teacher of physics who lets things fall, burn and float before naming them.",
        "Calles afectadas por el corte: Mayor, del Pozo, San Roque y plaza de la Constitución.",
    ],
)
def test_a_series_stays_on_one_card(said: str) -> None:
    assert clauses.clauses(said, finely=False) == [said]


def _shots(call: str) -> list[Shot]:
    return beats.beats(brief.read(f"Blue Door.\nWe bake bread.\n{call}", None), finely=False)


def test_a_call_shows_what_it_tells_besides_where_to_turn() -> None:
    *_, told, last = _shots("Come in the Community Centre, Tuesday 9 February, 8 pm, there is tea, 085 555 0112")
    assert "there is tea" in told.label
    assert (last.headline, last.label) == ("Blue Door", "085 555 0112")
    *_, ring, after, last = _shots(
        "Ring 085 555 0112 before the market on Tuesday, or come when we stay open until eight."
    )
    assert ring.voice == "Ring 085 555 0112."
    assert after.headline == "Before the market on Tuesday, or come when we stay open until eight"
    assert (last.voice, last.label) == ("", "085 555 0112")
    assert _shots("Missed call on 085 555 0112")[-1].headline == "Missed call"
