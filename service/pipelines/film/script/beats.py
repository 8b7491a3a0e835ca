# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""From the sentences of a brief to beats: one shot for each thing that is said, with the words to show. Pure.

A number, a list, a quotation and the call to action each get their own arrangement. Every word is the brief's own.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from service.pipelines.film.script import enumerations, headlines, languages, set_large, text, tokens, wording
from service.pipelines.film.script.asked import Passage
from service.pipelines.film.script.brief import Brief
from service.pipelines.film.script.heroes import former, hero_of
from service.pipelines.film.script.tokens import Kind
from service.pipelines.film.script.treatment import Shot

_LONGEST_CALL = 60
_LONGEST_LABEL = 34
_LONGEST_SPEAKER = 52
_MOST_CONTACTS = 3
_SHORTEST_OTHER = 6
_LEADING_WORDS = 4
_LONGEST_HEADING = 48
_LONGEST_SOURCES, _MOST_SOURCES = 180, 6
_WHOLE_LETTERS, _CLAUSE_LETTERS = 64, 18
"""A sentence up to this long stays whole, and no part of one is shorter than this."""
_FINE_WHOLE_LETTERS, FINE_CLAUSE_LETTERS = 18, 9
"""The same when there is little to say for the time."""
_LONG_LETTERS = 44
_FINEST_CLAUSE_LETTERS = 6
"""The same if each part has a price, a percentage or a date of its own."""
_MANY = 2
_HOOK_WEIGHT, _LAST_WEIGHT = 9.0, 8.0

CLAUSE = re.compile(r"(?<=[,;:\u2013\u2014，、；])\s+(?=\S)|(?<=[，、；])|(?<=[\u4e00-\u9fff][,;])(?=[\u4e00-\u9fff])")
"""Where a sentence can be cut into clauses."""
_TURN = re.compile(
    r"(?:not|nor|but|nicht|sondern|aber|pas|mais|sino|pero|non|ma|não|mas|maar|niet|without|ohne|sans|sin|senza|sem)\b",
    re.IGNORECASE,
)
_LONGEST_TURN = 24
"""How a part of a sentence begins that means nothing without the one before it: "…, not noise"."""
_LONE = re.compile(r"[^\W\d_A-ZÀ-Þ][\w'’-]*(?: [^\W\d_A-ZÀ-Þ][\w'’-]*)?,")
_AND_SOON = re.compile(r"(?:\S+ ){1,2}(?:and|or|und|oder|et|ou|y|o|e|en|of)\s", re.IGNORECASE)
_LONGEST_SERIES = 90
_QUOTE = re.compile(r"[\"“«„]\s*([^\"“”«»„]{8,160}?)\s*[,.]?\s*[\"”»“]")
_TITLE_POINT = r"(?<=\b[A-ZÀ-Þ])\.(?=[, ])|(?<=\bMr)\.|(?<=\bMrs)\.|(?<=\bMs)\.|(?<=\bDr)\.|(?<=\bProf)\."
"""The point of somebody's title or initial."""
_ATTRIBUTED = re.compile(rf"\s*[–—-]\s*((?:[^.!?:;\n]|{_TITLE_POINT}){{2,60}})")
_QUOTED_TITLE = re.compile(r"[\"“«„「]\s*([^\"“”«»„「」]{2,60}?)\s*[\"”»“」]")
_WORDS_OF_A_SENTENCE, _TITLE_WORDS = 4, 5
_MOST_OF_A_LINE = 0.6
_SPEAKER = re.compile(
    rf"(?:says|said|dit|explique|raconte)\s+((?:[^,.:;«»“”\"]|{_TITLE_POINT}){{2,120}})", re.IGNORECASE
)


