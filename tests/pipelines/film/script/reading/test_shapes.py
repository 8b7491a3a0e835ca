# ruff: noqa: RUF001 -- the letters of other languages are meant
"""The shape that a brief asks for in its text."""

import pytest

from service.pipeline import Job, Json
from service.pipelines.film import wishes
from service.pipelines.film.script.reading import brief, shapes


@pytest.mark.parametrize(
    ("wish", "asked"),
    [
        ("It should be 9:16, it's for stories.", "9:16"),
        ("we need 1080 x 1080", "1:1"),
        ("1920×1080 bitte", "16:9"),
        ("Hochkant, für die Storys unserer Azubis.", "9:16"),
        ("Quadratisch bitte, für den Infoscreen.", "1:1"),
        ("Une vidéo à la verticale, s'il vous plaît.", "9:16"),
        ("Se puede ser em vertical, agradeço.", "9:16"),
        ("Liggende video graag, voor de tv.", "16:9"),
        ("Видео нужно вертикальное.", "9:16"),
        ("Dikey olsun lütfen.", "9:16"),
        ("縦向きでお願いします。", "9:16"),
        ("做成竖屏的。", "9:16"),
        ("가로 화면으로 해 주세요.", "16:9"),
        ("For our square screen in the lobby.", "1:1"),
    ],
)
def test_a_shape_is_read_in_figures_and_in_words(wish: str, asked: str) -> None:
    assert shapes.asked([wish])[:1] == (asked,)


@pytest.mark.parametrize(
    "wish",
    [
        "9:16 Bea: can somebody bring the ladder?",
        "The train is at 9:16 am.",
        "Bring it back by 16/9, there is a fair in the market square that day.",
        "Show the landscape with the old mill.",
        "Music as in the last one, please.",
    ],
)
def test_what_only_looks_like_a_shape_is_none(wish: str) -> None:
    assert shapes.asked([wish]) == ()


def test_metadata_comes_before_the_text_and_the_text_before_the_preset() -> None:
    def shape(preset: str, metadata: dict[str, Json], asked: tuple[str, ...]) -> str:
        return wishes.format_of(Job(id="j", user_id="u", content="Bread.", preset=preset, metadata=metadata), asked)[0]

    assert shape("quick_social", {"aspect_ratio": "16:9"}, ("1:1",)) == "16:9"
    assert shape("quick_social", {}, ("1:1",)) == "1:1"
    # Of several, the preset's: one job makes one film.
    assert shape("quick_social", {}, ("16:9", "9:16")) == "9:16"
    assert shape("quick_social", {}, ()) == "9:16"


def test_the_order_itself_may_name_the_shape() -> None:
    read = brief.read("Haz un vídeo cuadrado sobre nuestra panadería. Abrimos a las seis. El pan cuesta 3 €.", None)
    assert read.shapes == ("1:1",)
    assert brief.Brief.from_json(read.to_json()).shapes == ("1:1",)
