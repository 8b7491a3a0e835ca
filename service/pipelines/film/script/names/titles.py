# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""What a film is called: the best of the runs of words of its brief, by a weighted sum over what is known of each, with
weights learnt from marked briefs (`python -m lab.marked.learn_titles`), and among the likeliest by what each is beside
the others (`likeliest.py`). Pure."""

import re
from collections.abc import Sequence
from pathlib import Path

from service.pipelines.film.script.learnt import weights
from service.pipelines.film.script.learnt.weights import UNIT
from service.pipelines.film.script.names import likeliest, naming
from service.pipelines.film.script.names.candidates import Candidate
from service.pipelines.film.script.writing import openings, text, tokens
from service.pipelines.film.script.writing.calendars import DAYS

WEIGHTS = Path(__file__).parents[1] / "words" / "titles.xz"
_DATE_WORD = re.compile(
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december|(?:mon|tues|wednes|"
    r"thurs|fri|satur|sun)day|janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre|"
    r"lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"\s*\([^()]{1,60}\)")
_DAY = re.compile(rf"(?:{DAYS})", re.IGNORECASE)
_ARTICLE = re.compile(r"(?:the|der|die|das|le|la|el|il|lo|o|a|de|het) ", re.IGNORECASE)
_EPISODE = re.compile(
    r"^(?:#|no\.? ?|nr\.? ?|ep\.? ?|episode |folge |épisode )\d{1,4}\s?[–—:-]\s*(?=\S)", re.IGNORECASE
)
LIKELY = 0.5
"""Below this chance a title is more often wrong than right. A film bears its title in every shot and on its last card:
rather none than another's name."""
_OTHERS = 3
_LONGEST_TITLE, _SHORT_TITLE_WORDS = 42, 7
_LONGEST_INITIALS = 5
_SHORTEST_OWNER = 4
_FEWEST_LETTERS = 3


def chosen(found: Sequence[Candidate]) -> tuple[str, float]:
    """Return the best of what a film may be called, short enough for a card, and how likely it is the name, 0 to 1.
    Candidates that it is a part of, or that are a part of it, count with it."""
    telling = [one for one in found if not names_nothing(one.words)] or found
    likely = _likely(found)
    best, _ = max(likely if len(telling) == len(found) else _likely(telling), key=lambda one: one[1])
    title = short(text.capital(_calm(best.words)))
    own = title.casefold()
    return title, sum(chance for one, chance in likely if _is_alike(one.words.casefold(), own))


def others(found: Sequence[Candidate], best: str) -> list[str]:
    """Return the likeliest of what a film may be called besides `best`, likeliest first."""
    likely = sorted(_likely(found), key=lambda one: -one[1])
    named: dict[str, str] = {}
    for one, _ in likely:
        title = short(text.capital(_calm(one.words)))
        if title.casefold() != best.casefold() and not names_nothing(one.words):
            named.setdefault(title.casefold(), title)
    return [*named.values()][:_OTHERS]


def _likely(found: Sequence[Candidate]) -> list[tuple[Candidate, float]]:
    learnt = weights.read(WEIGHTS)
    return likeliest.likely(found, [weights.total(learnt, one.features) / UNIT for one in found])


def _is_alike(one: str, other: str) -> bool:
    return one in other or other in one


def opening(say: Sequence[str], phrases: Sequence[str]) -> str:
    """Return the sentence that a brief opens with, or the part of it that is short enough for a title."""
    first = next((sentence for sentence in say if not openings.only_opens(sentence)), say[0])
    return _of_sentence(text.capital(first), phrases)


def _can_be_a_title(name: str) -> bool:
    """Say whether a name is that of a thing or a person, rather than of a day, a currency or a unit."""
    is_date = any(token.kind is tokens.Kind.DATE for token in tokens.find(name))
    *before, last = name.split() or [""]
    # "Nur am Samstag" is a day; "Black Friday" is not.
    is_day = bool(_DAY.fullmatch(last)) and (not before or before[-1] in naming.JOINTS)
    return not (_DATE_WORD.fullmatch(name) or is_date or is_day or _is_a_unit(name))


_CODE = re.compile(r"#[0-9a-f]{6}|(?=[a-f]*\d)[0-9a-f]{6}", re.IGNORECASE)


def names_nothing(title: str) -> bool:
    """Say whether a title is a colour's code, or a currency or a unit."""
    return _CODE.fullmatch(title) is not None or _is_a_unit(title)


def _is_a_unit(name: str) -> bool:
    """Say whether a name is a currency's or a unit's: "TL", "Std"."""
    counted = f"1 {name}"
    return " " not in name and any(token.end == len(counted) and token.start == 0 for token in tokens.find(counted))


_HEADED = re.compile(r"^[【〔\[][^【】\[\]〔〕]{1,30}[】〕\]]\s*")
"""What stands in brackets before what it is about: "【双十一大促】"."""


_BEFORE_A_DETAIL = re.compile(
    r"(.{6,}?\w)\s*(?:[(\[]|,? (?:from|at|in|on|for|by|with|between|who|that|which|von|ab|am|im|mit|für|bei|um|de|"
    r"du|à|le|en|"
    r"pour|avec|مع|في|من|del|a|con|para|desde|per|da|dal|com|em|no|na|van|op|met|voor)\s)"
)


