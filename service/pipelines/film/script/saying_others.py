# ruff: noqa: RUF001 -- the letters of other languages are meant
"""Percentages, money and ranges in the languages that have no table of their own, so that none of it falls silent. The
nouns are those of the Unicode CLDR (48), without the country. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from service.pipelines.film.script import text

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


OTHERS: Mapping[str, Other] = {
    "nl": Other(
        "procent", "tot", {"€": "euro", "$": "dollar", "£": "pond"},
        words={"t/m": "tot en met", "p.p.": "per persoon", "p.p": "per persoon", "incl.": "inclusief",
               "excl.": "exclusief",
               "max.": "maximaal", "min.": "minimaal", "ma": "maandag", "di": "dinsdag", "wo": "woensdag",
               "do": "donderdag", "vr": "vrijdag", "za": "zaterdag", "bijv.": "bijvoorbeeld", "jr.": "jaar"},
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
    ),
    "uk": Other(
        "відсоток/відсотки/відсотків",
        "до",
        {"€": "євро", "$": "долар/долари/доларів", "£": "фунт/фунти/фунтів", "₴": "гривня/гривні/гривень",
         "грн": "гривня/гривні/гривень"},
        has_few=True,
    ),
    "tr": Other(
        "yüzde", "", {"€": "euro", "$": "dolar", "£": "sterlin", "₺": "lira", "TL": "lira"}, is_percent_first=True
    ),
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
        if bare.lower() in other.words:
            return other.words[bare.lower()] + opened[len(bare) :].rstrip(")")
    word = word.replace("״", "").replace("׳", "'")
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
