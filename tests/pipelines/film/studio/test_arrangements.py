# ruff: noqa: RUF001 -- the dashes of ranges are meant
"""Every arrangement keeps words, pictures and captions apart, in every frame, and moves all the time."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from PIL import Image

from service.pipelines.film.script.look.palettes import PALETTES
from service.pipelines.film.script.look.storyboard import Cut, arrangements
from service.pipelines.film.script.treatment import Shot
from service.pipelines.film.studio import cuts, glints, lettering, moving, scene, shots, sprites
from service.pipelines.film.studio.arrangements import button
from service.pipelines.film.studio.canvas import Canvas, rounded
from service.pipelines.film.studio.drawing import Drawing
from service.pipelines.film.studio.logo import Logo
from service.pipelines.film.studio.look import Look
from service.pipelines.film.studio.moving import Arc, Counting, Progress
from service.pipelines.film.studio.sprites import Thing
from service.pipelines.film.studio.zones import Box, Zones
from service.pipelines.film.wishes import SIZES

SHOTS = {
    "point": Shot(purpose="point", voice="", headline="So next time your cat sits on your lap", accent="your cat"),
    "small print": Shot(purpose="point", voice="", headline="It might heal you", label="Scientific American, BBC"),
    "step": Shot(purpose="point", voice="", lead="2/5", headline="Lift the tyre with two levers", label="to be safe"),
    "twelfth step": Shot(purpose="point", voice="", lead="12/12", headline="اخلط الطحين مع الماء"),
    "one long word": Shot(purpose="hook", voice="", headline="SOMMERSCHLUSSVERKAUF!"),
    "right to left": Shot(purpose="point", voice="", headline="اكتشف هاتف Galaxy Nova الجديد من متجر Tech Souq في دبي"),
    "quantity": Shot(purpose="number", voice="", lead="The muscles twitch for", headline="2 minutes", label="or less"),
    "range": Shot(purpose="number", voice="", lead="Muscles twitch", headline="25 to 150 times", label="per second"),
    "percentage": Shot(purpose="number", voice="", lead="Bis zu", headline="70 %", label="auf alle Sommerschuhe"),
    "reduced": Shot(purpose="number", voice="", lead="Launch price", headline="$129", label="instead of $179 in May"),
    "date": Shot(purpose="number", voice="", lead="Nur vom", headline="1.–15. August", label="in allen Filialen"),
    "list": Shot(
        purpose="list", voice="", headline="", items=("48 hours", "Free pizza", "Mentors from Siemens, Bosch and SAP")
    ),
    "list with a heading": Shot(
        purpose="list",
        voice="",
        headline="",
        lead="What you need",
        items=("Radiator key", "A cloth", "A small bowl", "Patience"),
    ),
    "price list": Shot(
        purpose="list",
        voice="",
        headline="",
        lead="Prices",
        items=("Wash & cut, £28", "Balayage, from £110", "Kids, £12"),
    ),
    "programme": Shot(
        purpose="list",
        voice="",
        headline="",
        items=("Fri 12 June, 7 pm: Marcus Bell Quartet", "Sat 13 June, 6 pm: Les Filles du Swing"),
    ),
    "long list": Shot(
        purpose="list",
        voice="",
        headline="",
        lead="Ingredients",
        items=("8 chicken thighs", "300g orzo", "2 lemons", "700ml stock", "1 bag of spinach", "Feta"),
    ),
    "long lines": Shot(
        purpose="list",
        voice="",
        headline="",
        items=(
            "Shape and bake 400 sourdough loaves a night with a team of four",
            "Look after our 30 year old starter (her name is Doris)",
            "Lock up at 6am and go home with bread",
        ),
    ),
    "short quotation": Shot(purpose="quote", voice="", headline="Since 1931", label="Jonas K., verified buyer"),
    "date between words": Shot(
        purpose="number", voice="", lead="Viewings", headline="Saturday 8 March", label="10-1, by appointment"
    ),
    "quotation": Shot(purpose="quote", voice="", headline="It seems impossible until it is done", label="N. Mandela"),
    "call": Shot(purpose="call", voice="", headline="Apply by 31 January", label="jobs@northwind-robotics.com"),
    "crowded call": Shot(
        purpose="call", voice="", headline="Prenota entro il 15 maggio", label="colleverde.it · 075 123 4567 · WhatsApp"
    ),
    "rate": Shot(purpose="number", voice="", lead="Plans from", headline="$19/month"),
}
DISC = Drawing.of(Image.new("RGBA", (8, 8), (255, 0, 0, 255)))
HALF = {ratio: (width // 2, height // 2) for ratio, (width, height) in SIZES.items()}


def looks(shot: Shot, ratio: str) -> list[Look]:
    """Return the ways in which a shot can be arranged in a frame, with a picture and captions and without both."""
    palette = PALETTES["midnight"]
    found = []
    for picture, captions in (("banana", True), ("", False)):
        for arrangement in arrangements(shot, picture):
            look = Look(
                arrangement=arrangement,
                palette=palette,
                zones=Zones.of(*HALF[ratio], captions=captions),
                title="Senior Backend Engineer",
                picture=(lambda side: DISC.sized(side, side)) if picture else None,
                logo=Logo.of(Image.new("RGBA", (300, 100), (20, 30, 90, 255))) if captions else None,
            )
            found.append(look)
    return found


def overlap(one: Box, other: Box) -> tuple[int, int]:
    """Return how many pixels two boxes have in common, across and down; 0 or less if none."""
    return min(one[2], other[2]) - max(one[0], other[0]), min(one[3], other[3]) - max(one[1], other[1])


def collisions(things: Sequence[Thing]) -> list[str]:
    """Return what is over something else that it may not be over."""
    found = []
    for one, other in combinations(things, 2):
        across, down = overlap(one.box, other.box)
        roles = {one.role, other.role}
        if across <= 0 or down <= 0 or roles <= {"panel"} or "strike" in roles or roles == {"picture", "trim"}:
            continue
        low = min(one.box[3] - one.box[1], other.box[3] - other.box[1])
        if roles == {"words"} and min(across / 0.12, down / 0.25) <= low + 12:
            continue  # Neighbouring words: italics lean over, and lines are set close.
        if "panel" in roles:
            panel, thing = (one, other) if one.role == "panel" else (other, one)
            if thing.role != "words" or overlap(thing.box, panel.box) >= (
                thing.box[2] - thing.box[0] - 1,
                thing.box[3] - thing.box[1] - 1,
            ):
                continue
        found.append(f"{one.role} {one.box} over {other.role} {other.box}")
    return found


@pytest.mark.parametrize("ratio", SIZES)
@pytest.mark.parametrize("kind", SHOTS)
def test_words_and_pictures_stand_apart_and_in_their_zone(kind: str, ratio: str) -> None:
    for look in looks(SHOTS[kind], ratio):
        things = scene.compose(SHOTS[kind], look)
        assert not collisions(things), look.arrangement
        for thing in things:
            if thing.role in {"words", "picture"}:
                left, top, right, bottom = thing.box
                assert min(left, top) >= 0, look.arrangement
                assert right <= look.zones.size[0], look.arrangement
                assert bottom <= max(look.zones.captions[1], look.zones.foot) + look.px(0.02), look.arrangement


@pytest.mark.parametrize(
    "kind",
    [
        "one long word",
        "list",
        "list with a heading",
        "price list",
        "programme",
        "long list",
        "long lines",
        "short quotation",
    ],
)
def test_every_line_can_be_read_on_a_phone(kind: str) -> None:
    for look in looks(SHOTS[kind], "9:16"):
        lines = [thing.box for thing in scene.compose(SHOTS[kind], replace(look, title="")) if thing.role == "words"]
        least = 0.026 if look.picture is None else 0.022  # The latter has captions below.
        assert min(bottom - top for _, top, _, bottom in lines) >= least * look.zones.size[1], look.arrangement


def painted(things: Sequence[Thing], second: float) -> np.ndarray:
    canvas = Canvas(*HALF["1:1"])
    canvas.fill((0, 0, 0))
    for thing in things:
        thing.paint(canvas, second)
    return np.asarray(canvas.planes[0]).astype(int)


def test_a_number_counts_up_to_what_it_is() -> None:
    shot = Shot(purpose="number", voice="", headline="1,250 metres")
    look = next(look for look in looks(shot, "1:1") if look.arrangement == "number")
    number = [thing for thing in scene.compose(shot, look) if isinstance(thing, Counting)]
    half, end, later = (painted(number, number[0].at + share * number[0].takes) for share in (0.5, 1.01, 3.0))
    assert (half != end).any()
    assert (end == later).all()
    assert end.max() > 150


def test_a_separator_waits_for_the_digit_before_it() -> None:
    number = moving.counting(
        "12,884", size=60, weight=700, colour=(255, 255, 255), pen=(0.0, 60), at=0.0, takes=1.0, is_timed=False
    )
    assert number is not None
    assert not number.still
    assert [digit.counts for digit in number.digits] == [10_000, 1_000, 1_000, 100, 10, 1]


def test_noughts_before_a_figure_are_there_from_the_start() -> None:
    number = moving.counting(
        "0.99 on 31/01", size=60, weight=700, colour=(255, 255, 255), pen=(0.0, 60), at=0.0, takes=1.0, is_timed=False
    )
    assert number is not None
    assert [digit.last for digit in number.digits] == [9, 9, 3, 1, 1]


def test_a_ring_fills_as_far_as_its_percentage() -> None:
    share = {}
    for percent in (25, 75):
        shot = Shot(purpose="number", voice="", headline=f"{percent} %")
        look = next(look for look in looks(shot, "1:1") if look.arrangement == "ring")
        arc = [thing for thing in scene.compose(shot, look) if isinstance(thing, Arc)]
        share[percent] = (painted(arc, 9.0) > 40).sum()
    assert share[75] / share[25] == pytest.approx(3.0, rel=0.03)


@pytest.mark.parametrize("cut", ["iris", "diagonal", "bars", "chevron", "push", "dissolve"])
def test_a_cut_shows_nothing_but_its_two_shots(cut: Cut) -> None:
    before, after, edge = (200, 40, 40), (40, 40, 200), (40, 200, 40)
    shares = []
    for number in range(cuts.FRAMES):
        canvas, under = Canvas(216, 384), Canvas(216, 384)
        canvas.fill(after)
        under.fill(before)
        cuts.blend(canvas, under, cut, number, edge)
        pixels = np.asarray(canvas.rgb()).reshape(-1, 3).astype(int)
        new = np.linalg.norm(pixels - np.array(after), axis=1)
        old = np.linalg.norm(pixels - np.array(before), axis=1)
        shares.append(float((new / (new + old + 1e-9)).mean()))
        # The line in the accent's colour that runs ahead is never a field of it.
        assert (np.linalg.norm(pixels - np.array(edge), axis=1) < 60).mean() < 0.3
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 0.7
    assert shares[-1] < 0.3


@pytest.mark.parametrize("ratio", SIZES)
def test_everything_on_a_button_can_be_read(ratio: str) -> None:
    for label in (
        "jobs@northwind-robotics.com",
        "hack-spring.org/register",
        "laespiga.es · +34 612 345 678 · WhatsApp",
    ):
        shot = Shot(purpose="call", voice="", headline="Apply", label=label)
        for look in looks(shot, ratio):
            whole = replace(look, zones=Zones.of(*SIZES[ratio]))
            zone = whole.zones.words
            made = button.button(shot, whole, (zone[0] + 40, zone[1], zone[2] - 40, zone[3]))
            assert made is not None
            assert made.label.whole
            assert all(block.whole and len(block.lines) == 1 for _, block in made.below)
            assert made.label.size >= whole.px(0.04)


@pytest.mark.parametrize("kind", ["rate", "date", "percentage"])
def test_in_a_wide_frame_a_figure_is_read_after_the_words_before_it(kind: str) -> None:
    shot = SHOTS[kind]
    heard = {shot.lead: (9.0,) * len(shot.lead.split())}
    for look in looks(shot, "16:9"):
        for mirrored in (False, True):
            things = scene.compose(shot, replace(look, mirrored=mirrored, heard=heard))
            words = [thing for thing in things if thing.role == "words"]
            lead = [thing.box for thing in words if thing.timed]
            figure = max((thing.box for thing in words if not thing.timed), key=lambda box: box[3] - box[1])
            assert lead, look.arrangement
            assert all(box[2] <= figure[0] or box[1] < figure[1] for box in lead), look.arrangement


def test_a_heading_stands_above_its_list_and_a_dot_comes_with_its_words() -> None:
    shot = SHOTS["list with a heading"]
    look = next(look for look in looks(shot, "9:16") if look.arrangement == "list")
    said = {item: (2.0 * (1 + number),) * len(item.split()) for number, item in enumerate(shot.items)}
    things = scene.compose(shot, replace(look, heard=said, title="", picture=None))
    words = [thing for thing in things if thing.role == "words"]
    assert words[0].box[3] < min(thing.box[1] for thing in words[1:])
    dots = [thing.at for thing in things if thing.role == "trim" and isinstance(thing, sprites.Sprite)]
    assert dots == pytest.approx([2.0 * (1 + number) - 0.16 for number in range(len(shot.items))], abs=0.01)


def test_who_is_quoted_comes_after_what_they_said() -> None:
    shot = SHOTS["quotation"]
    for look in looks(shot, "1:1"):
        said = replace(look, heard={shot.headline: tuple(0.5 * word for word in range(len(shot.headline.split())))})
        words = [thing for thing in scene.compose(shot, said) if thing.role == "words" and thing.timed]
        assert words[-1].at == pytest.approx(max(word.at for word in words[:-1]) + 0.24, abs=0.07)


def test_a_strip_reaches_behind_each_word_when_it_comes() -> None:
    mask = sprites.card(200, 40, 8)
    strip = sprites.Strip(mask, (255, 255, 255), 20, 20, ((0.0, 90), (1.0, 200)))
    widths = [int((painted([strip], second) > 200).any(axis=0).sum()) for second in (0.5, 0.99, 1.5)]
    assert widths == pytest.approx([90, 90, 200], abs=3)


@pytest.mark.parametrize("at", [(20, 30), (-40, -20), (0, 360), (200, 380)])
def test_a_band_that_is_filled_looks_like_one_painted_through_its_mask(at: tuple[int, int]) -> None:
    mask = rounded(200, 160, radius=40)
    assert mask.solid[1] > mask.solid[0]
    painted_so = []
    for shape in (mask, replace(mask, solid=(0, 0))):
        canvas = Canvas(216, 384)
        canvas.fill((10, 80, 200))
        canvas.paint(shape, (200, 40, 90), *at)
        painted_so.append([plane.tobytes() for plane in canvas.planes])
    assert painted_so[0] == painted_so[1]


def test_a_currency_sign_stays_with_its_price() -> None:
    block = lettering.fit_number("29,99 €", (0, 0, 150, 150), 200)
    assert [len(line) for line in block.lines] == [2]


def test_no_line_ends_inside_a_short_date_or_quantity() -> None:
    box = (0, 0, 420, 900)
    for wording, kept in (("Register before 1 March at noon", "1 March"), ("Pancakes (serves 2, 15 min)", "15 min")):
        for size in range(40, 110, 5):
            lines = [" ".join(line) for line in lettering.fit(wording, box, size).lines]
            assert any(kept in line for line in lines), lines
    assert lettering.fit("Register before 1 March", box, 60).lines[0][0] == "Register"


def test_the_lines_of_a_programme_come_as_they_are_said() -> None:
    shot = SHOTS["programme"]
    heard = {item: tuple(4.0 * number + 0.3 * word for word in range(12)) for number, item in enumerate(shot.items)}
    look = replace(looks(shot, "1:1")[0], heard={item: times[: len(item.split())] for item, times in heard.items()})
    said = [thing.at for thing in scene.compose(shot, look) if thing.role == "words" and thing.timed]
    assert min(at for at in said if at > 3.5) == pytest.approx(4.0, abs=0.1)
    assert len([at for at in said if at > 3.5]) >= 4


def test_light_runs_over_the_words_when_all_are_there_and_leaves_them_as_they_were() -> None:
    shot = SHOTS["small print"]
    look = next(look for look in looks(shot, "1:1") if look.arrangement == "centred")
    things = [thing for thing in scene.compose(shot, replace(look, picture=None)) if not isinstance(thing, Progress)]
    lit = glints.lit(things, shots.bare_words(things), look.palette, HALF["1:1"])
    at = next(thing.at for thing in lit if isinstance(thing, glints.Glint))
    before, during, after = (painted(lit, second) for second in (at - 0.01, at + 0.5, at + 1.2))
    assert (before == after).all()
    assert 0.01 < (before != during).sum() / (before > 40).sum() < 0.6
    assert (before == during)[before == 0].all()


def test_lone_marks_and_emoji_beside_words_are_not_shown() -> None:
    shot = Shot(
        purpose="number", voice="", lead="Opening \U0001f3e1 on", headline="14 March", label="!", items=("★ 4.8",)
    )
    shown = scene.shown(shot)
    assert (shown.lead, shown.headline, shown.label, shown.items) == ("Opening on", "14 March", "", ("★ 4.8",))
    alone = Shot(purpose="point", voice="", headline="\U0001f389\U0001f389")
    assert scene.shown(alone).headline == alone.headline
    persian = "می\u200cخواهم क्\u200dष"
    assert scene.shown(Shot(purpose="point", voice="", headline=persian)).headline == persian