_LEADS_TO_A_DATE = re.compile(
    r"(?:[\s,:–—-]+(?:is|are|was|will be|now|on|from|at|starts?|opens?|begins?|until|till|by|only|just|for|up to|"
    r"ist|sind|jetzt|"
    r"ab|am|vom|bis|nur|für|bis zu|est|dès|du|le|jusqu'au|à partir du|pour|es|el|desde|hasta|por|è|dal|fino al|il|a|"
    r"à|às|até|de|"
    r"por apenas|op|vanaf|voor|tot|with|mit|avec|con|com|save|get))+[\s,:–—-]*$",
    re.IGNORECASE,
)


def _of_sentence(sentence: str, phrases: Sequence[str]) -> str:
    """The sentence, or a part of it, that can stand as a title."""
    sentence = _EPISODE.sub("", bare(sentence).strip(" .,;:!?…\"'“”«»„"))
    priced = re.match(r"(.{3,}?)\s*[:–—-]\s*(?=\S{0,4}\d)", sentence)
    if priced and any(
        token.kind is tokens.Kind.PRICE and token.start == priced.end() for token in tokens.find(sentence)
    ):
        sentence = priced[1]
    sentence = _before_a_date(sentence)
    opens, colon, rest = sentence.partition(": ")
    sentence = text.capital(rest) if colon and openings.only_opens(opens) else sentence
    if text.width(sentence) <= _LONGEST_TITLE:
        return sentence
    opening = openings.subject(_HEADED.sub("", sentence), _LONGEST_TITLE)
    if opening and text.width(opening) <= _LONGEST_TITLE:
        return text.capital(opening)
    begins = _BEFORE_A_DETAIL.match(sentence)
    if begins and text.width(begins[1]) <= _LONGEST_TITLE:
        return begins[1]
    first, *others = _TWO_CLAUSES.split(sentence, maxsplit=1)
    if others and len(first.split()) >= _WORDS_OF_A_CLAUSE and text.width(first) <= _LONGEST_TITLE:
        return first
    telling = (phrase for phrase in phrases if _tells(phrase, sentence))
    return next(telling, "") or _cut(sentence)


_TWO_CLAUSES = re.compile(r"\s(?:and|und|et|y|e|en|but|aber|mais|pero|ma)\s")
_WORDS_OF_A_CLAUSE = 3


def _tells(phrase: str, sentence: str) -> bool:
    """Say whether a key phrase of a sentence can be a title: more than a word, and no figure."""
    is_long = " " in phrase or text.unspaced(phrase[0])
    is_plain = not any(map(str.isdigit, phrase)) and sum(map(str.isalpha, phrase)) >= _FEWEST_LETTERS
    return is_long and is_plain and _can_be_a_title(phrase) and phrase.casefold() in sentence.casefold()


def _cut(sentence: str) -> str:
    """The words of a sentence that fit into a title."""
    title = ""
    for word in text.words(sentence):
        longer = text.joined([title, word])
        if title and text.width(longer) > _LONGEST_TITLE:
            break
        title = longer
    return title


def _before_a_date(sentence: str) -> str:
    """A sentence up to its date, without the words that lead to it: "Open day is now Saturday 21 March"."""
    token = next((one for one in tokens.find(sentence) if one.kind in {tokens.Kind.DATE, tokens.Kind.TIME}), None)
    if token is None or token.start == 0:
        return sentence
    led = _LEADS_TO_A_DATE.sub("", sentence[: token.start]).rstrip(" ,:–—-(")
    return led if len(led) >= _SHORTEST_OWNER + 2 and (" " in led or token.end < len(sentence) - 1) else sentence


def _calm(title: str) -> str:
    """A title without shouting: one that is all capitals is set as a name."""
    letters = [character for character in title if character.isalpha()]
    is_shouting = len(letters) > _LONGEST_INITIALS and all(character.isupper() for character in letters)
    return " ".join(word.capitalize() for word in title.split(" ")) if is_shouting else title


def named(words: str) -> str:
    """The title that a label gives, without what explains it: "Oda & Finch, handmade leather bags"."""
    whole = bare(words)
    first = _EXPLAINED.split(whole, maxsplit=1)[0]
    whole = first if len(first) >= _SHORTEST_OWNER else whole
    return text.capital(_ARTICLE.sub("", whole, count=1)) if whole[:1].islower() and _ARTICLE.match(whole) else whole


_EXPLAINED = re.compile(r",\s+(?=[a-zà-ÿ])|\s+[–—]\s+(?=[a-zà-ÿ])")


def short(title: str) -> str:
    """Return a title that fits: itself, else what follows its colon, else its first words, none of them a small one."""
    if len(title) <= _LONGEST_TITLE:
        return title
    _, colon, rest = title.partition(": ")
    if colon and _SHORTEST_OWNER <= len(rest) <= _LONGEST_TITLE:
        return text.capital(rest)
    words = text.words(title)[:_SHORT_TITLE_WORDS]
    while len(words) > 1 and words[-1].islower() and len(words[-1]) < _SHORTEST_OWNER:
        words.pop()
    return text.joined(words)


def bare(words: str) -> str:
    """Return a title without what is around it: pictures, a remark in brackets, a full stop."""
    bare = _ASIDE.sub("", words)
    kept = "".join(character for character in bare if not text.is_picture(character))
    kept = re.sub(r"\s+readme$", "", kept.strip(" .,;:–—-*"), flags=re.IGNORECASE)
    return kept or words
