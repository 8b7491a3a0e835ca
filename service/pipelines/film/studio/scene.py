"""Lay out one shot's words: a function for each arrangement of the storyboard."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.pipelines.film.script.palettes import Palette
from service.pipelines.film.script.storyboard import Arrangement
from service.pipelines.film.script.timeline import Word
from service.pipelines.film.script.treatment import Shot
from service.pipelines.film.studio import fonts, lettering, sprites
from service.pipelines.film.studio.canvas import Mask, rounded
from service.pipelines.film.studio.lettering import Lettering
from service.pipelines.film.studio.sprites import Sprite
from service.pipelines.film.studio.zones import Box, Zones

_FIRST_S = 0.1
"""After a cut, the eye needs this long before words appear."""
_HEADLINES = {"hook": 0.155, "close": 0.17}
"""Size of a headline in units, by the shot's purpose."""
_HEADLINE = 0.132


@dataclass(frozen=True, slots=True)
class Look:
    """What a shot's words are laid out with. `title` is the film's."""

    arrangement: Arrangement
    palette: Palette
    zones: Zones
    title: str


def compose(shot: Shot, look: Look, words: Sequence[Word], start: float) -> list[Sprite]:
    """Return the sprites of a shot in painting order. `words` are spoken in it; it begins at second `start` of the
    film."""
    palette, zones, arrangement = look.palette, look.zones, look.arrangement
    named = look.title in shot.headline or arrangement in {"call", "quote"}
    kicker = [] if named else _kicker(look.title, palette, zones)
    if arrangement == "number":
        return kicker + _number(shot, palette, zones)
    if arrangement == "list":
        return kicker + _list(shot, palette, zones, words, start)
    if arrangement == "quote":
        return kicker + _quote(shot, palette, zones)
    if arrangement == "call":
        return _call(shot, palette, zones)
    return kicker + _statement(shot, palette, zones, centred=arrangement == "centred")


def _statement(shot: Shot, palette: Palette, zones: Zones, *, centred: bool) -> list[Sprite]:
    """A headline with a short rule under it, and the label below that."""
    left, top, right, bottom = zones.words
    room = (
        left,
        top + round(zones.unit * 0.1),
        right,
        bottom - (round(zones.unit * 0.28) if shot.label else round(zones.unit * 0.08)),
    )
    block = lettering.fit(
        shot.headline, room, round(zones.unit * zones.scale * _HEADLINES.get(shot.purpose, _HEADLINE))
    )
    style = Lettering(palette.text, palette.accent, centred=centred)
    under = lettering.fit(shot.label, (left, 0, right, round(zones.unit * 0.2)), round(zones.unit * 0.06), lines=3)
    below = under.height + zones.unit * 0.035 if shot.label else 0
    at = _middle(room, block.height + zones.unit * 0.075 + below)
    found = lettering.sprites(block, shot.accent, style, room, top=at, at=_FIRST_S)
    rule = sprites.bar(round(zones.unit * 0.14), max(8, round(zones.unit * 0.011)))
    rtl = fonts.right_to_left(shot.headline)
    x = (left + right - rule.width) // 2 if centred else right - rule.width if rtl else left
    y = round(at + block.height + zones.unit * 0.055)
    found.append(Sprite(rule, palette.accent, x, y, _FIRST_S + 0.35, "wipe", 0.7))
    if shot.label:
        quiet = Lettering(palette.text, palette.text, weight=fonts.MEDIUM, centred=centred)
        found += lettering.sprites(under, "", quiet, room, top=y + zones.unit * 0.045, at=_FIRST_S + 0.5)
    return found


