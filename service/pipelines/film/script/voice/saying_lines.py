# ruff: noqa: RUF001 -- signs and letters of other languages are meant
"""What only the whole line tells how to say: dates in figures, marks between words, short names of days beside their
hours. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service.pipelines.film.script.voice import numerals
from service.pipelines.film.script.voice.saying import Language, words
from service.pipelines.film.script.voice.saying_germanic import ENGLISH, GERMAN
from service.pipelines.film.script.voice.saying_romance import FRENCH, ITALIAN
from service.pipelines.film.script.writing import tokens
from service.pipelines.film.script.writing.tokens import Kind

_MARKS = frozenset(["/", "|", "–", "—", "-", "•", "·", "∙", "▪", "■", "➔", "→", "»", "~", "〜", "～"])
_DASHES = frozenset(["–", "—", "-", "~", "〜", "～"])
_WHOLE = (Kind.TELEPHONE, Kind.ADDRESS)
_PLAIN = re.compile(r"^\d[\d.,]*$")
_DAY_MONTH = re.compile(r"^(\(?)(\d{1,2})([/.])(\d{1,2})\.?(?:[（(](\w)[）)])?(\W*)$")
_MONTHS, _DAYS = 12, 31
_MONTH_FIRST = frozenset({"en-us", "en-ph"})
_JOINERS = frozenset(words("& + and und u. et y e / ,"))
_BEFORE_HOURS = frozenset(
    words("bis ab von um from until till to at de à a dès jusqu'à das dalle alle al às desde hasta até zw. zwischen")
)
_WITH_CAPITALS = (ENGLISH, GERMAN)
_POINT = re.compile(r"(?<![\d.])([01]?\d|2[0-4])\.([0-5]\d)(?!\d)")


@dataclass(frozen=True, slots=True)
class _Signs:
    month: str
    day: str
    weekday: str
    hour: str
    minute: str
    to: str


_EASTERN = {"ko": _Signs("월", "일", "요일", "시", "분", "부터"), "zh": _Signs("月", "日", "", "点", "分", "到")}
_EASTERN_DATE = re.compile(r"(?<![\d/])(0?[1-9]|1[0-2])/(0?[1-9]|[12]\d|3[01])(?![\d/])(?:[（(](\w)[）)])?")
_EASTERN_CLOCK = re.compile(r"(?<![\d:])([01]?\d|2[0-4]):([0-5]\d)(?![\d:])")
_EASTERN_WEEKDAY = re.compile(r"(?<=\d)(일)[（(]([월화수목금토일])[）)]")
_EASTERN_TO = re.compile(r"(?<=[일요시분日点])[~〜～–-](?=\d)")


def said(words: Sequence[str], lang: str, language: Language | None) -> dict[int, str]:
    """Return how those words are said that need the rest of their line, by their places."""
    primary = lang.split("-", maxsplit=1)[0]
    spans = list(_spans(words))
    found = dict(_marks(words, spans, language.to if language else ""))
    if language is not None:
        found |= dict(_dates(words, spans, lang, language))
        found |= _days(words, language)
        found |= dict(_millions(words, language))
    elif primary in _EASTERN:
        found |= dict(_eastern(words, primary))
    return found


def with_colons(words: Sequence[str]) -> list[str]:
    """Return the words with a colon in the times that are written with a point: "9.30am"."""
    told = {at for kind, first, last in _spans(words) if kind is Kind.TIME for at in range(first, last + 1)}
    return [_POINT.sub(r"\1:\2", word) if at in told else word for at, word in enumerate(words)]


def _spans(words: Sequence[str]) -> Iterator[tuple[Kind, int, int]]:
    """The tokens of a line, with the places of their first and last word."""
    starts: list[int] = []
    at = 0
    for word in words:
        starts.append(at)
        at += len(word) + 1
    for token in tokens.find(" ".join(words)):
        inside = [
            place
            for place, (start, word) in enumerate(zip(starts, words, strict=True))
            if token.start < start + len(word) and start < token.end
        ]
        if inside:
            yield token.kind, inside[0], inside[-1]


def _marks(words: Sequence[str], spans: Sequence[tuple[Kind, int, int]], to: str) -> Iterator[tuple[int, str]]:
    """A mark by itself: "to" inside a range, else a pause."""
    for at in range(1, len(words) - 1):
        if words[at] not in _MARKS:
            continue
        within = next((kind for kind, first, last in spans if first < at < last), None)
        is_range = within is not Kind.NUMBER or bool(_PLAIN.match(words[at - 1]) and _PLAIN.match(words[at + 1]))
        if within is None or (within not in _WHOLE and not (words[at] in _DASHES and is_range)):
            yield at, ","
        elif words[at] in _DASHES and within not in _WHOLE and to:
            yield at, to


def _dates(
    words: Sequence[str], spans: Sequence[tuple[Kind, int, int]], lang: str, language: Language
) -> Iterator[tuple[int, str]]:
    """Days and months in figures: "6/12"."""
    places = [at for kind, first, last in spans if kind is Kind.DATE for at in range(first, last + 1)]
    parts = {at: found for at in places if (found := _DAY_MONTH.match(words[at]))}
    pairs = [(int(found[2]), int(found[4])) for found in parts.values()]
    order = _order(pairs, lang.lower()) if language is ENGLISH else "day"
    for at, found in parts.items():
        first, second = int(found[2]), int(found[4])
        day, month = (second, first) if order == "month" else (first, second)
        if not order:
            yield at, f"{found[1]}{first} {second}{found[6]}"
        elif 1 <= month <= _MONTHS and 1 <= day <= _DAYS:
            point = "." if found[6].startswith(".") and found[3] == "/" else ""
            yield at, found[1] + _date(day, language.months[month - 1], order, language) + point + found[6].lstrip(".")


def _date(day: int, month: str, order: str, language: Language) -> str:
    if language is ENGLISH:
        return f"{month} {_nth(day)}" if order == "month" else f"{_nth(day)} of {month}"
    if language is GERMAN:
        return f"{day}. {month}"
    if language is FRENCH:
        return f"{'1er' if day == 1 else day} {month}"
    return f"{day} {month}" if language is ITALIAN else f"{day} de {month}"


def _nth(day: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th") if day not in {11, 12, 13} else "th"
    return f"{day}{ending}"


def _order(pairs: Sequence[tuple[int, int]], lang: str) -> str:
    """Which of the two figures of English dates is the month: "month" if the first, "day" if the second, "" if nothing
    tells."""
    if lang in _MONTH_FIRST or any(second > _MONTHS for _, second in pairs):
        return "month"
    if lang.startswith("en-") or any(first > _MONTHS for first, _ in pairs):
        return "day"
    firsts, seconds = {first for first, _ in pairs}, {second for _, second in pairs}
    if len(pairs) > 1 and len(firsts) == 1 < len(seconds):
        return "month"
    return "day" if len(pairs) > 1 and len(seconds) == 1 < len(firsts) else ""


def _millions(line: Sequence[str], language: Language) -> Iterator[tuple[int, str]]:
    """Money with its sign, its amount and a power in three words: "R$ 5 mil"."""
    for at in range(len(line) - 2):
        sign, amount, power = line[at : at + 3]
        bare = power.rstrip(".,;:!?)")
        if sign in language.money and _PLAIN.match(amount) and bare.lower() in numerals.MAGNITUDES:
            yield at, ""
            yield at + 1, amount
            yield at + 2, numerals.many(bare, language.money[sign], language) + power[len(bare) :]


def _days(line: Sequence[str], language: Language) -> dict[int, str]:
    """The short names of days that are in a row, "Mon, Wed & Fri", or before their hours, "Sa bis 14 Uhr"; alone they
    are other words."""
    names = {at: day for at, word in enumerate(line) if (day := _day(word, language))}
    kept: set[int] = set()
    for at in names:
        following = at + 1 if line[at].endswith(",") else at + 2
        between = {*_JOINERS, *_DASHES, language.to, "au"}
        joined = following == at + 1 or (at + 1 < len(line) and line[at + 1] in between)
        if joined and following in names:
            kept |= {at, following}
        told = at + 2 < len(line) and line[at + 1].lower() in _BEFORE_HOURS and line[at + 2][:1].isdigit()
        if told and (line[at][:1].isupper() or language not in _WITH_CAPITALS):
            kept.add(at)
    beside = [at for at in range(1, len(line)) if {at - 1, at + 1} <= kept]
    joints = {at: "&" for at in beside if line[at] in {"+", "/", "u."}}
    joints |= {at: language.to for at in beside if line[at] in _DASHES}
    return {at: names[at] for at in kept} | joints


def _day(word: str, language: Language) -> str:
    """A short name of a day in full, with the marks around it; "" for any other word. In English and German a day has a
    capital."""
    bare = word.strip("(").rstrip(".,;:!?)")
    day = language.days.get(bare.lower(), "")
    if not day or (language in _WITH_CAPITALS and not bare[:1].isupper()):
        return ""
    opening = "(" if word.startswith("(") else ""
    return opening + day + word[len(opening) + len(bare) :].lstrip(".")


def _eastern(line: Sequence[str], primary: str) -> Iterator[tuple[int, str]]:
    """Dates and times as Korean and Chinese say them: "12/18(금)", "19:30"."""
    signs = _EASTERN[primary]

    def date(found: re.Match[str]) -> str:
        weekday = f" {found[3]}{signs.weekday}" if found[3] else ""
        return f"{int(found[1])}{signs.month} {int(found[2])}{signs.day}{weekday}"

    def clock(found: re.Match[str]) -> str:
        minutes = f" {int(found[2])}{signs.minute}" if found[2] != "00" else ""
        return f"{int(found[1])}{signs.hour}{minutes}"

    for at, word in enumerate(line):
        dated = _EASTERN_WEEKDAY.sub(rf"\1 \2{signs.weekday}", word) if signs.weekday else word
        spoken = _EASTERN_CLOCK.sub(clock, _EASTERN_DATE.sub(date, dated))
        if spoken != word:
            yield at, _EASTERN_TO.sub(f"{signs.to} ", spoken)
