# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""From the sentences of a brief to beats: one shot for each thing that is said, with the words to show. Pure.

A number, a list, a quotation and the call to action each get their own arrangement. Every word is the brief's own.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from service.pipelines.film.script import headlines, labels, languages, text, tokens, wording
from service.pipelines.film.script.asked import Passage
from service.pipelines.film.script.brief import Brief
from service.pipelines.film.script.calendars import DAYS
from service.pipelines.film.script.heroes import former, hero_of
from service.pipelines.film.script.tokens import Kind
from service.pipelines.film.script.treatment import Shot

_LONGEST_CALL = 60
_LONGEST_LABEL = 34
_MOST_CONTACTS = 3
_SHORTEST_OTHER = 6
_LONGEST_ITEM, _LONGEST_ITEM_WORDS = 26, 5
_FEWEST_ITEMS, _MOST_ITEMS = 3, 6
_LEADING_WORDS = 4
_LONGEST_SOURCES = 90
_WHOLE_LETTERS, _CLAUSE_LETTERS = 64, 18
"""A sentence up to this long stays whole, and no part of one is shorter than this."""
_FINE_WHOLE_LETTERS, FINE_CLAUSE_LETTERS = 18, 9
"""The same when there is little to say for the time."""
_FINEST_CLAUSE_LETTERS = 6
"""The same if each part has a price, a percentage or a date of its own."""
_NEWS = frozenset({Kind.PRICE, Kind.PERCENT, Kind.DATE})
_CONTACTS = frozenset({Kind.ADDRESS, Kind.TELEPHONE})
_MANY = 2
_HOOK_WEIGHT, _LAST_WEIGHT = 9.0, 8.0

CLAUSE = re.compile(r"(?<=[,;:\u2013\u2014，、；])\s+(?=\S)|(?<=[，、；])")
"""Where a sentence can be cut into clauses."""
_PARTICLE = re.compile(r"[\uac00-\ud7a3]{1,3}(?![\uac00-\ud7a3])")
"""What Korean writes at the end of a figure: "until", "from"."""
_LIST_GLUE = re.compile(r"\s*,\s*(?:and\s+|et\s+|y\s+|und\s+|e\s+|en\s+)?|\s+(?:and|et|y|und|&)\s+", re.IGNORECASE)
_LIST_LEAD = re.compile(
    r"^(?:we have|we offer|we need|there (?:is|are|will be)|enjoy|with|nous avons|avec|il y a)\s+", re.IGNORECASE
)
_QUOTE = re.compile(r"[\"“«]\s*([^\"“”«»]{8,160}?)\s*[,.]?\s*[\"”»]")
_ATTRIBUTED = re.compile(r"\s*[–—-]\s*((?:[^.!?:;\n]|(?<=\b[A-ZÀ-Þ])\.(?=[, ])){2,60})")
_QUOTED_TITLE = re.compile(r"[\"“«„「]\s*([^\"“”«»„「」]{2,60}?)\s*[\"”»“」]")
_WORDS_OF_A_SENTENCE, _TITLE_WORDS = 4, 5
_SPEAKER = re.compile(r"(?:says|said|dit|explique|raconte)\s+([^,.;]{2,120})", re.IGNORECASE)


def beats(brief: Brief, *, finely: bool) -> list[Shot]:
    """Return a shot for each thing the brief says, with the call to action or the title at the end.

    `finely` gives each part of a sentence a shot of its own.
    """
    stop = languages.stop_words(brief.lang)
    found: list[Shot] = []
    last: Shot | None = None
    for index, passage in enumerate(brief.passages):
        if passage.text == brief.call and (index or len(brief.passages) == 1):
            *told, called = _told_and_called(passage.text) if len(brief.passages) == 1 else [passage.text]
            last = _call(called, brief, stop)
            last = replace(last, voice="") if passage.is_silent else last
            for number, clause in enumerate(told):
                shot = replace(beat(clause, brief, stop), weight=_weight(clause, brief))
                found.append(shot if number or shot.purpose != "point" else replace(shot, purpose="hook"))
            continue
        for clause in [passage.text] if passage.items or passage.step else clauses(passage.text, finely=finely):
            shot = _listed(passage) if passage.items else beat(clause, brief, stop)
            shot = _step(passage, brief, stop) if passage.step else shot
            if passage.is_silent:
                shot = replace(shot, voice="")
            is_first = not found and shot.purpose == "point"
            found.append(replace(shot, purpose="hook" if is_first else shot.purpose, weight=_weight(clause, brief)))
    if found:
        found[0] = replace(found[0], weight=_HOOK_WEIGHT)
    if last is None and len(found) > 1 and brief.passages[0].text.rstrip().endswith(("?", "？", "؟")):
        # A film that begins with a question ends with its answer, not with the question again.
        last = replace(found.pop(), purpose="close", weight=_LAST_WEIGHT)
    if last is None:
        whose = found[0].label if len(found) == 1 and found[0].purpose == "quote" else ""
        last = Shot(purpose="close", voice="", headline=whose or brief.title, weight=_LAST_WEIGHT)
    if brief.sources and not last.label:
        last = replace(last, label=", ".join(brief.sources)[:_LONGEST_SOURCES])
    return [*found, last]


