"""The sign of a fact: a tag for a price, a calendar for a date, scales for a weight. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from service.pipelines.film.script.writing import tokens
from service.pipelines.film.script.writing.tokens import Kind

SIGN = "sign-"
"""What the names of signs begin with. They are drawn in the palette's colours; things have their own."""

SIGNS: Mapping[Kind, str] = {
    Kind.PRICE: "sign-tag",
    Kind.PERCENT: "sign-seal-percent",
    Kind.DATE: "sign-calendar-dots",
    Kind.TIME: "sign-clock",
    Kind.TELEPHONE: "sign-phone-call",
    Kind.ADDRESS: "sign-globe-simple",
}
MAIL_SIGN, HANDLE_SIGN = "sign-envelope-simple", "sign-at"
UNITS: Mapping[str, str] = {
    "sign-thermometer": r"[°º][CF]?|degrees|grad",
    "sign-lightning": r"[kMG]?Wh?",
    "sign-path": r"km|mi|miles?|kilomet(?:er|re)s?",
    "sign-ruler": r"[cmµ]?m|met(?:er|re)s?",
    "sign-scales": r"[km]?g|grams|kilos|oz|lbs?",
    "sign-timer": r"min|sec|s|[Ss]econd(?:e|es|s|i|os)?|[Mm]inut[a-z]*|min\.?",
    "sign-clock": r"h|hrs?|hours?|heures?|horas?|ore|[Ss]tunden?",
    "sign-calendar-blank": (
        r"days?|weeks?|months?|years?|jours?|semaines?|mois|ans|días?|semanas?|meses|años|giorni|dias|anos|"
        r"Tage?n?|Wochen?|Monate?n?|Jahre?n?"
    ),
}
"""The signs of quantities, by what their units look like."""
_UNITS = {sign: re.compile(rf"(?:^|[\d\s-])(?:{units})$") for sign, units in UNITS.items()}
_SHARES_OF_A_SCREEN = re.compile(r"9:16|16:9")
_MAY = re.compile(r"\d may")
_VERB_AFTER = re.compile(r" (?!and\b|to\b|at\b|from\b|until\b|till\b|or\b|in\b)[a-z]{2,}")
"""After "2 may": "owners of a 2 may send it in"."""
_FROM_NOUGHT = re.compile(r"0 ?[\u2013-]")
"""How the seconds of a script's part are written: "HOOK (0-2 s)"."""
_AGED_BEFORE = re.compile(
    r"(?:\b(?:under|aged?|ages?|menores de|mayores de|moins de|âgés? de|dès|unter|jünger als|età|edad|idade|"
    r"compresa fra i|a los|à|alter|age|from|ab|desde|à partir de|a partir de|a partire da|von)\b[\s:]*|[a-z]-)"
    r"(?:\d+\W+(?:(?:to|a|à|bis|e|y|et|und|and)\W+)?)?$",
    re.IGNORECASE,
)
_IN_YEARS = re.compile(r"(?:years?|ans|años|anni|anos|[Jj]ahre?n?)$|\ds$")
_AGED_AFTER = re.compile(
    r"[\s-]*(?:old|of age|and (?:under|over|up)|d['\u2019]âge|de edad|di età|de idade|alt\b)", re.IGNORECASE
)
_CREDIT = re.compile(r"\b(?:photos?|fotos?|images?|bild(?:er)?)\s?:(?!\s*[\d$€£])", re.IGNORECASE)
"""Who took a picture is not what a film speaks of."""
_BETWEEN = (Kind.DATE, Kind.TIME, Kind.TELEPHONE, Kind.ADDRESS)
_HANDLE = re.compile(r"(?<!\w)@[\w.]+")


@dataclass(frozen=True, slots=True)
class Fact:
    """A sign and whether it stands for a measured quantity, which tells less than a price or a date."""

    sign: str
    is_measure: bool


def signs(text: str) -> Iterator[Fact]:
    """Yield the signs of the facts in a text, in their order."""
    for token in tokens.find(text):
        words = text[token.start : token.end]
        if _tells_nothing(text, token):
            continue
        if token.kind is Kind.QUANTITY:
            measured = next((sign for sign, unit in _UNITS.items() if unit.search(words)), "")
            if measured:
                yield Fact(measured, is_measure=True)
        elif token.kind is Kind.ADDRESS and "@" in words:
            yield Fact(HANDLE_SIGN if words.startswith("@") else MAIL_SIGN, is_measure=False)
        elif token.kind in SIGNS:
            yield Fact(SIGNS[token.kind], is_measure=False)


def _tells_nothing(text: str, token: tokens.Token) -> bool:
    """Say whether a token only looks like its fact: an age, the number of an account, the shape of a screen."""
    words = text[token.start : token.end]
    if token.kind is Kind.TELEPHONE:
        return words[0].isalpha()
    if token.kind is Kind.TIME:
        return bool(_SHARES_OF_A_SCREEN.fullmatch(words))
    if token.kind is Kind.DATE:
        return bool(_MAY.search(words, len(words) - 5) and _VERB_AFTER.match(text, token.end))
    if token.kind is not Kind.QUANTITY:
        return False
    is_age = _AGED_BEFORE.search(text, 0, token.start) or _AGED_AFTER.match(text, token.end)
    return bool(_FROM_NOUGHT.match(words) or (is_age and _IN_YEARS.search(words)))


def without(text: str) -> str:
    """Return a text with a lone zero for each date, time, number to call and address: "Sun 14 June" has no sun, and
    "schuhhaus-berger.de" no house."""
    text = _CREDIT.sub(" 0. ", text)
    parts: list[str] = []
    end = 0
    for token in tokens.find(text):
        if token.kind in _BETWEEN:
            parts += [text[end : token.start], " 0 "]
            end = token.end
    return _HANDLE.sub(" 0 ", "".join([*parts, text[end:]]))
