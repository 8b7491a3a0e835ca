"""Words in the frame: never cut off, never outside it, readable on every ground."""

from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from lab.harness.film_context import chance
from service.pipelines.film.script.look.palettes import PALETTES, STYLES, contrast, flipped
from service.pipelines.film.script.look.storyboard import Arrangement
from service.pipelines.film.script.treatment import Shot
from service.pipelines.film.script.voice.captions import Cue
from service.pipelines.film.script.voice.timeline import Word
from service.pipelines.film.studio import fonts, grounds, hyphens, layout, scene, sprites, subtitles
from service.pipelines.film.studio.canvas import Canvas, Mask
from service.pipelines.film.studio.drawing import Drawing
from service.pipelines.film.studio.look import Look
from service.pipelines.film.studio.zones import Zones
from service.pipelines.film.wishes import SIZES
from tests.support.colours import colours_of

LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
WORDING = st.one_of(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=90),
    st.lists(
        st.sampled_from([LONG, "W" * 60, "a", "Tête", "مرحبا", "שלום", "नमस्ते", "宇宙の夜明け", "☕", "1,200,000"]),
        min_size=1,
        max_size=14,
    ).map(" ".join),
)
ARRANGEMENTS = sorted(set(get_args(Arrangement)) - {"price", "leaf"})
"""Those that can show any words at all."""
PICTURE = Drawing.of(Image.new("RGBA", (8, 8), (255, 0, 0, 255)))


def look_for(
    arrangement: Arrangement, ratio: str, *, title: str = "The Lifeboat Fund", pictured: bool = False, said: bool = True
) -> Look:
    return Look(
        arrangement=arrangement,
        palette=PALETTES["ocean"],
        zones=Zones.of(*SIZES[ratio], captions=said),
        title=title,
        picture=(lambda side: PICTURE.sized(side, side)) if pictured else None,
    )


@pytest.mark.slow
@given(
    wording=WORDING,
    arrangement=st.sampled_from(ARRANGEMENTS),
    ratio=st.sampled_from(sorted(SIZES)),
    pictured=st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_no_word_leaves_the_frame(wording: str, arrangement: Arrangement, ratio: str, *, pictured: bool) -> None:
    width, height = SIZES[ratio]
    shot = Shot(
        purpose="point",
        voice="",
        lead=wording,
        headline=wording,
        label=wording,
        items=tuple(wording.split()[:6]) or ("x",),
    )
    look = look_for(arrangement, ratio, title=wording, pictured=pictured)
    for thing in scene.compose(shot, look):
        left, top, right, bottom = thing.box
        if thing.role in {"words", "picture"}:
            assert left >= 0
            assert top >= 0
            assert right <= width
            assert bottom <= height


@given(WORDING, st.sampled_from(sorted(SIZES)))
@settings(max_examples=60, deadline=None)
def test_captions_stay_in_their_zone(wording: str, ratio: str) -> None:
    zones = Zones.of(*SIZES[ratio])
    words = tuple(Word(word, number / 10, number / 10 + 0.1) for number, word in enumerate(wording.split()[:9]))
    if not words:
        return
    drawn = subtitles.subtitle(Cue(0.0, 1.0, words), zones)
    if drawn is None:
        return
    left, top, right, bottom = zones.captions
    assert left - 2 <= drawn.left
    assert drawn.left + drawn.plate.width <= right + 2
    assert top - 2 <= drawn.top
    assert drawn.top + drawn.plate.height <= bottom + 2


def test_words_are_as_large_as_they_fit_and_none_stands_alone() -> None:
    block = layout.fit(
        ["Fresh", "bread", "at", "dawn", "for", "all", "of", "us"],
        layout.TextBox(width=1000, height=900, largest=150, smallest=20),
        fonts.width,
        fonts.glue,
    )
    assert block.size > 120
    assert all(layout.line_width(line, block.size, fonts.width, fonts.glue) <= 1000 for line in block.lines)
    assert len(block.lines[-1]) > 1


def test_a_long_word_is_cut_with_hyphens_and_nothing_is_lost() -> None:
    block = layout.fit([LONG], layout.TextBox(width=900, height=900, largest=150, smallest=20), fonts.width, fonts.glue)
    assert block.whole
    assert "".join(word.rstrip("-") for line in block.lines for word in line) == LONG


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("SOMMERSCHLUSSVERKAUF!", ("SOMMERSCHLUSS-", "VERKAUF!")),
        ("Krankenversicherung", ("Kranken-", "versicherung")),
        ("Weihnachtsmarkt", ("Weihnachts-", "markt")),
        ("Stellenausschreibung", ("Stellen-", "ausschreibung")),
        ("Straßenbahnhaltestelle", ("Straßenbahn-", "haltestelle")),
        ("Leipzig-Plagwitz!", ("Leipzig-", "Plagwitz!")),
    ],
)
def test_a_long_word_is_divided_where_its_parts_meet(word: str, parts: tuple[str, str]) -> None:
    box = layout.TextBox(width=len(max(parts, key=len)) * 50, height=400, largest=200, smallest=20, divide_from=100)
    block = layout.fit(["Der", word], box, lambda word, size: len(word) * size / 2, lambda *_: 25.0)
    assert block.size > 90, "smaller if it were whole"
    assert [piece for line in block.lines for piece in line] == ["Der", *parts]
    assert layout.word_of_each(["Der", word], block.lines) == [0, 1, 1]