def _listed(passage: Passage) -> Shot:
    items = tuple(text.capital(item) for item in passage.items)
    return Shot(purpose="list", voice=passage.text, headline="", items=items)


def _told_and_called(said: str) -> list[str]:
    """A call that is all there is, in what it tells and where to turn: "Aurora Yoga, new studio, aurora-yoga.fr"."""
    parts = tokens.cuts(said, CLAUSE)
    contact = next(
        (at for at, part in enumerate(parts) if any(token.kind in _CONTACTS for token in tokens.find(part))), 0
    )
    if contact < _MANY:
        return [said]
    return [*(part.rstrip(" ,;:") + "." for part in parts[:contact]), text.capital(text.joined(parts[contact:]))]


def _step(passage: Passage, brief: Brief, stop: frozenset[str]) -> Shot:
    """A step as it is, with its number: no list is made of what is done in it, and no figure set apart."""
    headline = headlines.headline(passage.text, replace(brief, key_phrases=()), stop)
    number, count = passage.step
    at = passage.text.casefold().find(headline.casefold())
    label = wording.after(passage.text[at + len(headline) :], stop) if at >= 0 else ""
    return Shot(purpose="point", voice=passage.text, lead=f"{number}/{count}", headline=headline, label=label)


def clauses(sentence: str, *, finely: bool) -> list[str]:
    """Cut a long sentence into parts that fit a shot each, every part long enough to be said on its own."""
    whole, least = (_FINE_WHOLE_LETTERS, FINE_CLAUSE_LETTERS) if finely else (_WHOLE_LETTERS, _CLAUSE_LETTERS)
    tells = sum(token.kind in _NEWS for token in tokens.find(sentence))
    if _QUOTE.search(sentence) or _items(sentence) or (len(sentence) <= whole and tells < _MANY):
        return [sentence]
    if tells >= _MANY:
        least = _FINEST_CLAUSE_LETTERS
    parts: list[str] = []
    for part in tokens.cuts(sentence, CLAUSE):
        if parts and (min(len(part), len(parts[-1])) < least or _only_leads(parts[-1]) or _reduces(parts[-1], part)):
            parts[-1] = text.joined([parts[-1], part])
        else:
            parts.append(part)
    # Each tells something of its own, so each is said as a sentence.
    return [f"{part.rstrip(' ,;:')}." if tells >= _MANY and part[-1:] in ",;:" else part for part in parts]


def _only_leads(part: str) -> bool:
    """Say whether a part of a sentence is only the label of what follows: "Price:"."""
    is_short = len(part.split()) <= _LEADING_WORDS
    return part.rstrip().endswith((":", "：")) and is_short and not tokens.find(part)


def _reduces(part: str, following: str) -> bool:
    """Say whether the price in a part of a sentence is that of before the one in the next: "Was $499, now $349"."""
    if len(part) > _WHOLE_LETTERS or not any(token.kind is Kind.PRICE for token in tokens.find(following)):
        return False
    both = f"{part} {following}"
    return any(start < len(part) for start in former(both, tokens.find(both)))