def _number(shot: Shot, palette: Palette, zones: Zones) -> list[Sprite]:
    """A large number with the words before it above and those after it below."""
    left, top, right, bottom = zones.words
    top += round(zones.unit * 0.09)
    tall = bottom - top
    big = lettering.fit_number(shot.headline, (left, top, right, top + round(tall * 0.52)), round(zones.unit * 0.4))
    lead = lettering.fit(
        shot.lead, (left, top, right, top + round(tall * 0.22)), round(zones.unit * zones.scale * 0.075), lines=3
    )
    label = lettering.fit(
        shot.label, (left, top, right, top + round(tall * 0.24)), round(zones.unit * zones.scale * 0.085), lines=2
    )
    above = lead.height + zones.unit * 0.015 if shot.lead else 0
    below = label.height + zones.unit * 0.03 if shot.label else 0
    at = _middle((left, top, right, bottom), above + big.height + below)
    room = (left, top, right, bottom)
    plain = Lettering(palette.text, palette.accent, weight=fonts.MEDIUM)
    found: list[Sprite] = []
    if shot.lead:
        found += lettering.sprites(lead, "", plain, room, top=at, at=_FIRST_S)
    strong = Lettering(palette.accent, palette.accent, entrance="pop")
    found += lettering.sprites(big, "", strong, room, top=at + above, at=_FIRST_S + 0.12)
    if shot.label:
        found += lettering.sprites(
            label, "", plain, room, top=at + above + big.height + zones.unit * 0.03, at=_FIRST_S + 0.4
        )
    return found


def _list(shot: Shot, palette: Palette, zones: Zones, words: Sequence[Word], start: float) -> list[Sprite]:
    """Items below one another, each with a dot, appearing as they are spoken."""
    left, top, right, bottom = zones.words
    top += round(zones.unit * 0.1)
    indent = round(zones.unit * 0.085)
    each = (bottom - top) // max(len(shot.items), 3)
    largest = min(round(zones.unit * zones.scale * 0.115), round(each * 0.66))
    rtl = fonts.right_to_left(" ".join(shot.items))
    room = (left, top, right - indent, bottom) if rtl else (left + indent, top, right, bottom)
    blocks = [
        lettering.fit(item, (room[0], 0, room[2], each - round(zones.unit * 0.03)), largest, lines=2)
        for item in shot.items
    ]
    # All items have one size: the smallest that any of them needs.
    size = min(block.size for block in blocks)
    blocks = [lettering.fit(item, (room[0], 0, room[2], each), size, lines=3) for item in shot.items]
    gap = zones.unit * 0.045
    at = _middle((left, top, right, bottom), sum(block.height + gap for block in blocks) - gap)
    moments = _moments(shot.items, words, start)
    style = Lettering(palette.text, palette.accent)
    dot = sprites.disc(round(size * 0.36))
    found: list[Sprite] = []
    for block, moment in zip(blocks, moments, strict=True):
        x = right - dot.width if rtl else left
        y = round(at + size * block.leading * 0.5 - dot.height * 0.42)
        # The dots are there from the start: they show how much is still to come.
        found.append(Sprite(dot, palette.accent, x, y, _FIRST_S + 0.08 * len(found) / 2, "pop", 0.4))
        found += lettering.sprites(block, "", style, room, top=at, at=moment)
        at += block.height + gap
    return found


def _quote(shot: Shot, palette: Palette, zones: Zones) -> list[Sprite]:
    """A quotation in italics under a large quotation mark, its speaker below."""
    left, top, right, bottom = zones.words
    mark = fonts.draw("“", round(zones.unit * 0.42))
    rtl = fonts.right_to_left(shot.headline)
    room_top = top + round(zones.unit * 0.24)
    room = (left, room_top, right, bottom - round(zones.unit * 0.1))
    block = lettering.fit(shot.headline, room, round(zones.unit * 0.1), face=fonts.italic())
    at = _middle(room, block.height)
    style = Lettering(palette.text, palette.accent, face=fonts.italic())
    shape = Mask.of(mark.mask)
    x = right - shape.width if rtl else left
    found = [Sprite(shape, palette.accent, x, round(at - shape.height - zones.unit * 0.035), _FIRST_S, "fade")]
    found += lettering.sprites(block, shot.accent, style, room, top=at, at=_FIRST_S + 0.1)
    if shot.label:
        speaker = lettering.fit(
            f"— {shot.label}", (left, 0, right, round(zones.unit * 0.09)), round(zones.unit * 0.05), lines=1
        )
        quiet = Lettering(palette.accent, palette.accent, weight=fonts.MEDIUM)
        y = at + block.height + zones.unit * 0.03
        found += lettering.sprites(speaker, "", quiet, (left, top, right, bottom), top=y, at=_FIRST_S + 0.6)
    return found


