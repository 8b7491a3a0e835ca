"""The call to action: its shot, and what it tells besides where to turn, which has shots of its own. Pure."""

import re
from collections.abc import Sequence
from dataclasses import replace

from service.pipelines.film.script.directing import clauses, coverage, headlines, pieces
from service.pipelines.film.script.reading.asked import Passage
from service.pipelines.film.script.reading.brief import Brief
from service.pipelines.film.script.treatment import Shot
from service.pipelines.film.script.writing import text, tokens, wording
from service.pipelines.film.script.writing.heroes import former
from service.pipelines.film.script.writing.tokens import Kind, Token

_LONGEST_CALL = 60
_MOST_CONTACTS = 3
_SHORTEST_OTHER = 6
_LONGEST_BESIDE, _LONGEST_AFTER = 48, 64
"""Letters of what stands with the places to turn, and of what is told after them and needs no shot of its own."""
_MANY = 2
LAST_WEIGHT = 8.0


def parted(passage: Passage, brief: Brief, stop: frozenset[str]) -> tuple[list[str], Shot]:
    """Return what a call tells that has to be shown before its shot, and the shot."""
    is_alone = len(brief.passages) == 1
    parts = _told_and_called(passage.text) if is_alone else []
    *told, called = parts if len(parts) > 1 else _before_and_called(passage, brief, stop)
    last = _call(called, brief, stop, goes_on=bool(told))
    said, after = _with_its_contact(called)
    if after and not passage.is_silent:
        # What is told after it is told first, and then where to turn is shown.
        last = replace(_call(said, brief, stop, goes_on=bool(told)), voice="")
        return [*told, said, after], last
    return told, replace(last, voice="") if passage.is_silent else last


def _with_its_contact(said: str) -> tuple[str, str]:
    """A call up to its last place to turn, and what it tells after that, if it is more than the last card shows."""
    ends = [token.end for token in tokens.find(said) if token.kind in tokens.CONTACTS]
    after = wording.tidy(said[ends[-1] :]) if ends else ""
    return (f"{said[: ends[-1]]}.", text.capital(after)) if len(after) > _LONGEST_AFTER else (said, "")


def _told_and_called(said: str) -> list[str]:
    """A call that is all there is, in what it tells and where to turn: "Aurora Yoga, new studio, aurora-yoga.fr"."""
    parts = tokens.cuts(said, clauses.CLAUSE)
    contact = next(
        (at for at, part in enumerate(parts) if any(token.kind in tokens.CONTACTS for token in tokens.find(part))), 0
    )
    if contact < _MANY:
        return [said]
    told = [part.rstrip(" ,;:") + "." for part in parts[:contact] if any(map(str.isalnum, part))]
    return [*told, text.capital(text.joined(parts[contact:]))]


def _before_and_called(passage: Passage, brief: Brief, stop: frozenset[str]) -> list[str]:
    """A call in what it tells and where to turn, if it has the only price of the brief or more words than the last card
    shows."""
    said = passage.text
    found = tokens.find(said)
    at = next((index for index, token in enumerate(found) if token.kind in tokens.CONTACTS), None)
    if passage.is_silent or at is None:
        return [said]
    told = wording.tidy(wording.without_joints(said[: found[at].start]))
    is_more = (
        _has_the_price(said, found[:at], passage, brief)
        or len(coverage.unshown(_call(said, brief, stop), stop)) > _MANY
    )
    return [f"{told}.", said[found[at].start :]] if is_more and len(told.split()) > _MANY else [said]


def _has_the_price(said: str, before: Sequence[Token], passage: Passage, brief: Brief) -> bool:
    """Say whether what a call tells `before` its contact has the only price of the brief, or percentage."""
    worth = {Kind.PRICE} if any(token.kind is Kind.PRICE for token in tokens.find(said)) else {Kind.PERCENT, Kind.PRICE}
    others = (other.text for other in brief.passages if other is not passage)
    if any(token.kind in worth for other in others for token in tokens.find(other)):
        return False
    return len({token.start for token in before if token.kind in worth} - former(said, tokens.find(said))) == 1


def _call(said: str, brief: Brief, stop: frozenset[str], *, goes_on: bool = False) -> Shot:
    """Return the shot of a call to action: what to do is its headline, where to turn its label. `goes_on`: what to do
    has been told before."""
    contacts = [token for token in tokens.find(said) if token.kind in tokens.CONTACTS]
    around = [wording.tidy(wording.without_joints(part)) for part in wording.between(said, contacts)]
    first, *rest = [wording.tidy(part) for part in tokens.cuts(around[0], clauses.CLAUSE) if wording.tidy(part)] or [""]
    where = [text.shown_address(said[token.start : token.end]) for token in contacts]
    if contacts:
        first, rest = (first, rest) if len(around[0]) > _LONGEST_CALL else (around[0], [])
        others = [part for part in around[1:] if len(part) > _SHORTEST_OTHER]
        if not first and others and not goes_on:
            first = others.pop(0)
        where += [part for part in others if len(part) <= _LONGEST_BESIDE]
    asked = ("" if contacts and _WEBSITE.fullmatch(first) else first) or brief.name
    if not asked and where:
        headline, *where = where
    else:
        asked = asked or wording.tidy(said)
        headline = text.capital(asked) if len(asked) <= _LONGEST_CALL else headlines.headline(asked, brief, stop)
    more = " · ".join(rest)
    if not contacts and len(more) > _LONGEST_BESIDE and not pieces.is_long(said):
        headline, more = text.capital(wording.tidy(said)), ""
    label = " · ".join(where[:_MOST_CONTACTS]) if where else more if 0 < len(more) <= _LONGEST_BESIDE else ""
    if not label and brief.name not in headline:
        label = brief.name
    accent = headlines.accent(headline, brief)
    return Shot(purpose="call", voice=said, headline=headline, label=label, accent=accent, weight=LAST_WEIGHT)


_WEBSITE = re.compile(
    r"(?:(?:our|the|my|unsere|unser|notre|nuestra|nuestro|il nostro) )?(?:web ?site|web|site|homepage|webseite|"
    r"site web|"
    r"sitio web|sito|insta(?:gram)?|facebook|tiktok|phone|telephone|tel|e-?mail|handle|page|address|link|인스타)"
    r"(?: (?:is|ist|est|es|è))?:?",
    re.IGNORECASE,
)
"""What only says that an address follows."""
