"""A treatment that a model wrote: the form it must have, and how it is read and checked by rules. Pure.

Whatever the draft says, only the typed fields of a `Treatment` come out of it.
"""

import dataclasses
import typing
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from types import GenericAlias
from typing import TYPE_CHECKING, Annotated, Any, Literal

from service.pipeline import Json
from service.pipelines.film.script.directing import beats, coverage
from service.pipelines.film.script.judging import viewing
from service.pipelines.film.script.look.palettes import PALETTES, STYLES
from service.pipelines.film.script.reading.brief import Brief
from service.pipelines.film.script.treatment import Shot, Treatment
from service.pipelines.film.script.voice import pace
from service.pipelines.film.script.writing import text

if TYPE_CHECKING:
    from pydantic import TypeAdapter
    from pydantic_core import ErrorDetails

_ONLY_OURS = frozenset({"weight"})
"""Fields that a draft does not have."""
_LONGEST_ITEM = 60
_LENGTH_OFF = 0.15
"""How far the shots' total length may be from the film's before the draft is refused; up to that they are scaled."""
_BRISK = 1.15
"""How much longer than the film its words may take at the usual pace."""
_ENDS_WEIGHT = 8.0
_LAST_PURPOSES = ("call", "close")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Requirements:
    """What a draft must meet.

    `content`: the whole brief; `seconds`: the film's length; `threshold`: the smallest share of the brief that the film
    must say; `undrawable`: returns the letters of a text that no font here has.
    """

    brief: Brief
    content: str
    seconds: float
    threshold: float
    undrawable: Callable[[str], str] = lambda _text: ""


class Fault(Exception):
    """A draft that cannot be filmed; `faults` has a sentence for each thing that is wrong with it."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


def read(draft: Json, required: Requirements) -> Treatment:
    """Return the treatment that a draft describes. Raises `Fault` with everything that is wrong with it."""
    from pydantic import ValidationError  # noqa: PLC0415 -- as in `_form`

    try:
        treatment = _form().validate_python(draft)
    except ValidationError as error:
        raise Fault([_sentence(detail) for detail in error.errors(include_url=False)]) from None
    treatment = replace(treatment, shots=tuple(_as_shown(shot) for shot in treatment.shots))
    title = required.brief.by_hand.title
    treatment = replace(treatment, title=title or treatment.title)
    faults = _faults(treatment, required)
    if faults:
        raise Fault(faults)
    fitted = _fitted(treatment, required)
    return replace(fitted, title="") if required.brief.by_hand.is_untitled else fitted


def schema() -> dict[str, Json]:
    """Return the JSON schema of a draft, made from `Treatment`, in the plain form that models take: no references."""
    return _schema(Treatment)


def _schema(kind: type) -> dict[str, Json]:
    hints = typing.get_type_hints(kind)
    properties = {field.name: _schema_of(hints[field.name], field.metadata.get("most")) for field in _fields(kind)}
    if kind is Treatment:
        properties["palette"] = {"type": "string", "enum": list(PALETTES)}
        properties["style"] = {"type": "string", "enum": list(STYLES)}
    return {"type": "object", "properties": properties, "required": list(properties)}


def _schema_of(hint: Any, most: int | None) -> dict[str, Json]:
    origin = typing.get_origin(hint)
    if origin is Literal:
        return {"type": "string", "enum": list(typing.get_args(hint))}
    if origin is tuple:
        inner = _schema_of(typing.get_args(hint)[0], _LONGEST_ITEM)
        return {"type": "array", "items": inner, "maxItems": most}
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _schema(hint)
    return {"type": "number"} if hint is float else {"type": "string", "maxLength": most}


def _fields(kind: Any) -> "list[dataclasses.Field[Any]]":
    return [field for field in dataclasses.fields(kind) if field.name not in _ONLY_OURS]


@lru_cache(maxsize=1)
def _form() -> "TypeAdapter[Treatment]":
    """Return the reader of a draft's form, made from `Treatment`.

    Pydantic is imported here, when the first draft is read: no other film needs it, and it is slow to import.
    """
    from pydantic import AfterValidator, BeforeValidator, Field, TypeAdapter, create_model  # noqa: PLC0415

    def form_of(hint: Any, most: int | None) -> Any:
        if typing.get_origin(hint) is Literal:
            return hint
        if typing.get_origin(hint) is tuple:
            inner = form_of(typing.get_args(hint)[0], _LONGEST_ITEM)
            items = GenericAlias(list, (inner,))
            return Annotated[items, Field(strict=True, max_length=most), AfterValidator(tuple)]
        if hint is float:
            return Annotated[float, Field(strict=True, allow_inf_nan=False)]
        if hint is str:
            return Annotated[str, Field(strict=True, max_length=most), BeforeValidator(_one_line)]
        hints = typing.get_type_hints(hint)
        forms = {field.name: form_of(hints[field.name], field.metadata.get("most")) for field in _fields(hint)}
        return Annotated[create_model(hint.__name__, **forms), AfterValidator(lambda read: hint(**dict(read)))]

    return TypeAdapter(form_of(Treatment, None))


def _one_line(value: Json) -> Json:
    """Return a text as one line of ordinary characters, as a brief's own words are; anything else as it is."""
    return " ".join(text.normal(value).split()) if isinstance(value, str) else value


