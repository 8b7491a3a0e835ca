# ruff: noqa: RUF001 -- the letters of other languages are meant
"""How dates, and ranges of them, are written in the languages that briefs come in. Pure."""

import re
from collections.abc import Iterator

from service.pipelines.film.script.writing.calendars import DAYS, EASTERN_DATE, EASTERN_TO, MONTHS, TO

_SPACE = "[ \u00a0\u202f]"
_NTH = r"\d{1,2}(?:st|nd|rd|th|er|\.|º|ª|°)?"
_TO = rf"(?:{_SPACE}?[–—~〜～-]{_SPACE}?|{_SPACE}{TO}{_SPACE})"
_AND = rf"{_SPACE}(?:and|&|und|et|y|e|en|i|и|ve|och|og){_SPACE}"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_DAY_MONTH = rf"{_DAY}\.(?:0[1-9]|1[0-2])\."
_WEEKDAY = r"(?: ?[（(][月火水木金土日一二三四五六월화수목금토일][）)])?"
_ONE_DATE = (
    rf"(?:(?:(?:{DAYS})(?:{_SPACE}?[&/+]{_SPACE}?|{_AND}|{_TO}))?(?:{DAYS}),?{_SPACE}(?:the{_SPACE})?)?(?:"
    rf"(?<![\w.,$€£¥/])(?:{_NTH},{_SPACE}){{0,5}}{_NTH}(?:(?:{_TO}|,?{_AND})(?:(?:{DAYS}),?{_SPACE})?{_NTH})?(?:-?ב|{_SPACE}(?:de{_SPACE}|of{_SPACE}|i{_SPACE})?)(?:{MONTHS})(?![0-9A-Za-z\u00c0-\u04ff])"
    rf"|(?<!\w)(?:{MONTHS}){_SPACE}{_DAY}(?:st|nd|rd|th)?(?![\w:.]\d|\w)(?:{_TO}\d{{1,2}}(?:st|nd|rd|th)?(?![\d:])|(?:,{_SPACE}\d{{1,2}}(?![\w:.,])){{0,4}},?{_AND}\d{{1,2}}(?:st|nd|rd|th|(?![\w:.%]))(?!{_SPACE}\w)|{_AND}\d{{1,2}}(?:st|nd|rd|th))?)"
    rf"(?:,?{_SPACE}(?:de{_SPACE})?(?:19|20|25)\d\d(?!\d))?"
    rf"|(?<!\d)(?:19|20)\d\d(?:[-/.] ?\d{{1,2}}){{2}}\.?{_WEEKDAY}"
    rf"(?: ?[~〜～–] ?(?:\d{{1,2}}\.)?\d{{1,2}}{_WEEKDAY})?(?!\d)"
    rf"|(?<![\d.]){_DAY}[./]{_DAY}[./](?:19|"
    r"20)?\d\d(?!\d|[./]\d)"
    rf"|(?<![\d.,$€£¥]){_DAY_MONTH}(?![\d])"
    rf"|{EASTERN_DATE}|(?<!\d)(?:19|20)\d\d ?[年년] ?\d{{1,2}}(?:月(?!間|间)|월)"
)
_PERHAPS = r"(?:voraussichtl(?:ich|\.)|ca\.|einschl(?:ießlich|\.)|incl(?:usive|\.)) "
_DATE = re.compile(rf"(?:{_ONE_DATE})(?:(?:{_TO}(?:{_PERHAPS})?|{EASTERN_TO})(?:{_ONE_DATE}))?", re.IGNORECASE)

