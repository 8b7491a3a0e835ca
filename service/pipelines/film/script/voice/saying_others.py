# ruff: noqa: RUF001 -- the letters of other languages are meant
"""Percentages, money and ranges in the languages that have no table of their own, so that none of it falls silent. The
nouns are those of the Unicode CLDR (48), without the country. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from service.pipelines.film.script.writing import text

_SIGNS = r"[$€£₹₺₽₴₪]|zł|TL|kr|Kč|Ft|lei|руб|грн"
_AMOUNT = r"\d(?:[\d.,\u00a0\u202f]*\d)?"
_ALONE = re.compile(rf"^({_SIGNS})\.?([,;:!?)]*)$")
_BEFORE = re.compile(rf"^({_SIGNS})({_AMOUNT})(\D*)$")
_AFTER = re.compile(rf"^({_AMOUNT})({_SIGNS})\.?([,;:!?)]*|['’]\w+)$")
_PERCENT = re.compile(rf"^([-−]?{_AMOUNT})[%٪](\D*)$")
_PERCENT_FIRST = re.compile(rf"^%({_AMOUNT})(\D*)$")
_PERCENT_ALONE = re.compile(r"^[%٪](\W*)$")
_RANGE = re.compile(r"^(\d{1,4}(?:[:.]\d\d)?)[-–](\d{1,4}(?:[:.]\d\d)?)(\D*)$")
_NO_CENTS = re.compile(r"(?<=\d)[.,:][-–—]{1,2}(?=\D*$)")
_STROKE = re.compile(rf"^(\(?)({_AMOUNT})(:[-–—]|/-)(\D*)$")
_IN_LAKHS = re.compile(rf"^₹({_AMOUNT})$")
_LAKHS = frozenset({"लाख", "करोड़", "हज़ार", "हजार", "लाख,", "करोड़,"})
_NUMBER = re.compile(rf"^{_AMOUNT}$")
_MEASURE = re.compile(rf"^((?:{_SIGNS})/)?([^\W\d_]{{1,8}}[²³]?)(\W*)$")
_EACH = re.compile(rf"^({_AMOUNT})/([^\W\d_]{{1,8}}[²³]?\.?)(\W*)$")
_CLOCK = re.compile(r"^\(?([01]?\d|2[0-4])[.:u]([0-5]\d)((?:['’]\w{1,5})?[,;:!?)]*\.?)$")
_WITHIN = re.compile(r"(?<=[\d点點时時分日月号號年시분일월])\s?[-–—~〜～]\s?(?=(?:上午|下午|晚上|오전|오후)?\s?\d)")


@dataclass(frozen=True, slots=True)
class Other:
    """How a language says percentages, money and ranges: a noun is its form for one, for a few and for many, or the one
    that it has."""

    percent: str
    to: str
    money: Mapping[str, str] = field(default_factory=dict)
    is_percent_first: bool = False
    words: Mapping[str, str] = field(default_factory=dict)
    """Words that are short for others."""
    has_few: bool = False
    """Whether two, three and four have a form of their own."""
    units: Mapping[str, str] = field(default_factory=dict)
    """Measures after a number."""
    per: Mapping[str, str] = field(default_factory=dict)
    """What follows a stroke after a price."""
    hours: str = ""
    """Between the hours and the minutes of a time with a point: 19.30; "-" if nothing is."""
    within: str = ""
    """Between the ends of a range inside a phrase, in scripts without spaces and in Korean."""


OTHERS: Mapping[str, Other] = {
    "nl": Other(
        "procent", "tot", {"€": "euro", "$": "dollar", "£": "pond"},
        words={"t/m": "tot en met", "p.p.": "per persoon", "p.p": "per persoon", "incl.": "inclusief",
               "excl.": "exclusief",
               "max.": "maximaal", "min.": "minimaal", "ma": "maandag", "di": "dinsdag", "wo": "woensdag",
               "do": "donderdag", "vr": "vrijdag", "za": "zaterdag", "bijv.": "bijvoorbeeld", "jr.": "jaar"},
        units={"g": "gram", "kg": "kilo", "km": "kilometer", "cm": "centimeter", "m": "meter", "l": "liter",
               "ml": "milliliter", "min": "minuten", "sec": "seconden", "m²": "vierkante meter"},
        per={"maand": "per maand", "mnd": "per maand", "persoon": "per persoon", "uur": "per uur", "kg": "per kilo",
             "jaar": "per jaar", "nacht": "per nacht"},
        hours="uur",
    ),
    "sv": Other("procent", "till", {"€": "euro", "$": "dollar", "£": "pund", "kr": "kronor"}),
    "da": Other("procent", "til", {"€": "euro", "$": "dollar", "£": "pund", "kr": "kroner"}),
    "nb": Other("prosent", "til", {"€": "euro", "$": "dollar", "£": "pund", "kr": "kroner"}),
    "no": Other("prosent", "til", {"€": "euro", "$": "dollar", "£": "pund", "kr": "kroner"}),
    "pl": Other(
        "procent",
        "do",
        {"€": "euro", "$": "dolar/dolary/dolarów", "£": "funt/funty/funtów", "zł": "złoty/złote/złotych"},
        has_few=True,
        words={"ul.": "ulica", "godz.": "godzina", "tel.": "telefon", "nr": "numer", "szt.": "sztuk",
               "pn–pt": "od poniedziałku do piątku", "pn-pt": "od poniedziałku do piątku"},
        units={"km": "kilometr/kilometry/kilometrów", "kg": "kilogram/kilogramy/kilogramów", "g": "gram/gramy/gramów",
               "min": "minuta/minuty/minut", "m²": "metr kwadratowy/metry kwadratowe/metrów kwadratowych"},
        per={"mies": "miesięcznie", "os": "od osoby", "h": "za godzinę", "kg": "za kilogram"},
    ),
    "cs": Other(
        "procento/procenta/procent",
        "až",
        {"€": "euro/eura/eur", "$": "dolar/dolary/dolarů", "£": "libra/libry/liber", "Kč": "koruna/koruny/korun"},
        has_few=True,
    ),
    "ru": Other(
        "процент/процента/процентов",
        "до",
        {"€": "евро", "$": "доллар/доллара/долларов", "£": "фунт/фунта/фунтов", "₽": "рубль/рубля/рублей",
         "руб": "рубль/рубля/рублей"},
        has_few=True,
        words={"ул.": "улица", "тел.": "телефон", "пр-т": "проспект"},
        units={"км": "километр/километра/километров", "кг": "килограмм/килограмма/килограммов",
               "г": "грамм/грамма/граммов", "мин": "минута/минуты/минут", "см": "сантиметр/сантиметра/сантиметров",
               "м²": "квадратный метр/квадратных метра/квадратных метров", "шт": "штука/штуки/штук"},
        per={"м²": "за квадратный метр", "мес": "в месяц", "чел": "с человека", "час": "в час", "кг": "за килограмм",
             "шт": "за штуку"},
    ),
    "uk": Other(
        "відсоток/відсотки/відсотків",
        "до",
        {"€": "євро", "$": "долар/долари/доларів", "£": "фунт/фунти/фунтів", "₴": "гривня/гривні/гривень",
         "грн": "гривня/гривні/гривень"},
        has_few=True,
    ),
    "tr": Other(
        "yüzde", "", {"€": "euro", "$": "dolar", "£": "sterlin", "₺": "lira", "TL": "lira"}, is_percent_first=True,
        words={"tl'den": "liradan", "tl'ye": "liraya", "tl'de": "lirada", "tl'nin": "liranın", "tl'lik": "liralık",
               "mah.": "mahallesi", "sok.": "sokak", "cad.": "caddesi"},
        per={"ay": "ayda", "kişi": "kişi başı", "gece": "gecelik", "kg": "kilosu"},
        hours="-",
    ),
    "ko": Other("퍼센트", "에서", {"$": "달러", "€": "유로", "£": "파운드"}, within="에서 "),
    "zh": Other("百分之", "到", {"$": "美元", "€": "欧元", "£": "英镑"}, is_percent_first=True, within="到"),
    "ro": Other("procent/procente/procente", "până la", {"€": "euro", "$": "dolari", "£": "lire", "lei": "lei"}),
    "el": Other("τοις εκατό", "έως", {"€": "ευρώ", "$": "δολάρια", "£": "λίρες"}),
    "hu": Other("százalék", "", {"€": "euró", "$": "dollár", "£": "font", "Ft": "forint"}),
    "fi": Other("prosentti/prosenttia/prosenttia", "", {"€": "euroa", "$": "dollaria", "£": "puntaa"}),
    "ar": Other("بالمئة", "إلى", {"€": "يورو", "$": "دولار", "£": "جنيه"}),
    "he": Other("אחוז", "עד", {"€": "אירו", "$": "דולר", "£": "פאונד", "₪": "שקל"},
        words={"מ״ר": "מטר רבוע", "ק״מ": "קילומטר", "ס״מ": "סנטימטר", "מ״מ": "מילימטר", "ק״ג": "קילו", "ש״ח": "שקלים",
               "ד״ר": "דוקטור", "עו״ד": "עורך דין", "רו״ח": "רואה חשבון", "חו״ל": "חוץ לארץ", "ת״א": "תל אביב",
               "אחה״צ": "אחר הצהריים", "טל׳": "טלפון", "רח׳": "רחוב", "מס׳": "מספר"}),
    "hi": Other("प्रतिशत", "से", {"€": "यूरो", "$": "डॉलर", "£": "पाउंड", "₹": "रुपये"}),
}  # fmt: skip


def said(word: str, before: str, after: str, other: Other) -> str:
    """Return how a written word is said between two others."""
    opened = word.lstrip("(")
    for bare in (opened.rstrip(",;:!?)"), opened.rstrip(".,;:!?)")):
        if bare.lower().replace("’", "'") in other.words:
            return other.words[bare.lower().replace("’", "'")] + opened[len(bare) :].rstrip(")")
    spoken = _measured(word, before, other) or _clock(word, before, after, other)
    if spoken is not None:
        return spoken
    word = _WITHIN.sub(other.within, word) if other.within else word
    return _figure(word.replace("״", "").replace("׳", "'"), before, after, other)


def _figure(word: str, before: str, after: str, other: Other) -> str:
    if (stroke := _STROKE.match(word)) and (sign := next((sign for sign in ("₹", "kr") if sign in other.money), "")):
        # What Indian and Scandinavian shops write behind a whole price.
        return f"{stroke[1]}{stroke[2]} {_form(other.money[sign], stroke[2], other)}{stroke[4]}"
    if (lakhs := _IN_LAKHS.match(word)) and after in _LAKHS:
        return lakhs[1]
    if word in _LAKHS and _IN_LAKHS.match(before) and "₹" in other.money:
        return f"{word.rstrip(',')} {other.money['₹']}{word[len(word.rstrip(',')) :]}"
    word, before = _NO_CENTS.sub("", word), _NO_CENTS.sub("", before).strip("(")
    if found := _PERCENT_FIRST.match(word):
        return _percent(found[1], other) + found[2]
    if found := _PERCENT.match(word):
        return _percent(found[1], other) + found[2]
    if (found := _PERCENT_ALONE.match(word)) and _NUMBER.match(before):
        return ("" if other.is_percent_first else _form(other.percent, before, other)) + found[1]
    if other.is_percent_first and after.startswith("%") and _NUMBER.match(word):
        return _percent(word, other)
    return _money(word, before, after, other) or _range(word, other) or word


def _measured(word: str, before: str, other: Other) -> str | None:
    """A measure after its number, or a price for each of something: "м²", "₽/м²"."""
    each = _EACH.match(word)
    if each and before in other.money and each[2].rstrip(".") in other.per:
        return f"{each[1]} {_form(other.money[before], each[1], other)} {other.per[each[2].rstrip('.')]}{each[3]}"
    found = _MEASURE.match(word)
    if found is None or not _NUMBER.match(before.strip("(")):
        return None
    sign, unit, end = found[1] or "", found[2], found[3]
    if sign.endswith("/"):
        money, per = other.money.get(sign[:-1], ""), other.per.get(unit.rstrip("."), "")
        return f"{_form(money, before, other)} {per}{end}" if money and per else None
    noun = other.units.get(unit, "")
    # A part of one, as 42,2 километра, has the form of a few.
    amount = "2" if other.has_few and re.search(r"[.,]\d{1,2}$", before) else before.strip("(")
    return f"{_form(noun, amount, other)}{end}" if noun and not sign else None


def _clock(word: str, before: str, after: str, other: Other) -> str | None:
    """A time with a point: 19.30, 17u30, 19.00'da. "" for the word after it that it has said."""
    bare = word.rstrip(".,;:!?)")
    if other.hours and bare == other.hours and _CLOCK.match(before):
        return word[len(bare) :].rstrip(")")
    found = _CLOCK.match(word)
    is_paid = before.strip("(") in other.money or after.strip(".,;:!?)") in other.money
    if not (found and other.hours) or is_paid:
        return None
    hour, minutes, end = found[1], found[2], found[3]
    joint = "" if other.hours == "-" else f" {other.hours}"
    return f"{hour}{joint}{'' if minutes == '00' else f' {int(minutes)}'}{end}"


