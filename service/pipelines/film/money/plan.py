"""What a film will cost, planned before it is bought: for each shot the cheapest picture that is good enough, within
what the job may spend. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from types import MappingProxyType
from typing import Literal, TypeAlias

from service.pipeline import Json, Never, Output
from service.pipelines.film.script.treatment import Purpose, Shot

Kind: TypeAlias = Literal["typographic", "still", "clip"]
"""What lies behind a shot's words: a ground painted on this machine, a picture, or a moving one."""

KINDS: tuple[Kind, ...] = ("typographic", "still", "clip")
"""From the plainest to the dearest."""

CLIP_SECONDS = (4, 6, 8)
"""The lengths that Veo makes, https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/veo-video-generation."""

_PLAIN: Kind = "typographic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What a preset asks of its pictures: `aim` by a shot's purpose, and `least`, below which the film is not made
    where the providers have it to offer; typographic for what is not named. `cap_usd` is what a job may spend that
    names no budget."""

    aim: Mapping[Purpose, Kind]
    least: Mapping[Purpose, Kind]
    cap_usd: float


QUALITY: Mapping[str, Quality] = MappingProxyType(
    {
        # Made to be quick: its words carry it; a picture for the first second, which decides whether people stay.
        "quick_social": Quality(aim={"hook": "still"}, least={}, cap_usd=0.5),
        "brand_campaign": Quality(
            aim={"hook": "still", "point": "still", "quote": "still", "close": "still"},
            least={"hook": "still"},
            cap_usd=3.0,
        ),
        # Numbers and lists stay typographic: they are read, and a picture behind them is in the way.
        "premium_spot": Quality(
            aim={"hook": "clip", "point": "still", "quote": "still", "call": "still", "close": "clip"},
            least={"hook": "clip", "close": "still"},
            cap_usd=10.0,
        ),
    }
)
"""By preset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A kind of picture that an illustrator has, and its price: for one still, for one second of a clip."""

    kind: Kind
    model: str
    unit: str
    unit_usd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing to be bought: `units` at `unit_usd` each. `shot` is the shot's number, `kind` its picture's."""

    what: str
    model: str
    unit: str
    units: float
    unit_usd: float
    shot: int | None = None
    kind: Kind | None = None

    @property
    def usd(self) -> float:
        return self.units * self.unit_usd

    def to_json(self) -> Output:
        return {**asdict(self), "usd": round(self.usd, 6)}

    @staticmethod
    def from_json(kept: Json) -> "Line":
        return Line(**{name: value for name, value in kept.items() if name != "usd"})


def cap_usd(budget_usd: float | None, preset: str) -> float:
    """What a job may spend in all: what it says itself, else what its preset says."""
    return QUALITY[preset].cap_usd if budget_usd is None else budget_usd


def total(lines: Sequence[Line]) -> float:
    return sum(line.usd for line in lines)


def least(preset: str, offers: Sequence[Offer]) -> list[Line]:
    """The pictures of the cheapest film that the preset can be, before its shots are known: it has a hook, and the
    dearest of the ends that it may have."""
    ends: tuple[Purpose, ...] = ("call", "close")
    choices = [
        [line for line in (_least(0, "hook", preset, offers), _least(1, end, preset, offers)) if line] for end in ends
    ]
    return max(choices, key=total)


def pictures(shots: Sequence[Shot], preset: str, offers: Sequence[Offer], room_usd: float) -> list[Line]:
    """What to buy for the shots with `room_usd` dollars: every shot the kind that the preset aims at; where that is
    too dear, the dearest kind gives way first, and the lightest shot of it, down to the least that is good enough.

    Raises `Never("over_budget")` where even that is too dear.
    """
    quality = QUALITY[preset]
    kinds = [_offered(quality.aim.get(shot.purpose, _PLAIN), offers) for shot in shots]
    floor = [_offered(quality.least.get(shot.purpose, _PLAIN), offers) for shot in shots]
    while True:
        lines = [_line(place, shot, kinds[place], offers) for place, shot in enumerate(shots)]
        bought = [line for line in lines if line is not None]
        if total(bought) <= room_usd:
            return bought
        # A clip may be played more slowly: at the least, the shortest is enough.
        plainest = [replace(line, units=CLIP_SECONDS[0]) if line.kind == "clip" else line for line in bought]
        above = [place for place in range(len(shots)) if KINDS.index(kinds[place]) > KINDS.index(floor[place])]
        if not above and total(plainest) <= room_usd:
            return plainest
        if not above:
            raise over_budget(total(plainest), room_usd)
        place = min(above, key=lambda place: (-KINDS.index(kinds[place]), shots[place].weight, -place))
        kinds[place] = _offered(KINDS[KINDS.index(kinds[place]) - 1], offers)


def clip_seconds(seconds: float) -> int:
    """The shortest clip that covers `seconds`, else the longest there is, which is then played more slowly."""
    return next((length for length in CLIP_SECONDS if length >= seconds), CLIP_SECONDS[-1])


def over_budget(needed_usd: float, room_usd: float) -> Never:
    """The refusal of a film that costs more than the job may spend."""
    return Never(
        "over_budget",
        f"The cheapest film of this preset costs up to {needed_usd:.2f} USD more than is spent so far, and the job may "
        f"spend {max(room_usd, 0.0):.2f} USD more: raise metadata.budget_usd, or choose a plainer preset.",
    )


def _offered(kind: Kind, offers: Sequence[Offer]) -> Kind:
    """The kind, or the nearest plainer one that is on offer; typographic always is."""
    have = {_PLAIN, *(offer.kind for offer in offers)}
    return next(one for one in reversed(KINDS[: KINDS.index(kind) + 1]) if one in have)


def _least(place: int, purpose: Purpose, preset: str, offers: Sequence[Offer]) -> Line | None:
    shot = Shot(purpose=purpose, voice="", headline="", seconds=CLIP_SECONDS[0])
    return _line(place, shot, _offered(QUALITY[preset].least.get(purpose, _PLAIN), offers), offers)


def _line(place: int, shot: Shot, kind: Kind, offers: Sequence[Offer]) -> Line | None:
    if kind == _PLAIN:
        return None
    offer = next(offer for offer in offers if offer.kind == kind)
    units = clip_seconds(shot.seconds) if kind == "clip" else 1
    what = f"{kind} of shot {place + 1}"
    return Line(
        what=what, model=offer.model, unit=offer.unit, units=units, unit_usd=offer.unit_usd, shot=place, kind=kind
    )
