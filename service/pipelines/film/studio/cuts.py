"""Cuts: how one shot gives way to the next, within the first frames of the next one. Through a mask that grows, both
are seen; nothing but the first shot's end and the second one's beginning is ever on screen."""

import math

from PIL import Image, ImageDraw

from service.pipelines.film.script.look.palettes import Colour
from service.pipelines.film.script.look.storyboard import Cut
from service.pipelines.film.studio import easing
from service.pipelines.film.studio.canvas import Canvas, Mask

FRAMES = 6
_BARS = 5
_EDGE = 0.12
"""How far the edge in the accent's colour is ahead of the new shot, as a share of the way."""


def blend(canvas: Canvas, before: Canvas, cut: Cut, number: int, edge: Colour) -> None:
    """Put frame `number` of a cut onto `canvas`, which has the new shot on it, with the old shot on `before`."""
    share = easing.in_out((number + 1) / (FRAMES + 1))
    if cut == "dissolve":
        for own, old in zip(canvas.planes, before.planes, strict=True):
            own.paste(Image.blend(old, own, share))
        return
    if cut == "push":
        across = round(canvas.width * share) // 2 * 2
        for own, old, at in zip(canvas.planes, before.planes, (across, across // 2, across // 2), strict=True):
            new = own.copy()
            own.paste(old, (-at, 0))
            own.paste(new, (own.width - at, 0))
        return
    size = (canvas.width, canvas.height)
    before.paint(_mask(cut, size, min(share + _EDGE, 1.0) if number else share), edge, 0, 0)
    shown = _mask(cut, size, share)
    for own, old, mask in zip(canvas.planes, before.planes, (shown.full, shown.half, shown.half), strict=True):
        new = own.copy()
        own.paste(old)
        own.paste(new, (0, 0), mask)


def _mask(cut: Cut, size: tuple[int, int], share: float) -> Mask:
    """What is seen of the new shot when a share of the way is gone. Edges are not smooth: they fly."""
    width, height = size
    mask = Image.new("L", size)
    brush = ImageDraw.Draw(mask)
    if cut == "iris":
        reach = math.hypot(width, height) / 2 * share
        brush.ellipse((width / 2 - reach, height / 2 - reach, width / 2 + reach, height / 2 + reach), fill=255)
    elif cut == "diagonal":
        slope = height * 0.35
        edge = (width + slope) * share
        brush.polygon([(0, 0), (edge, 0), (edge - slope, height), (0, height)], fill=255)
    elif cut == "chevron":
        point = width * 0.3
        edge = (width + point) * share
        brush.polygon([(0, 0), (edge - point, 0), (edge, height / 2), (edge - point, height), (0, height)], fill=255)
    else:
        for number in range(_BARS):
            late = 0.3 * number / _BARS
            down = height * easing.clamp((share - late) / (1 - 0.3))
            left, right = width * number / _BARS, width * (number + 1) / _BARS
            brush.rectangle((left, 0, right, down) if number % 2 else (left, height - down, right, height), fill=255)
    return Mask.of(mask)
