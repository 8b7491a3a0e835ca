"""What a film will cost, planned before anything is bought: for each shot the cheapest picture that is good enough,
within what the job may spend. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace

from service.pipeline import Json, Never, Output
from service.pipelines.film.presets import PICTURE_KINDS, PRESETS, PictureKind, Purpose
from service.pipelines.film.script.treatment import Shot

CLIP_SECONDS = (4, 6, 8)
"""The lengths that Veo makes, https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/veo-video-generation."""

_PLAIN: PictureKind = "typographic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A kind of picture that an illustrator offers, and what one `unit` costs: one still, or one second of a clip."""

    kind: PictureKind
    model: str
    unit: str
    unit_usd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the plan: `units` to buy at `unit_usd` each. For a picture, `shot` is its shot's index and `kind` its
    kind."""

    what: str
    model: str
    unit: str
    units: float
    unit_usd: float
    shot: int | None = None
    kind: PictureKind | None = None

    @property
    def usd(self) -> float:
        return self.units * self.unit_usd

    def to_json(self) -> Output:
        return {**asdict(self), "usd": round(self.usd, 6)}

    @staticmethod
    def from_json(kept: Json) -> "Line":
        return Line(**{name: value for name, value in kept.items() if name != "usd"})


def total(lines: Sequence[Line]) -> float:
    return sum(line.usd for line in lines)


def least(preset: str, offers: Sequence[Offer]) -> list[Line]:
    """Return the pictures of the cheapest film the preset allows, before its shots are known.

    It has a hook, and the more expensive of the two endings it may have.
    """
    endings: tuple[Purpose, ...] = ("call", "close")
    choices = [
        [line for line in (_least(0, "hook", preset, offers), _least(1, ending, preset, offers)) if line]
        for ending in endings
    ]
    return max(choices, key=total)


def pictures(
    shots: Sequence[Shot], preset: str, offers: Sequence[Offer], room_usd: float, *, own: Collection[int] = ()
) -> list[Line]:
    """Plan the pictures of the shots for at most `room_usd` dollars. The shots in `own` have the client's pictures.

    Every shot gets the kind that the preset aims for. While that is too expensive, the lightest shot among those with
    the most expensive kind gives up one step, until every shot has the least that is good enough. A film has one hook
    and one ending: a shot that calls itself either and is elsewhere is paid for as a point.

    Raises `Never("over_budget")` if even that is too expensive.
    """
    wanted = PRESETS[preset]
    paid_as = [_in_its_place(shot.purpose, index, len(shots)) for index, shot in enumerate(shots)]
    kinds, floor = (
        [_PLAIN if index in own else _offered(by.get(purpose, _PLAIN), offers) for index, purpose in enumerate(paid_as)]
        for by in (wanted.aim, wanted.least)
    )
    while True:
        lines = [line for index, shot in enumerate(shots) if (line := _line(index, shot, kinds[index], offers))]
        if total(lines) <= room_usd:
            return lines
        # A clip may be played more slowly, so as a last resort the shortest is enough.
        plainest = [replace(line, units=CLIP_SECONDS[0]) if line.kind == "clip" else line for line in lines]
        above = [index for index in range(len(shots)) if _rank(kinds[index]) > _rank(floor[index])]
        if not above and total(plainest) <= room_usd:
            return plainest
        if not above:
            raise over_budget(total(plainest), room_usd)
        gives_up = min(above, key=lambda index: (-_rank(kinds[index]), shots[index].weight, -index))
        kinds[gives_up] = _offered(PICTURE_KINDS[_rank(kinds[gives_up]) - 1], offers)


def clip_seconds(seconds: float) -> int:
    """Return the shortest clip length that covers `seconds`, else the longest there is, which is played more slowly."""
    return next((length for length in CLIP_SECONDS if length >= seconds), CLIP_SECONDS[-1])


def over_budget(needed_usd: float, room_usd: float) -> Never:
    """Build the refusal of a film that costs more than the job may spend."""
    return Never(
        "over_budget",
        f"The cheapest film of this preset costs up to {needed_usd:.2f} USD more than is spent so far, and the job may "
        f"spend {max(room_usd, 0.0):.2f} USD more: raise metadata.budget_usd, or choose a plainer preset.",
    )


def _in_its_place(purpose: Purpose, index: int, count: int) -> Purpose:
    """Return the purpose that a shot's picture is paid for: a model that calls sixty shots a hook gets one clip."""
    is_misplaced = (purpose == "hook" and index > 0) or (purpose in {"call", "close"} and index < count - 1)
    return "point" if is_misplaced else purpose


def _rank(kind: PictureKind) -> int:
    return PICTURE_KINDS.index(kind)


def _offered(kind: PictureKind, offers: Sequence[Offer]) -> PictureKind:
    """Return the kind, or the next plainer one that is on offer; typographic always is."""
    available = {_PLAIN, *(offer.kind for offer in offers)}
    return next(plainer for plainer in reversed(PICTURE_KINDS[: _rank(kind) + 1]) if plainer in available)


def _least(index: int, purpose: Purpose, preset: str, offers: Sequence[Offer]) -> Line | None:
    shot = Shot(purpose=purpose, voice="", headline="", seconds=CLIP_SECONDS[0])
    return _line(index, shot, _offered(PRESETS[preset].least.get(purpose, _PLAIN), offers), offers)


def _line(index: int, shot: Shot, kind: PictureKind, offers: Sequence[Offer]) -> Line | None:
    if kind == _PLAIN:
        return None
    offer = next(offer for offer in offers if offer.kind == kind)
    units = clip_seconds(shot.seconds) if kind == "clip" else 1
    what = f"{kind} of shot {index + 1}"
    return Line(
        what=what, model=offer.model, unit=offer.unit, units=units, unit_usd=offer.unit_usd, shot=index, kind=kind
    )
