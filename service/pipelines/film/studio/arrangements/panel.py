"""The headline on a field of the accent's colour that reaches to the edge of the frame; the picture on the ground."""

from service.pipelines.film.script.treatment import Shot
from service.pipelines.film.studio import fonts, lettering, sprites
from service.pipelines.film.studio.canvas import Mask
from service.pipelines.film.studio.lettering import Lettering
from service.pipelines.film.studio.look import (
    FIELD_S,
    FIRST_S,
    Look,
    column,
    headline,
    kicker,
    pictured,
    put,
    stage,
    under_size,
)
from service.pipelines.film.studio.sprites import Sprite, Thing
from service.pipelines.film.studio.zones import Box

_TALLEST = {"tall": 0.6, "square": 0.56, "wide": 1.0}
"""How much of the room for words the field may take if there is a picture."""


def arrange(shot: Shot, look: Look) -> list[Thing]:
    palette = look.palette
    room, inside = _room(look), look.px(0.06)
    left, top, right, bottom = room
    label = lettering.fit(shot.label, (left, 0, right, look.px(0.22)), under_size(look), lines=4)
    under = label.height + look.px(0.03) if shot.label else 0
    block = headline(look, shot.headline, (left, 0, right, bottom - top - round(under)), scale=1.1)
    height = block.height + under
    edge = round(top if look.zones.shape == "wide" else bottom - height) - inside
    mask, x, y = _field(look, room, edge)
    found: list[Thing] = [Sprite(mask, palette.accent, x, y, 0.0, "rise", FIELD_S, role="panel")]
    if look.picture is not None:
        found += pictured(look, _beside_field(look, mask.width, y))
    at = column((left, y + inside, right, bottom), [block.height, under], [0], 0.5)
    style = Lettering(palette.on_accent, palette.on_accent, weight=fonts.HEAVY)
    found += put(look, shot.headline, block, style, room, top=at[0], at=FIRST_S + 0.2)
    if shot.label:
        quiet = Lettering(palette.on_accent, palette.on_accent, weight=fonts.MEDIUM)
        found += put(look, shot.label, label, quiet, room, top=at[1] + look.px(0.03), at=FIRST_S + 0.5, early=True)
    return kicker(look) + found


def _room(look: Look) -> Box:
    """The most room for words on the field."""
    left, top, right, bottom = stage(look)
    inside = look.px(0.06)
    if look.zones.shape == "wide":
        across = 0.56 if look.picture is not None else 0.86
        return left, top + inside, round(look.zones.size[0] * across) - inside, bottom - inside
    share = _TALLEST[look.zones.shape] if look.picture is not None else 0.85
    return left, bottom - round((bottom - top) * share), right, bottom


def _field(look: Look, room: Box, edge: int) -> tuple[Mask, int, int]:
    """The field with its place: from an edge down to the foot of the frame, or in a wide one from the left to the
    words' end. Its free corners are round."""
    width, height = look.zones.size
    radius = look.px(0.07) // 2 * 2
    if look.zones.shape == "wide":
        across = (room[2] + look.px(0.06)) // 2 * 2
        tall = (room[3] + look.px(0.06) - edge) // 2 * 2
        return sprites.card(across + radius, tall, radius).cropped(radius, 0, radius + across, tall), 0, edge
    edge = edge // 2 * 2
    return sprites.card(width, height - edge + radius, radius).cropped(0, 0, width, height - edge), 0, edge


def _beside_field(look: Look, across: int, edge: int) -> Box:
    left, top, right, bottom = stage(look)
    if look.zones.shape == "wide":
        return across + look.px(0.06), top, right, bottom
    return left, top, right, edge - look.px(0.04)