@pytest.mark.parametrize(
    "word", ["www.nonnapia-leipzig.de", "hello@hack-spring.org", "NB-04251234", "Hausfest", "مرحبا"]
)
def test_an_address_a_number_and_a_short_word_are_not_divided(word: str) -> None:
    assert hyphens.breaks(word) == ()


def test_what_cannot_fit_ends_in_dots() -> None:
    block = layout.fit(
        ["word"] * 500, layout.TextBox(width=300, height=100, largest=60, smallest=30), fonts.width, fonts.glue
    )
    assert not block.whole
    assert block.lines[-1][-1].endswith("…")
    assert block.height <= 100


def test_letters_without_a_font_are_found() -> None:
    assert fonts.undrawable("Hello Привет 宇宙 مرحبا שלום नमस्ते ☕🎉") == ""
    assert fonts.undrawable("Hi \U00012000") == "\U00012000"
    assert fonts.undrawable("\U0001f9ff\U0010fffd") == ""
    assert fonts.drawable("a \U0010fffd b") == "a b"


def test_right_to_left_lines_start_at_the_right_edge() -> None:
    zones = Zones.of(1080, 1920)
    shot = Shot(purpose="hook", voice="", headline="שלום עולם טוב מאוד")
    look = look_for("statement", "9:16", title="שלום")
    right = max(thing.box[2] for thing in scene.compose(shot, look))
    assert right >= zones.words[2] - 12


@pytest.mark.parametrize("name", sorted(PALETTES))
def test_words_are_readable_on_every_palette(name: str) -> None:
    for palette in (PALETTES[name], flipped(PALETTES[name])):
        for ground in palette.grounds:
            assert contrast(palette.text, ground) >= 4.5
            assert contrast(palette.accent, ground) >= 4.5
        assert contrast(palette.on_accent, palette.accent) >= 4.5


@pytest.mark.parametrize("name", sorted(PALETTES))
@pytest.mark.parametrize("style", STYLES)
def test_words_are_readable_on_every_ground_as_painted(name: str, style: str) -> None:
    palette = PALETTES[name]
    ground = grounds.ground_for(style, palette, (216, 384), chance(3))
    canvas = Canvas(216, 384)
    for second in (0.0, 2.5):
        ground.paint(canvas, second)
        colours = colours_of(np.asarray(canvas.rgb())[20:-20, 20:-20] // 4 * 4 + 2)
        assert min(contrast(palette.text, colour) for colour in colours) >= 4.5
        assert min(contrast(palette.accent, colour) for colour in colours) >= 4.3  # Rounded to steps of four.


@pytest.mark.parametrize("style", STYLES)
def test_grounds_move_and_are_repeatable(style: str) -> None:
    def frame(second: float) -> bytes:
        ground = grounds.ground_for(style, PALETTES["ember"], (216, 384), chance(9))
        canvas = Canvas(216, 384)
        ground.paint(canvas, second)
        return canvas.planes[0].tobytes()

    assert frame(1.0) == frame(1.0)
    assert frame(1.0) != frame(1.5)


def test_painting_beyond_the_edge_is_clipped() -> None:
    canvas = Canvas(64, 64)
    canvas.fill((0, 0, 0))
    canvas.paint(Mask.of(fonts.draw("W", 60).mask), (255, 255, 255), -20, 50)
    canvas.box((255, 0, 0), -10, -10, 10, 10)
    assert canvas.rgb().size == (64, 64)


def test_a_glyph_too_complex_for_freetype_is_drawn_nonetheless() -> None:
    drawn = fonts.draw("0\ufdfd", 92, fonts.MEDIUM)
    assert drawn.mask.getbbox() is not None


@pytest.mark.parametrize("seconds", [1.2, 1.7, 3.0])
def test_a_short_shots_words_are_there_in_time_to_be_read(seconds: float) -> None:
    shot = Shot(
        purpose="number", voice="", lead="On", headline="26 December 1999", label="winds of 189 km/h hit the coast"
    )
    look = look_for("number", "9:16")
    composed = scene.compose(shot, look)
    hurried = sprites.hurried(composed, seconds)
    assert max(thing.at + thing.takes for thing in hurried if not thing.timed) <= 0.45 * seconds + 0.001
    assert [thing.box for thing in hurried] == [thing.box for thing in composed]
    assert sprites.hurried(composed, 30.0) == composed