def beats(brief: Brief, *, finely: bool) -> list[Shot]:
    """Return a shot for each thing the brief says, with the call to action or the title at the end.

    `finely` gives each part of a sentence a shot of its own.
    """
    stop = languages.stop_words(brief.lang)
    found: list[Shot] = []
    last: Shot | None = None
    for index, passage in enumerate(brief.passages):
        if passage.text == brief.call and (index or len(brief.passages) == 1):
            told, last = _called(passage, brief, stop)
            found += told
            continue
        parts = [passage.text] if passage.items or passage.step else clauses(passage.text, finely=finely)
        for clause in parts:
            shot = _listed(passage, brief) if passage.items else beat(clause, brief, stop)
            shot = _step(passage, brief, stop) if passage.step else shot
            if passage.heading and not passage.items and clause == parts[0]:
                card, shot = _headed(passage.heading, shot, brief, stop)
                found += card
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
        last = Shot(
            purpose="close", voice="", headline=whose or brief.title, label=_contacts(brief), weight=_LAST_WEIGHT
        )
    if _is_title_again(found, last):
        last = replace(found.pop(), purpose="close", weight=_LAST_WEIGHT)
    return [*found, replace(last, items=_small_print(brief.sources))]


def _small_print(sources: Sequence[str]) -> tuple[str, ...]:
    """As much of the small print, whole, as has room on the last card."""
    lengths = accumulate(len(source) for source in sources)
    return tuple(source for source, length in zip(sources, lengths, strict=True) if length <= _LONGEST_SOURCES)[
        :_MOST_SOURCES
    ]


def _contacts(brief: Brief) -> str:
    """The contacts of a brief without a call: they stand on the last card too."""
    found = (
        text.shown_address(passage.text[token.start : token.end])
        for passage in brief.passages
        for token in tokens.find(passage.text)
        if token.kind in tokens.CONTACTS
    )
    return " · ".join(list(dict.fromkeys(found))[:_MANY])


def _is_title_again(found: Sequence[Shot], last: Shot) -> bool:
    """Say whether the title is all there is, or nearly, so that the last card would only repeat it."""
    if len(found) != 1 or found[0].purpose != "hook" or last.voice or len(clauses(found[0].voice, finely=True)) > 1:
        return False
    title, line = last.headline.casefold(), found[0].words_on_screen.casefold()
    is_most_of_it = found[0].voice[-1:].isalnum() or len(title) >= _MOST_OF_A_LINE * len(line)
    return title in line and is_most_of_it


def _listed(passage: Passage, brief: Brief) -> Shot:
    items = tuple(text.capital(item) for item in passage.items)
    return Shot(purpose="list", voice=passage.text, headline="", lead=_heading(passage.heading, brief), items=items)


def _heading(words: str, brief: Brief) -> str:
    """What stands over a list. The film's title is there already."""
    heading = text.capital(wording.tidy(words))
    return "" if heading.casefold() == brief.title.casefold() or len(heading) > _LONGEST_HEADING else heading


def _headed(heading: str, shot: Shot, brief: Brief, stop: frozenset[str]) -> tuple[list[Shot], Shot]:
    """A shot under a heading: it stands over the shot's words if there is room, else on a card of its own before it."""
    if shot.lead or len(heading) > _LONGEST_HEADING:
        return [replace(beat(heading, brief, stop), voice="", weight=_weight(heading, brief))], shot
    return [], replace(shot, lead=text.capital(wording.tidy(heading)))


def _called(passage: Passage, brief: Brief, stop: frozenset[str]) -> tuple[list[Shot], Shot]:
    """The shots of what a call tells before it says where to turn, and the call."""
    is_alone = len(brief.passages) == 1
    *told, called = _told_and_called(passage.text) if is_alone else _priced_and_called(passage, brief)
    last = _call(called, brief, stop)
    shots = [replace(beat(clause, brief, stop), weight=_weight(clause, brief)) for clause in told]
    if is_alone and shots and shots[0].purpose == "point":
        shots[0] = replace(shots[0], purpose="hook")
    return shots, replace(last, voice="") if passage.is_silent else last


