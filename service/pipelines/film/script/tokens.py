# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""What in a text must never be cut or torn apart: addresses, telephone numbers, prices, percentages, dates, times,
quantities, and ranges of them. The one place that knows what they look like; sentences, clauses, lists, headlines and
captions are cut between them. Pure.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from service.pipelines.film.script import text

_SPACE = "[ \u00a0\u202f]"
# Bounded, so that a long row of numbers is not tried as one number from each of its places.
_NUMBER = (
    rf"(?<![\w.,])\d{{1,3}}(?:[.,'’{_SPACE[1:-1]}]\d{{3}}){{1,5}}(?:[.,]\d{{1,2}})?(?!\d)|"
    r"(?<![\w.,])\d+(?:[.,]\d+){0,5}|[½¼¾⅓⅔]"
)
_MAGNITUDE = (
    rf"(?:{_SPACE}?(?:k|K|M|bn|B|m(?![\w²³/]))(?![\w²³])|{_SPACE}(?:hundred|thousand|million|billion|trillion|mille|millions?|"
    r"milliards?|tausend|Tsd\.|Mio\.|Millionen|Mrd\.|Milliarden|mil|millones|milhões|mila|milioni|миллион\w*|"
    r"тыс\.)(?!\w))"
)
_CURRENCY = (
    r"(?:[$€£¥₹₩₽₺₴₫฿]|(?:US|C|A|R|HK|NZ|S)\$|(?:USD|EUR|GBP|CHF|AED|SAR|JPY|CAD|AUD|SEK|NOK|DKK|PLN|CZK|INR|Fr\.|kr|"
    r"zł|Kč|"
    r"Euros?|euros?|dollars?|dirhams?|درهم|ريال|руб\.?|円|元|원)(?!\w))"
)
_PER = r"(?:/(?:month|mo|year|yr|week|day|hour|h|kg|person|night|mois|an|jour|Monat|Jahr|Tag|mes|año|mese|mês)\b)"
_UNIT = (
    (
        r"(?:%|‰|°{1}[CF]?|º[CF]?|(?:k?m²|k?m³|sq{1}{s}ft|sqft|km/h|mph|kWh?|MW|GW|[kMGT]B|[kMG]Hz|Hz|dB|lux|lm|rpm|px|"
        r"[kmc]?g|[kcmµ]?m|[mcd]?l|kcal|cal|oz|lbs?|ft|in|mi|min|sec|s|h|hrs?|tsp|tbsp|cups?|x|×|Mbit/s|"
        r"Uhr)(?![\w²³/])|"
        r"(?:\w{1,15}{s})?(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|times|metres|meters|kilometres|"
        r"kilometers|miles|grams|"
        r"kilos|litres|liters|degrees|percent|per cent|pour cent|Prozent|por ciento|per cento|Stunden?|Minuten?|"
        r"Tage?n?|"
        r"Wochen?|Monate?n?|Jahre?n?|heures?|jours?|semaines?|mois|ans|horas?|días?|semanas?|meses|años|ore|giorni|"
        r"dias|anos)(?!\w))"
    )
    .replace("{1}", "")
    .replace("{s}", _SPACE)
)
_MONTHS = (
    "jan(?:uary|vier|uar|eiro|ner|\\.)?|feb(?:ruary|ruar|braio|\\.)?|f[ée]vr(?:ier|\\.)|febrero|fevereiro|enero|"
    "gennaio|"
    "mar(?:ch|s|zo|ço|\\.)|märz|apr(?:il|ile|\\.)?|avril|abril|may|mai|maio|mayo|maggio|june?|juin|juni|junio|junho|"
    "giugno|"
    "july?|juillet|juli|julio|julho|luglio|aug(?:ust|\\.)?|août|agosto|sept?(?:ember|embre|iembre|\\.)?|setembro|"
    "settembre|"
    "oct(?:ober|obre|\\.)?|oktober|octubre|outubro|ottobre|nov(?:ember|embre|iembre|embro|\\.)?|dec(?:ember|\\.)?|"
    "déc(?:embre|\\.)?|dezember|dez\\.|diciembre|dezembro|dicembre|"
    "يناير|فبراير|مارس|أبريل|ابريل|مايو|يونيو|يوليو|أغسطس|سبتمبر|أكتوبر|نوفمبر|ديسمبر|"
    "января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|ноября|декабря"
)
_DAY = (
    "(?:mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun)(?:day|nesday|sday|rsday|urday|\\.)?|lundi|mardi|mercredi|jeudi|"
    "vendredi|samedi|dimanche|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|lunes|martes|miércoles|"
    "jueves|"
    "viernes|sábado|domingo|lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica"
)
_NTH = r"\d{1,2}(?:st|nd|rd|th|er|\.|º|ª)?"
_TO = r"(?:{s}?[–—-]{s}?|{s}(?:to|until|till|bis|à|au|a|al|до){s})".replace("{s}", _SPACE)
_ONE_DATE = (
    rf"(?:(?:{_DAY}),?{_SPACE})?(?:"
    rf"{_NTH}(?:{_TO}{_NTH})?{_SPACE}(?:de{_SPACE}|of{_SPACE})?(?:{_MONTHS})(?![\w])"
    rf"|(?<!\w)(?:{_MONTHS}){_SPACE}\d{{1,2}}(?:st|nd|rd|th)?(?!\w)(?:{_TO}\d{{1,2}}(?!\d))?)"
    rf"(?:,?{_SPACE}(?:de{_SPACE})?(?:19|20)\d\d(?!\d))?"
    r"|(?<!\d)(?:19|20)\d\d-\d\d-\d\d(?!\d)|(?<![\d.])\d{1,2}[./]\d{1,2}[./](?:19|20)?\d\d(?![\d])"
)
_DATE = rf"(?:{_ONE_DATE})(?:{_TO}(?:{_ONE_DATE}))?"
_CLOCK = (
    rf"(?<![\w:])(?:[01]?\d|2[0-4])(?:[:h.][0-5]\d)?{_SPACE}?(?:a\.m\.|p\.m\.|am|pm|AM|PM|Uhr|uur|ч)(?!\w)"
    r"|(?<![\w:])(?:[01]?\d|2[0-4])(?::[0-5]\d(?!\d)|h[0-5]\d(?!\d))"
)
_TELEPHONE = re.compile(
    r"(?<![\w.,/€$£-])(?:\+\d{1,3}[\s.\u00a0-]?(?:\(0\)\s?)?)?(?:\(\d{1,5}\)[\s.-]?)?\d{2,5}(?:[\s./\u00a0-]\d{2,5}){1,5}(?![\w%€$£])"
)
_QUOTATION = re.compile(
    r"“[^“”\n]{2,300}”|«[^«»\n]{2,300}»|„[^„“”\n]{2,300}[“”]|\"[^\"\n]{2,300}\"|「[^「」\n]{1,200}」"
)


