# ruff: noqa: RUF001 -- letters of other scripts are meant
"""The forms a word may be listed under: its singular, its nominative, its last part. By rules of endings. Pure.

The rules give too much rather than too little ("news" also as "new"): a form that is not listed does no harm.
"""

import re
import unicodedata
from collections.abc import Container, Mapping

_FEWEST_LETTERS = 3
_SHORTEST_PART, _SHORTEST_FRONT = 4, 3
"""Of a compound: "Sommerschuhe" are shoes, "Genuss" is no nut."""
_COMPOUNDING = frozenset({"de", "nl", "sv", "da", "nb", "fi"})
_ELISION = re.compile(r"^(?:[ldjmntsc]|qu|dell|all|nell|sull|un)['’](?=\w)")
_POSSESSIVE = re.compile(r"['’]s?$")
_WITHOUT_MARKS = {"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ı": "i"}


def _words(listed: str) -> tuple[str, ...]:
    return tuple(listed.split())


def _rules(listed: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Read rules such as "s: ies:y,ie": an ending, and what may stand in its place."""
    pairs = (rule.split(":") for rule in listed.split())
    return tuple((ending, tuple(others.split(","))) for ending, others in pairs)


_PARTICLES = frozenset(
    _words(
        "은 는 이 가 을 를 의 에 에서 로 으로 와 과 도 만 까지 부터 인 하고 이나 나 처럼 보다 마다 들 들이 들을 들의"
    )
)
"""What follows a Korean noun in one word with it."""
_FRONTS: Mapping[str, tuple[str, ...]] = {
    "ar": _words("ال وال بال لل كال ول و ب ل"),
    "he": _words("ה ב ל וה ו מה מ"),
}
"""What a language joins to the front of a noun: the article, "and", "in"."""

_SLAVIC = _rules(
    " ".join(
        f"{ending}:,а,я,о,е,ь,й,и,ы,і"
        for ending in _words(
            "а я у ю ы и е о ь й ой ей ом ем ём ам ям ами ями ах ях ов ев ого ая ый ий ую ые ым ых ів і ї"
        )
    )
)
_RULES: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "en": _rules("s: ches:ch shes:sh ses:s xes:x zes:z oes:o ies:y,ie ves:f,fe"),
    "fr": _rules("s: x: aux:al,au eaux:eau es:e, eux:eu"),
    "de": _rules("e: en:,e n: s: es: nen:n se:"),
    "es": _rules("s: es: ces:z itos:o itas:a"),
    "it": _rules("i:o,e,io e:a chi:co che:ca ghi:go ghe:ga ie:ia"),
    "pt": _rules("s: es: oes:ao aes:ao ais:al eis:el ois:ol ns:m"),
    "nl": _rules("en:,e s: jes: je: ven:f zen:s"),
    "sv": _rules("en:,e et: n: ar:,e or:a er: na: arna:,e"),
    "da": _rules("en:,e et: er:,e e: ene:,e erne:,e n:"),
    "nb": _rules("en:,e et: er:,e ene:,e a:,e n:"),
    "pl": _rules(" ".join(f"{ending}:,a,o,e" for ending in _words("a e i o u y em ie ami ach om ow owi")) + " ki:ka,k"),
    "ru": _SLAVIC,
    "uk": _SLAVIC,
    "ar": _rules("ات:ة ين: ان: ها: نا: ك: تك:ة تنا:ة"),
}


def folded(word: str) -> str:
    """Return a word in lower case without accents and without what is joined to it by an apostrophe."""
    bare = _ELISION.sub("", _POSSESSIVE.sub("", word.casefold().replace("’", "'")))
    if bare.isascii():
        return bare
    plain = "".join(_WITHOUT_MARKS.get(letter, letter) for letter in bare)
    if not any("LATIN" in unicodedata.name(letter, "") for letter in plain if not letter.isascii()):
        return plain
    return "".join(letter for letter in unicodedata.normalize("NFD", plain) if unicodedata.category(letter) != "Mn")


def forms(word: str, lang: str) -> tuple[str, ...]:
    """Return the forms that a folded word may be listed under, the word itself first."""
    fronts = _FRONTS.get(lang, ())
    bare = [word, *(word[len(front) :] for front in fronts if _fits(word, len(front), front == word[: len(front)]))]
    found = dict.fromkeys(bare)
    for one in bare:
        for ending, others in _RULES.get(lang, ()):
            if _fits(one, len(ending), one.endswith(ending)):
                found.update(dict.fromkeys(one[: len(one) - len(ending)] + other for other in others))
    return tuple(found)


def _fits(word: str, length: int, matches: bool) -> bool:  # noqa: FBT001 -- private
    return matches and len(word) > _FEWEST_LETTERS and len(word) - length >= _FEWEST_LETTERS - 1


def last_part(word: str, lang: str, listed: Container[str]) -> str:
    """Return the listed word that a compound ends with, the longest one, or ""."""
    if lang == "ko":
        ends = range(len(word) - 1, 1, -1)
        return next((word[:end] for end in ends if word[:end] in listed and word[end:] in _PARTICLES), "")
    if lang not in _COMPOUNDING:
        return ""
    for start in range(_SHORTEST_FRONT, len(word) - _SHORTEST_PART + 1):
        found = next((form for form in forms(word[start:], lang) if len(form) >= _SHORTEST_PART and form in listed), "")
        if found:
            return found
    return ""
