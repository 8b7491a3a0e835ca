"""A call to action with its label, such as a web address, on a button."""

from dataclasses import replace

from service.pipelines.film.script.treatment import Shot
from service.pipelines.film.studio import fonts
from service.pipelines.film.studio.arrangements.brand import branded
from service.pipelines.film.studio.arrangements.button import Attempt, attempts, button
from service.pipelines.film.studio.lettering import Lettering
from service.pipelines.film.studio.look import FIRST_S, Look, headline, progress, put, split, stage
from service.pipelines.film.studio.sprites import Thing

_SHARES = (0.3, 0.22)
"""How much of the room the picture has, if the words have enough with it."""


def arrange(shot: Shot, look: Look) -> list[Thing]:
    if look.logo is not None and look.zones.shape == "square":
        look = replace(look, picture=None)  # There is room for one of the two.
    tried = (_arranged(shot, attempt.of(look), attempt) for attempt in attempts(look, *_SHARES))
    found = next(things for things in tried if things)
    return progress(look) + found


def _arranged(shot: Shot, look: Look, attempt: Attempt) -> list[Thing]:
    """What the card shows; nothing if its words would be too small."""
    palette = look.palette
    shared = split(look, stage(look), attempt.picture, first=True, wide_share=0.38)
    left, top, right, bottom = room = shared.words
    name, name_height = branded(look, shot, room, attempt.name)
    pill = button(shot, look, room, attempt.button)
    tall = pill.height if pill else 0
    gap = look.px(0.06)
    free = bottom - top - round(name_height) - tall - (2 if name_height else 1) * gap
    block = headline(look, shot.headline, (left, 0, right, free))
    if block.size < look.px(attempt.least) or (look.picture is not None and pill is not None and pill.is_squeezed):
        return []
    at, found = shared.settle([name_height, block.height, tall], [gap if name_height else 0, gap if pill else 0])
    style = Lettering(palette.text, palette.accent, weight=fonts.HEAVY, centred=True)
    found += name(at[0])
    found += put(look, shot.headline, block, style, room, top=at[1], at=FIRST_S, accent=shot.accent)
    if pill:
        found += pill.things(at[2])
    return found