class Kind(IntEnum):
    """What a token is, in the order in which they make the hero of a film: the price of a thing is its news."""

    PRICE = 1
    PERCENT = 2
    DATE = 3
    QUANTITY = 4
    TIME = 5
    NUMBER = 6
    ADDRESS = 7
    TELEPHONE = 8
    QUOTATION = 9


@dataclass(frozen=True, slots=True)
class Token:
    """A part of a text, from `start` up to `end`, that belongs together."""

    kind: Kind
    start: int
    end: int


_AMOUNT = rf"(?:{_NUMBER}){_MAGNITUDE}?"
_PRICE = rf"(?:{_CURRENCY}{_SPACE}?{_AMOUNT}|{_AMOUNT}{_SPACE}?{_CURRENCY}){_PER}?"
_PERCENT = (
    rf"[+±-]?(?:{_NUMBER}){_SPACE}?(?:%|percent(?!\w)|per cent(?!\w)|pour cent(?!\w)|Prozent(?!\w)|por ciento(?!\w))"
)
_QUANTITY = rf"[+±]?(?:{_NUMBER})(?:{_MAGNITUDE}|{_SPACE}?{_UNIT})"
_BARE = rf"[+±]?{_AMOUNT}"
_COMPOUND = (
    rf"(?:{_NUMBER})-(?:second|minute|hour|day|week|month|year|mile|metre|meter|page|piece|star|inch|foot|course)(?!\w)"
)
_SHARE = r"(?<![\w.,/])\d{1,3}(?:[.,]\d)?/(?:5|10|20|100)(?![\w/])"