def beat(said: str, brief: Brief, stop: frozenset[str]) -> Shot:
    """Return the shot that says `said`: a quotation, a list, a number, or else a point."""
    quote = _QUOTE.search(said)
    if quote and _is_somebodys(said, quote):
        speaker = _ATTRIBUTED.match(said[quote.end() :]) or _SPEAKER.search(said)
        label = wording.whole_words(wording.tidy(speaker.group(1)), _LONGEST_LABEL, stop) if speaker else ""
        return Shot(purpose="quote", voice=said, headline=wording.tidy(quote.group(1)), label=label)
    titled = _QUOTED_TITLE.search(said)
    if titled and hero_of(said) is None:
        rest = _about_a_title(said[: titled.start()], said[titled.end() :])
        return Shot(purpose="point", voice=said, headline=titled.group(1).strip(), label=rest)
    items = _items(said)
    if items:
        return Shot(purpose="list", voice=said, headline="", items=items)
    number = _number(said, stop)
    if number:
        lead, figure, label = number
        return Shot(purpose="number", voice=said, lead=lead, headline=figure, label=label)
    headline = headlines.headline(said, brief, stop)
    return Shot(
        purpose="point",
        voice=said,
        headline=headline,
        label=_kept(said, headline),
        accent=headlines.accent(headline, brief),
    )


def _is_somebodys(said: str, quote: re.Match[str]) -> bool:
    """Say whether a quotation is what somebody says, rather than a title, or a word held at arm's length."""
    words = quote.group(1)
    is_whole = len(said.strip(' .!?"“”«»')) <= len(words) + 2
    is_sentence = words[:1].isupper() and len(words.split()) >= _WORDS_OF_A_SENTENCE
    told = bool(_ATTRIBUTED.match(said[quote.end() :]) or _SPEAKER.search(said))
    is_title = (
        len(words.split()) <= _TITLE_WORDS and words.rstrip()[-1:] not in ".!?," and quote.group()[-2:-1] not in ",."
    )
    return is_whole or (told and not is_title) or (is_sentence and not is_title) or quote.group()[-2:-1] in ".!?,"


def _about_a_title(before: str, after: str) -> str:
    """What a sentence says of the title in it, if it is short; else what follows it."""
    both = [part for part in (wording.tidy(before), wording.tidy(after)) if part]
    return next((words for words in (" – ".join(both), *reversed(both)) if len(words) <= wording.LONGEST_REST), "")


def _kept(said: str, headline: str) -> str:
    """What a headline that is only a part of its sentence leaves out, if that has a date, a place or a figure in it."""
    at = said.casefold().find(headline.casefold())
    rest = wording.tidy(said[at + len(headline) :]) if at >= 0 else ""
    telling = any(token.kind <= Kind.NUMBER or token.kind is Kind.PLACE for token in tokens.find(rest))
    return rest if telling and len(rest) <= wording.LONGEST_REST else ""


def _call(said: str, brief: Brief, stop: frozenset[str]) -> Shot:
    """Return the shot of a call to action: what to do is its headline, where to turn its label."""
    contacts = [token for token in tokens.find(said) if token.kind in _CONTACTS]
    around = [wording.tidy(wording.without_joints(part)) for part in wording.between(said, contacts)]
    first, *rest = [wording.tidy(part) for part in tokens.cuts(around[0], CLAUSE) if wording.tidy(part)] or [""]
    where = [text.shown_address(said[token.start : token.end]) for token in contacts]
    if contacts:
        first, rest = (first, rest) if len(around[0]) > _LONGEST_CALL else (around[0], [])
        others = [part for part in around[1:] if len(part) > _SHORTEST_OTHER]
        if not first and others:
            first = others.pop(0)
        where += [part for part in others if len(part) <= _LONGEST_LABEL]
    asked = ("" if contacts and _WEBSITE.fullmatch(first) else first) or brief.title
    headline = text.capital(asked) if len(asked) <= _LONGEST_CALL else headlines.headline(asked, brief, stop)
    more = text.joined(rest)
    label = " · ".join(where[:_MOST_CONTACTS]) if where else more if 0 < len(more) <= _LONGEST_LABEL else ""
    if not label and brief.title not in headline:
        label = brief.title
    accent = headlines.accent(headline, brief)
    return Shot(purpose="call", voice=said, headline=headline, label=label, accent=accent, weight=_LAST_WEIGHT)


_WEBSITE = re.compile(
    r"(?:(?:our|the|my|unsere|notre|nuestra|il nostro) )?(?:web ?site|web|site|homepage|webseite|site web|sitio web|"
    r"sito)"
    r"(?: (?:is|ist|est|es|è))?:?",
    re.IGNORECASE,
)
"""What only says that an address follows."""


