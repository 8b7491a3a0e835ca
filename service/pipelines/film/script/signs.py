# ruff: noqa: RUF001 -- signs and letters of other languages are meant
"""Figures, signs and abbreviations the way a voice should say them, in English and French. Pure.

Speech engines read figures well, but not the signs around them: "$25" became "dollar twenty-five", "18:00" became
"eighteen zero zero", « 10h30 » « dix ache trente », and a lone € was silent.
"""

import re
import unicodedata
from collections.abc import Sequence

from service.pipelines.film.script.saying import ENGLISH, FRENCH, GERMAN, LANGUAGES, Language, words

_EDGES = re.compile(r"^([(\[«\"'“‘¿¡]*)(.*?)([)\]»\"'”’.,;:!?…]*)$", re.DOTALL)
_AMOUNT = r"(\d(?:[\d.,'’\u00a0\u202f]*\d)?)"
_MONEY = re.compile(rf"^(?:([$€£¥]){_AMOUNT}([kKmM]|bn)?|{_AMOUNT}([kKmM]|bn)?([$€£¥]))$")
_NUMBER = re.compile(rf"^(?:{_AMOUNT}|[½¼¾⅓⅔])$")
_NUMBERED = re.compile(r"^(?:[nN]°|№)(\d+)$")
_ISO_DATE = re.compile(r"^(\d{4})-(\d\d)-(\d\d)$")
_DATE = re.compile(r"^(\d{1,2})[/.](\d{1,2})[/.](\d{4})$")
_CLOCK = re.compile(r"^([01]?\d|2[0-4])([:hH])([0-5]\d)?$")
_PHONE = re.compile(r"^\d{3}(?:-\d{3})?-\d{4}$|^0\d{3,}$")
_RANGE = re.compile(r"^(\d{1,4})[-–](\d{1,4}\S{0,3})$")
_FRACTION = re.compile(r"^([1-9])/([1-9]\d?)$")
_TIMES = re.compile(r"^(\d+)[x×](\d*)$", re.IGNORECASE)
_UNIT = re.compile(rf"^{_AMOUNT}([a-zA-Z°µ²³/]+)$")
_YEAR = re.compile(r"^19(\d\d)$")
_DECADE = re.compile(r"^(19|20)?([1-9]0)['’]?s$")


# Languages that are not written in Latin letters. Their voices read Latin words too, but no Latin voice reads theirs.
_OTHER_LETTERS = frozenset(
    words(
        "am ar as bg bn bo el fa gu he hi hy ja ka kk km kn ko ky lo mk ml mn mr my ne or pa ps ru sa sd si sr ta te "
        "th ti ug uk ur yi yue zh"
    )
)


def said(words: Sequence[str], lang: str) -> list[str]:
    """Return how each of the written words is said; "" for a word whose letters the voice of `lang` cannot read."""
    primary = lang.split("-", maxsplit=1)[0]
    language = LANGUAGES.get(primary)
    spoken: list[str] = []
    for index, word in enumerate(words):
        before = words[index - 1] if index else ""
        after = words[index + 1] if index + 1 < len(words) else ""
        if primary not in _OTHER_LETTERS and not _latin(word):
            spoken.append("")
        elif language is None:
            spoken.append(word)
        else:
            spoken.append(_said(word, before, after, language))
    return spoken


def _said(word: str, before: str, after: str, language: Language) -> str:
    whole = _EDGES.match(word)
    if whole is None:
        return word
    first, core, last = whole.groups()
    if last.startswith(".") and f"{core}." in language.words:
        return first + language.words[f"{core}."] + last[1:]
    if (form := core.lower()) in language.words:
        return first + language.words[form] + last
    if form in language.days and (after[:1].isdigit() or before[-1:].isdigit()):
        return first + language.days[form] + last.removeprefix(".")
    elided, bare = core[:2], core[2:]
    if language is FRENCH and elided[1:] in {"'", "’"}:
        return first + elided + _core(bare, "", after, language) + last
    if (first, last[:1]) == ("(", ")") and re.fullmatch(r"\d{3}", core) and after[:1].isdigit():
        return f"({' '.join(core)}{last}"  # The area code of a telephone number.
    return first + _core(core, before.strip("(["), after, language) + last


def _core(core: str, before: str, after: str, language: Language) -> str:
    counted = _NUMBER.match(before) is not None
    if counted and core in language.money:
        return _plural(language.money[core], before, language)
    if counted and (power := language.powers.get(core[:-1].lower())) and core[-1:] in language.money:
        return _many(power, language.money[core[-1:]], language)
    if core == "%":
        return language.percent
    unit = language.units.get(core) or language.units.get(core.lower(), "") * (len(core) > 1)
    # "5 m" may be metres or millions.
    if counted and unit and core not in {"m", "e"}:
        return _plural(unit, before, language)
    if core in language.spelt and not (_shouted(before, language) or _shouted(after, language)):
        return language.letters.join(core) + ("." if language.letters == "." else "")
    return next((figures for rule in _RULES if (figures := rule(core, after, language))), core)


def _numbered(core: str, _after: str, language: Language) -> str:
    numbered = _NUMBERED.match(core)
    return f"{language.words['№']} {numbered[1]}" if numbered else ""


def _fraction(core: str, _after: str, language: Language) -> str:
    share = _FRACTION.match(core)
    return language.fractions.get(core) or (f"{share[1]} {language.of} {share[2]}" if share else "")


