# ruff: noqa: RUF001 -- the letters of other languages are meant
"""How times of day, and ranges of them, are written in the languages that briefs come in. Pure."""

import re

from service.pipelines.film.script.writing.calendars import EASTERN_TIME, EASTERN_TO, TO

_SPACE = "[ \u00a0\u202f]"
_BETWEEN = rf"(?:{_SPACE}?[–—~〜～-]{_SPACE}?|{_SPACE}(?:{TO}{_SPACE}|ל-?(?=\d)|ועד{_SPACE})|{EASTERN_TO})"
_HOUR = r"(?:[01]?\d|2[0-4])"
_MINUTES = r"[0-5]\d"
_APART = r"(?<![\w:.,$€£¥/])"
"""Before an hour that nothing else marks."""
_CLOCK = (
    rf"(?<![\w:]){_HOUR}(?:[:h.]{_MINUTES})?{_SPACE}?(?:[ap]\.{_SPACE}?m\.|am|pm|AM|PM|Uhr|uur|(?-i:u)(?![.-])|ч)(?!\w)"
    rf"|(?<![\w:]){_HOUR}(?::{_MINUTES}(?!\d|:\d)(?:{_SPACE}?(?:h|hs|hrs|horas|heures)(?!\w))?|{_SPACE}?[hH]{_SPACE}?{_MINUTES}(?!\w))"
    rf"|{_APART}{_HOUR}\.{_MINUTES}{_SPACE}?h(?!\w)"
    rf"|(?<![\w:])(?:[1-9]|1[0-2]) o['’]clock(?!\w)"
    rf"|(?:(?<=à )|(?<=dès )|(?<=de ))\d{{1,2}}{_SPACE}?[hH](?!\w)|{EASTERN_TIME}"
    # alle 22.30; at 7.30
    rf"|(?:(?<=alle )|(?<=ore )|(?<=las )|(?<=às )|(?<=um )|(?<=at )|(?<=kl\. ))(?<![\w:.]){_HOUR}\.[0-5][05]"
    rf"(?![\w:/]|[.,]\d|{_SPACE}?[€$£¥₪%]|{_SPACE}(?:EUR|Euros?|CHF|per|each|[kcm]?m|k?g)(?!\w))"
    # 10.00 น.; 9 صباحاً
    rf"|(?<![\w:.]){_HOUR}(?:[:.]{_MINUTES})?{_SPACE}?น\."
    rf"|(?<![\w:.]){_HOUR}(?::{_MINUTES})?{_SPACE}(?:(?:صباح|مساء|ظهر|عصر)(?:اً|ا|ًا|ً)?|ص|م)(?![\w²])"
)
_NOON = rf"(?<!\w)(?:12{_SPACE}?)?(?:noon|midnight)(?!\w)"
_HALF_CLOCK = rf"(?<![\w:.]){_HOUR}(?:[:h.]{_MINUTES})?"
"""The first of two times, whose "p.m." or "Uhr" follows the second."""
_HOURS = rf"{_APART}{_HOUR}(?::{_MINUTES}|{_SPACE}?[hH](?:{_MINUTES})?)"
_NOT_COUNTED = rf"(?![\w:%/]|[.,]\d|{_SPACE}?[€$£¥₪%])"
_QUARTER = r"(?:00|15|30|45)"
_POINTED = (
    rf"{_APART}{_HOUR}\.{_QUARTER}{_BETWEEN}{_HOUR}\.{_QUARTER}(?!\d|[.,]\d|"
    rf"{_SPACE}?(?:[€$£¥₪฿%]|(?:EUR|Euros?|CHF|k?g|[kcm]?m|m?l|บาท)(?!\w)))"
)
"""Hours with points, which without each other would be prices or lengths."""
_RANGE = (
    rf"(?:(?:{_CLOCK}|{_NOON}|{_HALF_CLOCK}){_BETWEEN}(?:{_CLOCK}|{_NOON})|{_HOURS}{_BETWEEN}{_HOUR}{_SPACE}?[hH]"
    rf"(?:{_MINUTES})?(?!\w)|{_APART}{_HOUR}:{_MINUTES}{_BETWEEN}{_HOUR}"
    rf"(?:{_SPACE}(?:horas|heures)(?!\w)|{_NOT_COUNTED})|{_POINTED}|"
    rf"(?:(?:सुबह|दोपहर|शाम|रात){_SPACE})?{_HOUR} से (?:(?:सुबह|दोपहर|शाम|रात){_SPACE})?{_HOUR} बजे)"
)
_AND_FROM = (
    rf"(?:{_SPACE}?[/,;]{_SPACE}|,?{_SPACE}(?:and|&|\+|und|u\.|et|y|e|en|i|и|ve){_SPACE})"
    rf"(?:(?:from|de|von|des|das|dalle|van|od|с){_SPACE})?"
)
TIME = re.compile(
    rf"{_RANGE}(?:{_AND_FROM}{_RANGE})?|{_APART}{_HOUR}{_BETWEEN}{_HOUR}{_AND_FROM}{_RANGE}|{_CLOCK}", re.IGNORECASE
)
"""A time of day, a range of them, or the two ranges of a day with a break."""
