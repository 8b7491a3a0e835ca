# ruff: noqa: RUF001 -- signs and letters of other languages are meant
"""Numbers with their signs and units, the way a voice should say them. Pure."""

import re
from collections.abc import Callable

from service.pipelines.film.script.voice import saying_money
from service.pipelines.film.script.voice.saying import Language, words
from service.pipelines.film.script.voice.saying_germanic import ENGLISH, GERMAN
from service.pipelines.film.script.voice.saying_iberian import PORTUGUESE, SPANISH
from service.pipelines.film.script.voice.saying_romance import FRENCH, ITALIAN

_AMOUNT = r"(\d(?:[\d.,'’\u00a0\u202f]*\d)?)"
_CURRENCY = r"((?:R|US|AU|A|NZ|CA|C|HK|S|FJ|J|TT)\$|[$€£¥₹₺₽₪₩₦₱฿₫]|GH₵|Rs\.?|KSh|GHS|RM|R(?=\d{2}|\d[ ,]\d{3}))"
_MONEY = re.compile(rf"^(?:{_CURRENCY}{_AMOUNT}([kKmMB]|bn)?|{_AMOUNT}([kKmMB]|bn)?{_CURRENCY})$")
_NUMBER = re.compile(rf"^(?:{_AMOUNT}|[½¼¾⅓⅔])$")
_NUMBERS = re.compile(rf"^{_AMOUNT}[-–]{_AMOUNT}$")
_NO_CENTS = re.compile(r"(?<=\d)[.,][-–—]{1,2}(?=\D*$)")
_MINUS = re.compile(r"^[-−](\d[\d.,]*(?:%|°[CF]?)?)$")
_DAY_MONTH = re.compile(r"^(\d{1,2})\.(\d{1,2})$")
_TAXED = frozenset(words("net gross brut netto brutto ttc ht"))
_NUMBERED = re.compile(r"^(?:[nN]°|№)(\d+)$")
_ISO_DATE = re.compile(r"^(\d{4})-(\d\d)-(\d\d)$")
_DATE = re.compile(r"^(\d{1,2})[/.](\d{1,2})[/.](\d{4})$")
_CLOCK = re.compile(r"^([01]?\d|2[0-4])([:hH])([0-5]\d)?$")
_HALF_DAY = re.compile(r"^(\d{1,2}):([0-5]\d)([ap]\.?m)$", re.IGNORECASE)
_PHONE = re.compile(r"^\d{3}(?:-\d{3})?-\d{4}$|^0\d{3,}$")
_RANGE = re.compile(r"^(\d{1,4})[-–](\d{1,4}\S{0,3})$")
_BOTH = re.compile(r"^([^-–]{1,16})[-–]([^-–]{1,16})$")
_NOON = re.compile(r"^(\d{1,2}(?::\d\d)?)?([ap]\.?m\.?)?$", re.IGNORECASE)
_FRACTION = re.compile(r"^([1-9](?:[.,]\d)?)/([1-9]\d?)$")
_PER = re.compile(r"^(.*?)/([^\W\d_][\w²]*\.?)$")
_OVER = re.compile(r"^(\d[\d.,]*[kKmM]?)\+$")
_SHARES = {"½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4"}
_TIMES = re.compile(r"^(\d+)[x×](\d*)$", re.IGNORECASE)
_SIZE = re.compile(rf"^{_AMOUNT}[x×]{_AMOUNT}(?:[x×]{_AMOUNT})?([cm]?m|ft|in|px)?$", re.IGNORECASE)
_STROKE = re.compile(r"^(\d[\d.]*?)([.,])[-–—]{1,2}$")
_OUTWARD = re.compile(r"^[A-Z]{1,2}\d[\dA-Z]?$")
_UNIT = re.compile(rf"^{_AMOUNT}([a-zA-Z°µ²³★/]+)$")
_MIXED = re.compile(r"^(\d{1,3})([½¼¾⅓⅔])$")
_DECIMALS = {"½": "5", "¼": "25", "¾": "75", "⅓": "33", "⅔": "67"}
_YEAR = re.compile(r"^19(\d\d)$")
_DECADE = re.compile(r"^(1[5-9]|20)?([1-9]0)['’]?s$")