def _items(said: str) -> tuple[str, ...]:
    """Return the items if the sentence is a list of three to six short ones, else ()."""
    if said.count(",") < 1 and said.count("、") < 1:
        return ()
    worth = [token.kind for token in tokens.find(said) if token.kind in _NO_ITEMS]
    if worth or _ANSWERS.match(said):
        # A single price is the news of its sentence; a place is no list, nor is an answer.
        return ()
    parts = [part for part in tokens.cuts(wording.tidy(_LIST_LEAD.sub("", _unheaded(said))), _LIST_GLUE) if part]
    if any(_EXAMPLES.match(part) for part in parts):
        return ()
    if sum(_is_when(part) for part in parts) >= _MANY:
        # A day with its date and its hour is one thing.
        return ()
    short = all(len(part) <= _LONGEST_ITEM and len(part.split()) <= _LONGEST_ITEM_WORDS for part in parts)
    return tuple(text.capital(part) for part in parts) if short and _FEWEST_ITEMS <= len(parts) <= _MOST_ITEMS else ()


_NO_ITEMS = frozenset({Kind.PRICE, Kind.PERCENT, Kind.PLACE, Kind.ADDRESS, Kind.TELEPHONE})
_EXAMPLES = re.compile(r"(?:such as|like|including|wie|etwa|comme|tel(?:le)?s? que|como|come|zoals)\s", re.IGNORECASE)
_ANSWERS = re.compile(
    r"(?:love|yours|with love|yes|no|ja|nein|oui|non|sí|sim|não|sì|nee|tak|nie|да|нет)\b\s*[,.!]", re.IGNORECASE
)
_DAY = re.compile(rf"(?:{DAYS})\W*", re.IGNORECASE)


def _unheaded(said: str) -> str:
    """A sentence without a heading before a colon that only says that a list follows."""
    heading, colon, rest = said.partition(":")
    return rest.strip() if colon and labels.is_section(heading) else said


def _is_when(part: str) -> bool:
    found = tokens.find(part)
    return any(token.kind in {Kind.DATE, Kind.TIME} for token in found) or bool(
        _DAY.fullmatch(part.rsplit(":", maxsplit=1)[-1].strip())
    )


def _number(said: str, stop: frozenset[str]) -> tuple[str, str, str] | None:
    """Return the price, percentage, date, quantity or number that carries a sentence, between the words before it and
    after it that belong to it."""
    hero = hero_of(said)
    if hero is None:
        return None
    particle = _PARTICLE.match(said, hero.end)
    end = particle.end() if particle else hero.end
    before, after = wording.before(said[: hero.start]), wording.after(said[end:], stop)
    if not before and not after and hero.kind is Kind.NUMBER:
        return None
    return text.capital(before), text.capital(said[hero.start : end].strip()), after


def whole(phrase: str, brief: Brief) -> str:
    """Return a key phrase with all of the tokens that it has a part of: "to 16 March" becomes "14 to 16 March"."""
    for said in brief.sentences:
        start = said.casefold().find(phrase.casefold())
        if start < 0:
            continue
        end = start + len(phrase)
        torn = [token for token in tokens.find(said) if token.start < end and start < token.end]
        return said[min([start, *(token.start for token in torn)]) : max([end, *(token.end for token in torn)])]
    return phrase


_WORTH = {
    Kind.PRICE: 2.0,
    Kind.PERCENT: 1.5,
    Kind.DATE: 1.5,
    Kind.TELEPHONE: 1.5,
    Kind.PLACE: 1.5,
    Kind.ADDRESS: 1.0,
    Kind.QUANTITY: 0.5,
    Kind.NUMBER: 0.5,
}
"""How much more a sentence matters for what it tells."""


def _weight(said: str, brief: Brief) -> float:
    worth = max((_WORTH.get(token.kind, 0.0) for token in tokens.find(said)), default=0.0)
    return worth + key_weight(said.lower(), [phrase.lower() for phrase in brief.key_phrases])


def key_weight(said: str, key_phrases: Sequence[str]) -> float:
    """Return how much of what matters is in `said`, both in the same case. Earlier key phrases count for more."""
    return 0.5 + sum(1 / (1 + rank / 3) for rank, phrase in enumerate(key_phrases) if phrase in said)
