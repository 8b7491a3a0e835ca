# ruff: noqa: RUF001 -- the letters and marks of other languages are meant
"""What stands before and after the figure of a sentence when that is set large, or that the sentence is better whole:
when a word, a pair of brackets or a second fact would be torn. Pure."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from service.pipelines.film.script.writing import text, tokens, wording
from service.pipelines.film.script.writing.heroes import former, hero_of
from service.pipelines.film.script.writing.tokens import Kind, Token

LONGEST_WHOLE = 72
"""Letters of a sentence that can be shown whole instead."""
_USUAL_LEAD = 48
"""Letters before a figure that is not the news of its sentence, so that it is still set large."""
NEWS = frozenset({Kind.PRICE, Kind.PERCENT, Kind.DATE})
"""Figures that are the news of their sentence."""
_OF_A_KIND = frozenset({Kind.PRICE, Kind.TIME})
"""Figures of which a sentence has several as facts of their own: "Doors 7.30pm, music 8pm"."""
_ENDING = re.compile(
    r"[\uac00-\ud7a3]{1,3}(?![\uac00-\ud7a3])|"
    r"['’](?:[^\W\d_]{1,5})?(?![\w'’])|"
    r"[s+](?!\w)|-[^\W\d_]{2,16}(?![\w-])|/[^\W\d_]{1,12}(?![\w/])|"
    r"(?:以上|以下|以内|以內|未満|まで|から|限り|限定|引き|ほど|くらい|ぐらい|截止|之前|之后|之後|起(?=[，。、；\s]|$)|前(?![\u4e00-\u9fff]))+|"
    r" (?:में|तक|से|को|का|की|के|पर)(?!\w)"
)
"""What belongs to a figure and follows it: endings and particles of Korean, Turkish, Japanese and Hindi, "12 months'",
"16s", "100-lecie", "/day"."""
_BEGINNING = re.compile(
    r"(?:(?<!\w)[^\W\d_]{1,6}['’]|[全约約計计共仅僅只每各毎]|(?<![\d\u4e00-\u9fff])[月年週日]|"
    r"(?<!\w)(?i:ca|kl|approx|circa|c|godz|ok|cca)\.? )$"
)
"""What belongs to a figure and is written before it: « L'11 maggio », 全8室, "ca. 30"."""
_COUNTER = re.compile("[\u4e00-\u9fff]{1,6}|[\u30a1-\u30ff]{1,8}|つ")
_NO_COUNTER = re.compile("[或和與与及至到在的是為为可有即就也不以]")
_PARTICLES = frozenset("をがはも")
"""Of Japanese: a line does not begin with them."""
_LONGEST_BEGINNING = 8
_LONGEST_COUNTER = 2
_ARTICLES: Mapping[str, frozenset[str]] = {
    "en": wording.word_set("a"),
    "fr": wording.word_set("le la les"),
    "nl": wording.word_set("de of"),
}
_ARTICLES_OF_FIGURES = wording.word_set("los las i o e le la les")
"""Of these, what may stand before a date or a sum in another language."""
_PAIRS = (
    ("(", ")"),
    ("¡", "!"),
    ("¿", "?"),
    ("„", "“"),
    ("„", "”"),
    ("[", "]"),
    ("“", "”"),
    ("«", "»"),
    ("「", "」"),
    ("『", "』"),
    ("（", "）"),
    ("【", "】"),
)


class Large(NamedTuple):
    """A figure and the words over and under it, each maybe ""."""

    lead: str
    figure: str
    label: str


def parts(said: str, lang: str, stop: frozenset[str]) -> Large | None:
    """Return the price, percentage, date, quantity or number that carries a sentence, between the words before it and
    after it that belong to it; None if no figure does, or if the sentence is better shown whole."""
    hero = hero_of(said)
    if hero is None:
        return None
    start, end = _whole(said, hero)
    before, after = wording.before(said[:start]), wording.after(said[end:], stop)
    is_short = len(said) <= LONGEST_WHOLE
    is_cut = len(wording.tidy(said[:start])) > _USUAL_LEAD
    if is_short and ((is_cut and hero.kind not in NEWS) or _is_better_whole(said, lang, hero, before)):
        # A figure that is not the news of its sentence leaves the rest of it whole.
        return None
    if not is_short and _leaves_open(before, lang, hero):
        # "Five neighbours and / €9,000": only half of what is meant.
        return None
    if _is_torn(said, hero, start, end) or (not before and not after and hero.kind is Kind.NUMBER):
        return None
    figure = said[start:end].strip()
    return Large(text.capital(before), figure if before and start < hero.start else text.capital(figure), after)


def _whole(said: str, hero: Token) -> tuple[int, int]:
    """Where a figure starts and ends with what is written to it without a space, and its particle."""
    before = _BEGINNING.search(said, max(hero.start - _LONGEST_BEGINNING, 0), hero.start)
    start, end = before.start() if before else hero.start, hero.end
    counter = _COUNTER.match(said, end) if hero.kind is Kind.NUMBER else None
    if counter and not _NO_COUNTER.match(counter.group()):
        is_one = "\u4e00" <= counter.group()[0] <= "\u9fff" and len(counter.group()) > _LONGEST_COUNTER
        end = end + 1 if is_one else counter.end()
    ending = _ENDING.match(said, end)
    return start, ending.end() if ending else end


def _is_torn(said: str, hero: Token, start: int, end: int) -> bool:
    """Say whether a word goes on beside a figure, or a pair of brackets or quotation marks around it is cut in two."""
    left, right = said[:start], said[end:]
    if left[-1:].isalnum() and left[-1].isascii():
        return True
    if right[:1].isalnum() and (right[0].isascii() or hero.kind is Kind.NUMBER):
        return True
    if left.count('"') % 2 and '"' in right:
        return True
    return right.startswith(("/", "-", "'", "’")) or any(
        left.count(opens) > left.count(closes) and right.count(closes) > right.count(opens) for opens, closes in _PAIRS
    )


def _leaves_open(before: str, lang: str, hero: Token) -> bool:
    """Say whether the last word before a figure leaves a question open: "and", "a"."""
    last = before.rsplit(maxsplit=1)[-1].casefold() if before else ""
    opens = last in wording.OPENERS | _ARTICLES.get(lang[:2], frozenset())
    return opens and not (last in _ARTICLES_OF_FIGURES and hero.kind in NEWS)


def _is_better_whole(said: str, lang: str, hero: Token, before: str) -> bool:
    """Say whether a short sentence loses by being taken apart: its first words leave a question open, or it has a
    second fact of the same kind."""
    if _leaves_open(before, lang, hero):
        return True
    if len(before) == 1 and before.isalpha() and before.isascii():
        return True
    if said[hero.end : hero.end + 1] in _PARTICLES:
        return True
    found = tokens.find(said)
    old = former(said, found) if hero.kind in _OF_A_KIND else set()
    return hero.kind in _OF_A_KIND and any(
        token.kind is hero.kind and token.start not in old and not hero.start <= token.start < hero.end
        for token in found
    )