def said(core: str, before: str, after: str, language: Language) -> str:
    """Return how a figure or a sign is said between the words `before` and `after`; any other word as it is."""
    stroke = _STROKE.match(core)
    if stroke and not (_money_of(after, language) or before in language.money):
        # Without a sign: euros with a comma, francs with a point.
        return _paid(stroke[1], language.money["€" if stroke[2] == "," else "CHF"], language)
    core = _NO_CENTS.sub("", core)
    return next((words for rule in _RULES if (words := rule(core, before, after, language)) is not None), core)


def _said_already(core: str, before: str, _after: str, _language: Language) -> str | None:
    """The code of a money whose sign has been said: "$25 USD"."""
    return "" if core in saying_money.DOLLAR_CODES and "$" in before else None


def _beside_a_number(core: str, before: str, after: str, language: Language) -> str | None:
    """A sign of money, a unit or a percent sign that stands by itself beside its number."""
    before = _NO_CENTS.sub("", before).lstrip("-−+")
    counted = (
        bool(_NUMBER.match(before) or _MIXED.match(before) or _NUMBERS.match(before)) or before.lower() in MAGNITUDES
    )
    counted = counted or bool(_SIZE.match(before))
    if core in language.money and after[:1].isdigit() and not counted:
        return ""  # The number after it says it.
    if before in language.money and _NUMBER.match(core):
        return _paid(core, language.money[before], language)
    if core == "%":
        return language.percent
    if counted and core in language.money:
        _, _, unit = _paid(before, language.money[core], language).partition(" ")
        return unit or _plural(language.money[core], before, language)
    if _CENTS.fullmatch(core) and _money_of(after, language):
        # "29,99 €": the sign after it says the cents.
        return _paid(core, _money_of(after, language), language).partition(" ")[0]
    if core.lower() in MAGNITUDES and (money := _MONEY.match(before)) and not (money[3] or money[5]):
        return many(core, language.money.get(money[1] or money[6], ""), language).strip()
    if counted and (power := language.powers.get(core[:-1].lower())) and core[-1:] in language.money:
        return many(power, language.money[core[-1:]], language)
    unit = _unit_of(core, language)
    if unit == "inches" and core == "in" and not _ENDS_A_LENGTH.match(after):
        # "Found in 1872 in a vineyard."
        return None
    # "1.5 m" may be metres or millions. "Sq ft" is two words.
    counted = counted or (before.lower().rstrip(".") == "sq" and language is ENGLISH)
    is_measure = core != "e" and (core != "m" or language is not ENGLISH or before.isdigit())
    return _plural(unit, before, language) if counted and unit and is_measure else None


def _unit_of(core: str, language: Language) -> str:
    if core == "KM" and language is GERMAN:
        return "Kaltmieten"
    return language.units.get(core) or language.units.get(core.lower(), "") * (len(core) > 1)


_ENDS_A_LENGTH = re.compile(
    r"(?:[x×]|by|wide|long|tall|high|deep|thick|screen|display|monitor|tv|in)?\W*$", re.IGNORECASE
)


def _paid_per(core: str, before: str, _after: str, language: Language) -> str | None:
    """A price or an amount for each of something: "$19/month"."""
    per = _PER.match(core)
    name = per[2].lower().rstrip(".") if per else ""
    of = language.per.get(name) or language.per.get(f"{name}.")
    if per is None or not of:
        return None
    unit = language.units.get(per[1].lower().rstrip(".")) if _NUMBERS.match(before) or _NUMBER.match(before) else None
    if unit:
        return f"{unit} {of}"
    if per[1].lower().rstrip(".") in language.per or per[1].lower() in _TAXED:
        return f"{per[1]} {of}"
    paid = said(per[1], before, "", language) if per[1] else ""
    return f"{paid} {of}".strip() if paid != per[1] or _NUMBER.match(per[1]) or not per[1] else None


def _share(core: str, _before: str, _after: str, language: Language) -> str | None:
    if mixed := _MIXED.match(core):
        share = {"½": "a half", "⅓": "a third", "¼": "a quarter"}.get(mixed[2], language.fractions[_SHARES[mixed[2]]])
        return f"{mixed[1]} and {share}" if language is ENGLISH else f"{mixed[1]},{_DECIMALS[mixed[2]]}"
    if core not in _SHARES:
        return None
    share = language.fractions[_SHARES[core]]
    return {"½": "half a", "¼": "a quarter of a"}.get(core, f"{share} of a") if language is ENGLISH else share