def _told_and_called(said: str) -> list[str]:
    """A call that is all there is, in what it tells and where to turn: "Aurora Yoga, new studio, aurora-yoga.fr"."""
    parts = tokens.cuts(said, CLAUSE)
    contact = next(
        (at for at, part in enumerate(parts) if any(token.kind in tokens.CONTACTS for token in tokens.find(part))), 0
    )
    if contact < _MANY:
        return [said]
    told = [part.rstrip(" ,;:") + "." for part in parts[:contact] if any(map(str.isalnum, part))]
    return [*told, text.capital(text.joined(parts[contact:]))]


def _priced_and_called(passage: Passage, brief: Brief) -> list[str]:
    """A call that has the only price of the brief, in what it costs and where to turn, so that the price is seen."""
    said = passage.text
    found = tokens.find(said)
    worth = {Kind.PRICE} if any(token.kind is Kind.PRICE for token in found) else {Kind.PERCENT, Kind.PRICE}
    others = (other.text for other in brief.passages if other is not passage)
    if passage.is_silent or any(token.kind in worth for other in others for token in tokens.find(other)):
        return [said]
    at = next((index for index, token in enumerate(found) if token.kind in tokens.CONTACTS), 0)
    prices = {token.start for token in found[:at] if token.kind in worth} - former(said, found)
    if len(prices) != 1:
        return [said]
    told = wording.tidy(wording.without_joints(said[: found[at].start]))
    return [f"{told}.", said[found[at].start :]] if len(told.split()) > _MANY else [said]


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
    pieces = enumerations.pieces(sentence)
    if len(pieces) > 1:
        return [part for piece in pieces for part in clauses(piece, finely=finely)]
    tells = sum(token.kind in set_large.NEWS for token in tokens.find(sentence))
    quote = _QUOTE.search(sentence)
    if (
        (quote and _is_somebodys(sentence, quote))
        or enumerations.listing(sentence)
        or (len(sentence) <= whole and tells < _MANY)
    ):
        return [sentence]
    if tells >= _MANY:
        least = _FINEST_CLAUSE_LETTERS
    parts: list[str] = []
    goes_on = False
    for part in tokens.cuts(sentence, CLAUSE):
        is_more = len(part) <= _LONGEST_TURN and _TURN.match(part)
        is_short = bool(parts) and min(len(part), len(parts[-1])) < least
        # A figure after a long part is a shot of its own.
        is_short = is_short and not (len(parts[-1]) > _LONG_LETTERS and len(part) < least and _is_a_figure(part))
        is_series = goes_on and _AND_SOON.match(part) is not None
        if parts and (is_short or is_more or is_series or _only_leads(parts[-1]) or _reduces(parts[-1], part)):
            parts[-1] = text.joined([parts[-1], part])
        else:
            parts.append(part)
        # "…of fruit, bread, cheese and flowers": what follows a lone word is of the same list.
        goes_on = _LONE.fullmatch(part) is not None and len(parts[-1]) <= _LONGEST_SERIES
    # Each tells something of its own, so each is said as a sentence.
    return [f"{part.rstrip(' ,;:')}." if tells >= _MANY and part[-1:] in ",;:" else part for part in parts]


def _is_a_figure(part: str) -> bool:
    figures = [token for token in tokens.find(part) if token.kind in set_large.NEWS or token.kind is Kind.QUANTITY]
    return len(figures) == 1 and len(part) >= _FINEST_CLAUSE_LETTERS


def _only_leads(part: str) -> bool:
    """Say whether a part of a sentence is only the label of what follows: "Price:"."""
    is_short = len(part.split()) <= _LEADING_WORDS
    return part.rstrip().endswith((":", "：")) and is_short and not tokens.find(part)


