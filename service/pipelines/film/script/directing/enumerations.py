# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""Sentences that are lists: what they are of, their items, and how a long one is cut so that each card has a few.
Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from service.pipelines.film.script.lines import labels
from service.pipelines.film.script.writing import text, tokens, wording
from service.pipelines.film.script.writing.calendars import DAYS
from service.pipelines.film.script.writing.tokens import Kind, Token

FEWEST, MOST = 3, 6
"""Items on a card."""
_MOST_OF_A_SENTENCE = 24
_LONGEST_ITEM, _LONGEST_ITEM_WORDS = 26, 5
_LONGEST_HEADED_ITEM, _HEADED_ITEM_WORDS = 34, 7
"""The same under a heading, which says that it is a list."""
_MANY = 2
_WORDS_OF_A_START = 4
_AND = r"(?:and|et|y|und|e|en|sowie|og|och|ve)"
_GLUE = re.compile(
    rf"\s*,\s*(?:{_AND}\s+)?|[、，]|\s+(?:and|et|y|und|sowie)\s+|\s+&\s+(?=(?-i:[^A-ZÀ-Þ]))", re.IGNORECASE
)
"""What stands between items. "Plumbing & Heating" is one name."""
_LEAD = re.compile(
    r"(?:we (?:have|offer|need|sell|make|do)|there (?:is|are|will be)|enjoy|with|nous avons|nous (?:proposons|offrons)|"
    r"avec|il y a|wir (?:haben|bieten|verkaufen|machen)|es gibt|tenemos|ofrecemos|hay|abbiamo|offriamo|ci sono|temos|"
    r"oferecemos|há|we hebben|er is|er zijn)\s+",
    re.IGNORECASE,
)
"""What only says that a list follows."""
_HEAD = re.compile(r"(?P<head>[^:：,，、;.!?]{2,48})(?::\s+|：\s*)(?=\S)")
_VERB = re.compile(
    r"(?P<head>[^,，、;:.!?]{3,40}?\s(?:includes?|including|features?|offers?|covers?|bietet|umfasst|comprend|inclut|incluye|"
    r"incluyen|include|inclui|serves?|sells?))\s+(?=\S)",
    re.IGNORECASE,
)
"""What a list on one line is of: "3 locations: downtown, harbour, airport", "The price includes breakfast, …"."""
_NO_FIGURES = frozenset({Kind.PLACE, Kind.ADDRESS, Kind.TELEPHONE, Kind.TIME})
_NAMED_FIGURE = re.compile(
    r"(?=[^\W\d_])(?:\S+ ){1,4}[^\w\s(]{0,2}\d[\d.,\u202f]*(?:\s?[^\w\s().,]{1,3}|\s?[^\W\d_]{1,3})?"
)
"""A few words and a figure with its sign or a short unit: "adults £8", "FY2024 1,610,000"."""
_NO_ITEMS = frozenset({Kind.PRICE, Kind.PERCENT, Kind.PLACE, Kind.ADDRESS, Kind.TELEPHONE})
_EXAMPLES = re.compile(r"(?:such as|like|including|wie|etwa|comme|tel(?:le)?s? que|como|come|zoals)\s", re.IGNORECASE)
_ANSWERS = re.compile(
    r"(?:love|yours|with love|yes|no|ja|nein|oui|non|sí|sim|não|sì|nee|tak|nie|да|нет)\b\s*[,.!]", re.IGNORECASE
)
_DAY = re.compile(rf"(?:{DAYS})\W*", re.IGNORECASE)
_AFTER_A_COMMA = re.compile(r",\s+(?=[^,:]{2,48}:\s)")


@dataclass(frozen=True, slots=True)
class Listing:
    """What a sentence lists: what the items are of, or "", and the items."""

    head: str
    items: tuple[str, ...]


def listing(said: str) -> Listing | None:
    """Return the list that a sentence is: three items to six, short ones; None for any other sentence."""
    found = _listing(said)
    return found if found is not None and len(found.items) <= MOST else None


