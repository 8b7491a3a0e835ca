"""The colours of a film and its visual styles, and which of them go with which mood. Pure.

Words keep a contrast of at least 4.5:1 on every ground.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from service.pipelines.film.script.treatment import Mood
from service.pipelines.film.seeds import Seed

Colour: TypeAlias = tuple[int, int, int]
"""Red, green and blue, 0 to 255, sRGB."""

STYLES = ("aurora", "blocks", "rings", "paper")


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """Colours that go together: `grounds` are behind the words, `text` and `accent` are for words on any ground, and
    `on_accent` is for words on an area filled with `accent`."""

    name: str
    grounds: tuple[Colour, Colour, Colour]
    text: Colour
    accent: Colour
    on_accent: Colour

    @property
    def dark(self) -> bool:
        return luminance(self.grounds[0]) < luminance(self.text)


def _palette(name: str, grounds: tuple[str, str, str], text: str, accent: str, on_accent: str) -> Palette:
    first, second, third = (_colour(ground) for ground in grounds)
    return Palette(
        name=name,
        grounds=(first, second, third),
        text=_colour(text),
        accent=_colour(accent),
        on_accent=_colour(on_accent),
    )


def _colour(hexed: str) -> Colour:
    return (int(hexed[0:2], 16), int(hexed[2:4], 16), int(hexed[4:6], 16))


PALETTES: Mapping[str, Palette] = MappingProxyType(
    {
        palette.name: palette
        for palette in (
            _palette("midnight", ("0B1026", "1B2A6B", "3B1F6B"), "FFFFFF", "FFC857", "1A1405"),
            _palette("ember", ("2A0E12", "6B1D1D", "7A3510"), "FFF6EC", "FFB86B", "2A0E12"),
            _palette("forest", ("08221C", "0F4A3A", "1E5A2E"), "F4FFF6", "B8F27C", "0B2410"),
            _palette("ocean", ("04202E", "0A4560", "0C5A6B"), "F2FCFF", "6FE7DD", "04202E"),
            _palette("orchid", ("240B36", "5A1A6B", "7A1550"), "FFF4FF", "FFA8D8", "30082A"),
            _palette("graphite", ("101114", "2A2D36", "3D3A36"), "FFFFFF", "E8C27A", "17130A"),
            _palette("sand", ("F7F0E4", "E8CFA8", "F1D3BC"), "231A12", "8A2F12", "FFF8EE"),
            _palette("mist", ("EDF3FA", "B9D6F2", "D6D0F5"), "10202E", "0F4596", "FFFFFF"),
            _palette("lemon", ("FFE45C", "FFC629", "FFF1A6"), "1C1600", "86175A", "FFF6FB"),
            _palette("coral", ("FFE6DC", "FFBFAA", "FFDDA8"), "2B0F14", "920F33", "FFF5F2"),
        )
    }
)

_OF_MOOD: Mapping[Mood, tuple[str, ...]] = {
    "joyful": ("lemon", "coral", "orchid"),
    "warm": ("ember", "sand", "coral"),
    "calm": ("ocean", "mist", "forest"),
    "dramatic": ("graphite", "midnight", "ember"),
    "energetic": ("midnight", "orchid", "lemon"),
    "elegant": ("graphite", "sand", "midnight"),
    "hopeful": ("forest", "ocean", "mist"),
}
_STYLES_OF_MOOD: Mapping[Mood, tuple[str, ...]] = {
    "joyful": ("blocks", "rings"),
    "warm": ("aurora", "paper"),
    "calm": ("aurora", "rings"),
    "dramatic": ("aurora", "rings"),
    "energetic": ("blocks", "rings"),
    "elegant": ("paper", "aurora"),
    "hopeful": ("aurora", "paper"),
}
_DARK_WORDS = ("dark", "night", "cinematic", "sombre", "nuit", "neon")
LIGHT_WORDS = ("light", "bright", "clean", "minimal", "white", "clair", "paper", "épuré")
_STYLE_WORDS: Mapping[str, str] = {
    "aurora": "aurora",
    "cinematic": "aurora",
    "gradient": "aurora",
    "soft": "aurora",
    "blocks": "blocks",
    "bold": "blocks",
    "geometric": "blocks",
    "pop": "blocks",
    "swiss": "blocks",
    "modern": "blocks",
    "rings": "rings",
    "retro": "rings",
    "neon": "rings",
    "tech": "rings",
    "paper": "paper",
    "minimal": "paper",
    "clean": "paper",
    "elegant": "paper",
    "editorial": "paper",
}


def palette_for(mood: Mood, wish: str, seed: Seed) -> str:
    """Return the name of a palette that `wish` names or describes, else of one that goes with the mood."""
    lower = wish.lower()
    for name in PALETTES:
        if name in lower:
            return name
    among = [PALETTES[name] for name in _OF_MOOD[mood]]
    if any(word in lower for word in _DARK_WORDS):
        among = [palette for palette in among if palette.dark] or [PALETTES["midnight"]]
    elif any(word in lower for word in LIGHT_WORDS):
        among = [palette for palette in among if not palette.dark] or [PALETTES["mist"]]
    return seed.choice("palette", among).name


def style_for(wish: str, mood: Mood, seed: Seed) -> str:
    """Return the name of a visual style that `wish` names or describes, else of one that goes with the mood."""
    lower = wish.lower()
    for word, style in _STYLE_WORDS.items():
        if word in lower:
            return style
    return seed.choice("style", _STYLES_OF_MOOD[mood])


def flipped(palette: Palette) -> Palette:
    """Return the palette turned over: the accent is the ground, and what is written on it is the ink."""
    towards: Colour = (0, 0, 0) if luminance(palette.accent) < luminance(palette.on_accent) else (255, 255, 255)
    grounds = tuple(mixed(palette.accent, towards, share) for share in (0.0, 0.14, 0.24))
    return Palette(
        name=palette.name,
        grounds=(grounds[0], grounds[1], grounds[2]),
        text=palette.on_accent,
        accent=palette.on_accent,
        on_accent=palette.accent,
    )


def mixed(colour: Colour, other: Colour, share: float) -> Colour:
    """Return a colour with a share, 0.0 to 1.0, of another."""
    red, green, blue = (round(one + (two - one) * share) for one, two in zip(colour, other, strict=True))
    return (red, green, blue)


def luminance(colour: Colour) -> float:
    """Return the relative luminance as defined by WCAG 2, 0.0 to 1.0."""
    red, green, blue = (_linear(channel / 255) for channel in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast ratio as defined by WCAG 2, 1.0 to 21.0."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
