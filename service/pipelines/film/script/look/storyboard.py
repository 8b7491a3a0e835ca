"""The storyboard: how each shot looks, that is its arrangement, its ground and how it gives way to the next. Pure."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal, TypeAlias

from service.pipeline import Json, Output, Outputs
from service.pipelines.film.script.look import figures, pictograms
from service.pipelines.film.script.treatment import Mood, Shot, Treatment
from service.pipelines.film.seeds import Seed

Arrangement: TypeAlias = Literal[
    "statement",
    "centred",
    "panel",
    "strips",
    "step",
    "number",
    "badge",
    "ring",
    "gauge",
    "price",
    "leaf",
    "list",
    "cards",
    "timeline",
    "quote",
    "quote_card",
    "call",
    "end_card",
]
Cut: TypeAlias = Literal["iris", "diagonal", "bars", "chevron", "push", "dissolve"]
Typeface: TypeAlias = Literal["archivo", "bricolage", "fraunces", "fraunces-fine", "gabarito", "outfit"]
FLIPPED = 3
"""A `swap` that turns the colours over: the accent is the ground."""
_SHOTS_A_GROUND, _GROUNDS = 2, 3
_MANY = 4
_MOST_ON_A_DISC, _MOST_BESIDE_A_DISC = 8, 40
"""Letters of a figure that are still large on a disc, and of the words that leave room for a large one."""


@dataclass(frozen=True, slots=True)
class Frame:
    """How one shot looks: `cut` is how it gives way to the next, `swap` reorders the palette's grounds or turns the
    colours over, `chance` is the seed of its ground, and `picture` names what it speaks of (`studio/pictograms.py`
    draws it) or is ""."""

    arrangement: Arrangement
    cut: Cut
    swap: int
    chance: int
    picture: str = ""


@dataclass(frozen=True, slots=True)
class Storyboard:
    """How a film looks: its shots, and the typeface of its words if that has all their letters (`studio/typefaces.py`).
    None is Noto's, which is what films were set in before they had one."""

    frames: tuple[Frame, ...]
    typeface: Typeface | None = None

    def to_json(self) -> Output:
        return asdict(self)

    @staticmethod
    def from_json(kept: Json) -> "Storyboard":
        return Storyboard(tuple(Frame(**frame) for frame in kept["frames"]), kept.get("typeface"))


_CUTS: dict[Mood, tuple[Cut, ...]] = {
    "joyful": ("iris", "bars", "push"),
    "energetic": ("chevron", "push", "diagonal", "bars"),
    "warm": ("iris", "dissolve", "push"),
    "calm": ("dissolve", "iris"),
    "dramatic": ("diagonal", "dissolve"),
    "elegant": ("dissolve", "diagonal"),
    "hopeful": ("iris", "push", "diagonal"),
}
_TYPEFACES: dict[Mood, Typeface] = {
    "joyful": "gabarito",
    "energetic": "archivo",
    "warm": "bricolage",
    "calm": "outfit",
    "dramatic": "archivo",
    "elegant": "fraunces-fine",
    "hopeful": "outfit",
}
_OF_STYLE: dict[Mood, dict[str, Typeface]] = {
    "warm": {"paper": "fraunces", "blocks": "gabarito"},
    "calm": {"paper": "fraunces"},
    "hopeful": {"paper": "fraunces", "blocks": "gabarito", "rings": "bricolage"},
}
_POINTS: tuple[Arrangement, ...] = ("statement", "panel", "centred", "strips")


def draw_up(
    treatment: Treatment, seed: Seed, directions: Sequence[str] = (), unwanted: Sequence[str] = ()
) -> Storyboard:
    """Decide the look of every shot, so that no two in a row look the same. `directions` are the brief's; `unwanted`
    are the pictograms that the job does without (`Wishes.pictograms`)."""
    frames: list[Frame] = []
    cuts = _CUTS[treatment.mood]
    first = seed.number("cuts") % len(cuts)
    pictures = pictograms.choose(treatment, directions, unwanted)
    figures_shown = 0
    for index, shot in enumerate(treatment.shots):
        among = arrangements(shot, pictures[index])
        arrangement = _least_seen(among, [frame.arrangement for frame in frames], seed)
        # A ground stays for two shots before it changes: one place with changing light, not a slide show.
        swap = (index // _SHOTS_A_GROUND) % _GROUNDS
        if shot.purpose == "number":
            # Every other figure has the whole frame in the accent's colour.
            swap = FLIPPED if figures_shown % 2 == 0 else swap
            figures_shown += 1
        chance = seed.number(f"shot-{index}") % 2**31
        frames.append(Frame(arrangement, cuts[(first + index) % len(cuts)], swap, chance, pictures[index]))
    return Storyboard(tuple(frames), typeface(treatment))


def typeface(treatment: Treatment) -> Typeface:
    """Return the typeface that goes with a film's mood; moods that go with several have one for each style."""
    return _OF_STYLE.get(treatment.mood, {}).get(treatment.style) or _TYPEFACES[treatment.mood]


def arrangements(shot: Shot, picture: str = "") -> tuple[Arrangement, ...]:
    """Return the arrangements that can show a shot with a picture or without one."""
    if shot.step:
        return ("step",)
    if shot.purpose == "number":
        if figures.percent(shot.headline) is not None:
            return ("ring", "gauge")
        if figures.leaf(shot.headline) is not None:
            return ("leaf",)
        if figures.reduced(shot) is not None:
            return ("price",)
        aside = len(shot.lead) + len(shot.label)
        fits_disc = len(figures.parted(shot.headline)[0]) <= _MOST_ON_A_DISC and aside <= _MOST_BESIDE_A_DISC
        return ("number", "badge") if fits_disc else ("number",)
    if shot.purpose == "list":
        return _of_list(shot.items)
    if shot.purpose == "quote":
        return ("quote", "quote_card")
    if shot.purpose == "call":
        return ("call", "end_card")
    if shot.purpose == "close" and not shot.voice:
        return ("end_card",)
    # A panel without a picture would be half of an empty frame, and with one word a large area for little.
    return tuple(name for name in _POINTS if name != "panel" or (picture and " " in shot.headline))


def _of_list(items: Sequence[str]) -> tuple[Arrangement, ...]:
    if all(figures.stamped(item) for item in items):
        return ("timeline",)
    # Only the cards have a column for prices, and room for many items.
    return ("cards",) if len(items) > _MANY or all(map(figures.priced, items)) else ("list", "cards")


def _least_seen(among: Sequence[Arrangement], before: Sequence[Arrangement], seed: Seed) -> Arrangement:
    """The arrangement that was not seen for longest; the seed decides between those not seen yet."""
    first = seed.number("arrangements") % len(among)
    turned = [*among[first:], *among[:first]]
    return min(turned, key=lambda name: max((at for at, seen in enumerate(before) if seen == name), default=-1))


def storyboard_of(outputs: Outputs) -> Storyboard:
    """Return the storyboard made on this job's path, the short or the full one."""
    stage = outputs.get("FAST_TRACK") or outputs["VISUAL_TRANSLATION"]
    return Storyboard.from_json(stage["storyboard"])