def _more_or_less(core: str, before: str, after: str, language: Language) -> str | None:
    below = _MINUS.match(core)
    if below and (after.startswith("%") or not before[-1:].isdigit()):
        return f"{language.minus} {said(below[1], '', after, language)}"
    sign = language.words.get(core[:1]) if core[:1] in {"±", "+", "~", "≈"} else None
    rest = said(core[1:], "", after, language) if sign and core[1:] else ""
    return f"{sign} {rest}" if rest and (core[0] in "±~≈" or rest != core[1:]) else None


def _numbered(core: str, _before: str, _after: str, language: Language) -> str | None:
    numbered = _NUMBERED.match(core)
    return f"{language.words['№']} {numbered[1]}" if numbered else None


def _over(core: str, _before: str, after: str, language: Language) -> str | None:
    over = _OVER.match(core)
    return f"{language.over} {said(over[1], '', after, language)}" if over else None


def _fraction(core: str, _before: str, _after: str, language: Language) -> str | None:
    share = _FRACTION.match(core)
    return language.fractions.get(core) or (_out_of(share[1], share[2], language) if share else None)


def _out_of(part: str, whole: str, language: Language) -> str:
    is_less = float(part.replace(",", ".")) <= float(whole)
    return f"{part} {language.of} {whole}" if is_less else f"{part} {whole}"


def _money(core: str, before: str, after: str, language: Language) -> str | None:
    money = _MONEY.match(core)
    if money is None:
        return None
    sign, amount = money[1] or money[6], money[2] or money[4]
    code = after.strip(".,;:!?)")
    unit = language.money.get(code if sign == "$" and code in saying_money.DOLLAR_CODES else sign)
    if unit is None:
        return None
    if language is ENGLISH and before.lower() in {"a", "an"} and after[:1].islower() and after not in _AFTER_A_SUM:
        # "A €6,500 grant".
        unit = _plural(unit, "1", language)
    if after.lower().rstrip(".,;:!?)") in MAGNITUDES:
        return amount  # The word after it says the money.
    power = language.powers.get((money[3] or money[5] or "").lower().replace("bn", "b").replace("b", "bn"))
    if power:
        return f"{amount} {many(power, unit, language)}"
    return _paid(amount, unit, language)


_AFTER_A_SUM = frozenset(words("a an per each in for off on or and to at of from is are with until by"))
_CENTS = re.compile(r"(\d[\d.,'’\u00a0\u202f]*)[.,](\d\d)")


def _money_of(word: str, language: Language) -> str:
    """The money that a sign after an amount stands for: "€", "€,", "€/Std."; "" for any other word."""
    return language.money.get(word.rstrip(".,;:!?)").split("/")[0], "")


def _paid(amount: str, unit: str, language: Language) -> str:
    """An amount of money, with its cents after the unit."""
    cents = _CENTS.fullmatch(amount)
    if cents is None:
        return f"{amount} {_plural(unit, amount, language)}"
    if cents[1] == "0":
        return f"{int(cents[2])} {'pence' if language is ENGLISH and unit == 'pounds' else language.cents}"
    whole = f"{cents[1]} {_plural(unit, cents[1], language)}"
    change = f" {language.change}" if language.change else ""
    return whole if cents[2] == "00" else f"{whole}{change} {int(cents[2])}"


def many(power: str, unit: str, language: Language) -> str:
    """Return a power with its money: « millions d'euros »."""
    of = "" if language is not FRENCH or power == "mille" else "d'" if unit == "euros" else "de "
    return f"{power} {of}{unit}"


def _date(core: str, _before: str, _after: str, language: Language) -> str | None:
    if core == "1" and language is ITALIAN and _after.lower().rstrip(".,;:!?") in language.months:
        return "primo"
    if iso := _ISO_DATE.match(core):
        year, month, day = iso[1], int(iso[2]), int(iso[3])
    elif written := _DATE.match(core):
        day, month, year = int(written[1]), int(written[2]), written[3]
        if language is ENGLISH and day <= _MONTHS:
            # The first figure may be the month. Only a second figure over 12 proves it.
            day, month = (month, day) if month > _MONTHS else (0, 0)
    elif language is GERMAN and (written := _DAY_MONTH.match(core)) and _is_a_day(_before, _after):
        day, month, year = int(written[1]), int(written[2]), ""
    else:
        return None
    if not (1 <= month <= _MONTHS and 1 <= day <= _DAYS):
        return None
    first = "1er" if day == 1 and language is FRENCH else f"{day}." if language is GERMAN else str(day)
    of = " de " if language in (SPANISH, PORTUGUESE) else " "
    return of.join(filter(None, (first, language.months[month - 1], year)))


