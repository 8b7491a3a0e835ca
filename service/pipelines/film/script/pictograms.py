"""Which picture a shot gets: the thing it speaks of, a sign for the fact it tells, or none. Pure.

None rather than a wrong one: names are no nouns, what is denied is not shown, and a word with several meanings needs
the film's other words to say which. `words/` has the lists, `lexicon` reads them, `emoji` knows a brief's own.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from service.pipelines.film.script import emoji, facts, figures, instructions, languages, lemmas, lexicon
from service.pipelines.film.script.facts import SIGN
from service.pipelines.film.script.lexicon import WORD, Lexicon, Sense
from service.pipelines.film.script.treatment import Shot, Treatment

_SIGN_WEIGHT = 1.5
"""Below things and settings, above ideas (`lexicon`)."""
_HERO_SIGN_WEIGHT, _MEASURE_WEIGHT = 1.9, 0.8
_ON_SCREEN = 1.3
"""What is read counts for more than what is only said."""
_MODIFIER = 0.6
"""A word right before another listed one only describes it: banana pancakes are pancakes."""
_TOLD_BEFORE = 0.35
_MOST_OFTEN = 2
"""How often one picture may be in a film, besides the last shot."""
_SUBJECT_SHARE = 0.25
"""In how many of its shots a film must name what it is about, if its title does not."""
_LEAST_OF_QUOTATIONS, _LEAST_OF_SUBJECTS = 2.0, 2.5


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_DENIALS = _words(
    "no not without never nor zero nobody don't doesn't won't can't isn't aren't kein keine keinen keiner keinem ohne "
    "nicht nie pas sans jamais ni sin nunca senza nessun nessuna nao sem nenhum nenhuma geen zonder niet utan inte "
    "uden uten"
)
_ARTICLES = _words("a an the any more ha hay de d du plus un une el la le il o os as ein eine")
_VERBAL = _words(
    "to we you i they who can will must should could would may might please let lets and or dont just now then never "
    "always simply also he she it if when"
)
"""Before a word that is a noun or a verb, each of these makes it a verb."""
_OBJECTS = _words("a an the them it him us you me your our my his their this these that those")
"""After such a word, each of these makes it a verb: "the kids love them"."""
_STREETS_AFTER = _words(
    "st street rd road ave avenue ln lane dr drive blvd boulevard close court crescent way terrace row"
)
_STREETS_BEFORE = _words("rue avenue boulevard impasse quai calle avenida plaza paseo via viale piazza corso rua praca")
_SENTENCE_END = re.compile(r"[.!?:;…。！？|•\n]|\s[–—-]\s")  # noqa: RUF001 -- punctuation is meant
_HEAD_FIRST = frozenset({"fr", "es", "it", "pt"})
"""Languages in which what describes a noun follows it."""
_TITLE_CASE = 0.85
_FEWEST_TITLE_WORDS = 3


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of a text: as written and folded, whether it begins a sentence, whether nothing but a space or a hyphen is
    before it, and whether it is in a title."""

    written: str
    folded: str
    is_first: bool
    is_joined: bool
    is_titled: bool

    @property
    def is_capital(self) -> bool:
        return self.written[:1].isupper()

    @property
    def is_acronym(self) -> bool:
        return len(self.written) > 1 and self.written.isupper()


@dataclass(frozen=True, slots=True)
class _Film:
    """What is known from all shots: the language, which folded words are only names, which are never names, all words,
    and the whole text."""

    lang: str
    listed: Lexicon
    names: frozenset[str]
    nouns: frozenset[str]
    words: frozenset[str]
    text: str

    def allows(self, sense: Sense, own: frozenset[str]) -> bool:
        """Say whether the film has the words that a meaning needs, besides its `own`, and none that rule it out."""
        if self.listed.is_unspaced:
            needed = not sense.some or any(word in self.text for word in sense.some)
            return needed and not any(word in self.text for word in sense.none)
        return (not sense.some or bool(sense.some & (self.words - own))) and not sense.none & self.words


