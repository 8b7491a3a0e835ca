# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""The clauses of a sentence: how it is cut at its own marks, each part long enough to be said on its own. Pure."""

import re

from service.pipelines.film.script.directing import enumerations, pieces, set_large
from service.pipelines.film.script.writing import quotes, text, tokens
from service.pipelines.film.script.writing.heroes import former
from service.pipelines.film.script.writing.tokens import Kind

_LEADING_WORDS = 4
_MANY = 2
_WHOLE_LETTERS, _CLAUSE_LETTERS = 64, 18
"""A sentence up to this long stays whole, and no part of one is shorter than this."""
_FINE_WHOLE_LETTERS, FINE_CLAUSE_LETTERS = 18, 9
"""The same when there is little to say for the time."""
_LONG_LETTERS = 44
_FINEST_CLAUSE_LETTERS = 6
"""The same if each part has a price, a percentage or a date of its own."""

CLAUSE = re.compile(r"(?<=[,;:\u2013\u2014，、；])\s+(?=\S)|(?<=[，、；])|(?<=[\u4e00-\u9fff][,;])(?=[\u4e00-\u9fff])")
"""The points at which a sentence can be cut into clauses."""
_TURN = re.compile(
    r"(?:not|nor|but|nicht|sondern|aber|pas|mais|sino|pero|non|ma|não|mas|maar|niet|without|ohne|sans|sin|senza|sem)\b",
    re.IGNORECASE,
)
_LONGEST_TURN = 24
"""How a part of a sentence begins that means nothing without the one before it: "…, not noise"."""
_LONE = re.compile(r"[^\W\d_A-ZÀ-Þ][\w'’-]*(?: [^\W\d_A-ZÀ-Þ][\w'’-]*)?,")
_ENDS_IN_AN_ADJECTIVE = re.compile(
    r"(?<!\w)(?i:a|an|the|our|your|ein|eine|einen|einem|einer|une?|una?|uno|um|uma|een) [^\W\d_A-ZÀ-Þ]+,$"
)
AND_SOON = re.compile(r"(?:\S+ ){1,2}(?:and|or|und|oder|et|ou|y|o|e|en|of)\s", re.IGNORECASE)
"""How the last items but one of a list go on: "burn and float before…"."""
_LONGEST_SERIES, _LONGEST_ITEMS = 90, 130


def clauses(sentence: str, *, finely: bool) -> list[str]:
    """Cut a long sentence into parts that fit a shot each, every part long enough to be said on its own."""
    whole, least = (_FINE_WHOLE_LETTERS, FINE_CLAUSE_LETTERS) if finely else (_WHOLE_LETTERS, _CLAUSE_LETTERS)
    lists = enumerations.pieces(sentence)
    if len(lists) > 1:
        return [part for each in lists for part in clauses(each, finely=finely)]
    tells = sum(token.kind in set_large.NEWS for token in tokens.find(sentence))
    if quotes.quotation(sentence) or enumerations.listing(sentence) or (len(sentence) <= whole and tells < _MANY):
        return [sentence]
    if tells >= _MANY:
        least = _FINEST_CLAUSE_LETTERS
    parts: list[str] = []
    goes_on = is_item = False
    for part in tokens.cuts(sentence, CLAUSE):
        is_more = len(part) <= _LONGEST_TURN and _TURN.match(part)
        is_short = bool(parts) and min(len(part), len(parts[-1])) < least
        # A figure after a long part is a shot of its own.
        is_short = is_short and not (len(parts[-1]) > _LONG_LETTERS and len(part) < least and _is_a_figure(part))
        has_room = not finely and bool(parts) and len(parts[-1]) + len(part) < pieces.LONGEST_WHOLE
        is_series = (goes_on or has_room) and AND_SOON.match(part) is not None
        # "A radiant, rebellious little school".
        is_series = is_series or (
            bool(parts) and _ENDS_IN_AN_ADJECTIVE.search(parts[-1][-_LONGEST_SERIES:]) is not None
        )
        # "Mayor, del Pozo, San Roque": what follows a short item is one more. `shown` cuts what is too long then.
        is_series = is_series or (is_item and len(parts[-1]) <= _LONGEST_ITEMS)
        if parts and (is_short or is_more or is_series or _only_leads(parts[-1]) or _reduces(parts[-1], part)):
            parts[-1] = text.joined([parts[-1], part])
        else:
            parts.append(part)
        is_item = not finely and len(part) < least and len(part.split()) <= _MANY and len(parts[-1]) > len(part)
        # "…of fruit, bread, cheese and flowers": what follows a lone word is of the same list.
        goes_on = _LONE.fullmatch(part) is not None and len(parts[-1]) <= _LONGEST_SERIES
    # Each tells something of its own, so each is said as a sentence.
    return [f"{part.rstrip(' ,;:')}." if tells >= _MANY and part[-1:] in ",;:" else part for part in parts]


def _is_a_figure(part: str) -> bool:
    figures = [token for token in tokens.find(part) if token.kind in set_large.NEWS or token.kind is Kind.QUANTITY]
    return len(figures) == 1 and len(part) >= _FINEST_CLAUSE_LETTERS


def _only_leads(part: str) -> bool:
    """Say whether a part of a sentence is only the label of what follows: "Price:"."""
    is_short = len(part.split()) <= _LEADING_WORDS
    return part.rstrip().endswith((":", "：")) and is_short and not tokens.find(part)


def _reduces(part: str, following: str) -> bool:
    """Say whether the price in a part of a sentence is that of before the one in the next: "Was $499, now $349"."""
    if len(part) > _WHOLE_LETTERS or not any(token.kind is Kind.PRICE for token in tokens.find(following)):
        return False
    both = f"{part} {following}"
    found = tokens.find(both)
    before = former(both, found)
    prices = [token.start for token in found if token.kind is Kind.PRICE and token.start < len(part)]
    return bool(prices) and before.issuperset(prices)
