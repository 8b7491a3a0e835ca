# ruff: noqa: RUF001 -- punctuation is meant
"""Whether a text says that there is none of what it names: "no app", "not by a robot", "peanut-free". Pure."""

import re
from collections.abc import Mapping, Sequence

from service.pipelines.film.script.look.nouns import Word
from service.pipelines.film.script.writing.wording import word_set

_DENIALS = word_set(
    "no not without never nor zero nobody don't doesn't won't can't isn't aren't kein keine keinen keiner keinem ohne "
    "nicht nie bloss pas sans jamais aucun aucune ni sin nunca nada ningun ninguna senza nessun nessuna niente non "
    "nao sem nenhum nenhuma geen zonder niet utan inte uden uten bez нет без avoid nothing nix evitez evitar evita "
    "evitad evitate evite hasn't haven't hadn't wasn't weren't wouldn't couldn't needn't cannot"
)
_DENIED_BEFORE = re.compile(r"(?:不用?|不[收要接需使]受?|没有?|無|无|無需|无需|非|禁止?|勿|別|别|零|像|如)$")
_DENIED_AFTER = re.compile(
    r"(?:那[么麼]|一[样樣]|般)|[^。！？!?\n、，,]{0,14}(?:不要|不可|なし|ナシ|無し|禁止|ではありません|はありません|いりません|ません。|しないで)"
)
_NOT_DENYING: Mapping[str, frozenset[str]] = {"pt": word_set("no"), "sv": word_set("ni"), "nl": word_set("no")}
"""Of these, words that mean something else in a language: "no museu" is in the museum."""
_BETWEEN = word_set(
    "a an the any more of like with ha hay de d du des plus un une les el la le il los las o os as ein eine mit mehr "
    "wie von di da es que die der das den by par por durch need require buy have get brauchst brauchen"
)
"""What may stand between a denial and what it denies, up to so many words:"""
_MOST_BETWEEN = 2
_LIKE = word_set("like wie comme como come")
_A = word_set("a an ein eine einem einen einer un une uno una um uma")
_LIKES = word_set("i you we they who would d to do does did don't kids children really also gern")
"""Before one of these, "like" is no likeness but a liking."""
_WITHOUT_ANY = word_set("no without zero kein keine keinen keiner keinem ohne")
"""Denials that reach over a word which only describes the noun: "no sweeper van", "ohne lange Reise"."""
_NOT_ANY_OTHER = word_set("better other finer greater more longer later less matter andere anderen besseren mehr")
"""After one of these, "no" denies nothing: "no better coffee"."""


def is_denied(words: Sequence[Word], at: int, lang: str) -> bool:
    """Say whether what is named is what there is not: "no app", "without sugar", "not like a robot", "pas de sucre"."""
    denials = _DENIALS - _NOT_DENYING.get(lang, frozenset())
    if _is_free_of(words, at) or _is_likeness(words, at) or _is_described_as_none(words, at, denials):
        return True
    for before in range(at - 1, max(at - 2 - _MOST_BETWEEN, -1), -1):
        if words[before + 1].is_first:
            return False
        if words[before].folded in denials:
            return True
        if words[before].folded not in _BETWEEN:
            return False
    return False


def _is_free_of(words: Sequence[Word], at: int) -> bool:
    """Say whether a word is what something is without: "peanut-free"."""
    after = words[at + 1] if at + 1 < len(words) else None
    return after is not None and after.is_hyphened and after.folded == "free"


def _is_likeness(words: Sequence[Word], at: int) -> bool:
    """Say whether something is only like what is named: "it stinks like a tour van"."""
    for article in (at - 1, at - 2):
        if article < 1 or not all(word.is_joined for word in words[article : at + 1]):
            return False
        if words[article].folded in _A and words[article - 1].folded in _LIKE:
            return article == 1 or words[article - 1].is_first or words[article - 2].folded not in _LIKES
    return False


def _is_described_as_none(words: Sequence[Word], at: int, denials: frozenset[str]) -> bool:
    """Say whether there is none of a thing that one more word describes: "no direct sun"."""
    if at < 2 or not (words[at].is_joined and words[at - 1].is_joined):
        return False
    return words[at - 2].folded in _WITHOUT_ANY & denials and words[at - 1].folded not in _NOT_ANY_OTHER


def is_denied_unspaced(text: str, start: int, end: int) -> bool:
    """Say whether a text without spaces denies what it names from `start` to `end`, or only likens something to it:
    before it in Chinese, after it, up to the end of the sentence, in Japanese."""
    return bool(_DENIED_BEFORE.search(text[:start]) or _DENIED_AFTER.match(text, end))