def pieces(said: str) -> list[str]:
    """Return a sentence whose list is too long for a card as several, of three items to six each; else the sentence
    alone, or what stands before its list and the list: "Open 24h, 3 locations: …"."""
    found = _listing(said)
    if found is None:
        before, *rest = tokens.cuts(said, _AFTER_A_COMMA)
        listed = rest[-1] if len(rest) == 1 else ""
        return [f"{before}.", text.capital(listed)] if listed and _listing(listed) else [said]
    if len(found.items) <= MOST:
        return [said]
    cards = -(-len(found.items) // MOST)
    each = -(-len(found.items) // cards)
    cut: list[str] = []
    begin = 0
    for first in range(each, len(found.items), each):
        end = said.find(found.items[first], begin)
        while begin < end and said.find(found.items[first], end + 1) >= 0 and not _is_next(said, begin, end, each):
            end = said.find(found.items[first], end + 1)
        cut.append(said[begin:end])
        begin = end
    return [*(_ended(part) for part in cut), text.capital(said[begin:])]


def _is_next(said: str, begin: int, end: int, count: int) -> bool:
    """Say whether the items between two places of a sentence are as many as a card has."""
    return len([part for part in tokens.cuts(said[begin:end], _GLUE) if part.strip()]) >= count


def _ended(part: str) -> str:
    bare = re.sub(rf"[\s,、，]+(?:{_AND}\s*)?$", "", part)
    return f"{text.capital(bare)}."


def _listing(said: str) -> Listing | None:
    if said.count(",") + said.count("、") + said.count("，") < 1 or _ANSWERS.match(said):
        return None
    head, rest = _headed(said)
    found = tokens.find(said)
    if compared := _compared(head, rest, found):
        return compared
    if any(token.kind in _NO_ITEMS for token in found):
        # A single price is the news of its sentence; a place is no list, nor is an answer.
        return None
    lead = _LEAD.match(rest)
    bare = wording.tidy(rest[lead.end() :] if lead else rest)
    parts = [part.strip() for part in tokens.cuts(bare, _GLUE) if part.strip()]
    if any(_EXAMPLES.match(part) or ":" in part for part in parts) or sum(map(_is_when, parts)) >= _MANY:
        # A day with its date and its hour is one thing.
        return None
    if any(wording.ends_open(part) for part in parts[:-1]) or any(wording.turns(part) for part in parts[1:]):
        # "Hazelnuts and, if the weather is kind, honey" lists nothing.
        return None
    if any(part.strip(" .").isdigit() for part in parts):
        # The number of a house, or a thousand of a figure.
        return None
    if not head and len(parts[0].split()) >= _WORDS_OF_A_START and all(" " not in part for part in parts[1:-1]):
        # "45 stalls of fruit, bread, cheese and flowers": the first is more than an item.
        return None
    is_headed = bool(head) and said[len(head) :].lstrip()[:1] in ":："
    letters = _LONGEST_HEADED_ITEM if is_headed else _LONGEST_ITEM
    words = _HEADED_ITEM_WORDS if is_headed else _LONGEST_ITEM_WORDS
    short = all(len(part) <= letters and len(part.split()) <= words for part in parts)
    return Listing(head, tuple(parts)) if short and FEWEST <= len(parts) <= _MOST_OF_A_SENTENCE else None


def _compared(head: str, rest: str, found: Sequence[Token]) -> Listing | None:
    """The list of figures that each have a name: "Entry: adults £8, children £5". Two are enough."""
    if not head or any(token.kind in _NO_FIGURES for token in found):
        return None
    parts = [part.strip(" .") for part in tokens.cuts(rest, _GLUE) if part.strip()]
    named = all(_NAMED_FIGURE.fullmatch(part) and len(part) <= _LONGEST_HEADED_ITEM for part in parts)
    return Listing(head, tuple(parts)) if named and _MANY <= len(parts) <= MOST else None


def _headed(said: str) -> tuple[str, str]:
    """What the list of a sentence is of, and the rest of the sentence."""
    head = _HEAD.match(said) or _VERB.match(said)
    if head is None:
        return "", said
    words = head["head"].strip()
    return words if labels.is_shown_over_a_list(words) else "", said[head.end() :]


def _is_when(part: str) -> bool:
    found = tokens.find(part)
    return any(token.kind in {Kind.DATE, Kind.TIME} for token in found) or bool(
        _DAY.fullmatch(part.rsplit(":", maxsplit=1)[-1].strip())
    )
