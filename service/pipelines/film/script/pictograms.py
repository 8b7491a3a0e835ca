"""Which picture a shot gets: the thing it speaks of, a sign for the fact it tells, or none. Pure.

None rather than a wrong one: names are no nouns, what is denied is not shown, and a word with several meanings needs
the film's other words to say which. `words/` has the lists, `lexicon` reads them, `emoji` knows a brief's own.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from service.pipelines.film.script import emoji, languages, lemmas, lexicon, tokens
from service.pipelines.film.script.lexicon import WORD, Lexicon, Sense
from service.pipelines.film.script.tokens import Kind
from service.pipelines.film.script.treatment import Shot, Treatment

SIGN = "sign-"
"""What the names of signs begin with. They are drawn in the palette's colours; things have their own."""

SIGNS: Mapping[Kind, str] = {
    Kind.PRICE: "sign-tag",
    Kind.PERCENT: "sign-seal-percent",
    Kind.DATE: "sign-calendar-dots",
    Kind.TIME: "sign-clock",
    Kind.TELEPHONE: "sign-phone-call",
    Kind.ADDRESS: "sign-globe-simple",
}
MAIL_SIGN = "sign-envelope-simple"
_SIGN_WEIGHT = 1.5
"""Below things and settings, above ideas (`lexicon`)."""
_HERO_SIGN_WEIGHT = 1.9
_ON_SCREEN = 1.3
"""What is read counts for more than what is only said."""
_MODIFIER = 0.6
"""A word right before another listed one only describes it: banana pancakes are pancakes."""
_TOLD_BEFORE = 0.35
_MOST_OFTEN = 2
"""How often one picture may be in a film, besides the last shot."""
_LEAST_OF_QUOTATIONS = 2.0


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_DENIALS = _words(
    "no not without never nor zero kein keine keinen keiner ohne nicht nie pas sans jamais ni sin nunca senza nessun "
    "nessuna sem nunca nenhum nenhuma geen zonder niet utan inte uden uten"
)
_ARTICLES = _words("a an the any more de d du plus un une el la le il o os as ein eine")
_VERBAL = _words(
    "to we you i they who can will must should could would may might please let lets and or dont just now then never "
    "always simply also he she it if when"
)
"""Before a word that is a noun or a verb, each of these makes it a verb."""
_SENTENCE_END = re.compile(r"[.!?:;…。！？|\n]|\s[–—-]\s|^\s*[-•]")  # noqa: RUF001 -- punctuation is meant
_TITLE_CASE = 0.7
_FEWEST_TITLE_WORDS = 3


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of a text: as written and folded, whether it begins a sentence, and whether it is in a title."""

    written: str
    folded: str
    is_first: bool
    is_titled: bool

    @property
    def is_capital(self) -> bool:
        return self.written[:1].isupper()

    @property
    def is_acronym(self) -> bool:
        return len(self.written) > 1 and self.written.isupper()


@dataclass(frozen=True, slots=True)
class _Film:
    """What is known from all shots: the language, which folded words are only names, and all words."""

    lang: str
    listed: Lexicon
    names: frozenset[str]
    words: frozenset[str]


def choose(treatment: Treatment) -> tuple[str, ...]:
    """Return the name of the picture for each shot, or "". No two shots in a row have the same."""
    film = _film(treatment)
    told = [_candidates(shot, film) for shot in treatment.shots]
    subject = _subject(treatment, told, film)
    chosen: list[str] = []
    for index, (shot, candidates) in enumerate(zip(treatment.shots, told, strict=True)):
        before, count = (chosen[-1] if chosen else ""), Counter(chosen)
        is_last = index == len(told) - 1
        scores = {
            picture: score * _TOLD_BEFORE ** min(count[picture], 1)
            for picture, score in candidates.items()
            if picture != before and (is_last or count[picture] < _MOST_OFTEN)
        }
        best = max(scores, key=lambda picture: scores[picture], default="")
        if is_last and subject and subject != before and scores.get(best, 0.0) < _SIGN_WEIGHT * _ON_SCREEN:
            best = subject
        if shot.purpose == "quote" and scores.get(best, 0.0) < _LEAST_OF_QUOTATIONS:
            best = ""
        chosen.append(best)
    return tuple(chosen)


def _film(treatment: Treatment) -> _Film:
    lang = treatment.lang.split("-", maxsplit=1)[0].lower()
    texts = [part for shot in treatment.shots for part in (shot.voice, *_shown(shot)) if part]
    upper: Counter[str] = Counter()
    lower: Counter[str] = Counter()
    every: set[str] = set()
    for text in [*texts, treatment.title]:
        for word in words_of(text):
            every.update(lemmas.forms(word.folded, lang))
            if not word.is_capital:
                lower[word.folded] += 1
            elif not word.is_first and not word.is_titled and not word.is_acronym:
                upper[word.folded] += 1
    # All German nouns are written like names.
    names = frozenset() if lang == "de" else frozenset(upper) - frozenset(lower)
    return _Film(lang, lexicon.of(lang), names, frozenset(every))


def _shown(shot: Shot) -> tuple[str, ...]:
    return tuple(part for part in (shot.headline, shot.lead, shot.label, *shot.items) if part)


def words_of(text: str) -> list[_Word]:
    """Return the words of a text. A hyphen separates them."""
    found: list[tuple[str, bool]] = []
    end = 0
    for match in WORD.finditer(text):
        is_first = not found or bool(_SENTENCE_END.search(text[end : match.start()]))
        found.append((match.group(), is_first))
        end = match.end()
    titled = _is_title_case([written for written, _ in found])
    return [_Word(written, lemmas.folded(written), is_first, titled) for written, is_first in found]


def _is_title_case(words: Sequence[str]) -> bool:
    telling = [word for word in words if word[:1].isalpha() and word.casefold() not in languages.STOP_WORDS["en"]]
    capitals = sum(word[:1].isupper() for word in telling)
    return len(telling) >= _FEWEST_TITLE_WORDS and capitals >= _TITLE_CASE * len(telling)


def _candidates(shot: Shot, film: _Film) -> dict[str, float]:
    """Return the pictures that the shot may have, each with its score."""
    found: dict[str, float] = {}
    shown = _shown(shot)
    on_screen = {word.folded for part in shown for word in words_of(part)}
    for text in (shot.voice, *shown):
        for place, (picture, weight, words) in enumerate(_named(text, film, is_item=text in shot.items)):
            seen = _ON_SCREEN if text in shown or words <= on_screen else 1.0
            # Of two alike, the first that is said.
            score = weight * seen * (1 - 0.02 * place)
            found[picture] = max(found.get(picture, 0.0), score)
    for picture, weight in _facts(shot):
        found.setdefault(picture, weight)
    return found


def _named(text: str, film: _Film, *, is_item: bool) -> Iterator[tuple[str, float, frozenset[str]]]:
    """Yield the pictures that a text names, each with its weight and the words it stands for."""
    for picture in emoji.pictures(text):
        yield picture, lexicon.THING, frozenset()
    if film.listed.is_unspaced:
        for _, senses in lexicon.find_unspaced(text, film.listed):
            for sense in senses:
                if sense.picture:
                    yield sense.picture, sense.weight, frozenset()
        return
    words = words_of(text)
    found = lexicon.find([word.folded for word in words], film.listed)
    for index, one in enumerate(found):
        after = index > 0 and found[index - 1].end == one.start
        place = _Place(words, one.start, one.end, is_item=is_item, is_after_noun=after)
        meant = next((sense for sense in one.senses if place.fits(sense, film)), None)
        if meant is None or not meant.picture or _is_denied(words, one.start):
            continue
        following = found[index + 1] if index + 1 < len(found) else None
        describes = (
            following is not None
            and following.start == one.end
            and any(other.picture for other in following.senses)
            and not words[following.start].is_first
        )
        yield (
            meant.picture,
            meant.weight * (_MODIFIER if describes else 1.0),
            frozenset(word.folded for word in words[one.start : one.end]),
        )


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a listed phrase stands: the words of a text, from `start` up to `end`. `is_item`: of a list;
    `is_after_noun`: right after another listed word."""

    words: Sequence[_Word]
    start: int
    end: int
    is_item: bool
    is_after_noun: bool

    def fits(self, sense: Sense, film: _Film) -> bool:
        """Say whether the phrase may have this meaning here."""
        if not sense.picture:
            return True
        own = {form for word in self.words[self.start : self.end] for form in lemmas.forms(word.folded, film.lang)}
        if (sense.some and not sense.some & (film.words - own)) or sense.none & film.words:
            return False
        if not sense.names_too and any(self._is_name(at, film) for at in range(self.start, self.end)):
            return False
        return not sense.is_noun or self.end - self.start > 1 or self._is_noun()

    def _is_name(self, at: int, film: _Film) -> bool:
        """Say whether the word at a place is part of a name rather than a noun."""
        word = self.words[at]
        if film.lang == "de" or not word.is_capital:
            return False
        if word.folded in film.names:
            return True
        if word.is_titled or word.is_acronym:
            return False
        if not word.is_first:
            return True
        # A sentence that begins with two capitals begins with a name.
        following = self.words[at + 1] if at + 1 < len(self.words) else None
        return following is not None and following.is_capital and not following.is_first and not following.is_acronym

    def _is_noun(self) -> bool:
        """Say whether an English word that may be a verb stands as a noun: alone, or after a word that no verb
        follows."""
        word = self.words[self.start]
        is_plural = word.folded.endswith("s")
        if word.is_first:
            return self.is_item or is_plural or len(self.words) == 1
        return self.words[self.start - 1].folded not in _VERBAL and not (is_plural and self.is_after_noun)


