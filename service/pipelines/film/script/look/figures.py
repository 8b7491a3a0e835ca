# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""What a figure on screen is, so that it can be drawn as such: a percentage, a date, a price that was another one
before, a line of a programme. Pure."""

import re
from dataclasses import dataclass

from service.pipelines.film.script.treatment import Shot
from service.pipelines.film.script.writing import heroes, tokens
from service.pipelines.film.script.writing.tokens import Kind

_WHOLE = 100.0
_FIGURE = re.compile(r"\d[\d.,'’\u00a0\u202f ]*\d|\d")
_COUNTED = 3
_FROM = 7
"""Letters of a word between a comma and a price that belongs to it: "from", "ab"."""
"""Digits of a quantity that is worth counting up to."""
_PERCENT = re.compile(r"^[^\d]{0,12}(\d{1,3}(?:[.,]\d+)?)\s?(?:%|\w+(?: \w+)?)$")
_DAYS = re.compile(
    r"\d{1,2}(?:st|nd|rd|th|er|\.|º|ª)?(?:\s?(?:[–—-]|to|until|till|bis|à|au|a|al|до)\s?"
    r"\d{1,2}(?:st|nd|rd|th|er|\.|º|ª)?)?(?!\d|[:h])"
)
_YEAR = re.compile(r",?\s*(?:de\s+)?((?:19|20)\d\d)$")
_MONTH_AND_DAY = re.compile(r"(?:(\d{4})[年년]\s?)?(\d{1,2}[月월])\s?(\d{1,2})[日일号]")
_RATE = re.compile(
    r"(.*\d[^\W\d_]?\s?[^\w\s/]{0,2})\s?(/\s?[^\W\d_]{2,}\.?|(?:per|pro|par|al|por|a)\s[^\W\d_]+)", re.IGNORECASE
)
_OF = re.compile(r"^(?:de|of)\s+", re.IGNORECASE)
_TO = re.compile(r"\s?(?:[–—-]|to|until|till|bis|à|au|al|a|до)\s?")
_STAMP_END = re.compile(r"\s*(?::|\s[–—-]|,)\s+")


@dataclass(frozen=True, slots=True)
class Leaf:
    """A date in the parts of a calendar's leaf. Each is as it is written; `weekday` and `year` may be ""."""

    weekday: str
    days: str
    month: str
    year: str


@dataclass(frozen=True, slots=True)
class Reduced:
    """A price and the one `before` it; `rest` is what the shot's label says besides, and `lead` what its lead does."""

    before: str
    now: str
    rest: str
    lead: str = ""


def percent(wording: str) -> float | None:
    """Return the percentage that a headline consists of, from 0.0 to 1.0, or None if it is not one."""
    found = tokens.find(wording)
    figure = _PERCENT.match(wording.strip())
    if figure is None or [token.kind for token in found] != [Kind.PERCENT]:
        return None
    share = float(figure[1].replace(",", ".")) / _WHOLE
    return share if 0 < share <= 1 else None


def leaf(wording: str) -> Leaf | None:
    """Return the parts of a headline that is a date with a day and a month in letters, or None if it is not one."""
    found = tokens.find(wording)
    if [token.kind for token in found] != [Kind.DATE] or (found[0].start, found[0].end) != (0, len(wording)):
        return None
    if ideographic := _MONTH_AND_DAY.fullmatch(wording):
        return Leaf("", ideographic[3], ideographic[2], ideographic[1] or "")
    year = _YEAR.search(wording)
    rest = wording[: year.start()] if year else wording
    days = list(_DAYS.finditer(rest))
    if len(days) != 1:
        return None
    before, after = rest[: days[0].start()].strip(" ,"), _OF.sub("", rest[days[0].end() :].strip(" ,"))
    if after:
        weekday, month = before, after
    else:
        *words, month = before.replace(",", " ").split() or [""]
        weekday = " ".join(words)
    if not month or not month.strip(".").isalpha() or any(map(str.isdigit, weekday)):
        return None
    shown = "–".join(part for part in _TO.split(days[0].group()) if part)
    return Leaf(weekday, shown, month, year[1] if year else "")