_IN_FIGURES = (
    rf"(?:(?:{DAYS}),?{_SPACE}(?:(?:le|den|el|il|op){_SPACE})?)?(?<![\w./,:$€£¥+])(?<!\d-)"
    rf"(?:{_DAY}/{_DAY}|{_DAY}\.(?:0[1-9]|1[0-2])\.?){_WEEKDAY}"
    rf"(?![\w/%]|[.,:]\d|{_SPACE}?(?:[€$£¥₪%]|(?:Uhr|Euro|EUR|CHF|h|kg|k?m|cm|g|l)(?!\w)))"
)
_DATES_IN_FIGURES = re.compile(rf"{_IN_FIGURES}(?:(?:{_TO}|{_AND}|{EASTERN_TO})(?:{_IN_FIGURES}))?", re.IGNORECASE)
_HAS_WEEKDAY = re.compile(rf"^(?:{DAYS})|[（(]\w[）)]", re.IGNORECASE)
_LEADS_ANYWHERE = (
    r"le|du|au|jusqu['’]au|dès le|am|bis|ab|vom|zum|seit|el|al|del|hasta|desde|il|dal|fino al|entro il|até|dia|dias|em|"
    r"a partir de|(?:mo|di|mi|do|fr|sa|so)\.?,|מ-?|op|tot|vanaf|do|od|dnia|до|с|по|den|ביום \w+|יום \w+|ב|עד|בתאריך|"
    r"يوم|حتى|วันที่|일시|기간|"
    r"từ|đến|ngày|gün|tarihine?|kadar"
)
_LEADS_TO_ANY = re.compile(rf"(?:^|[\s(])(?:{_LEADS_ANYWHERE})[\s:-]{{0,2}}$", re.IGNORECASE)
_LEADS_TO_STROKED = re.compile(
    r"(?:^|[\s(])(?:on|by|until|til+|through|thru|from|since|before|after|starts?|starting|ends?|ending|opens?|opening|"
    r"due|deadline|date|dates|launch(?:es|ing)?)[\s:]{0,2}$",
    re.IGNORECASE,
)
"""English leads to dates with strokes: with a point it would be a version, or a length."""
_LONGEST_LEAD = 16
_NO_DATES = frozenset(
    {"24/7", "7/7", "16/9", "21/9", "1/2", "1/3", "2/3", "1/4", "3/4", "1/5", "2/5", "3/5", "4/5", "20/20", "50/50"}
)
_NUMBERS = re.compile(r"(\d{1,2})([/.])(\d{1,2})")
_MONTHS = 12


_AFTER_A_DAY = re.compile(
    rf"(?<!\w)(?:mo|di|mi|do|fr|sa|so)\.?,? (?:den )?{_DAY}\.[1-9]\.(?!\d)|"
    rf"(?<!\w)(?:po|út|st|čt|pá|so|ne) {_DAY}\. ?(?:[1-9]|1[0-2])\.(?!\d)|"
    rf"(?<=עד ){_DAY}\.{_DAY}(?![\w.]\d)|"
    r"(?:יום )?(?:ראשון|שני|שלישי|רביעי|חמישי|שישי|שבת), (?:ה-?)?\d{1,2}[./]\d{1,2}(?![\w/])",
    re.IGNORECASE,
)


def spans(content: str) -> Iterator[tuple[int, int]]:
    """Yield the start and the end of each date in a text."""
    for match in _DATE.finditer(content):
        yield match.span()
    for match in _AFTER_A_DAY.finditer(content):
        yield match.span()
    for match in _DATES_IN_FIGURES.finditer(content):
        if _are_dates(content, match):
            yield match.span()


def _are_dates(content: str, found: re.Match[str]) -> bool:
    """Say whether figures with a stroke or a point are a day and a month rather than a fraction, a mark out of ten, or
    a decimal."""
    parts = list(_NUMBERS.finditer(found.group()))
    if not all(min(int(part[1]), int(part[3])) <= _MONTHS for part in parts):
        return False
    if _HAS_WEEKDAY.search(found.group()):
        return True
    if all(part.group() in _NO_DATES for part in parts):
        return False
    begin = max(found.start() - _LONGEST_LEAD, 0)
    if _LEADS_TO_ANY.search(content, begin, found.start()):
        return True
    if any(part[2] == "." for part in parts):
        return False
    led = _LEADS_TO_STROKED.search(content, begin, found.start()) is not None
    return led or any(part[1][0] == "0" or part[3][0] == "0" or int(part[1]) > _MONTHS for part in parts)
