"""A brand's colours: they are in the palette, and words can be read on it whatever they are."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.pipelines.film.script.look import brand
from service.pipelines.film.script.look.palettes import PALETTES, Colour, contrast, luminance

COLOURS = st.lists(st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06X}"), min_size=1, max_size=3)


@settings(deadline=None)
@given(COLOURS, st.sampled_from(["", "clean and bright"]))
def test_words_can_be_read_whatever_the_colours(colours: list[str], style: str) -> None:
    palette = brand.named(brand.name_of(colours, style))
    for ground in palette.grounds:
        assert contrast(palette.text, ground) >= 4.6
        assert contrast(palette.accent, ground) >= 4.6
    assert contrast(palette.on_accent, palette.accent) >= 4.5
    assert palette.dark is (luminance(palette.grounds[0]) < luminance(palette.text))


@pytest.mark.parametrize(
    ("colours", "style", "is_dark", "shown"),
    [
        (["#FF6600"], "", True, "FF6600"),
        (["#FFD400"], "", True, None),
        (["#003366"], "", True, "003366"),
        (["#E4002B"], "", True, None),
        (["#7A1550", "#FFD400"], "", True, "FFD400"),
        (["#FF6600", "#101820"], "", True, "101820"),
        (["#F5E6D3"], "", False, "F5E6D3"),
        (["#FFFFFF"], "", False, "FFFFFF"),
        (["#000000"], "", True, "000000"),
        (["#003366"], "bright", False, "003366"),
    ],
)
def test_a_brand_is_recognized(colours: list[str], style: str, *, is_dark: bool, shown: str | None) -> None:
    """The colour itself is in the film, or one so near that nobody tells the difference."""
    palette = brand.named(brand.name_of(colours, style))
    assert palette.dark is is_dark
    used = [*palette.grounds, palette.accent]
    for wanted in [shown] if shown else [colour[1:] for colour in colours[:1]]:
        assert min(_apart(one, _colour(wanted)) for one in used) <= (0 if shown else 40), used


def _colour(digits: str) -> Colour:
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


def _apart(one: Colour, other: Colour) -> int:
    return max(abs(left - right) for left, right in zip(one, other, strict=True))


def test_colours_are_found_in_words() -> None:
    text = "Use our orange (#ff6600) and #036, not #12345, #abcdefg or #FF6600 again. #summer"
    assert brand.colours_in(text) == ["#FF6600", "#003366"]


def test_every_other_palette_keeps_its_name() -> None:
    assert brand.named("ocean") is PALETTES["ocean"]
    for name in ("brand:", "brand:FF66", "brand:ff6600", "brand:FF6600-FF6600-FF6600-FF6600", "nothing"):
        with pytest.raises(KeyError):
            brand.named(name)