def reduced(shot: Shot) -> Reduced | None:
    """Return the price of a shot with the one that it replaces, if the words beside it say which."""
    if [token.kind for token in tokens.find(shot.headline)] != [Kind.PRICE]:
        return None
    for token in tokens.find(shot.label):
        words = heroes.WAS.search(shot.label[: token.start])
        if token.kind is Kind.PRICE and words is not None:
            left, right = _whole(shot.label[: words.start()]), _whole(shot.label[token.end :])
            rest = " ".join(filter(None, (left, right)))
            return Reduced(shot.label[token.start : token.end], shot.headline, rest, shot.lead)
    return _reduced_from(shot)


def _reduced_from(shot: Shot) -> Reduced | None:
    """The same if the words before the price say it: "Was $179, now $129"."""
    said = f"{shot.lead} {shot.headline} {shot.label}"
    found = tokens.find(said)
    before = heroes.former(said, found)
    token = next((token for token in found if token.start in before), None)
    if token is None:
        return None
    if token.end > len(shot.lead):
        rest = shot.label.replace(said[token.start : token.end], "", 1).strip(" ,|/–—-")
        return Reduced(said[token.start : token.end], shot.headline, rest, shot.lead)
    left = heroes.WAS.sub("", shot.lead[: token.start]).strip(" ,(")
    right = heroes.IS_NOW.sub("", shot.lead[token.end :], count=1).strip(" ,).|/–—-")
    # "From" stands on the tag: it says nothing without its price.
    now = f"{right} {shot.headline}" if 0 < len(right) <= _FROM else shot.headline
    lead = left if now != shot.headline else " ".join(filter(None, (left, right)))
    return Reduced(shot.lead[token.start : token.end], now, shot.label, lead)


def counts(wording: str) -> bool:
    """Say whether a figure may count up to what it is: a percentage, or a quantity of three digits or more. A price, a
    time, a date or a range would be a wrong one on the way."""
    kinds = {token.kind for token in tokens.find(wording)}
    figures = _FIGURE.findall(wording)
    if len(figures) != 1 or kinds - {Kind.PERCENT, Kind.QUANTITY, Kind.NUMBER} or _YEAR.fullmatch(wording):
        return False
    return Kind.PERCENT in kinds or sum(map(str.isdigit, figures[0])) >= _COUNTED


def _whole(words: str) -> str:
    """What is left of a label, without marks at its ends and without half a pair of brackets."""
    plain = words.strip(" ,.、。")
    for opening, closing in ("()", "（）"):
        if plain.count(opening) != plain.count(closing):
            plain = plain.replace(opening, "").replace(closing, "").strip(" ,.、。")
    return plain if any(map(str.isalnum, plain)) else ""


def parted(wording: str) -> tuple[str, str]:
    """Return a quantity or a rate as its figure and its unit, "2 minutes" as ("2", "minutes") and "$19/month" as
    ("$19", "/month"), and anything else with ""."""
    if rate := _RATE.fullmatch(wording):
        return rate[1], rate[2]
    amount, _, unit = wording.partition(" ")
    plain = amount[-1:].isdigit() and len(unit) > 1 and unit.replace(" ", "").isalpha()
    return (amount, unit) if plain else (wording, "")


def priced(item: str) -> tuple[str, str] | None:
    """Return a line of a price list as what there is and its price with a word before it ("from £110"), or None if it
    does not end with one."""
    found = tokens.find(item)
    prices = [token for token in found if token.kind is Kind.PRICE]
    if len(prices) != 1 or prices[0].end != len(item.rstrip(" .")):
        return None
    what, price = item[: prices[0].start].strip(), item[prices[0].start : prices[0].end]
    name, comma, word = what.rpartition(",")
    if comma and 0 < len(word.strip()) <= _FROM:
        what, price = name, f"{word.strip()} {price}"
    what = what.strip(" ,:.|–—-")
    return (what, price) if what else None


def stamped(item: str) -> tuple[str, str] | None:
    """Return a line of a programme as its date or time and the rest, or None if it does not begin with one."""
    end = 0
    for token in tokens.find(item):
        if token.kind not in {Kind.DATE, Kind.TIME} or item[end : token.start].strip(" ,") != "":
            break
        end = token.end
    if not end:
        return None
    gap = _STAMP_END.match(item, end)
    rest = item[gap.end() :] if gap else item[end:].strip()
    return (item[:end], rest) if rest else None
