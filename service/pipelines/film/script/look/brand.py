"""A film's colours from those of a brand: a palette that has them in it, on which words keep their contrast. Pure.

A brand's palette has a name, as every palette: `brand:FF6600`, with `-` between several colours and `:light` behind
them for a light one. So a treatment says all that its colours are made from.
"""

import re
from collections.abc import Callable, Sequence

from service.pipelines.film.script.look.palettes import (
    LIGHT_WORDS,
    PALETTES,
    Colour,
    Palette,
    contrast,
    luminance,
    mixed,
)

MOST_COLOURS = 3
_PREFIX, _LIGHT = "brand:", ":light"
_HEX = re.compile(r"#(?:[0-9A-Fa-f]{6}|[0-9A-Fa-f]{3})(?![0-9A-Za-z_])")
_NAME = re.compile(r"brand:[0-9A-F]{6}(?:-[0-9A-F]{6}){0,2}(?::light)?")
_BLACK: Colour = (0, 0, 0)
_WHITE: Colour = (255, 255, 255)
_CONTRAST = 4.8
"""More than 4.5, because planes hold whole numbers: what is painted is a little off."""
_DEEP = 0.168
"""The luminance up to which white words can be read on a colour."""
_PALE = 0.72
"""The luminance from which a colour is a light ground rather than an accent."""
_STEPS = 50


def colours_in(text: str) -> list[str]:
    """Return the colours that a text names as `#FF6600` or `#F60`, as `#FF6600`, each once."""
    found = (match.group()[1:].upper() for match in _HEX.finditer(text))
    full = (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits) for digits in found)
    return list(dict.fromkeys(f"#{digits}" for digits in full))


def name_of(colours: Sequence[str], style: str) -> str:
    """Return the name of the palette of a brand's colours (`#FF6600`), a light one if the wished style is."""
    is_light = any(word in style.lower() for word in LIGHT_WORDS)
    digits = "-".join(colour.lstrip("#").upper() for colour in colours[:MOST_COLOURS])
    return f"{_PREFIX}{digits}{_LIGHT if is_light else ''}"


def named(name: str) -> Palette:
    """Return the palette that a treatment names, one of `PALETTES` or a brand's. Raises `KeyError` for another."""
    if not _NAME.fullmatch(name):
        return PALETTES[name]
    digits = name.removeprefix(_PREFIX).removesuffix(_LIGHT).split("-")
    brand = [(int(one[:2], 16), int(one[2:4], 16), int(one[4:], 16)) for one in digits]
    main = brand[0]
    is_light = name.endswith(_LIGHT)
    if is_light or luminance(main) >= _PALE:
        grounds, text, accent = _on_light(brand, is_tinted=is_light and luminance(main) < _PALE)
    elif luminance(main) <= _DEEP:
        grounds, text, accent = _on_brand(brand)
    else:
        grounds, text, accent = _on_dark(brand)
    on_accent = max((grounds[0], text, _BLACK, _WHITE), key=lambda ink: contrast(ink, accent))
    return Palette(name=name, grounds=grounds, text=text, accent=accent, on_accent=on_accent)


_Colours = tuple[tuple[Colour, Colour, Colour], Colour, Colour]
"""Grounds, text and accent."""


def _on_dark(brand: Sequence[Colour]) -> _Colours:
    """A bright brand: its colour is the accent, on a dark ground with a breath of it."""
    main, *others = brand
    accent = _until(lambda share: mixed(main, _WHITE, share), lambda colour: contrast(colour, _BLACK) >= 6.3)
    deep = next((other for other in others if luminance(other) <= _DEEP), mixed(main, _BLACK, 0.55))
    base = _until(lambda share: mixed(deep, _BLACK, 0.7 + 0.3 * share), lambda one: contrast(accent, one) >= 5.8)
    return _grounds(base, (deep, mixed(deep, others[-1] if others else main, 0.4)), (_WHITE, accent)), _WHITE, accent


def _on_brand(brand: Sequence[Colour]) -> _Colours:
    """A deep brand: its colour is the ground, and white or another of its colours is on it."""
    main, *others = brand
    grounds = (mixed(main, _BLACK, 0.22), main, mixed(main, _BLACK, 0.5))
    lightest = max(grounds, key=luminance)
    bright = max(others, key=luminance, default=mixed(main, _WHITE, 0.55))
    accent = _until(lambda share: mixed(bright, _WHITE, share), lambda colour: contrast(colour, lightest) >= _CONTRAST)
    return _grounds(grounds[0], grounds[1:], (_WHITE, accent)), _WHITE, accent


def _on_light(brand: Sequence[Colour], *, is_tinted: bool) -> _Colours:
    """A pale brand, or one that wants to be bright: a light ground, dark words, and its colour as dark as need be."""
    main, *others = brand
    base = mixed(main, _WHITE, 0.93) if is_tinted else main
    text = mixed(main, _BLACK, 0.9)
    strong = main if is_tinted else min(others, key=luminance, default=main)
    accent = _until(lambda share: mixed(strong, _BLACK, share), lambda colour: contrast(colour, base) >= 5.4)
    towards = (mixed(base, main, 0.5), mixed(base, others[-1] if others else main, 0.3))
    if not is_tinted:
        towards = (mixed(base, accent, 0.3), mixed(base, _WHITE, 0.5))
    return _grounds(base, towards, (text, accent)), text, accent


def _grounds(base: Colour, towards: Sequence[Colour], inks: Sequence[Colour]) -> tuple[Colour, Colour, Colour]:
    """The base and two more grounds, as near to those wanted as words and accents can be read on."""

    def readable(ground: Colour) -> bool:
        return all(contrast(ink, ground) >= _CONTRAST for ink in inks)

    second, third = (_until(lambda share, to=to: mixed(to, base, share), readable) for to in towards)  # type: ignore[misc]
    return base, second, third


def _until(colour: Callable[[float], Colour], is_good: Callable[[Colour], bool]) -> Colour:
    """The colour at the first share, from 0.0 to 1.0, that is good; that at 1.0 if none is."""
    tried = (colour(step / _STEPS) for step in range(_STEPS))
    return next((one for one in tried if is_good(one)), colour(1.0))
