# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""How much of what a brief says a film says too, and what the film says that the brief does not: the measure that the
director aims for and QA holds it to. Pure."""

import re
import unicodedata
from collections.abc import Sequence

from service.pipelines.film.script.treatment import Shot
from service.pipelines.film.script.voice import moments
from service.pipelines.film.script.writing import text

_SECONDS_A_PHRASE = 2.5
_FEWEST, _MOST = 1, 12
_WORD = re.compile(r"\w+")
_LETTERS = re.compile(r"[\W_]+")
_DIGITS = r"\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?!\d)|\d+(?:[.,:]\d+)*"
# Within one line: a number at the end of a shot is not part of the price that starts the next.
_WORTH = re.compile(rf"(?:([$€£¥])[^\S\n]?)?({_DIGITS})(?:[^\S\n]?([%$€£¥])(?!\d))?")
_MONTHS = re.compile(
    r"\b(?:january|february|april|june|july|august|september|october|november|december|janvier|février|avril|mai|juin|"
    r"juillet|août|septembre|octobre|novembre|décembre)\b"
)
# "march", "may" and "mars" are left out: they are other words too.
# Each line is one claim. If the brief has one of its words, the film may use any of them.
_CLAIMS = tuple(
    re.compile(rf"(?<![\w-])(?:{words})(?!\w)")
    for words in (
        r"free|gratuite?s?(?:ment)?|complimentary|offert[es]*",
        r"guarantee[ds]?|guaranteed|garanti[es]*|garantit",
        r"best|meilleure?s?|number one|numéro un|n° ?1|no\. ?1|#1|leading|world-class",
        r"cheapest|lowest price|moins chers?|meilleur prix",
        r"official|officiel(?:le)?s?|certified|certifiée?s?|approved|agréée?s?",
        r"award-winning|primée?s?|awards?",
        r"unlimited|illimitée?s?|forever|à vie|lifetime",
        r"risk-free|sans risques?|proven|prouvée?s?|clinically|cliniquement|scientifically|scientifiquement",
        r"cures?|heals?|guérit|guérison|miracles?",
        r"discounts?|sale|remises?|soldes?|promotions?|rabais",
        r"exclusive|exclusifs?|exclusives?|exclusivité",
        r"only today|today only|limited time|aujourd'hui seulement|durée limitée|last chance|dernière chance",
    )
)


def score(phrases: Sequence[str], script: str, seconds: float) -> float:
    """Return how much of the key phrases is in `script`, 0.0 to 1.0.

    It is the mean, over the phrases that a film of this length has time for, of the share of the phrase's words that
    are in the script; 1.0 if there are no phrases.
    """
    shares = [_share(phrase, script) for phrase in due(phrases, seconds)]
    return sum(shares) / len(shares) if shares else 1.0


def missing(phrases: Sequence[str], script: str, seconds: float) -> list[str]:
    """Return the key phrases that a film of this length has time for and `script` lacks in part, best first."""
    return [phrase for phrase in due(phrases, seconds) if _share(phrase, script) < 1.0]


def unpromised(brief: str, film: str) -> list[str]:
    """Return what `film` promises and `brief` does not, in the film's words.

    First numbers, prices and percentages, then months, then claims such as "free" or "guaranteed".
    """
    have, says = _plain(brief), _plain(film)
    worths = {
        (sign, digits)
        for before, number, after in _WORTH.findall(have)
        for sign in (before, after)
        for digits in (_digits(number), *number.split())
    }
    numbers = {digits for _, digits in worths}
    found: list[str] = []
    for match in _WORTH.finditer(says):
        before, number, after = match.groups("")
        known = _digits(number) in numbers or numbers.issuperset(number.split())
        if not known or any((sign, _digits(number)) not in worths for sign in (before, after) if sign):
            found.append(match.group().strip())
    months = set(_MONTHS.findall(have))
    found += [month for month in _MONTHS.findall(says) if month not in months]
    for claim in _CLAIMS:
        claimed = claim.search(says)
        if claimed and not claim.search(have):
            found.append(claimed.group())
    return list(dict.fromkeys(found))


def _plain(words: str) -> str:
    """Return the words in lower case, with the digits of every script as ASCII digits."""
    lower = words.casefold().replace("’", "'")
    return "".join(
        str(unicodedata.decimal(letter)) if unicodedata.category(letter) == "Nd" else letter for letter in lower
    )


def _digits(number: str) -> str:
    """Return a number without its thousands separators: 1,200 and 1 200 are the same."""
    return re.sub(r"[., \u00a0\u202f](?=\d{3}(?!\d))", "", number)


def due(phrases: Sequence[str], seconds: float) -> Sequence[str]:
    """Return the key phrases that a film of this length has time for, best first."""
    return phrases[: min(max(int(seconds / _SECONDS_A_PHRASE), _FEWEST), _MOST)]


def words(line: str) -> list[str]:
    """Return the words of a text in lower case, without punctuation."""
    return _WORD.findall(line.casefold())


def _share(phrase: str, script: str) -> float:
    lower = script.casefold()
    if phrase.casefold() in lower:
        return 1.0
    if any(map(text.unspaced, phrase)):
        # Where words have no spaces between them, those that a brief has tell nothing.
        return float(_LETTERS.sub("", phrase.casefold()) in _LETTERS.sub("", lower))
    present = set(words(script))
    wanted = words(phrase)
    return sum(word in present for word in wanted) / len(wanted) if wanted else 1.0


def unshown(shot: Shot, stop: frozenset[str]) -> list[str]:
    """Return the words that a shot says and does not show, but small ones, in lower case."""
    on_screen = text.words(shot.words_on_screen)
    shown, letters = set(map(moments.bare, on_screen)), moments.bare("".join(on_screen))
    said = ((word, moments.bare(word)) for word in text.words(text.shown_address(shot.voice)))
    return [
        bare
        for word, bare in said
        # Without spaces, how a word is told from its neighbours depends on them.
        if bare and bare not in shown and bare not in stop and not (text.unspaced(word[-1]) and bare in letters)
    ]
