"""A price on a tag, and the one before it struck through."""

from dataclasses import replace

from service.pipelines.film.script.look import figures
from service.pipelines.film.script.treatment import Shot
from service.pipelines.film.studio import fonts, lettering, sprites
from service.pipelines.film.studio.arrangements.number import figure, small
from service.pipelines.film.studio.layout import Block
from service.pipelines.film.studio.lettering import Lettering
from service.pipelines.film.studio.look import FIRST_S, Look, is_cramped, kicker, put, split, stage, turned
from service.pipelines.film.studio.sprites import Sprite, Thing
from service.pipelines.film.studio.zones import Box

_STRUCK_S = 0.9
_AROUND = 0.06
"""How much taller than the price its tag is."""
_LARGEST, _LARGER = 0.4, 1.35
"""The largest price, as a share of the frame's shorter side, and how much larger it must be without its unit."""


def arrange(shot: Shot, look: Look) -> list[Thing]:
    price = figures.reduced(shot)
    assert price is not None  # noqa: S101 -- the storyboard chose this arrangement for it
    palette = look.palette
    # In a square both prices need the room.
    shown = replace(look, picture=None) if look.zones.shape == "square" else look
    shared = split(shown, stage(look), 0.28, first=look.mirrored, wide_share=0.34)
    left, top, right, bottom = room = shared.words
    gaps = [look.px(0.015), look.px(0.035), look.px(0.035)]
    tall = bottom - top - sum(gaps) - look.px(_AROUND)
    inside = look.px(0.05)
    now, rest_of_it, big = _now(look, price, (left + inside, 0, right - inside, round(tall * 0.4)))
    lead = lettering.fit(price.lead, (left, 0, right, round(tall * 0.22)), small(look, 0.085), lines=3)
    before = lettering.fit(price.before, (left, 0, right, round(tall * 0.16)), small(look, 0.16), lines=1)
    rest = lettering.fit(rest_of_it, (left, 0, right, round(tall * 0.2)), small(look, 0.085), lines=3)
    if is_cramped(look, lead, rest):
        return arrange(shot, replace(look, picture=None))
    tag_height = round(big.height + look.px(_AROUND)) // 2 * 2
    heights = [lead.height if price.lead else 0, before.height, tag_height, rest.height if rest_of_it else 0]
    at, found = shared.settle(heights, gaps)
    plain = Lettering(palette.text, palette.accent, weight=fonts.BOLD)
    if price.lead:
        found += put(look, price.lead, lead, plain, room, top=at[0], at=FIRST_S)
    old = put(look, price.before, before, plain, room, top=at[1], at=FIRST_S, early=True)
    found += old
    found += _struck(look, old)
    rtl = fonts.right_to_left(price.lead or shot.label)
    wide = max(lettering.width(line, big.size, fonts.HEAVY) for line in big.lines)
    tag = sprites.card(round(wide) + 2 * inside, tag_height, look.px(0.04))
    x = right - tag.width if rtl else left
    found.append(Sprite(tag, palette.accent, x, round(at[2]), FIRST_S + 0.5, "wipe", 0.4, role="panel"))
    number_room = (x + inside, 0, x + tag.width - inside, 0)
    top_of_number = at[2] + (tag_height - big.height) / 2
    found += figure(turned(look), now, big, number_room, top_of_number, at=FIRST_S + 0.6, centred=True)
    if rest_of_it:
        found += put(look, rest_of_it, rest, plain, room, top=at[3], at=FIRST_S + 0.8)
    return kicker(look) + found


def _now(look: Look, price: figures.Reduced, box: Box) -> tuple[str, str, Block]:
    """The price as it stands on its tag, what stands below that, and the former as it is set. "/month" goes below if
    the price becomes much larger without it."""
    whole = lettering.fit_number(price.now, box, look.px(_LARGEST), fonts.HEAVY)
    amount, unit = figures.parted(price.now)
    alone = lettering.fit_number(amount, box, look.px(_LARGEST), fonts.HEAVY)
    if not unit or alone.size < _LARGER * whole.size:
        return price.now, price.rest, whole
    return amount, f"{unit} {price.rest}".strip(), alone


def _struck(look: Look, old: list[Sprite]) -> list[Thing]:
    """A line through the old price."""
    left, right = min(word.box[0] for word in old), max(word.box[2] for word in old)
    middle = (min(word.box[1] for word in old) + max(word.box[3] for word in old)) // 2
    thick = max(look.px(0.014), 6)
    aside = look.px(0.015)
    line = sprites.bar(right - left + 2 * aside, thick)
    y = middle - line.height // 2
    return [Sprite(line, look.palette.accent, left - aside, y, _STRUCK_S, "wipe", 0.35, role="strike")]
