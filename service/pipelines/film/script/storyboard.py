"""The storyboard: how each shot looks, that is its arrangement, its ground and how it gives way to the next. Pure."""

from dataclasses import asdict, dataclass
from typing import Literal, TypeAlias

from service.pipeline import Json, Output, Outputs
from service.pipelines.film.presets import Purpose
from service.pipelines.film.script import pictograms
from service.pipelines.film.script.treatment import Mood, Treatment
from service.pipelines.film.seeds import Seed

Arrangement: TypeAlias = Literal["statement", "centred", "number", "list", "quote", "call"]
Cut: TypeAlias = Literal["rise", "side", "blinds", "veil"]
_SHOTS_A_GROUND, _GROUNDS = 2, 3


@dataclass(frozen=True, slots=True)
class Frame:
    """How one shot looks: `cut` is how it gives way to the next, `swap` reorders the palette's grounds, `chance` is the
    seed of its ground, and `picture` names what it speaks of (`studio/pictograms.py` draws it) or is ""."""

    arrangement: Arrangement
    cut: Cut
    swap: int
    chance: int
    picture: str = ""


@dataclass(frozen=True, slots=True)
class Storyboard:
    frames: tuple[Frame, ...]

    def to_json(self) -> Output:
        return asdict(self)

    @staticmethod
    def from_json(kept: Json) -> "Storyboard":
        return Storyboard(tuple(Frame(**frame) for frame in kept["frames"]))


_CUTS: dict[Mood, tuple[Cut, ...]] = {
    "joyful": ("side", "blinds", "rise"),
    "energetic": ("blinds", "side", "rise"),
    "warm": ("rise", "veil"),
    "calm": ("veil", "rise"),
    "dramatic": ("veil", "side"),
    "elegant": ("veil", "rise"),
    "hopeful": ("rise", "side"),
}
_ARRANGEMENTS: dict[Purpose, Arrangement] = {
    "number": "number",
    "list": "list",
    "quote": "quote",
    "call": "call",
    "close": "centred",
}


def draw_up(treatment: Treatment, seed: Seed) -> Storyboard:
    """Decide the look of every shot, so that no two in a row look the same."""
    frames: list[Frame] = []
    cuts = _CUTS[treatment.mood]
    first = seed.number("cuts") % len(cuts)
    pictures = pictograms.choose(treatment)
    for index, shot in enumerate(treatment.shots):
        arrangement = _ARRANGEMENTS.get(shot.purpose, "statement")
        before = frames[-1].arrangement if frames else ""
        if arrangement == before == "statement":
            arrangement = "centred"
        # A ground stays for two shots before it changes: one place with changing light, not a slide show.
        swap = (index // _SHOTS_A_GROUND) % _GROUNDS
        chance = seed.number(f"shot-{index}") % 2**31
        frames.append(Frame(arrangement, cuts[(first + index) % len(cuts)], swap, chance, pictures[index]))
    return Storyboard(tuple(frames))


def storyboard_of(outputs: Outputs) -> Storyboard:
    """Return the storyboard made on this job's path, the short or the full one."""
    stage = outputs.get("FAST_TRACK") or outputs["VISUAL_TRANSLATION"]
    return Storyboard.from_json(stage["storyboard"])
