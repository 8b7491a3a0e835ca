# ruff: noqa: RUF001 -- the letters of other languages are meant
"""What a brief corrects of itself further down: "CORRECTION: the stall fee is £15." Pure."""

import re
from collections.abc import Sequence
from itertools import pairwise

from service.pipelines.film.script.writing import text, tokens
from service.pipelines.film.script.writing.tokens import Kind

_SAYS_SO = re.compile(
    r"^\W*(?:correction|corrected|erratum|errata|korrektur|berichtigung|rectificatif|correctif|corrección|correzione|"
    r"correção|rectificatie|sprostowanie|(?:important )?update|edit)(?:\s?#?\d)?\s*[:：–—-]+\s*|"
    r"^(?:sorry|oops|wait|actually|scratch that|my (?:mistake|bad)|entschuldigung|pardon|perdón|scusate|"
    r"desculpa)\s*[,:–—-]+\s*",
    re.IGNORECASE,
)
_LEADS = re.compile(
    r"^(?:(?:and|also|und|et|y|e)\s+)?(?:(?:the )?(?:hours?|times?|dates?|prices?|venue|place|address) (?:has |"
    r"have )?(?:been )?changed?[,;:–—-]*\s+)?"
    r"(?:(?:it['’]?s|its|they['’]?re|that['’]?s|es (?:sind|ist)|c['’]est|es|è|são|é) )?(?:now |jetzt |maintenant |"
    r"ahora )?(?=\S)",
    re.IGNORECASE,
)
_NOT = re.compile(
    r",?\s*(?:\(?(?:and )?not|instead of|nicht|statt|et non(?: pas)?|au lieu de|y no|en vez de|e non|invece di|"
    r"e não|em vez de)\s+"
    r"(?P<wrong>[^()]{1,32}?)\)?(?=[.!,;]*\s*$)",
    re.IGNORECASE,
)
_BARE = re.compile(r"^(?:it['’]?s|that['’]?s|the (?:price|date|time|fee) is)\b", re.IGNORECASE)
_HOURS = re.compile(r"(?<!\w)\d{1,2} (?:to|bis|à|a|até) \d{1,2}(?![\w:.,]\d|\w)")
_AND_NOT = re.compile(
    r"\s*[(,–—-]?\s*(?:(?:and )?not|(?:und )?nicht|(?:et )?(?:non|pas)|(?:y )?no|(?:e )?(?:non|não)|niet|"
    r"inte|ikke|nie|а не)\s+",
    re.IGNORECASE,
)
"""What stands between a right figure and a wrong one. "€29 instead of €42" is an offer."""
_FIGURES = frozenset({Kind.PRICE, Kind.PERCENT, Kind.DATE, Kind.TIME, Kind.TELEPHONE})
_HALF = 0.5
_WORD = re.compile(r"[^\W\d_]{3,}")


def says_so(sentence: str) -> bool:
    """Say whether a sentence says that it corrects something, and has a figure: "EDIT 2: and its 45 stalls"."""
    found = _SAYS_SO.match(sentence)
    return found is not None and any(map(str.isdigit, sentence[found.end() :]))


def read(words: str, before: Sequence[str]) -> tuple[str, str] | None:
    """Return which of the sentences `before` a sentence corrects, and what it is then; None if it corrects none.

    If none of them is meant, that is "" and the sentence without its "Correction:".
    """
    said, is_one = words, False
    while (says_so := _SAYS_SO.match(said)) is not None:
        said, is_one = said[says_so.end() :].strip(), True
    wrong = _NOT.search(said) if is_one or _BARE.match(said) else None
    if wrong:
        right = _NOT.sub("", said)
        old = wrong["wrong"].strip()
        found = next((sentence for sentence in before if re.search(_whole(old), sentence, re.IGNORECASE)), None)
        figure = next((right[token.start : token.end] for token in tokens.find(right)), "")
        if found is not None and figure:
            return found, text.capital(
                re.sub(
                    _whole(old),
                    lambda _: figure.split(" ")[0] if _is_counted(figure, old, found) else figure,
                    found,
                    count=1,
                    flags=re.IGNORECASE,
                )
            )
        said = right
    if not is_one:
        return None
    told = _LEADS.sub("", said)
    swapped = _swapped(told, before) if told != said else None
    if swapped:
        return swapped
    best = max(before, key=lambda sentence: _likeness(said, sentence), default="")
    return (best if _likeness(said, best) >= _HALF else "", text.capital(said))


def of_direction(words: str) -> tuple[str, str] | None:
    """Return which figure of the brief a direction calls wrong, and the right one: "the price is now £16.50 (not £18)";
    None if it calls none so."""
    found = [token for token in tokens.find(words) if token.kind in _FIGURES]
    for right, wrong in pairwise(found):
        if right.kind is wrong.kind and _AND_NOT.fullmatch(words[right.end : wrong.start]):
            return words[wrong.start : wrong.end], words[right.start : right.end]
    return None


def with_figure(said: str, wrong: str, right: str) -> str:
    """Return a sentence with the right figure in the place of the wrong one."""
    return re.sub(_whole(wrong), lambda _: right, said)


def _whole(words: str) -> str:
    return rf"(?<!\w){re.escape(words)}(?!\w)"


def _is_counted(figure: str, old: str, found: str) -> bool:
    """Say whether what is counted stands behind the old figure too: "45 stalls" for "forty stalls"."""
    counted = figure.split(" ")[1:]
    return bool(counted) and re.search(rf"{_whole(old)} {re.escape(counted[0])}", found, re.IGNORECASE) is not None


def _swapped(told: str, before: Sequence[str]) -> tuple[str, str] | None:
    """The sentence before whose figure of the same kind is another now: "hours changed, it's now 8:30 to 12:30"."""
    new = next(iter(tokens.find(told)), None)
    if new is None or new.start > 0:
        return None
    figure = told[new.start : new.end]
    for sentence in before:
        olds = [sentence[token.start : token.end] for token in tokens.find(sentence) if token.kind is new.kind]
        hours = _HOURS.search(sentence) if new.kind is Kind.TIME else None
        olds += [hours.group()] if hours else []
        if olds:
            return sentence, sentence.replace(olds[0], figure, 1)
    return None


def _likeness(said: str, sentence: str) -> float:
    """How many of the words of `said` are in a sentence that tells a figure of the same kind, from 0.0 to 1.0."""
    if not _kinds(said) & _kinds(sentence):
        return 0.0
    wanted = {word.lower() for word in _WORD.findall(said)}
    have = {word.lower() for word in _WORD.findall(sentence)}
    # Small words are in every sentence.
    shared = sum(len(word) for word in wanted & have)
    return shared / max(min(sum(map(len, wanted)), sum(map(len, have))), 1)


def _kinds(said: str) -> set[Kind]:
    return {token.kind for token in tokens.find(said) if token.kind is not Kind.NUMBER}
