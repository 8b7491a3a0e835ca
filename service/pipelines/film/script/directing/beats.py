# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""From the sentences of a brief to beats: one shot for each thing that is said, with the words to show. Pure.

A number, a list, a quotation and the call to action each get their own arrangement. Every word is the brief's own.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from service.pipelines.film.script.directing import calls, clauses, coverage, enumerations, headlines, pieces, set_large
from service.pipelines.film.script.names import titles
from service.pipelines.film.script.reading.asked import Passage
from service.pipelines.film.script.reading.brief import Brief
from service.pipelines.film.script.treatment import Shot
from service.pipelines.film.script.writing import languages, quotes, sentences, text, tokens, wording
from service.pipelines.film.script.writing.heroes import hero_of
from service.pipelines.film.script.writing.tokens import Kind

_LONGEST_LABEL = 34
_LONGEST_SPEAKER = 52
_LONGEST_HEADING = 48
_LONGEST_SOURCES, _MOST_SOURCES = 180, 6
_MANY = 2
_LONGEST_STEP, _LONGEST_HEADLINE = 120, 64
"""Letters of a step that one card shows, and of one that is all headline."""
_MOST_LETTERS = 150
"""Of all that is on a card."""
_LONGEST_SAID = 3000
"""Letters of a sentence: more than the longest film can say. It is not cut in pieces."""
_HOOK_WEIGHT = 9.0

_QUOTED_TITLE = re.compile(r"[\"“«„「]\s*([^\"“”«»„「」]{2,60}?)\s*[\"”»“」]")
_MOST_OF_A_LINE = 0.6


def beats(brief: Brief, *, finely: bool) -> list[Shot]:
    """Return a shot for each thing the brief says, with the call to action or the title at the end.

    `finely` gives each part of a sentence a shot of its own.
    """
    stop = languages.stop_words(brief.lang)
    found: list[Shot] = []
    last: Shot | None = None
    for index, passage in enumerate(brief.passages):
        if passage.text == brief.call and (index or len(brief.passages) == 1):
            told, last = calls.parted(passage, brief, stop)
            found += _before_the_call(told, brief, stop)
            continue
        shots = [
            replace(shot, weight=_weight(shot.voice, brief)) for shot in _told(passage, brief, stop, finely=finely)
        ]
        if passage.heading and not passage.items:
            card, shots[0] = _headed(passage.heading, shots[0], brief, stop)
            found += card
        if passage.is_silent:
            shots = [replace(shot, voice="") for shot in shots]
        if not found and shots[0].purpose == "point":
            shots[0] = replace(shots[0], purpose="hook")
        found += shots
    if found:
        found[0] = replace(found[0], weight=_HOOK_WEIGHT)
    if last is None and len(found) > 1 and brief.passages[0].text.rstrip().endswith(("?", "？", "؟")):
        # A film that begins with a question ends with its answer, not with the question again.
        last = replace(found.pop(), purpose="close", weight=calls.LAST_WEIGHT)
    if last is None:
        whose = found[0].label if len(found) == 1 and found[0].purpose == "quote" else ""
        last = _close(whose or brief.name, brief)
    if _is_title_again(found, last):
        last = replace(found.pop(), purpose="close", weight=calls.LAST_WEIGHT)
    return [*found, replace(last, items=_small_print(brief.sources))]


def _close(name: str, brief: Brief) -> Shot:
    """The last card of a brief without a call: whose film it is, and where to turn. If nobody knows whose, where to
    turn, or else what the film began with."""
    contacts = _contacts(brief)
    if not name and contacts:
        name, *contacts = contacts
    name = name or titles.opening(brief.sentences, brief.key_phrases)
    return Shot(purpose="close", voice="", headline=name, label=" · ".join(contacts), weight=calls.LAST_WEIGHT)


def _told(passage: Passage, brief: Brief, stop: frozenset[str], *, finely: bool) -> list[Shot]:
    """The shots of what a passage says."""
    if passage.items:
        return [_listed(passage, brief)]
    if passage.step:
        return [_step(part, passage) for part in pieces.cut(passage.text, brief.lang, _LONGEST_STEP)]
    parts = clauses.clauses(passage.text, finely=finely)
    return [shot for part in parts for shot in shown(part, brief, stop)]


