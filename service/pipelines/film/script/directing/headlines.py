# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""Headlines: the few words of a sentence that stand on screen for it, and the one of them that is brought out. Pure."""

import re
from collections.abc import Sequence

from service.pipelines.film.script.directing import pieces
from service.pipelines.film.script.reading.brief import Brief
from service.pipelines.film.script.writing import text, tokens, wording

_SHORT_HEADLINE = 64
"""Letters that a headline has that is only a part of its sentence."""
_HEADLINE_WORDS = 6
_HEADLINE_PHRASES = 5
"""Of a script without spaces."""
_MORE_WORDS, _MOST_WORDS = 4, 24
"""After the usual number of words, and of a headline of very short ones."""
_LONGEST_ABBREVIATION = 5
_SHORTEST_THOUGHT = 2
_NAME = re.compile(
    r"(?<![\w'’/-])[A-ZÀ-ÞΑ-ΩА-Я][\w'’-]+(?: (?:&|of|de|de la|du|des|di|del|da|do|von|van|der)(?= [A-ZÀ-ÞΑ-ΩА-Я])|"
    r" [A-ZÀ-ÞΑ-ΩА-Я\d][\w'’-]*){1,5}(?![\w'’/-])"
)
_YEAR = re.compile(r"\b(?:19|20)\d\d$")
_ANNOUNCES = re.compile(
    r"^(?:vaga(?: aberta)?|vacature|vacancy|stellenangebot|job|offre d['’]emploi|oferta de empleo|offerta di lavoro|"
    r"oferta pracy|"
    r"achtung(?: baustelle)?|attention|notice|hinweis|avis|aviso|avviso)\s*:\s+(?=\S)",
    re.IGNORECASE,
)
"""What only says what kind of notice a sentence is."""
_BEFORE_A_NAME = re.compile(r"(?:Dr|Prof|Mr|Mrs|Ms|St|Fr|Hr|Dra|Sr|Sra|Nr|No|art|Art|ul|д|г|ул)\.")
_BRACKETS = re.compile(r"[(\[][^()\[\]]{0,80}[)\]]")


def headline(said: str, brief: Brief, stop: frozenset[str]) -> str:
    """Return the words that stand for a sentence: all that a card can show, else those around its best key phrase."""
    whole = wording.tidy(text.shown_address(_ANNOUNCES.sub("", said)))
    words = text.words(whole)
    if len(words) > 2 and words[0].lower() in wording.JOINTS:
        words = words[1:]
        whole = text.joined(words)
    if not pieces.is_long(whole) or len(words) <= 2:
        return text.capital(wording.closed(whole))
    start = _start_of_thought(words, whole, brief)
    most = _HEADLINE_WORDS if text.are_apart(words[0], words[1]) else _HEADLINE_PHRASES
    window = words[start : _end_of_thought(words, start, most)]
    ends = start + len(window) == len(words)
    while len(window) > 1 and (window[-1].lower().strip(",;:") in stop or (not ends and _leads_on(window[-1]))):
        window.pop()
    return text.capital(wording.tidy(text.joined(window)))


def _leads_on(word: str) -> bool:
    """Say whether a word means nothing without the next: "and", "Dr."."""
    return word.lower() in wording.JOINED or _BEFORE_A_NAME.fullmatch(word) is not None


def _start_of_thought(words: Sequence[str], whole: str, brief: Brief) -> int:
    """Return where the clause begins that has the best key phrase: a headline that starts inside of one has lost its
    verb."""
    at = next((at for phrase in brief.key_phrases if (at := whole.lower().find(phrase.lower())) >= 0), 0)
    before = len(text.words(whole[:at]))
    starts = (at for at in range(before, 0, -1) if words[at - 1][-1:] in ",;:–—、，；" or words[at - 1] in "–—-")
    start = next((at for at in starts if len(words) - at > _SHORTEST_THOUGHT), 0)
    return start + (start < len(words) - 1 and words[start].lower() in wording.JOINTS)


def _end_of_thought(words: Sequence[str], start: int, most: int) -> int:
    """Return where a headline that begins at `start` may end: after punctuation, or before a small word. As near to
    `most` words as it gets, rather a little longer than in the middle of a thought."""

    def ends(at: int) -> bool:
        turns = at < len(words) and words[at].lower().strip("(") in wording.TURNS | wording.PREPOSITIONS
        last = words[at - 1]
        if last[-1:] == "." and at < len(words) and len(last) <= _LONGEST_ABBREVIATION:
            # "Dr." ends no thought.
            return False
        if _is_open(" ".join(words[start:at])):
            return False
        # "un(e)" is a word.
        return at >= len(words) or last[-1:] in ",;:.!?" or (last[-1:] == ")" and "(" not in last[1:]) or turns

    def has_room(at: int) -> bool:
        return len(" ".join(words[start:at])) <= _SHORT_HEADLINE

    def nearest(places: Sequence[int]) -> int:
        return min(places, key=lambda at: (abs(at - start - most), -at))

    every = [at for at in range(start + 2, min(start + _MOST_WORDS, len(words)) + 1) if ends(at)]
    places = [at for at in every if at <= start + most + _MORE_WORDS]
    named = [at for at in places if has_room(at) and not any(word[:1].isupper() for word in words[at:])]
    if named:
        # All of its names are in it.
        return nearest(named)
    later = [at for at in every if has_room(at)]
    return nearest(places or later) if places or later else min(start + most, len(words))


def _is_open(words: str) -> bool:
    """Say whether a quotation or a bracket has begun and not ended."""
    pairs = (("(", ")"), ("«", "»"), ("„", "“" if "“" in words else "”") if "„" in words else ("“", "”"))
    return words.count('"') % 2 == 1 or any(words.count(a) > words.count(b) for a, b in pairs)


def accent(headline: str, brief: Brief) -> str:
    """Return what of a headline is brought out, "" if nothing: the film's title, or else the name that a key phrase is
    a part of.

    A whole name or nothing: the words do not tell the end of a noun phrase ("shy don't chase").
    """
    closed = [*(match.span() for match in _BRACKETS.finditer(headline))]
    closed += [(token.start, token.end) for token in tokens.find(headline)]
    names = [brief.title, *(name for name in _names(headline, brief) if _is_key(name, brief))]
    for name in names:
        start = headline.casefold().find(name.casefold()) if name else -1
        end = start + len(name)
        if start < 0 or len(name) >= len(headline) or _YEAR.search(name):
            continue
        torn = any(first < end and start < last and not start <= first < last <= end for first, last in closed)
        beside = headline[max(start - 1, 0) : start] + headline[end : end + 1]
        if not torn and not any(mark.isalnum() or mark in "'’/-" for mark in beside):
            return headline[start:end]
    return ""


def _names(headline: str, brief: Brief) -> list[str]:
    """The names in a headline: two or more words with capitals side by side. The capital of its first word tells
    nothing unless the brief has the name inside a sentence too."""
    if headline.isupper():
        return []
    found: list[str] = []
    for match in _NAME.finditer(headline):
        name = match.group()
        if match.start() == 0 and not any(said.find(name, 1) > 0 for said in brief.sentences):
            name = name.partition(" ")[2]
        if " " in name and name[:1].isupper():
            found.append(name)
    return found


def _is_key(name: str, brief: Brief) -> bool:
    known = name.casefold()
    return any(phrase.casefold() in known or known in phrase.casefold() for phrase in brief.key_phrases)