def _money(core: str, _after: str, language: Language) -> str:
    money = _MONEY.match(core)
    if money is None:
        return ""
    unit, amount = language.money[money[1] or money[6]], money[2] or money[4]
    power = language.powers.get((money[3] or money[5] or "").lower())
    if power:
        return f"{amount} {_many(power, unit, language)}"
    if cents := re.fullmatch(r"(\d[\d.,'’\u00a0\u202f]*)[.,](\d\d)", amount):
        return f"{cents[1]} {_plural(unit, cents[1], language)}" + ("" if cents[2] == "00" else f" {int(cents[2])}")
    return f"{amount} {_plural(unit, amount, language)}"


def _many(power: str, unit: str, language: Language) -> str:
    of = "" if language is not FRENCH or power == "mille" else "d'" if unit == "euros" else "de "
    return f"{power} {of}{unit}"


def _date(core: str, _after: str, language: Language) -> str:
    if iso := _ISO_DATE.match(core):
        year, month, day = iso[1], int(iso[2]), int(iso[3])
    elif written := _DATE.match(core):
        day, month, year = int(written[1]), int(written[2]), written[3]
        if language is ENGLISH and day <= _MONTHS:
            # The first figure may be the month. Only a second figure over 12 proves it.
            day, month = (month, day) if month > _MONTHS else (0, 0)
    else:
        return ""
    if not (1 <= month <= _MONTHS and 1 <= day <= _DAYS):
        return ""
    first = "1er" if day == 1 and language is FRENCH else str(day)
    return f"{first} {language.months[month - 1]} {year}"


def _clock(core: str, after: str, language: Language) -> str:
    clock = _CLOCK.match(core)
    if clock is None:
        return ""
    hour, minutes = int(clock[1]), clock[3]
    if language is FRENCH:
        hours = "une heure" if hour == 1 else f"{hour} {_plural('heures', clock[1], language)}"
        return hours if minutes in {None, "00"} else f"{hours} {int(minutes)}"
    if minutes is None or clock[2] != ":":
        return ""
    if language is GERMAN:
        return f"{hour} Uhr{'' if minutes == '00' else f' {int(minutes)}'}"
    if language is not ENGLISH:
        return ""
    if minutes != "00":
        return f"{hour} {'oh ' if minutes[0] == '0' else ''}{int(minutes)}"
    if after.strip(".,;:!?").lower().replace(".", "") in {"am", "pm"}:
        return str(hour)
    return f"{hour} o'clock" if hour <= _MONTHS else f"{hour} hundred"


def _telephone(core: str, _after: str, language: Language) -> str:
    return " ".join(core.replace("-", "")) if language is ENGLISH and _PHONE.match(core) else ""


def _span(core: str, after: str, language: Language) -> str:
    span = _RANGE.match(core)
    return f"{span[1]} {language.to} {_core(span[2], '', after, language)}" if span else ""


def _multiple(core: str, _after: str, language: Language) -> str:
    times = _TIMES.match(core)
    return f"{times[1]} {language.times} {times[2]}".strip() if times else ""


def _year(core: str, _after: str, language: Language) -> str:
    if language is not ENGLISH:
        return ""
    if decade := _DECADE.match(core):
        return f"{decade[1] or ''} {_DECADES[int(decade[2][0]) - 1]}".strip()
    year = _YEAR.match(core)
    return f"19 {'oh ' if year[1][0] == '0' else ''}{int(year[1])}" if year and year[1] != "00" else ""


def _united(core: str, _after: str, language: Language) -> str:
    if core.endswith("%") and _NUMBER.match(core[:-1]):
        return f"{core[:-1]} {language.percent}"
    united = _UNIT.match(core)
    if united is None:
        return ""
    amount, name = united.groups()
    if name == "e" and language is FRENCH:
        return f"{amount}ème"
    unit = language.units.get(name) or language.units.get(name.lower(), "") * (len(name) > 1)
    # 4K and 8K are screen resolutions.
    power = language.powers.get(name.lower(), "") if name in {"k", "M"} or (name == "K" and len(amount) > 1) else ""
    return f"{amount} {_plural(unit, amount, language) if unit else power}" if unit or power else ""


_RULES = (_numbered, _fraction, _money, _date, _clock, _telephone, _span, _multiple, _year, _united)
_DECADES = words("tens twenties thirties forties fifties sixties seventies eighties nineties")
_MONTHS, _DAYS = 12, 31


def _plural(unit: str, amount: str, language: Language) -> str:
    singular = amount in {"1", "0"} if language is FRENCH else amount == "1"
    if not singular:
        return unit
    return language.singular.get(unit, unit.removesuffix("s"))


def _shouted(word: str, language: Language) -> bool:
    """Say whether a word next to an apparent abbreviation is in capitals too, so that it may not be one."""
    bare = word.strip(".,;:!?")
    return len(bare) > 1 and bare.isalpha() and bare.isupper() and bare not in language.spelt


def _latin(word: str) -> bool:
    """Say whether the voice of a language written in Latin letters can read a word."""
    letters = [character for character in word if character.isalpha()]
    return not letters or any(
        unicodedata.name(letter, "").startswith(("LATIN", "FEMININE", "MASCULINE", "MICRO")) for letter in letters
    )