def _is_a_day(before: str, after: str) -> bool:
    """Say whether "21.03." is a date here, and not a price or a time."""
    bare = before.lower().strip(",(")
    return bare in _BEFORE_A_DATE or bare.rstrip(".") in GERMAN.days or after[:1] in {"–", "-"} or bare == ""


def _half_day(core: str, _before: str, _after: str, language: Language) -> str | None:
    half = _HALF_DAY.match(core) if language is ENGLISH else None
    if half is None:
        return None
    minutes = "" if half[2] == "00" else f" {'oh ' if half[2][0] == '0' else ''}{int(half[2])}"
    return f"{half[1]}{minutes} {half[3]}"


def _clock(core: str, before: str, after: str, language: Language) -> str | None:
    clock = _CLOCK.match(core)
    if clock is None:
        return None
    hour, minutes = int(clock[1]), clock[3]
    if language is FRENCH:
        hours = "une heure" if hour == 1 else f"{hour} {_plural('heures', clock[1], language)}"
        return hours if minutes in {None, "00"} else f"{hours} {int(minutes)}"
    if minutes is None or (clock[2] != ":" and language is not PORTUGUESE):
        return None
    if language is GERMAN:
        return f"{hour} Uhr{'' if minutes == '00' else f' {int(minutes)}'}"
    if language is not ENGLISH:
        if minutes == "00" and before.lower().strip("(") in language.at_hours:
            return str(hour)
        return f"{hour} {language.units['h']}" if minutes == "00" else f"{hour} {language.joint} {int(minutes)}"
    if minutes != "00":
        return f"{hour} {'oh ' if minutes[0] == '0' else ''}{int(minutes)}"
    if after.strip(".,;:!?").lower().replace(".", "") in {"am", "pm"}:
        return str(hour)
    return f"{hour} o'clock" if hour <= _MONTHS else f"{hour} hundred"


def _telephone(core: str, _before: str, _after: str, language: Language) -> str | None:
    return " ".join(core.replace("-", "")) if language is ENGLISH and _PHONE.match(core) else None


def _span(core: str, _before: str, after: str, language: Language) -> str | None:
    """A range: of numbers, prices, days, or times."""
    span = _RANGE.match(core)
    if span and span[2].isdigit() and int(span[2]) < int(span[1]) and len(span[1]) > _LONGEST_HOUR:
        return f"{span[1]} {span[2]}"  # A reference, and no range.
    if span:
        return f"{span[1]} {language.to} {said(span[2], '', after, language)}"
    both = _BOTH.match(core)
    if both is None:
        return None
    first, last = both.groups()
    if _MONEY.match(first) and _MONEY.match(last):
        return f"{said(first, '', '', language)} {language.to} {said(last, '', after, language)}"
    if _day(first, language) and _day(last, language):
        return f"{_day(first, language)} {language.to} {_day(last, language)}"
    if _ROMAN.fullmatch(first) and _ROMAN.fullmatch(last):
        return f"{_roman(first)} {language.to} {_roman(last)}"
    if first in language.months and (last[:1].isdigit() or last in language.months):
        return f"{first} {language.to} {said(last, '', after, language)}"
    if all(_CLOCK.match(part) or _NUMBER.match(part) or _NOON.match(part) for part in (first, last)):
        spoken = [
            _half_day(part, "", "", language) or _clock(part, "", after, language) or part for part in both.groups()
        ]
        return f"{spoken[0]} {language.to} {spoken[1]}"
    ends = [_day(part, language) or said(part, "", "", language) for part in (first, last)]
    return f"{ends[0]} {language.to} {ends[1]}" if "–" in core and all(map(_tells, (first, last), ends)) else None


_LONGEST_HOUR = 2
_ROMAN = re.compile(r"[IVX]{1,5}")
_ROMANS = {"I": 1, "V": 5, "X": 10}


