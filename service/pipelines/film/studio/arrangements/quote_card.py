"""A quotation on a card of its own colour."""

from service.pipelines.film.script.treatment import Shot
from service.pipelines.film.studio import sprites
from service.pipelines.film.studio.arrangements.quote import MOST_BESIDE, quotation
from service.pipelines.film.studio.look import FIELD_S, Look, halves, pictured, progress, stage
from service.pipelines.film.studio.sprites import Sprite, Thing


def arrange(shot: Shot, look: Look) -> list[Thing]:
    room = stage(look)
    found: list[Thing] = []
    if look.picture is not None and len(shot.headline) <= MOST_BESIDE:
        room, picture = halves(look, room, 0.32, first=look.zones.shape != "wide")
        found += pictured(look, picture)
    left, top, right, bottom = room
    inside = look.px(0.06)
    inner = (left + inside, top + inside, right - inside, bottom - inside)
    ink = look.palette.on_accent
    words = quotation(shot, look, inner, ink, ink)
    # A short quotation has a card of its own height, not one that is half empty.
    above = max(min(thing.box[1] for thing in words) - inside, top) // 2 * 2
    below = min(max(thing.box[3] for thing in words) + inside, bottom)
    card = sprites.card(right - left, below - above, look.px(0.05))
    found.append(Sprite(card, look.palette.accent, left, above, 0.0, "rise", FIELD_S, role="panel"))
    return [*progress(look), *found, *words]
