# ruff: noqa: RUF001 -- the letters of other languages are meant
"""Which language a text is in, and each language's stop words, which carry no meaning of their own. Pure."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


STOP_WORDS: Mapping[str, frozenset[str]] = {
    "en": _words(
        "a about above after again all also always am an and any are as at be because been before being below "
        "between both but by can could did do does doing down during each every few for from further get gets had "
        "has have having he her here hers him his how i if in into is it its itself just let like made make makes "
        "many may me more most much must my no nor not of off on once one only or other our ours out over own per "
        "said same say says she should so some such than that the their them then there these they this those "
        "through to too under until up us very was we were what when where which while who why will with within "
        "without would you your yours"
    ),
    "fr": _words(
        "a à afin ai aux au avec avant avez avons c car ce cela ces cet cette chaque chez comme comment d dans de "
        "des depuis dont du elle elles en encore entre est et être eu fait font il ils j je jusqu l la le les "
        "leur leurs lors lui m ma mais me même mes moi mon n ne ni nos notre nous on ont ou où par parce pas "
        "pendant peu peut plus pour pourquoi puis qu quand que quel quelle quelles quels qui s sa sans se sera "
        "ses si son sont sous sur t ta te tes toi ton tous tout toute toutes très tu un une vers vos votre vous y"
    ),
    "es": _words(
        "a al con como de del desde el ella en entre es esta este la las lo los más mi muy no nos nuestra nuestro "
        "o para pero por que se ser sin sobre son su sus también todo tu un una uno y ya"
    ),
    "de": _words(
        "aber als am an auch auf aus bei bis das dass dem den der des die ein eine einem einen einer es für haben "
        "hat ich ihr im in ist mit nach nicht noch nur oder sich sie sind über um und uns unser unsere von vor "
        "was wenn wie wir wird zu zum zur"
    ),
    "it": _words(
        "a al alla anche che chi ci come con da dal dalla dei del della delle di e è gli ha i il in la le lo ma "
        "nel nella non nostra nostro o per più si sono su tra un una uno"
    ),
    "pt": _words(
        "a ao aos as com como da das de do dos e é em entre mais mas na nas no nos nossa nosso não o os ou para "
        "pela pelo por que se sem seu sua são também um uma"
    ),
    "nl": _words(
        "aan als bij dat de den die dit een en er het hij ik in is je maar met naar niet nog of om onze op ook "
        "over te tot uit u van voor was we wij ze zijn"
    ),
}

# The first word of a character's Unicode name is its script. Han alone is Chinese; next to kana it is Japanese.
_LANGUAGE_OF_SCRIPT: Mapping[str, str] = {
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "HANGUL": "ko",
    "CJK": "zh",
    "ARABIC": "ar",
    "HEBREW": "he",
    "DEVANAGARI": "hi",
    "BENGALI": "bn",
    "TAMIL": "ta",
    "TELUGU": "te",
    "GUJARATI": "gu",
    "GURMUKHI": "pa",
    "KANNADA": "kn",
    "MALAYALAM": "ml",
    "SINHALA": "si",
    "CYRILLIC": "ru",
    "GREEK": "el",
    "THAI": "th",
    "LAO": "lo",
    "KHMER": "km",
    "MYANMAR": "my",
    "GEORGIAN": "ka",
    "ARMENIAN": "hy",
    "ETHIOPIC": "am",
}
_WORD = re.compile(r"[^\W\d_]+")


_LONGEST_READ = 4000
"""Letters that are enough to tell a language."""
_SURE = 0.6
"""The share of a text that must be in a language for its detector to be believed."""


def detect(text: str) -> str:
    """Return the language of `text` as a two-letter code: by its script if that belongs to one language; of the others
    by CLD2, else by stop words; else "en"."""
    part = text[:_LONGEST_READ]
    scripts = Counter(_script(character) for character in part if character.isalpha())
    if not scripts:
        return "en"
    if scripts["HIRAGANA"] + scripts["KATAKANA"] > sum(scripts.values()) * 0.1:
        return "ja"
    script = scripts.most_common(1)[0][0]
    if script in _LANGUAGE_OF_SCRIPT and script not in _SHARED_SCRIPTS:
        return _LANGUAGE_OF_SCRIPT[script]
    return _by_cld2(part) or _LANGUAGE_OF_SCRIPT.get(script) or _by_stop_words(part)


_SHARED_SCRIPTS = frozenset({"ARABIC", "CYRILLIC", "DEVANAGARI", "HEBREW", "BENGALI"})
_RENAMED: Mapping[str, str] = {"iw": "he", "no": "nb", "nn": "nb", "jw": "jv", "zh-Hant": "zh"}
# \w matches no vowel signs, which are marks.
_MARKED = r"(?:[^\W\d_][\u0300-\u036f\u0591-\u05c7\u064b-\u0652\u0900-\u0963\u0980-\u0dff]*)+"
_PROSE = re.compile(rf"{_MARKED}(?:['’]{_MARKED})*")
_FEWEST_WORDS, _SHORT_TEXT = 3, 8
_NOT_ENGLISH: Mapping[str, str] = {
    "ã": "pt",
    "õ": "pt",
    "ñ": "es",
    "¿": "es",
    "ß": "de",
    "ı": "tr",
    "ğ": "tr",
    "ł": "pl",
}
"""Letters that English never has, each with a language that does."""


def _by_cld2(text: str) -> str | None:
    """Return what CLD2 makes of the words alone: names, addresses and prices would mislead it. None if it is not
    sure."""
    import pycld2  # noqa: PLC0415 -- 6 MB that only Latin and shared scripts need

    words = [
        word
        for word in text.split()
        if len(word) > 1 and "." not in word.rstrip(".") and "@" not in word and "/" not in word
    ]
    prose = " ".join(word for word in _PROSE.findall(" ".join(words)) if len(word) > 1)
    if len(prose.split()) < _FEWEST_WORDS:
        return None
    try:
        reliable, _, found = pycld2.detect(prose.encode(), bestEffort=True)
    except pycld2.error:
        return None
    _, code, percent, _ = found[0]
    if code == "un" or (not reliable and percent < 100 * _SURE):
        return None
    if code == "gl" and len(_SPANISH.findall(prose)) > 1:
        code = "es"
    if code == "en" and len(prose.split()) <= _SHORT_TEXT:
        code = next((_NOT_ENGLISH[letter] for letter in text.lower() if letter in _NOT_ENGLISH), code)
    return _RENAMED.get(code, str(code).split("-", maxsplit=1)[0])


_SPANISH = re.compile(r"\b(?:el|la|las|los|y|del|es)\b", re.IGNORECASE)
"""Words that Galician has not, which short texts are taken for."""


def _by_stop_words(text: str) -> str:
    words = Counter(word.lower() for word in _WORD.findall(text))
    # Single letters do not count: code and lists are full of them.
    scores = {lang: sum(words[word] for word in stop if len(word) > 1) for lang, stop in STOP_WORDS.items()}
    best = max(scores, key=lambda lang: scores[lang])
    # A single "a" or "de" proves nothing, so English is assumed unless another language scores higher.
    return best if scores[best] > scores["en"] else "en"


def stop_words(lang: str) -> frozenset[str]:
    """Return the stop words of `lang` (a tag such as `fr-CA`), or English ones if the language has no list here."""
    return STOP_WORDS.get(lang.split("-", maxsplit=1)[0], STOP_WORDS["en"])


def _script(character: str) -> str:
    return unicodedata.name(character, "UNKNOWN").split(" ")[0].split("-")[0]