def choose(treatment: Treatment, directions: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the name of the picture for each shot, or "". No two shots in a row have the same, and none shows what
    the brief's directions forbid ("Don't show dogs")."""
    film = _film(treatment)
    forbidden = {
        picture
        for direction in directions
        if instructions.is_forbidding(direction)
        for picture, _, _ in _named(direction, film, is_item=True, is_denied_too=True)
    }
    told = [
        {picture: score for picture, score in _candidates(shot, film).items() if picture not in forbidden}
        for shot in treatment.shots
    ]
    subject = _subject(treatment, told, film)
    if subject in forbidden:
        subject = ""
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
        is_weak = scores.get(best, 0.0) < _SIGN_WEIGHT * _ON_SCREEN
        if is_last and subject and subject != before and (is_weak or subject in candidates):
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
        for word in words_of(facts.without(text)):
            every.update(lemmas.forms(word.folded, lang))
            if not word.is_capital:
                lower[word.folded] += 1
            elif not word.is_first and not word.is_titled and not word.is_acronym:
                upper[word.folded] += 1
    names = frozenset(upper) - frozenset(lower)
    whole = "\n".join(texts).casefold()
    return _Film(lang, lexicon.of(lang), names, frozenset(lower), frozenset(every), whole)


def _shown(shot: Shot) -> tuple[str, ...]:
    return tuple(part for part in (shot.headline, shot.lead, shot.label, *shot.items) if part)


def words_of(text: str) -> list[_Word]:
    """Return the words of a text. A hyphen separates them."""
    sentences: list[list[tuple[str, bool]]] = []
    end = 0
    for match in WORD.finditer(text):
        between = text[end : match.start()]
        if not sentences or _SENTENCE_END.search(between):
            sentences.append([])
        sentences[-1].append((match.group(), between.strip() in {"", "-"}))
        end = match.end()
    return [
        _Word(written, lemmas.folded(written), place == 0, bool(place) and is_joined, is_titled)
        for sentence in sentences
        for is_titled in [_is_title_case([written for written, _ in sentence])]
        for place, (written, is_joined) in enumerate(sentence)
    ]


def _is_title_case(words: Sequence[str]) -> bool:
    telling = [word for word in words if word[:1].isalpha() and word.casefold() not in languages.STOP_WORDS["en"]]
    capitals = sum(word[:1].isupper() for word in telling)
    return len(telling) >= _FEWEST_TITLE_WORDS and capitals >= _TITLE_CASE * len(telling)


def _candidates(shot: Shot, film: _Film) -> dict[str, float]:
    """Return the pictures that the shot may have, each with its score."""
    found: dict[str, float] = {}
    shown = _shown(shot)
    on_screen = {word.folded for part in shown for word in words_of(facts.without(part))}
    # The lines of a programme tell of one thing each: what all have in common is that they have a date.
    is_programme = bool(shot.items) and all(figures.stamped(item) for item in shot.items)
    for text in () if is_programme else (shot.voice, *shown):
        for place, (picture, weight, words) in enumerate(_named(text, film, is_item=text in shot.items)):
            seen = _ON_SCREEN if text in shown or words <= on_screen else 1.0
            # Of two alike, the first that is said.
            score = weight * seen * (1 - 0.02 * place)
            found[picture] = max(found.get(picture, 0.0), score)
    for picture, weight in _facts(shot):
        found.setdefault(picture, weight)
    return found


def _named(
    text: str, film: _Film, *, is_item: bool, is_denied_too: bool = False
) -> Iterator[tuple[str, float, frozenset[str]]]:
    """Yield the pictures that a text names, each with its weight and the words it stands for."""
    for picture in emoji.pictures(text):
        yield picture, lexicon.IDEA if picture in emoji.ORNAMENTS else lexicon.THING, frozenset()
    text = facts.without(text)
    if film.listed.is_unspaced:
        for _, senses in lexicon.find_unspaced(text, film.listed):
            meant = next((sense for sense in senses if film.allows(sense, frozenset())), None)
            if meant is not None and meant.picture:
                yield meant.picture, meant.weight, frozenset()
        return
    words = words_of(text)
    found = lexicon.find([word.folded for word in words], film.listed)
    for index, one in enumerate(found):
        after = index > 0 and found[index - 1].end == one.start
        place = _Place(words, one.start, one.end, is_item=is_item, is_after_noun=after)
        meant = next((sense for sense in one.senses if place.fits(sense, film)), None)
        if meant is None or not meant.picture or (_is_denied(words, one.start) and not is_denied_too):
            continue
        following = found[index + 1] if index + 1 < len(found) else None
        describes = (
            following is not None
            and following.start == one.end
            and any(other.weight >= meant.weight for other in following.senses)
            and words[following.start].is_joined
            and film.lang not in _HEAD_FIRST
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
        if not film.allows(sense, frozenset(own)):
            return False
        if film.lang == "de":
            # All nouns are written like names; what is not is a verb or an adjective.
            return any(word.is_capital for word in self.words[self.start : self.end]) or not sense.is_thing
        if self._is_street() or (
            not sense.names_too and any(self._is_name(at, film) for at in range(self.start, self.end))
        ):
            return False
        return not sense.is_noun or self.end - self.start > 1 or self._is_noun()

    def _is_name(self, at: int, film: _Film) -> bool:
        """Say whether the word at a place is part of a name rather than a noun."""
        word = self.words[at]
        if not word.is_capital or word.folded in film.nouns:
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

    def _is_street(self) -> bool:
        """Say whether the phrase is in the name of a street: "12 Castle Rd.", "rue des Lilas"."""
        if not self.words[self.start].is_capital:
            return False
        after = self.words[self.end] if self.end < len(self.words) else None
        if after is not None and after.is_capital and after.folded in _STREETS_AFTER:
            return True
        return any(word.folded in _STREETS_BEFORE for word in self.words[max(self.start - 3, 0) : self.start])

    def _is_noun(self) -> bool:
        """Say whether an English word that may be a verb stands as a noun: alone, or after a word that no verb
        follows."""
        word = self.words[self.start]
        is_plural = word.folded.endswith("s")
        after = self.words[self.end] if self.end < len(self.words) else None
        if after is not None and after.is_joined and after.folded in _OBJECTS:
            return False
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
        for fact in facts.signs(text):
            weight = _HERO_SIGN_WEIGHT if is_hero else _SIGN_WEIGHT
            yield fact.sign, _MEASURE_WEIGHT if fact.is_measure else weight


def _subject(treatment: Treatment, told: Sequence[Mapping[str, float]], film: _Film) -> str:
    """Return the picture of what the whole film is about: what its title names, or else what it names most often."""
    of_title = {
        picture: weight
        for picture, weight, _ in _named(treatment.title, film, is_item=False)
        if weight > lexicon.IDEA and picture not in emoji.ORNAMENTS
    }
    if of_title:
        # Of two alike, the first.
        return max(of_title, key=lambda picture: of_title[picture])
    counts = Counter(
        picture
        for candidates in told
        for picture, score in candidates.items()
        if score >= _LEAST_OF_SUBJECTS and not picture.startswith(SIGN) and picture not in emoji.ORNAMENTS
    )
    picture = max(sorted(counts), key=lambda picture: counts[picture], default="")
    return picture if counts[picture] >= max(_MOST_OFTEN, _SUBJECT_SHARE * len(told)) else ""