_RULES: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (Kind.DATE, re.compile(_DATE, re.IGNORECASE)),
    (Kind.TIME, re.compile(rf"(?:(?:{_CLOCK}|\d{{1,2}}){_TO})?(?:{_CLOCK})", re.IGNORECASE)),
    (
        Kind.PRICE,
        re.compile(rf"(?:(?:{_PRICE}|{_BARE}){_TO})?(?:{_PRICE})|{_CURRENCY}{_SPACE}?{_AMOUNT}{_TO}{_AMOUNT}"),
    ),
    (Kind.PERCENT, re.compile(rf"(?:(?:{_PERCENT}|{_BARE}){_TO})?(?:{_PERCENT})")),
    (
        Kind.QUANTITY,
        re.compile(rf"(?:(?:{_QUANTITY}|{_BARE})(?:{_TO}|{_SPACE}(?:and|und|et|y|e){_SPACE}(?=\d)))?(?:{_QUANTITY})"),
    ),
    (Kind.QUANTITY, re.compile(_COMPOUND, re.IGNORECASE)),
    (Kind.NUMBER, re.compile(_SHARE)),
    (Kind.NUMBER, re.compile(rf"{_BARE}(?:{_TO}{_BARE})?(?:(?:st|nd|rd|th|er|ère|e|ème|x|\+)(?!\w))?(?![\w])")),
)


def find(content: str) -> list[Token]:
    """Return the tokens of a normalised text in their order. None overlap. Quotations are not among them
    (`quotations`), because there are others inside."""
    taken = bytearray(len(content))
    found: list[Token] = []
    for kind, start, end in _candidates(content):
        if start < end and not any(taken[start:end]):
            taken[start:end] = b"\x01" * (end - start)
            found.append(Token(kind, start, end))
    return sorted(found, key=lambda token: token.start)


def _candidates(content: str) -> Iterator[tuple[Kind, int, int]]:
    for start, end in text.address_spans(content):
        yield Kind.ADDRESS, start, end
    dates = [match.span() for match in _RULES[0][1].finditer(content)]
    for match in _TELEPHONE.finditer(content):
        if _is_telephone(match.group()) and not any(
            start < match.end() and match.start() < end for start, end in dates
        ):
            yield Kind.TELEPHONE, *match.span()
    for kind, rule in _RULES:
        for match in rule.finditer(content):
            yield kind, *match.span()


def quotations(content: str) -> list[Token]:
    """Return the quotations, with their marks."""
    return [Token(Kind.QUOTATION, *match.span()) for match in _QUOTATION.finditer(content)]


def _is_telephone(digits: str) -> bool:
    """Say whether a group of figures is a telephone number rather than a number with spaces or a range of years."""
    count = sum(character.isdigit() for character in digits)
    if not 7 <= count <= 15:
        return False
    groups = re.findall(r"\d+", digits)
    thousands = (
        all(len(group) == 3 for group in groups[1:]) and len(groups[0]) <= 3 and not digits.startswith(("+", "0", "("))
    )
    years = len(groups) == 2 and all(re.fullmatch(r"(?:19|20)\d\d", group) for group in groups)
    return digits.startswith(("+", "0", "(")) or (not thousands and not years and len(groups) >= 3)


def cuts(content: str, where: re.Pattern[str]) -> list[str]:
    """Split `content` at the matches of `where` that are not inside a token."""
    kept = find(content)
    starts = [token.start for token in kept]
    parts: list[str] = []
    begin = 0
    for match in where.finditer(content):
        # Only the last token that starts before the match ends can reach into it.
        at = bisect_left(starts, max(match.end(), match.start() + 1)) - 1
        inside = at >= 0 and match.start() < kept[at].end and (bool(match.group()) or starts[at] < match.start())
        if not inside:
            parts.append(content[begin : match.start()])
            begin = match.end()
    return [*parts, content[begin:]]