def _sentence(error: "ErrorDetails") -> str:
    path = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in error["loc"])
    return f"treatment{path}: {error['msg']}"


def _as_shown(shot: Shot) -> Shot:
    """Return the shot without words that its arrangement does not show, so that they do not count as said."""
    if shot.purpose == "list":
        return replace(shot, headline="", lead="", label="")
    return replace(shot, items=(), lead=shot.lead if shot.purpose == "number" else "")


def _faults(treatment: Treatment, required: Requirements) -> list[str]:
    """Say what is wrong with a draft that has the right form."""
    shots = treatment.shots
    language, given = (tag.split("-", maxsplit=1)[0].lower() for tag in (required.brief.lang, treatment.lang))
    checks = (
        (language == given, f"lang must be {required.brief.lang}, the language of the brief"),
        (bool(treatment.title), "title must not be empty"),
        (treatment.palette in PALETTES, f"palette must be one of {', '.join(PALETTES)}"),
        (treatment.style in STYLES, f"style must be one of {', '.join(STYLES)}"),
        (bool(shots), "there must be at least one shot"),
        (not shots or shots[0].purpose == "hook", "the first shot's purpose must be hook"),
        (
            len(shots) < 2 or shots[-1].purpose in _LAST_PURPOSES,
            f"the last shot's purpose must be {' or '.join(_LAST_PURPOSES)}",
        ),
    )
    faults = [sentence for good, sentence in checks if not good]
    for number, shot in enumerate(shots, 1):
        faults += [f"shot {number}: {fault}" for fault in _shot_faults(shot)]
    planned = sum(shot.seconds for shot in shots)
    if abs(planned - required.seconds) > _LENGTH_OFF * required.seconds:
        faults.append(f"the shots last {planned:.1f} s together, the film {required.seconds:g} s")
    said = sum(pace.speech_s(shot.voice) for shot in shots)
    if said > _BRISK * required.seconds:
        faults.append(f"the voice takes about {said:.0f} s to say, more than the film's {required.seconds:g} s")
    return faults + _content_faults(treatment, required)


def _shot_faults(shot: Shot) -> list[str]:
    faults: list[str] = []
    if shot.purpose == "list" and not shot.items:
        faults.append("a list has items")
    if shot.purpose != "list" and not shot.headline:
        faults.append("headline must not be empty")
    if not pace.SHORTEST_SHOT_S <= shot.seconds <= pace.LONGEST_SHOT_S:
        faults.append(f"seconds must be {pace.SHORTEST_SHOT_S:g} to {pace.LONGEST_SHOT_S:g}")
    if not shot.visual:
        faults.append("visual must not be empty")
    return faults


def _content_faults(treatment: Treatment, required: Requirements) -> list[str]:
    """Say where the draft says too much or too little."""
    script = treatment.script()
    hand = required.brief.by_hand
    promised = hand.with_title(required.content)
    faults = [f"the brief does not say {claim!r}" for claim in coverage.unpromised(promised, script)]
    faults += hand.disobeyed(script)
    # What QA would send the film back for is mended before anything is bought.
    faults += viewing.faults(treatment, required.brief, text.normal(required.content))
    letters = required.undrawable(script)
    if letters:
        faults.append(f"these letters cannot be drawn: {letters}")
    if coverage.score(required.brief.key_phrases, script, required.seconds) < required.threshold:
        missing = coverage.missing(required.brief.key_phrases, script, required.seconds)
        faults.append(f"these words of the brief must be said: {', '.join(missing)}")
    return faults


def _fitted(treatment: Treatment, required: Requirements) -> Treatment:
    """Return the draft with exactly the required length, each shot weighted by what it says."""
    scale = required.seconds / sum(shot.seconds for shot in treatment.shots)
    last = len(treatment.shots) - 1
    shots = tuple(
        replace(
            shot,
            seconds=round(shot.seconds * scale, 3),
            weight=_ENDS_WEIGHT if index in {0, last} else _weight(shot, required.brief),
            accent=shot.accent if shot.accent.casefold() in shot.headline.casefold() else "",
        )
        for index, shot in enumerate(treatment.shots)
    )
    return replace(treatment, lang=required.brief.lang, seconds=required.seconds, shots=shots)


def _weight(shot: Shot, brief: Brief) -> float:
    said = f"{shot.voice}\n{shot.words_on_screen}".casefold()
    return beats.key_weight(said, [phrase.casefold() for phrase in brief.key_phrases])