def _is_denied(words: Sequence[_Word], at: int) -> bool:
    """Say whether what is named is what there is not: "no app", "without sugar"."""
    before = words[max(at - 2, 0) : at]
    if words[at].is_first or not before:
        return False
    return before[-1].folded in _DENIALS or (
        len(before) > 1 and before[0].folded in _DENIALS and not before[1].is_first and before[1].folded in _ARTICLES
    )


def _facts(shot: Shot) -> Iterator[tuple[str, float]]:
    """Yield the signs of the facts that a shot tells. What is the largest on screen counts for more."""
    for text in (*_shown(shot), shot.voice):
        is_hero = text == shot.headline or (shot.purpose == "call" and text == shot.label)
        for token in tokens.find(text):
            sign = SIGNS.get(token.kind, "")
            if sign and token.kind is Kind.ADDRESS and "@" in text[token.start : token.end]:
                sign = MAIL_SIGN
            if sign:
                yield sign, _HERO_SIGN_WEIGHT if is_hero else _SIGN_WEIGHT


def _subject(treatment: Treatment, told: Sequence[Mapping[str, float]], film: _Film) -> str:
    """Return the picture of what the whole film is about: what its title names, or else what it names most often."""
    of_title = [(weight, picture) for picture, weight, _ in _named(treatment.title, film, is_item=False)]
    if of_title:
        return max(of_title)[1]
    counts = Counter(picture for candidates in told for picture in candidates if not picture.startswith(SIGN))
    often = [(count, picture) for picture, count in sorted(counts.items()) if count >= _MOST_OFTEN]
    return max(often)[1] if often else ""
