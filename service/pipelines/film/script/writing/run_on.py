# ruff: noqa: RUF001 -- the letters of other languages are meant
"""What was dictated, or typed in haste, without marks: where one thing ends and the next begins. Pure.

No model of grammar: a cut is made only before a word that begins a new thought in most of its uses, never after one
that leads on, and never soon after another cut.
"""

import re
from collections.abc import Mapping
from itertools import pairwise

from service.pipelines.film.script.writing import languages, tokens

_LEAST_LETTERS, _LEAST_WORDS = 150, 25
"""Of a sentence that nobody wrote as one."""
_LETTERS_FOR_A_MARK = 120
_PIECE_LETTERS, _PIECE_WORDS = 26, 5
_MARK = re.compile(r"[,;:\u2013\u2014|]")
_BEGIN: Mapping[str, str] = {
    "en": "and|but|so|because|we|we're|it|it's|its|there's|there|i|i'm|im|you|they|he|she|our|my|this|that's|please|"
    "pls|call|ring|book|come|don't|dont|make|use|can|could|no|not|also|then|now",
    "de": "und|aber|wir|ich|es|bitte|man|kein|keine|er|sie|jetzt|nur",
    "fr": "et|mais|on|nous|je|c'est|il|elle|vous|pas|c'était|alors|donc",
    "es": "y|pero|nosotros|hay|es|nada|estamos|tenemos|yo|también",
    "it": "e|ma|è|c'è|noi|io|non|siamo|abbiamo|si|anche",
    "pt": "e|mas|é|há|nós|eu|não|temos|estamos|também",
    "nl": "en|maar|wij|we|het|ik|er|geen|niet",
    "sv": "och|men|vi|jag|det|inte|inga",
    "da": "og|men|vi|jeg|det|ikke|ingen",
    "no": "og|men|vi|jeg|det|ikke|ingen",
    "fi": "ja|mutta|me|se|ei|on",
    "pl": "i|ale|my|ja|nie|jest|mamy",
    "tr": "ve|ama|biz|ben",
    "ru": "и|но|а|мы|я|не|это|у",
}
_BEGINS = {lang: re.compile(rf"\s+(?=(?:{words})\s)", re.IGNORECASE) for lang, words in _BEGIN.items()}
_BEGINS["ko"] = re.compile(r"(?<=고요|구요|어요|아요|에요|예요|니다|데요|네요|세요|는데)\s+")


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_LEADS_ON = _words(
    "a an the of to for from with at in on by under over per and or but so because that which who what when where "
    "how if as than like is are was be do we you i it they not no our my your their der die das den dem ein eine "
    "von mit für auf und oder dass wenn le la les un une de du des et ou que qui el los las una y o il lo gli e "
    "di da che os um uma na en het een van dat ett som och att till для на в с и или что "
)


def pieces(sentence: str) -> list[str]:
    """Return a long sentence without marks in pieces, and any other alone. Joined with spaces they are the sentence."""
    words = len(sentence.split())
    if len(sentence) < _LEAST_LETTERS or words < _LEAST_WORDS:
        return [sentence]
    if len(_MARK.findall(sentence)) * _LETTERS_FOR_A_MARK > len(sentence):
        return [sentence]
    begins = _BEGINS.get(languages.detect(sentence))
    return [piece for part in _after_contacts(sentence) for piece in _thoughts(part, begins)]


def _after_contacts(sentence: str) -> list[str]:
    """The sentence cut after each place to turn to."""
    ends = [token.end for token in tokens.find(sentence) if token.kind in tokens.CONTACTS]
    parts = [sentence[start:end].strip() for start, end in pairwise([0, *ends, len(sentence)])]
    return [part for part in parts if part]


def _thoughts(part: str, begins: re.Pattern[str] | None) -> list[str]:
    found: list[str] = []
    for piece in begins.split(part) if begins else [part]:
        before = found[-1] if found else ""
        if found and (_is_short(before) or before.rsplit(maxsplit=1)[-1].casefold() in _LEADS_ON):
            found[-1] = f"{before} {piece}"
        else:
            found.append(piece)
    if len(found) > 1 and _is_short(found[-1]) and not any(map(str.isdigit, found[-1])):
        last = found.pop()
        found[-1] = f"{found[-1]} {last}"
    return found


def _is_short(piece: str) -> bool:
    return len(piece) < _PIECE_LETTERS or len(piece[:_LEAST_LETTERS].split()) < _PIECE_WORDS
