"""Where words and captions may stand in a frame."""

from dataclasses import dataclass
from typing import TypeAlias

Box: TypeAlias = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels."""


@dataclass(frozen=True, slots=True)
class Zones:
    """The parts of a frame of `size` that phones and players do not cover. `unit` is what sizes are multiples of, and
    `scale` how much larger than that the words may be."""

    size: tuple[int, int]
    words: Box
    captions: Box
    unit: int
    scale: float = 1.0

    @staticmethod
    def of(width: int, height: int) -> "Zones":
        """The zones of a frame of this size."""
        unit = min(width, height)
        if height > width:
            side = round(width * 0.085)
            return Zones(
                (width, height),
                (side, round(height * 0.135), width - side, round(height * 0.685)),
                (side, round(height * 0.71), width - side, round(height * 0.815)),
                unit,
            )
        side, top = round(width * 0.075), round(height * 0.09)
        return Zones(
            (width, height),
            (side, top, width - side, round(height * 0.775)),
            (side, round(height * 0.805), width - side, round(height * 0.93)),
            unit,
            # A wide frame has room for larger words than its height alone suggests.
            1.2 if width > height else 1.0,
        )