def _reduces(part: str, following: str) -> bool:
    """Say whether the price in a part of a sentence is that of before the one in the next: "Was $499, now $349"."""
    if len(part) > _WHOLE_LETTERS or not any(token.kind is Kind.PRICE for token in tokens.find(following)):
        return False
    both = f"{part} {following}"
    found = tokens.find(both)
    before = former(both, found)
    prices = [token.start for token in found if token.kind is Kind.PRICE and token.start < len(part)]
    return bool(prices) and before.issuperset(prices)


def beat(said: str, brief: Brief, stop: frozenset[str]) -> Shot:
    """Return the shot that says `said`: a quotation, a list, a number, or else a point."""
    quote = _QUOTE.search(said)
    if quote and _is_somebodys(said, quote):
        speaker = _ATTRIBUTED.match(said[quote.end() :]) or _SPEAKER.search(said)
        label = _speaker(wording.tidy(speaker.group(1)), stop) if speaker else _figured(said[quote.end() :])
        return Shot(purpose="quote", voice=said, headline=wording.tidy(quote.group(1)), label=label)
    titled = _QUOTED_TITLE.search(said)
    rest = _about_a_title(said[: titled.start()], said[titled.end() :]) if titled and hero_of(said) is None else None
    if titled and rest is not None:
        return Shot(purpose="point", voice=said, headline=titled.group(1).strip(), label=rest)
    listed = enumerations.listing(said)
    if listed:
        items = tuple(text.capital(item) for item in listed.items)
        return Shot(purpose="list", voice=said, headline="", lead=_heading(listed.head, brief), items=items)
    number = set_large.parts(said, brief.lang, stop)
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


def _figured(rest: str) -> str:
    """What follows a quotation that nobody is named for, if it has a figure: its price."""
    bare = wording.tidy(rest)
    is_told = any(token.kind <= Kind.NUMBER for token in tokens.find(bare))
    return bare if is_told and len(bare) <= wording.LONGEST_REST else ""


def _speaker(named: str, stop: frozenset[str]) -> str:
    """Who says something, as far as it fits: whole, else up to a comma, else some words."""
    if len(named) <= _LONGEST_SPEAKER:
        return named
    first = tokens.cuts(named, CLAUSE)[0].rstrip(" ,;")
    return first if len(first) <= _LONGEST_SPEAKER else wording.whole_words(named, _LONGEST_LABEL, stop)


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


def _about_a_title(before: str, after: str) -> str | None:
    """What a sentence says of the title that it begins or ends with; None if that is too long to stand under it."""
    first, last = wording.tidy(before), wording.tidy(after)
    if wording.leads_on(first) or (first and CLAUSE.search(first)):
        return None
    rest = first or last
    return rest if not (first and last) and len(rest) <= wording.LONGEST_REST else None


def _kept(said: str, headline: str) -> str:
    """What a headline that is only a part of its sentence leaves out, if that has a date, a place, a figure or a "
    "name."""
    at = said.casefold().find(headline.casefold())
    rest = wording.tidy(said[at + len(headline) :]) if at >= 0 else ""
    telling = any(token.kind <= Kind.NUMBER or token.kind is Kind.PLACE for token in tokens.find(rest))
    telling = telling or any(word[:1].isupper() for word in rest.split())
    return rest if telling and len(rest) <= wording.LONGEST_REST else ""


def _call(said: str, brief: Brief, stop: frozenset[str]) -> Shot:
    """Return the shot of a call to action: what to do is its headline, where to turn its label."""
    contacts = [token for token in tokens.find(said) if token.kind in tokens.CONTACTS]
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
    r"(?:(?:our|the|my|unsere|unser|notre|nuestra|nuestro|il nostro) )?(?:web ?site|web|site|homepage|webseite|"
    r"site web|"
    r"sitio web|sito|insta(?:gram)?|facebook|tiktok|phone|telephone|tel|e-?mail|handle|page|address|link|인스타)"
    r"(?: (?:is|ist|est|es|è))?:?",
    re.IGNORECASE,
)
"""What only says that an address follows."""


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
    Kind.TIME: 1.0,
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