def _call(shot: Shot, palette: Palette, zones: Zones) -> list[Sprite]:
    """A call to action with its label, such as a web address, on a button."""
    left, top, right, bottom = zones.words
    pill_height = round(zones.unit * 0.15) // 2 * 2 if shot.label else 0
    room = (left, top, right, bottom - pill_height - round(zones.unit * 0.1))
    block = lettering.fit(shot.headline, room, round(zones.unit * zones.scale * 0.14))
    gap = zones.unit * 0.07
    at = _middle((left, top, right, bottom), block.height + (gap + pill_height if pill_height else 0))
    style = Lettering(palette.text, palette.accent, centred=True)
    found = lettering.sprites(block, shot.accent, style, room, top=at, at=_FIRST_S)
    if pill_height:
        inside = round(zones.unit * 0.07)
        label = lettering.fit(
            shot.label,
            (left + inside, 0, right - inside, round(pill_height * 0.72)),
            round(zones.unit * 0.062),
            lines=1,
        )
        wide = max(lettering.width(line, label.size) for line in label.lines)
        pill_width = min(round(wide) + 2 * inside, right - left) // 2 * 2
        pill = rounded(pill_width, pill_height, radius=pill_height)
        x = (left + right - pill_width) // 2
        y = round(at + block.height + gap) // 2 * 2
        found.append(Sprite(pill, palette.accent, x, y, _FIRST_S + 0.35, "pop", 0.5))
        inked = Lettering(palette.on_accent, palette.on_accent, centred=True, entrance="fade")
        middle = y + (pill_height - label.height) / 2
        found += lettering.sprites(
            label, "", inked, (x, y, x + pill_width, y + pill_height), top=middle, at=_FIRST_S + 0.5
        )
    return found


def _kicker(title: str, palette: Palette, zones: Zones) -> list[Sprite]:
    """The film's title, small at the top of every shot that does not show it otherwise."""
    left, top, right, _ = zones.words
    size = round(zones.unit * 0.042)
    block = lettering.fit(title, (left + size * 2, 0, right, round(size * 1.5)), size, lines=1)
    rtl = fonts.right_to_left(title)
    bar = sprites.bar(round(size * 1.2), max(4, size // 8))
    x = right - bar.width if rtl else left
    room = (left, top, right - size * 2, top) if rtl else (left + size * 2, top, right, top)
    style = Lettering(palette.text, palette.text, weight=fonts.MEDIUM, entrance="fade")
    return [
        Sprite(bar, palette.accent, x, round(top + block.height * 0.5), 0.0, "fade", 0.3),
        *lettering.sprites(block, "", style, room, top=top, at=0.0),
    ]


def _moments(items: Sequence[str], words: Sequence[Word], start: float) -> list[float]:
    """When each item appears, in seconds of the shot: as it is spoken, or else one after the other."""
    moments: list[float] = []
    spoken = 0
    for number, item in enumerate(items):
        key = lettering.bare(item.split()[0]) if item.split() else ""
        found = next((at for at in range(spoken, len(words)) if lettering.bare(words[at].text) == key), None)
        usual = _FIRST_S + number * 0.35
        if found is None:
            moments.append(max(usual, moments[-1] + 0.2 if moments else 0.0))
        else:
            moments.append(max(words[found].start - start - 0.15, _FIRST_S))
            spoken = found + 1
    return moments


def _middle(box: Box, height: float) -> float:
    """The top of something `height` pixels tall at the optical centre of a box, a little above the geometric one."""
    return box[1] + max((box[3] - box[1] - height) * 0.46, 0)
