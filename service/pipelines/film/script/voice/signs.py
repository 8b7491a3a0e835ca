# ruff: noqa: RUF001 -- signs and letters of other languages are meant
"""Figures, signs and abbreviations the way a voice should say them. Pure.

Speech engines read figures well, but not the signs around them: "$25" became "dollar twenty-five", "18:00" became
"eighteen zero zero", « 10h30 » « dix ache trente », and a lone € was silent.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence

from service.pipelines.film.script.voice import numerals, postal, saying_japanese, saying_lines, saying_others
from service.pipelines.film.script.voice.saying import Language, words
from service.pipelines.film.script.voice.saying_germanic import ENGLISH, GERMAN
from service.pipelines.film.script.voice.saying_iberian import PORTUGUESE, SPANISH
from service.pipelines.film.script.voice.saying_romance import FRENCH, ITALIAN
from service.pipelines.film.script.writing import tokens

LANGUAGES: Mapping[str, Language] = {
    "en": ENGLISH,
    "fr": FRENCH,
    "de": GERMAN,
    "es": SPANISH,
    "it": ITALIAN,
    "pt": PORTUGUESE,
}
_EDGES = re.compile(r"^([(\[«\"'“‘¿¡]*)(.*?)([)\]»\"'”’.,;:!?…]*)$", re.DOTALL)
_SHORTEST_MONTH = 3
_SEXES = re.compile(r"^\(?(?:[mwfdhvx]/){1,2}[mwfdhvx]\)?[,.]?$", re.IGNORECASE)
"""What a job advertisement has to write, and nobody says: "(m/w/d)"."""
_COUNTED = re.compile(r"^([se])(\d{1,2})$")
_SEASON = re.compile(r"^s(\d{1,2})e(\d{1,3})$")
_EPISODE = re.compile(r"^E\d")
_TOLD = re.compile(r"\d[:.][0-5]\d$")
_BEFORE_NUMBERS = frozenset({"n.", "nº", "no.", "av.", "st", "c.", "ext.", "max.", "p.", "s.", "kl.", "bd."})
"""Abbreviations that are other words unless a number follows."""

# Languages that are not written in Latin letters. Their voices read Latin words too, but no Latin voice reads theirs.
_OTHER_LETTERS = frozenset(
    words(
        "am ar as bg bn bo el fa gu he hi hy ja ka kk km kn ko ky lo mk ml mn mr my ne or pa ps ru sa sd si sr ta te "
        "th ti ug uk ur yi yue zh"
    )
)


def said(words: Sequence[str], lang: str) -> list[str]:
    """Return how each of the written words is said; "" for a word whose letters the voice of `lang` cannot read."""
    primary = lang.split("-", maxsplit=1)[0]
    language = LANGUAGES.get(primary)
    spoken: list[str] = []
    if language is not None:
        words = saying_lines.with_colons(words)
    numbers = _telephones(words)
    in_line = saying_lines.said(words, lang, language)
    for index, word in enumerate(words):
        before = words[index - 1] if index else ""
        after = words[index + 1] if index + 1 < len(words) else ""
        if numbers.get(index):
            spoken.append("")
            continue
        if index in numbers:
            is_japanese = primary == "ja"
            spoken.append(saying_japanese.digits(word) if is_japanese else _digits(word, in_pairs=language is FRENCH))
            continue
        if index in in_line:
            spoken.append(in_line[index])
            continue
        if (primary not in _OTHER_LETTERS and not _latin(word)) or (language is None and _SEXES.match(word)):
            spoken.append("")
        elif primary == "ja":
            spoken.append(saying_japanese.said(word))
        elif language is None:
            other = saying_others.OTHERS.get(primary)
            spoken.append(saying_others.said(word, before, after, other) if other else word)
        else:
            spoken.append(_said(word, before, after, language))
    return spoken


def _telephones(words: Sequence[str]) -> dict[int, bool]:
    """Which of the words are telephone numbers, or parts of one, and whether they are a bank account's instead, which
    nobody can take down by ear."""
    whole = " ".join(words)
    spans = [token for token in tokens.find(whole) if token.kind is tokens.Kind.TELEPHONE]
    found: dict[int, bool] = {}
    start = 0
    for index, word in enumerate(words):
        inside = next((token for token in spans if token.start < start + len(word) and start < token.end), None)
        if inside is not None:
            found[index] = whole[inside.start].isalpha()
        start += len(word) + 1
    return found


def _digits(word: str, *, in_pairs: bool) -> str:
    """A part of a telephone number with each digit said by itself; in pairs if they are said so and written so."""
    groups = re.findall(r"\d+", word)
    said = " ".join(group if in_pairs and len(group) == 2 else " ".join(group) for group in groups)
    ending = word[-1] if word[-1:] in ".,;:!?" else ""
    return ("+" if word.startswith(("+", "(+")) else "") + said + ending


def _said(word: str, before: str, after: str, language: Language) -> str:
    whole = _EDGES.match(word)
    if whole is None:
        return word
    first, core, last = whole.groups()
    if _SEXES.match(core):
        return last.strip(")")
    if core.casefold() in {"uhr", "h", "uur", "horas", "heures"} and _TOLD.search(before):
        # The time has said it.
        return last
    short = _shortened(core, last, before, after, language)
    if short:
        return first + short
    elided, bare = core[:2], core[2:]
    if language is FRENCH and elided[1:] in {"'", "’"}:
        return first + elided + _said(bare, "", after, language) + last
    if core in language.spelt and not (_shouted(before, language) or _shouted(after, language)):
        return first + language.letters.join(core) + ("." if language.letters == "." else "") + last
    spoken = numerals.said(core, before.strip("(["), after, language)
    is_day = core.rpartition("–")[2].lower() in language.days and after[:1].isdigit()
    is_silent = not spoken and after[:1].isdigit()
    if spoken != core and last.startswith(".") and (len(last) > 1 or after[:1].islower() or is_day or is_silent):
        # The point was of what is said in full: "15.12. per WhatsApp".
        last = last[1:]
    return first + spoken + last


def _shortened(core: str, last: str, before: str, after: str, language: Language) -> str:
    """A word that is short for others, with the marks after it; "" for any other word."""
    form, ended = core.lower(), f"{core}{last[:1]}"
    rest = last.removeprefix(".")
    if (before.lower(), ended.lower()) in language.pairs:
        return language.pairs[before.lower(), ended.lower()][1] + rest
    if (ended.lower(), after.lower().rstrip(",;:")) in language.pairs:
        return language.pairs[ended.lower(), after.lower().rstrip(",;:")][0]
    is_street = ended.lower() == "av." and (
        before.rstrip(",")[-1:].isdigit() or (core[0].isupper() and after[:1].isupper())
    )
    numbered = after[:1].isdigit() or is_street
    whole = _whole(core, last, before, language)
    if whole and (numbered or ended.lower() not in _BEFORE_NUMBERS):
        return whole + last[1:]
    for end, meant in language.endings.items():
        if ended.lower().endswith(end) and len(ended) > len(end):
            return ended[: -len(end)] + meant + last[1:]
    if form in language.words and (numbered or form not in _BEFORE_NUMBERS):
        return language.words[form] + last
    if (counted := _COUNTED.match(form)) and counted[1] in language.counted:
        return f"{language.counted[counted[1]]} {int(counted[2])}" + (last or ("," if _EPISODE.match(after) else ""))
    if (both := _SEASON.match(form)) and "s" in language.counted:
        return f"{language.counted['s']} {int(both[1])}, {language.counted['e']} {int(both[2])}{last}"
    if form in language.days and (_dated(after, language) or before[-1:].isdigit()):
        return language.days[form] + rest
    named = _month(form, before, after, language)
    named = named or (postal.said(core, last, before, after) if language is ENGLISH else "")
    return named + rest if named else ""


def _whole(core: str, last: str, before: str, language: Language) -> str:
    """What an abbreviation with a point stands for; "" for any other word, and for a unit after its number: "47 min."
    are minutes, "min. 2 nights" a minimum."""
    if not last.startswith(".") or (before[-1:].isdigit() and core.lower() in language.units):
        return ""
    return language.words.get(f"{core}.") or language.words.get(f"{core.lower()}.", "")


def _dated(after: str, language: Language) -> bool:
    """Say whether the word after a day's name is of its date: a number, or a month."""
    bare = after.strip(".,")
    return after[:1].isdigit() or any(
        len(bare) >= _SHORTEST_MONTH and month.startswith(bare) for month in language.months
    )


def _month(form: str, before: str, after: str, language: Language) -> str:
    """A month whose short name stands beside the number of its day."""
    bare = form.rstrip(".")
    if len(bare) < _SHORTEST_MONTH or not (before.rstrip(".,")[-1:].isdigit() or after[:1].isdigit()):
        return ""
    if bare == "sept":
        bare = "sep"
    known = [month for month in language.months if month.lower().startswith(bare)]
    return known[0] if len(known) == 1 and known[0].lower() != bare else ""


def _shouted(word: str, language: Language) -> bool:
    """Say whether a word next to an apparent abbreviation is in capitals too, so that it may not be one."""
    bare = word.strip(".,;:!?")
    return len(bare) > 1 and bare.isalpha() and bare.isupper() and bare not in language.spelt


def _latin(word: str) -> bool:
    """Say whether the voice of a language written in Latin letters can read a word."""
    letters = [character for character in word if character.isalpha()]
    return not letters or any(
        unicodedata.name(letter, "").startswith(("LATIN", "FEMININE", "MASCULINE", "MICRO")) for letter in letters
    )
