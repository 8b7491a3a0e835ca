"""How languages say money, measures, months and signs: the form of tables in `saying_germanic`, `saying_romance`
and `saying_iberian`, which `numerals` and `signs` read. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field


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
    over: str
    """Said for the sign after a number: "50,000+"."""
    cents: str
    joint: str = "and"
    """Between the hours and the minutes of a time."""
    change: str = ""
    """Between the euros and the cents of a price."""
    minus: str = "minus"
    at_hours: frozenset[str] = frozenset()
    """The words before a full hour that need no "o'clock" after it."""
    per: Mapping[str, str]
    """What follows a stroke after a price or a measure: "/month"."""
    days: Mapping[str, str] = field(default_factory=dict)
    """Short names of days, which are words of their own unless a date is beside them ("Sun", "Sat")."""
    pairs: Mapping[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    """Abbreviations of two words."""
    counted: Mapping[str, str] = field(default_factory=dict)
    """What a letter right before a number stands for: S3, E7."""
    by: str = ""
    """Between the sides of a size: 140x190."""
    endings: Mapping[str, str] = field(default_factory=dict)
    """Ends of words that are short for others."""
