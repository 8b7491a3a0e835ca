# ruff: noqa: RUF001 -- the letters of other languages are meant
"""Which figure a sentence is about: of its prices, percentages, dates and quantities the one that is set largest. "
"Pure."""

import re
from collections.abc import Sequence
from itertools import zip_longest

from service.pipelines.film.script.writing import tokens, wording
from service.pipelines.film.script.writing.tokens import Kind, Token

_BRACKETS = re.compile(r"[(\[][^()\[\]]{0,80}[)\]]")
INSTEAD = (
    r"(?:instead of|rather than|down from|reduced from|was|were|before|rrp|msrp|list price|regular(?:ly)?|normally|"
    r"usually|"
    r"originally|statt|anstatt|früher|vorher|bisher|uvp|sonst|au lieu de|avant|prix normal|en vez de|en lugar de|antes|"
    r"invece di|anziché|prima|ao invés de|em vez de|i\.p\.v\.|in plaats van|zamiast|было|вместо|"
    r"จากปกติ|จากราคา|ราคาปกติ|ปกติ|بدلاً من|بدلا من|במקום|के बजाय|原价|通常価格|定価|정가)"
)
"""The words before a price that is no longer asked."""
WAS = re.compile(
    rf"(?:(?:^|[\s,(（])(?:{INSTEAD})|原价|原價|通常価格|通常|定価|정가)\s*(?:[:：]|price\b|preis\b)?\s*$",
    re.IGNORECASE,
)
IS_NOW = re.compile(
    r"\s*(?:yerine\b|→|->|➜|=>|[,;–—-]?\s*(?:now|jetzt|heute|nur noch|maintenant|ahora|adesso|ora|agora|nu|teraz|şimdi|"
    r"сейчас|теперь|por apenas|por)\b|のところ|から(?=\s?[\d¥￥])|에서\s)",
    re.IGNORECASE,
)
"""What follows such a price: what is asked today."""
_LONGEST_LEAD = 32
"""Letters before a figure in which such a word stands."""
_NOW_ONLY = 9
"""Letters between such a word and the price: "now only"."""
_NUMBERED = re.compile(
    r"(?:\b(?:no|nr|num|núm|ref|reg|id|code|number|nummer|numéro|número|numero|registration)\b\.?|№|n[°º]|#)\s*:?\s*$",
    re.IGNORECASE,
)
_ORDINAL = re.compile(r"\d(?:st|nd|rd|th|er|ère|e|ème|\.?[ºª])$", re.IGNORECASE)


def former(said: str, found: Sequence[Token]) -> set[int]:
    """Return the starts of a sentence's old prices, if it also has the new one."""
    prices = [token for token in found if token.kind is Kind.PRICE]
    before: set[int] = set()
    for price, following in zip_longest(prices, prices[1:]):
        now = IS_NOW.match(said, price.end)
        if WAS.search(said, max(price.start - _LONGEST_LEAD, 0), price.start) or (
            now and following and following.start - now.end() <= _NOW_ONLY
        ):
            before.add(price.start)
        elif following and not said[price.end : following.start].strip(" |"):
            # Two prices side by side: the higher one is struck through.
            before.add(max(price, following, key=lambda token: _amount(said[token.start : token.end])).start)
    return before if len(before) < len(prices) else set()


def _amount(price: str) -> float:
    figures = re.search(r"\d[\d.,]*", price)
    digits = re.sub(r"[.,](?=\d{3}(?!\d))", "", figures.group()) if figures else "0"
    return float(re.sub(r"[^\d.]", "", digits.replace(",", ".")) or 0)


_COUNTED = frozenset({Kind.QUANTITY, Kind.NUMBER})
_SHORT = 14
_DENIED = re.compile(
    r"(?:\b(?:no|not|without|never|keine?[nmrs]?|ohne|sans|pas de|sin|senza|sem|geen|zonder|bez|без)|n['’]t)\s$",
    re.IGNORECASE,
)
"""The word right before what there is none of: "no 12-month contracts"."""


def hero_of(said: str) -> Token | None:
    """Return the token that a sentence is about: a price before a percentage, a date, a quantity, a time, a number.

    Never a price of before, a year, the number of a name ("Hall 3", "CRI 97", "Day 1"), of a register, a postcode, what
    is in brackets, or a quantity of what there is none of.
    """
    brackets = [match.span() for match in _BRACKETS.finditer(said)]
    found = tokens.find(said)
    before = former(said, found)
    heroes = [
        token
        for token in found
        if token.kind <= Kind.NUMBER
        and token.start not in before
        and said[token.start - 1 : token.start] != "第"
        and not any(start < token.start < end for start, end in brackets)
        and (token.kind is not Kind.NUMBER or _counts(said, token))
        and not (token.kind in _COUNTED and _DENIED.search(said, max(token.start - _SHORT, 0), token.start))
    ]
    hero = min(heroes, key=lambda token: (token.kind, token.start), default=None)
    return hero and _whole_range(said, hero, found)


