"""How each shot looks: its arrangement, its ground's chance, and how it gives way to the next. Pure."""

from dataclasses import asdict, dataclass
from typing import Literal, TypeAlias

from service.pipeline import Json, Output, Outputs
from service.pipelines.film.script.treatment import Mood, Purpose, Treatment, treatment_of
from service.pipelines.film.seeds import Seed

Arrangement: TypeAlias = Literal["statement", "centred", "number", "list", "quote", "call"]
Cut: TypeAlias = Literal["rise", "side", "blinds", "veil"]


@dataclass(frozen=True, slots=True)
class Frame:
    """One shot's look. `cut` is how it gives way to the next one, `swap` turns the palette's grounds around."""

    arrangement: Arrangement
    cut: Cut
    swap: int
    chance: int


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
_ARRANGED: dict[Purpose, Arrangement] = {
    "number": "number",
    "list": "list",
    "quote": "quote",
    "call": "call",
    "close": "centred",
}


def draw_up(treatment: Treatment, seed: Seed) -> Storyboard:
    """The look of every shot, with variety from one to the next."""
    frames: list[Frame] = []
    cuts = _CUTS[treatment.mood]
    first = seed.number("cuts") % len(cuts)
    for place, shot in enumerate(treatment.shots):
        arrangement = _ARRANGED.get(shot.purpose, "statement")
        before = frames[-1].arrangement if frames else ""
        if arrangement == before == "statement":
            arrangement = "centred"
        # Grounds stay for two shots and then turn: one place with changing light, not a slide show.
        frames.append(
            Frame(
                arrangement, cuts[(first + place) % len(cuts)], (place // 2) % 3, seed.number(f"shot-{place}") % 2**31
            )
        )
    return Storyboard(tuple(frames))


def storyboard_of(outputs: Outputs) -> Storyboard:
    """The storyboard that the path of this job made."""
    stage = outputs.get("FAST_TRACK") or outputs["VISUAL_TRANSLATION"]
    return Storyboard.from_json(stage["storyboard"])


__all__ = ["Arrangement", "Cut", "Frame", "Storyboard", "draw_up", "storyboard_of", "treatment_of"]