def shown(said: str, brief: Brief, stop: frozenset[str]) -> list[Shot]:
    """Return the shot that says `said`, or as many as it takes for all of it to be shown while it is said."""
    shot = beat(said, brief, stop)
    is_long = pieces.is_long(shot.words_on_screen, _MOST_LETTERS)
    is_whole = shot.purpose not in {"point", "number"} or not (is_long or coverage.unshown(shot, stop))
    halves = [] if is_whole or len(said) > _LONGEST_SAID else pieces.halves(said, brief.lang)
    return [part for half in halves for part in shown(half, brief, stop)] or [shot]


def _small_print(sources: Sequence[str]) -> tuple[str, ...]:
    """As much of the small print, whole, as has room on the last card."""
    lengths = accumulate(len(source) for source in sources)
    return tuple(source for source, length in zip(sources, lengths, strict=True) if length <= _LONGEST_SOURCES)[
        :_MOST_SOURCES
    ]


def _contacts(brief: Brief) -> list[str]:
    """The contacts of a brief without a call: they stand on the last card too."""
    found = (
        text.shown_address(passage.text[token.start : token.end])
        for passage in brief.passages
        for token in tokens.find(passage.text)
        if token.kind in tokens.CONTACTS
    )
    return list(dict.fromkeys(found))[:_MANY]


def _is_title_again(found: Sequence[Shot], last: Shot) -> bool:
    """Say whether the title is all there is, or nearly, so that the last card would only repeat it."""
    if (
        len(found) != 1
        or found[0].purpose != "hook"
        or last.voice
        or len(clauses.clauses(found[0].voice, finely=True)) > 1
    ):
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
    return "" if heading.casefold() == brief.name.casefold() or len(heading) > _LONGEST_HEADING else heading


def _headed(heading: str, shot: Shot, brief: Brief, stop: frozenset[str]) -> tuple[list[Shot], Shot]:
    """A shot under a heading: it stands over the shot's words if there is room, else on a card of its own before it."""
    if shot.lead or len(heading) > _LONGEST_HEADING:
        return [replace(beat(heading, brief, stop), voice="", weight=_weight(heading, brief))], shot
    return [], replace(shot, lead=text.capital(wording.tidy(heading)))


def _before_the_call(told: Sequence[str], brief: Brief, stop: frozenset[str]) -> list[Shot]:
    """The shots of what a call tells; if it is all there is, the first opens the film."""
    shots = [shot for part in told for shot in shown(part, brief, stop)]
    shots = [replace(shot, weight=_weight(shot.voice, brief)) for shot in shots]
    if len(brief.passages) == 1 and shots and shots[0].purpose == "point":
        shots[0] = replace(shots[0], purpose="hook")
    return shots


def _step(said: str, passage: Passage) -> Shot:
    """What is said of a step, as it is, with its number: no list is made of what is done in it, and no figure set
    apart. Under its first sentence stand the others."""
    number, count = passage.step
    first, *others = sentences.split(said) if pieces.is_long(said, _LONGEST_HEADLINE) else [said]
    label = wording.tidy(" ".join(others))
    headline, label = (first, label) if len(label) <= wording.LONGEST_REST else (said, "")
    headline = text.capital(wording.tidy(headline))
    return Shot(purpose="point", voice=said, lead=f"{number}/{count}", headline=headline, label=label)


def beat(said: str, brief: Brief, stop: frozenset[str]) -> Shot:
    """Return the shot that says `said`: a quotation, a list, a number, or else a point."""
    quote = quotes.quotation(said)
    if quote:
        speaker = quotes.speaker(said, quote)
        label = _speaker(speaker, stop) if speaker else _figured(said[quote.end() :])
        return Shot(purpose="quote", voice=said, headline=quotes.words(said, quote), label=label)
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
    first = tokens.cuts(named, clauses.CLAUSE)[0].rstrip(" ,;")
    return first if len(first) <= _LONGEST_SPEAKER else wording.whole_words(named, _LONGEST_LABEL, stop)


def _about_a_title(before: str, after: str) -> str | None:
    """What a sentence says of the title that it begins or ends with; None if that is too long to stand under it."""
    first, last = wording.tidy(before), wording.tidy(after)
    if wording.leads_on(first) or (first and clauses.CLAUSE.search(first)):
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