def _percent(amount: str, other: Other) -> str:
    noun = _form(other.percent, amount, other)
    return f"{noun} {amount}" if other.is_percent_first else f"{amount} {noun}"


def _money(word: str, before: str, after: str, other: Other) -> str:
    if (found := _BEFORE.match(word)) and found[1] in other.money:
        return f"{found[2]} {_form(other.money[found[1]], found[2], other)}{found[3]}"
    if (found := _AFTER.match(word)) and found[2] in other.money:
        return f"{found[1]} {_form(other.money[found[2]], found[1], other)}{found[3]}"
    if (found := _ALONE.match(word)) and found[1] in other.money:
        if _NUMBER.match(before):
            return _form(other.money[found[1]], before, other) + found[2]
        if after[:1].isdigit():
            return text.NO_SPACE  # The number after it says it.
    amount = re.match(rf"^({_AMOUNT})(\D*)$", word)
    if amount and before in other.money:
        return f"{amount[1]} {_form(other.money[before], amount[1], other)}{amount[2]}"
    return ""


def _range(word: str, other: Other) -> str:
    span = _RANGE.match(word)
    return f"{span[1]} {other.to} {span[2]}{span[3]}" if span and other.to else ""


def _form(noun: str, amount: str, other: Other) -> str:
    """The form of a noun that an amount wants, by CLDR's rules of plurals."""
    one, few, many = noun.split("/") if "/" in noun else (noun, noun, noun)
    digits = re.sub(r"\D", "", re.sub(r"[.,]\d{1,2}$", "", amount)) or "0"
    last, teens = int(digits[-1]), int(digits[-2:])
    if digits == "1":
        return one
    if not other.has_few:
        return many
    return few if last in {2, 3, 4} and teens not in {12, 13, 14} else many
