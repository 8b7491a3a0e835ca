"""A large number that counts up, with the words before it above and those after it below."""

from collections.abc import Sequence
from dataclasses import replace

from service.pipelines.film.script.look import figures
from service.pipelines.film.script.treatment import Shot
from service.pipelines.film.studio import fonts, lettering
from service.pipelines.film.studio.layout import Block
from service.pipelines.film.studio.lettering import Lettering
from service.pipelines.film.studio.look import FIRST_S, Look, is_cramped, kicker, put, split, stage
from service.pipelines.film.studio.moving import counting
from service.pipelines.film.studio.sprites import Thing
from service.pipelines.film.studio.zones import Box

_COUNTS_S, _COUNTS_LONGEST_S = 0.9, 1.4
_LARGER = 1.35
"""How much larger a figure must become for its unit to get a line of its own, and that line's size of the figure's."""
_UNIT = 0.42


def arrange(shot: Shot, look: Look) -> list[Thing]:
    palette = look.palette
    shared = split(look, stage(look), 0.34, first=look.mirrored)
    # Alone in a wide frame, words at its left side would leave half of it empty.
    centred = look.picture is None and look.zones.shape == "wide"
    left, top, right, bottom = room = shared.words
    tall = bottom - top
    amount, unit, big, below = _parts(look, shot.headline, (left, 0, right, round(tall * 0.44)))
    lead, label = around(look, shot, (left, 0, right, tall - round(big.height + below.height) - look.px(0.04)))
    if is_cramped(look, lead, label):
        return arrange(shot, replace(look, picture=None))
    heights = [lead.height if shot.lead else 0, big.height + below.height, label.height if shot.label else 0]
    at, found = shared.settle(heights, [look.px(0.01) if shot.lead else 0, look.px(0.02)])
    plain = Lettering(palette.text, palette.accent, weight=fonts.BOLD, centred=centred)
    if shot.lead:
        found += put(look, shot.lead, lead, plain, room, top=at[0], at=FIRST_S)
    found += figure(look, amount, big, room, at[1], centred=centred, said=look.heard.get(shot.headline))
    if unit:
        strong = Lettering(palette.accent, palette.accent, weight=fonts.HEAVY, centred=centred)
        found += put(look, unit, below, strong, room, top=at[1] + big.height, at=FIRST_S + 0.5, early=True)
    if shot.label:
        found += put(look, shot.label, label, plain, room, top=at[2], at=FIRST_S + 0.4)
    return kicker(look) + found


def _parts(look: Look, wording: str, box: Box) -> tuple[str, str, Block, Block]:
    """A figure, its unit if that gets a line of its own, and both as they are set."""
    left, top, right, bottom = box
    none = lettering.fit("", (left, 0, right, 1), 1)
    whole = lettering.fit_number(wording, box, look.px(0.46), fonts.HEAVY)
    amount, unit = figures.parted(wording)
    alone = lettering.fit_number(amount, (left, 0, right, round((bottom - top) * 0.74)), look.px(0.46), fonts.HEAVY)
    is_plain = look.zones.shape == "tall" and not unit.startswith("/")
    if (
        not unit
        or is_plain
        or len(whole.lines) > 1
        or alone.size < _LARGER * whole.size
        or fonts.right_to_left(wording)
    ):
        return wording, "", whole, replace(none, lines=())
    below = lettering.fit(
        unit, (left, 0, right, round((bottom - top) * 0.26)), round(alone.size * _UNIT), lines=1, weight=fonts.HEAVY
    )
    return amount, unit, alone, below


def around(look: Look, shot: Shot, box: Box) -> tuple[Block, Block]:
    """Return the words before and after a figure, set to share a box that is as tall as both may be together."""
    left, top, right, bottom = box
    free = bottom - top
    for_lead = free if not shot.label else round(free * 0.55)
    lead = lettering.fit(shot.lead, (left, 0, right, for_lead), small(look, 0.085), lines=5)
    rest = free - round(lead.height) if shot.lead else free
    return lead, lettering.fit(shot.label, (left, 0, right, rest), small(look, 0.09), lines=5)


def small(look: Look, share: float) -> int:
    """Return a size of words beside a figure: larger if there is no picture."""
    alone = look.picture is None and look.zones.shape == "tall"
    return look.px(share * look.zones.scale * (1.2 if alone else 1.0))


def figure(
    look: Look,
    wording: str,
    block: Block,
    room: Box,
    top: float,
    *,
    at: float = FIRST_S,
    centred: bool = False,
    said: Sequence[float] | None = None,
) -> list[Thing]:
    """The number in its block: counting up if it may and is on one line, and landing when it is said."""
    palette = look.palette
    line = " ".join(block.lines[0])
    heard = said or look.heard.get(wording)
    takes = min(max(heard[0] - at, _COUNTS_S), _COUNTS_LONGEST_S) if heard else _COUNTS_S
    if len(block.lines) == 1 and figures.counts(wording):
        wide = fonts.width(line, block.size, fonts.HEAVY)
        baseline = round(top + block.size * (block.leading / 2 + 0.36))
        x = (room[0] + room[2] - wide) / 2 if centred else float(room[0])
        number = counting(
            line, size=block.size, weight=fonts.HEAVY, colour=palette.accent, pen=(x, baseline), at=at,
            takes=takes, is_timed=heard is not None,
        )  # fmt: skip
        if number is not None:
            return [number]
    strong = Lettering(palette.accent, palette.accent, weight=fonts.HEAVY, entrance="pop", centred=centred)
    return [*put(look, wording, block, strong, room, top=top, at=at + 0.1, early=True)]
