"""How languages say money, measures, months and signs: the tables that `signs` reads by. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


def words(listed: str) -> tuple[str, ...]:
    return tuple(listed.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """How one language says signs.

    `singular` has the singular of those words of `money` and `units` that need more than dropping the s.
    """

    money: Mapping[str, str]
    months: tuple[str, ...]
    units: Mapping[str, str]
    singular: Mapping[str, str]
    words: Mapping[str, str]
    """Whole words that are said differently from how they are written."""
    spelt: frozenset[str]
    """Abbreviations that espeak-ng reads as a word or skips."""
    letters: str
    """What separates the letters of an abbreviation so that each one is said."""
    powers: Mapping[str, str]
    fractions: Mapping[str, str]
    to: str
    of: str
    times: str
    percent: str
    days: Mapping[str, str] = field(default_factory=dict)
    """Short names of days, which are words of their own unless a date follows ("Sun", "Sat")."""


ENGLISH = Language(
    money={"$": "dollars", "€": "euros", "£": "pounds", "¥": "yen"},
    months=words("January February March April May June July August September October November December"),
    units={
        "km": "kilometres",
        "cm": "centimetres",
        "mm": "millimetres",
        "m": "metres",
        "km/h": "kilometres an hour",
        "mph": "miles an hour",
        "kg": "kilos",
        "g": "grams",
        "mg": "milligrams",
        "ml": "millilitres",
        "l": "litres",
        "m²": "square metres",
        "kWh": "kilowatt hours",
        "h": "hours",
        "min": "minutes",
        "°c": "degrees Celsius",
        "°f": "degrees Fahrenheit",
        "tsp": "teaspoons",
        "tbsp": "tablespoons",
        "oz": "ounces",
        "lb": "pounds",
        "lbs": "pounds",
        "hz": "hertz",
        "mah": "milliamp hours",
        "ft": "feet",
        "hrs": "hours",
        "hr": "hours",
        "mins": "minutes",
        "secs": "seconds",
    },
    singular={
        "feet": "foot",
        "square metres": "square metre",
        "degrees Celsius": "degree Celsius",
        "degrees Fahrenheit": "degree Fahrenheit",
    },
    words={"№": "number", "n°": "number", "w/": "with", "vs.": "versus", "vs": "versus", "24/7": "24 7"},
    spelt=frozenset({"FAQ", "VIP", "NGO", "EV", "IT", "LED", "FYI"}),
    letters=".",
    powers={"k": "thousand", "m": "million", "bn": "billion"},
    fractions={"1/2": "one half", "1/3": "one third", "2/3": "two thirds", "1/4": "a quarter", "3/4": "three quarters"},
    to="to",
    of="out of",
    times="times",
    percent="percent",
    days={
        "mon": "Monday",
        "tue": "Tuesday",
        "tues": "Tuesday",
        "wed": "Wednesday",
        "thu": "Thursday",
        "thur": "Thursday",
        "thurs": "Thursday",
        "fri": "Friday",
        "sat": "Saturday",
        "sun": "Sunday",
    },
)
FRENCH = Language(
    money={"$": "dollars", "€": "euros", "£": "livres", "¥": "yens"},
    months=words("janvier février mars avril mai juin juillet août septembre octobre novembre décembre"),
    units={
        "km": "kilomètres",
        "cm": "centimètres",
        "mm": "millimètres",
        "m": "mètres",
        "km/h": "kilomètres heure",
        "kg": "kilos",
        "g": "grammes",
        "mg": "milligrammes",
        "ml": "millilitres",
        "l": "litres",
        "m²": "mètres carrés",
        "kWh": "kilowattheures",
        "h": "heures",
        "min": "minutes",
        "°c": "degrés",
        "go": "gigaoctets",
        "mo": "mégaoctets",
    },
    singular={"mètres carrés": "mètre carré", "kilomètres heure": "kilomètre heure", "heures": "heure"},
    words={
        "№": "numéro",
        "n°": "numéro",
        "1re": "première",
        "1ère": "première",
        "2e": "deuxième",
        "2ème": "deuxième",
        "3e": "troisième",
        "3ème": "troisième",
        "M.": "monsieur",
        "24h/24": "24 heures sur 24",
        "7j/7": "7 jours sur 7",
    },
    spelt=frozenset({"IA", "UE", "BD", "PME", "VIP", "FAQ", "DIY"}),
    letters=" ",
    powers={"k": "mille", "m": "millions", "bn": "milliards"},
    fractions={"1/2": "un demi", "1/3": "un tiers", "2/3": "deux tiers", "1/4": "un quart", "3/4": "trois quarts"},
    to="à",
    of="sur",
    times="fois",
    percent="pour cent",
)
GERMAN = Language(
    money={"$": "Dollar", "€": "Euro", "£": "Pfund", "¥": "Yen"},
    months=words("Januar Februar März April Mai Juni Juli August September Oktober November Dezember"),
    units={
        "km": "Kilometer",
        "cm": "Zentimeter",
        "mm": "Millimeter",
        "m": "Meter",
        "km/h": "Kilometer pro Stunde",
        "kg": "Kilogramm",
        "g": "Gramm",
        "mg": "Milligramm",
        "ml": "Milliliter",
        "l": "Liter",
        "m²": "Quadratmeter",
        "kWh": "Kilowattstunden",
        "h": "Stunden",
        "min": "Minuten",
        "°c": "Grad",
    },
    singular={},
    words={
        "№": "Nummer",
        "nr.": "Nummer",
        "bzw.": "beziehungsweise",
        "ca.": "circa",
        "inkl.": "inklusive",
        "str.": "Straße",
    },
    spelt=frozenset(),
    letters=" ",
    powers={"k": "tausend", "m": "Millionen", "bn": "Milliarden"},
    fractions={
        "1/2": "einhalb",
        "1/3": "ein Drittel",
        "2/3": "zwei Drittel",
        "1/4": "ein Viertel",
        "3/4": "drei Viertel",
    },
    to="bis",
    of="von",
    times="mal",
    percent="Prozent",
    days={
        "mo": "Montag",
        "di": "Dienstag",
        "mi": "Mittwoch",
        "do": "Donnerstag",
        "fr": "Freitag",
        "sa": "Samstag",
        "so": "Sonntag",
    },
)
SPANISH = Language(
    money={"$": "dólares", "€": "euros", "£": "libras", "¥": "yenes"},
    months=words("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"),
    units={
        "km": "kilómetros",
        "cm": "centímetros",
        "m": "metros",
        "kg": "kilos",
        "g": "gramos",
        "ml": "mililitros",
        "l": "litros",
        "m²": "metros cuadrados",
        "km/h": "kilómetros por hora",
        "h": "horas",
        "min": "minutos",
        "°c": "grados",
    },
    singular={
        "dólares": "dólar",
        "yenes": "yen",
        "metros cuadrados": "metro cuadrado",
        "kilómetros por hora": "kilómetro por hora",
    },
    words={"№": "número", "n°": "número"},
    spelt=frozenset(),
    letters=" ",
    powers={"k": "mil", "m": "millones", "bn": "mil millones"},
    fractions={"1/2": "medio", "1/3": "un tercio", "2/3": "dos tercios", "1/4": "un cuarto", "3/4": "tres cuartos"},
    to="a",
    of="de",
    times="por",
    percent="por ciento",
)
ITALIAN = Language(
    money={"$": "dollari", "€": "euro", "£": "sterline", "¥": "yen"},
    months=words("gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre"),
    units={
        "km": "chilometri",
        "cm": "centimetri",
        "m": "metri",
        "kg": "chili",
        "g": "grammi",
        "ml": "millilitri",
        "l": "litri",
        "m²": "metri quadrati",
        "km/h": "chilometri all'ora",
        "h": "ore",
        "min": "minuti",
        "°c": "gradi",
    },
    singular={
        "dollari": "dollaro",
        "sterline": "sterlina",
        "chilometri": "chilometro",
        "metri": "metro",
        "ore": "ora",
        "minuti": "minuto",
        "gradi": "grado",
        "litri": "litro",
        "grammi": "grammo",
        "chili": "chilo",
    },
    words={"№": "numero", "n°": "numero"},
    spelt=frozenset(),
    letters=" ",
    powers={"k": "mila", "m": "milioni", "bn": "miliardi"},
    fractions={"1/2": "mezzo", "1/3": "un terzo", "2/3": "due terzi", "1/4": "un quarto", "3/4": "tre quarti"},
    to="a",
    of="su",
    times="per",
    percent="per cento",
)
PORTUGUESE = Language(
    money={"$": "dólares", "€": "euros", "£": "libras", "¥": "ienes"},
    months=words("janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro"),
    units={
        "km": "quilómetros",
        "cm": "centímetros",
        "m": "metros",
        "kg": "quilos",
        "g": "gramas",
        "ml": "mililitros",
        "l": "litros",
        "m²": "metros quadrados",
        "km/h": "quilómetros por hora",
        "h": "horas",
        "min": "minutos",
        "°c": "graus",
    },
    singular={
        "dólares": "dólar",
        "ienes": "iene",
        "metros quadrados": "metro quadrado",
        "graus": "grau",
        "quilómetros por hora": "quilómetro por hora",
    },
    words={"№": "número", "n°": "número"},
    spelt=frozenset(),
    letters=" ",
    powers={"k": "mil", "m": "milhões", "bn": "mil milhões"},
    fractions={"1/2": "meio", "1/3": "um terço", "2/3": "dois terços", "1/4": "um quarto", "3/4": "três quartos"},
    to="a",
    of="de",
    times="vezes",
    percent="por cento",
)
LANGUAGES: Mapping[str, Language] = MappingProxyType(
    {"en": ENGLISH, "fr": FRENCH, "de": GERMAN, "es": SPANISH, "it": ITALIAN, "pt": PORTUGUESE}
)