_UNTIL = re.compile(
    r"(?:\s*[–—~〜～]\s*|\s+-\s+|\s+ל-|"
    r"\s*(?:to|until|till|through|bis|jusqu['’]au|au|hasta|fino al?|até|às|tot|do|до|إلى|حتى|से|ถึง|עד|から|부터|"
    r"至|到)\s+)"
    r"(?:(?:the|about|around|approx\.?|voraussichtl(?:ich|\.)|ca\.|etwa|zum|le|el|il|o)\s+){0,2}",
    re.IGNORECASE,
)
"""What stands between the ends of a range whose parts are tokens of their own: "11. Januar bis etwa 26. März"."""


_ALSO = re.compile(r"\s*(?:,\s*)?(?:and|&|und|u\.|et|y|e|en|i|и|och|og|ve|or|oder|ou)\s+", re.IGNORECASE)
"""What joins two times or dates to one answer: "9 PM and 11 PM"."""
_JOINED_KINDS = frozenset({Kind.TIME, Kind.DATE})


def _whole_range(said: str, hero: Token, found: Sequence[Token]) -> Token:
    """The range or the pair that a hero begins or ends, or the hero itself: half of one says something else."""
    for other in found:
        first, second = sorted((hero, other), key=lambda token: token.start)
        if other.kind is not hero.kind or first.end >= second.start:
            continue
        if _UNTIL.fullmatch(said, first.end, second.start) or (
            hero.kind in _JOINED_KINDS and _ALSO.fullmatch(said, first.end, second.start)
        ):
            return Token(hero.kind, first.start, second.end)
    return hero


_JOINTS = frozenset({"and", "und", "et", "y", "e", "en", "&", "i", "и", "oder", "or"})
_VERSION = re.compile(r"\d{1,2}\.\d{1,2}")
"""Of a thing with a name: "Kengele 4.2"."""
_OLD_YEAR = re.compile(r"1\d\d\d")
_BEFORE_A_YEAR = wording.word_set(
    "about around in since circa c. ca. from um im seit anno vers en depuis hacia desde nel dal em dès"
)
_DIGITS_OF_A_MODEL = 2
_COUNTERS = wording.word_set(
    "over only just about nearly more up from the with in at last first all our your every some under "
    "than within after before save get buy win these those around almost plus mit nur über bis ab rund "
    "mehr die der das alle unsere in noch bereits avec plus les nos dès seulement con los las más sólo "
    "solo desde con i le oltre più os as mais só com de need have"
)
"""Words that may begin a sentence before what is counted; after another capital it is a model's number."""


def _counts(said: str, number: Token) -> bool:
    """Say whether a bare number counts something, rather than being a year or a part of a name."""
    figure, before, after = (
        said[number.start : number.end],
        said[max(number.start - 2 * _LONGEST_LEAD, 0) : number.start].split(),
        said[number.end :],
    )
    if re.fullmatch(r"(?:19|20)\d\d|0\d+|\d{5,}|\d+(?:\.\d+){2,}", figure) or _ORDINAL.search(figure):
        return False
    if _OLD_YEAR.fullmatch(figure) and before and before[-1].lower().strip("(") in _BEFORE_A_YEAR:
        return False
    if _VERSION.fullmatch(figure) and before and before[-1][:1].isupper() and before[-1].lower() not in _COUNTERS:
        return False
    if _NUMBERED.search(said, max(number.start - _LONGEST_LEAD, 0), number.start):
        return False
    while len(before) > 2 and before[-1].lower() in _JOINTS and before[-2].strip(",").isdigit():
        # "Die Buslinien 4 und 17".
        before = before[:-2]
    is_model = len(figure) <= _DIGITS_OF_A_MODEL and before[-1:] != [] and before[-1].lower() not in _COUNTERS
    is_of_a_name = (
        bool(before) and before[-1][:1].isupper() and (len(before) > 1 or is_model or after[:1] in {"", ":", ".", ","})
    )
    counted = re.match(r"[+-]?\s?[^\W\d_]", after) and not after[:2].strip()[:1].isupper()
    ends = not after.strip(" .!?…") and bool(before) and before[-1][:1].islower()
    return not is_of_a_name and bool(counted or ends)