def _roman(numeral: str) -> int:
    values = [_ROMANS[letter] for letter in numeral]
    return sum(-value if value < max(values[at:]) else value for at, value in enumerate(values))


def _tells(written: str, spoken: str) -> bool:
    """Say whether the end of a range is a figure, or another word that is said in full."""
    return written[:1].isdigit() or spoken != written


def _day(word: str, language: Language) -> str:
    """A day of the week that is written in full or short, in full; "" for any other word."""
    full = {day.lower() for day in language.days.values()}
    return language.days.get(word.lower().rstrip("."), word if word.lower() in full else "")


def _multiple(core: str, before: str, after: str, language: Language) -> str | None:
    if core in {"x", "×", "X"} and before[:1].isdigit() and after[:1].isdigit():
        # "2 x 5 l" are two of them, "60 x 40" and "6ft x 4ft" one with two sides.
        return language.times if len(before) == 1 and before.isdigit() else language.by
    if (size := _SIZE.match(core)) and (len(size[1]) > 1 or len(size[2]) > 1):
        unit = language.units.get((size[4] or "").lower(), "")
        return " ".join(filter(None, (f" {language.by} ".join(filter(None, size.group(1, 2, 3))), unit)))
    times = _TIMES.match(core)
    return f"{times[1]} {language.times} {times[2]}".strip() if times else None


def _year(core: str, _before: str, _after: str, language: Language) -> str | None:
    if language is not ENGLISH:
        return None
    if decade := _DECADE.match(core):
        return f"{decade[1] or ''} {_DECADES[int(decade[2][0]) - 1]}".strip()
    year = _YEAR.match(core)
    return f"19 {'oh ' if year[1][0] == '0' else ''}{int(year[1])}" if year and year[1] != "00" else None


def _united(core: str, before: str, _after: str, language: Language) -> str | None:
    if core.endswith("%") and _NUMBER.match(core[:-1]):
        return f"{core[:-1]} {language.percent}"
    united = _UNIT.match(core)
    if united is None or (core.endswith("s") and before.lower() in {"under", "over"}):
        return None
    amount, name = united.groups()
    name = "h" if name == "H" and language is not ENGLISH else name
    if name.isupper() and _OUTWARD.match(before):
        # The second half of a British postcode: "BN3 7BA".
        return None
    if name == "e" and language is FRENCH:
        return f"{amount}ème"
    unit = language.units.get(name) or language.units.get(name.lower(), "") * (len(name) > 1)
    # 4K and 8K are screen resolutions.
    power = language.powers.get(name.lower(), "") if name in {"k", "M"} or (name == "K" and len(amount) > 1) else ""
    return f"{amount} {_plural(unit, amount, language) if unit else power}" if unit or power else None


def _postcode(core: str, before: str, after: str, language: Language) -> str | None:
    """A postcode before its town. Elsewhere it is said as a number."""
    is_one = language in _DIGITS_OF_POSTCODES and re.fullmatch(r"\d{5}", core) and after[:1].isupper()
    return " ".join(core) if is_one and (not before or before[-1] in ",–-/|·") else None


_DIGITS_OF_POSTCODES = (GERMAN, ITALIAN)
_RULES: tuple[Callable[[str, str, str, Language], str | None], ...] = (
    _said_already,
    _beside_a_number,
    _paid_per,
    _share,
    _more_or_less,
    _numbered,
    _over,
    _postcode,
    _fraction,
    _money,
    _date,
    _half_day,
    _clock,
    _telephone,
    _span,
    _multiple,
    _year,
    _united,
)
MAGNITUDES = frozenset(
    words(
        "mio. mrd. tsd. million millionen millions milliarden billion millones milioni milhões thousand trillion "
        "mil mila tausend milhão millón milione miliardi bilhões billones"
    )
)
_DECADES = words("tens twenties thirties forties fifties sixties seventies eighties nineties")
_MONTHS, _DAYS = 12, 31
_BEFORE_A_DATE = frozenset(words("am bis ab vom zum seit und dem den der sa so mo di mi do fr"))


def _plural(unit: str, amount: str, language: Language) -> str:
    singular = amount in {"1", "0"} if language is FRENCH else amount == "1" or amount in _SHARES
    if not singular:
        return unit
    return language.singular.get(unit, unit.removesuffix("s"))
