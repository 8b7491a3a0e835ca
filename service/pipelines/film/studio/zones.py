"""Where words and captions may stand in a frame."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Box: TypeAlias = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels."""


@dataclass(frozen=True, slots=True)
class Zones:
    """The parts of a frame of `size` that phones and players do not cover. Pictures may stand a little lower than
    words, down to `foot`. `unit` is what sizes are multiples of, and
    `scale` how much larger than that the words may be."""

    size: tuple[int, int]
    words: Box
    captions: Box
    foot: int
    unit: int
    scale: float = 1.0

    @staticmethod
    def of(width: int, height: int, *, captions: bool = True) -> "Zones":
        """The zones of a frame of this size. Without `captions` the words have their room too."""
        unit = min(width, height)
        if height > width:
            side = round(width * 0.078)
            return Zones(
                (width, height),
                (side, round(height * 0.115), width - side, round(height * (0.69 if captions else 0.82))),
                (side, round(height * 0.715), width - side, round(height * 0.82)),
                round(height * (0.69 if captions else 0.9)),
                unit,
                1.0 if captions else 1.16,
            )
        side, top = round(width * 0.07), round(height * 0.08)
        return Zones(
            (width, height),
            (side, top, width - side, round(height * (0.775 if captions else 0.9))),
            (side, round(height * 0.805), width - side, round(height * 0.93)),
            round(height * (0.775 if captions else 0.9)),
            unit,
            # A wide frame has room for larger words than its height alone suggests, and so has one without captions.
            1.2 if width > height else 1.0 if captions else 1.1,
        )

    @property
    def shape(self) -> Literal["tall", "square", "wide"]:
        width, height = self.size
        return "tall" if height > width else "wide" if width > height else "square"
