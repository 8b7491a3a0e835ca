"""Pictures are drawn: all there are, in the palette's colours, the same each time, within their box, and moving."""

import random

import numpy as np
import pytest

from service.pipelines.film.script.look.palettes import PALETTES
from service.pipelines.film.script.look.storyboard import Frame, Storyboard
from service.pipelines.film.script.treatment import Shot, Treatment
from service.pipelines.film.script.voice.timeline import Slot, Timeline
from service.pipelines.film.studio import grounds, pictograms
from service.pipelines.film.studio.canvas import Canvas
from service.pipelines.film.studio.moving import Entrance, Picture
from service.pipelines.film.studio.shots import Film, Painter

MIDNIGHT, LEMON = PALETTES["midnight"], PALETTES["lemon"]


def painted(picture: Picture, second: float) -> np.ndarray:
    canvas = Canvas(400, 400)
    canvas.fill(MIDNIGHT.grounds[0])
    picture.paint(canvas, second)
    return np.asarray(canvas.rgb()).astype(int)


def test_a_thing_has_its_own_colours() -> None:
    canvas = Canvas(200, 200)
    canvas.fill(MIDNIGHT.grounds[0])
    pictograms.draw("banana", 200, MIDNIGHT).paint(canvas, 0, 0)
    red, green, blue = np.asarray(canvas.rgb())[140, 80]
    assert red > 200
    assert green > 150
    assert blue < 120


def test_a_sign_has_the_colour_of_the_palette() -> None:
    for palette in (MIDNIGHT, LEMON):
        canvas = Canvas(200, 200)
        canvas.fill(palette.grounds[0])
        pictograms.draw("sign-tag", 200, palette).paint(canvas, 0, 0)
        pixels = np.asarray(canvas.rgb()).reshape(-1, 3).astype(int)
        like_the_accent = np.abs(pixels - np.array(palette.accent)).max(axis=1) < 12
        assert like_the_accent.mean() > 0.03


def test_a_thing_is_lit_by_the_palette() -> None:
    def foot(name: str) -> list[int]:
        canvas = Canvas(200, 200)
        canvas.fill((128, 128, 128))
        pictograms.draw("cloud", 200, PALETTES[name]).paint(canvas, 0, 0)
        return [int(value) for value in np.asarray(canvas.rgb())[135, 100]]

    # The accents of these are gold and dark blue.
    assert foot("midnight")[2] - foot("midnight")[0] < foot("mist")[2] - foot("mist")[0]


def test_the_same_picture_is_the_same_to_the_bit() -> None:
    one, other = (pictograms.draw("pancakes", 320, LEMON) for _ in range(2))
    assert [plane.tobytes() for plane in one.planes] == [plane.tobytes() for plane in other.planes]
    assert one.mask.full.tobytes() == other.mask.full.tobytes()


@pytest.mark.parametrize("side", [1, 33, 320, 5000])
def test_any_side_is_made_even_and_bounded(side: int) -> None:
    drawing = pictograms.draw("banana", side, MIDNIGHT)
    assert drawing.width % 2 == drawing.height % 2 == 0
    assert 32 <= drawing.width <= 1080


def test_every_picture_can_be_drawn_and_keeps_to_its_box() -> None:
    for name in sorted(pictograms.names())[::9]:
        drawing = pictograms.draw(name, 48, MIDNIGHT)
        cover = np.asarray(drawing.mask.full)
        assert (cover > 200).mean() > 0.02, name
        assert max(cover[0].max(), cover[:, 0].max(), cover[:, -1].max()) < 128, name


def test_an_unknown_picture_is_an_error() -> None:
    with pytest.raises(KeyError):
        pictograms.draw("no-such-thing", 100, MIDNIGHT)


@pytest.mark.parametrize("entrance", ["pop", "drop", "rise"])
def test_a_picture_comes_in_and_then_keeps_moving(entrance: Entrance) -> None:
    drawing = pictograms.draw("banana", 160, MIDNIGHT)
    picture = Picture.of(drawing, 120, 120, at=0.5, entrance=entrance)
    ground = painted(picture, 0.4)
    assert (ground == ground[0, 0]).all()
    arrived = painted(picture, 0.5 + picture.takes)
    assert (np.abs(arrived - ground).max(axis=2) > 30).mean() > 0.04
    moves = [
        np.abs(painted(picture, 1.0 + frame / 30) - painted(picture, 1.0 + (frame + 3) / 30)).max() for frame in (0, 30)
    ]
    assert min(moves) > 8


def test_what_is_beyond_the_frame_is_clipped() -> None:
    canvas = Canvas(100, 100)
    pictograms.draw("banana", 80, MIDNIGHT).paint(canvas, -40, 60)
    pictograms.draw("banana", 80, MIDNIGHT).paint(canvas, 70, -31)


def test_a_bought_picture_takes_the_place_of_a_pictogram() -> None:
    """What lies behind the words is then a picture of what they say."""
    shot = Shot(purpose="point", voice="", headline="Bananas are ripe")
    treatment = Treatment(
        title="Fruit", lang="en", mood="calm", palette="mist", style="paper", seconds=2.0, shots=(shot,)
    )
    board = Storyboard((Frame("centred", "push", 0, 1, "banana"),))
    film = Film(treatment, board, Timeline((Slot(0, 60, ()),)), (), 360, 640, 30)
    bought = grounds.ground_for("paper", MIDNIGHT, (360, 640), random.Random(1))  # noqa: S311 -- to be repeated

    def pictures(painter: Painter) -> int:
        return sum(thing.role == "picture" for thing in painter.things)

    assert pictures(Painter(film, 0)) == 1
    assert pictures(Painter(film, 0, bought)) == 0
