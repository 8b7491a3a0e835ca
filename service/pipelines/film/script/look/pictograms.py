"""Which picture a shot gets: the thing it speaks of, a sign for the fact it tells, or none. Pure.

None rather than a wrong one: names are no nouns, what is denied is not shown, and a word with several meanings needs
the film's other words to say which. `words/` has the lists, `lexicon` reads them, `emoji` knows a brief's own.
"""

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from service.pipelines.film.script.learnt import meaning
from service.pipelines.film.script.look import (
    asked_pictures,
    denials,
    emoji,
    facts,
    figures,
    lemmas,
    lexicon,
    nouns,
    subjects,
    sums,
)
from service.pipelines.film.script.look.facts import SIGN
from service.pipelines.film.script.look.lexicon import Lexicon, Sense
from service.pipelines.film.script.look.nouns import Known, Place, words_of
from service.pipelines.film.script.treatment import Shot, Treatment
from service.pipelines.film.wishes import OFF

_SIGN_WEIGHT = 1.5
"""Below things and settings, above ideas (`lexicon`)."""
_HERO_SIGN_WEIGHT, _MEASURE_WEIGHT = 1.9, 0.8
_ON_SCREEN = 1.3
"""What is read counts for more than what is only said."""
_MODIFIER = 0.6
"""A word right before another listed one only describes it: banana pancakes are pancakes."""
_BORNE_OUT = 0.8
"""A word that another one must bear out counts for less than one that needs none."""
_LATER = 0.04
"""How much less each further word of a text counts: the first is what it speaks of."""
_TOLD_BEFORE = 0.35
_MOST_OFTEN = 2
"""How often one picture may be in a film, besides the last shot."""
_SUBJECT_SHARE = 0.25
"""In how many of its shots a film must name what it is about, if its title does not."""
_LEAST_OF_QUOTATIONS = 2.0
_LONG = 4
"""Letters of a word that is likely to have no other meaning without its accents."""
_ACCENTED = nouns.HEAD_FIRST | {"de"}
"""Languages whose accents tell words apart."""
_MAY_BE_GIVEN = frozenset({"hook", "point", "call", "close"})
"""What a shot may be for that is given a picture which the brief asks for, and which its words do not name."""
_ITEMS_SHARE = 0.5
"""How many of a list's items must speak of the same kind of thing."""


@dataclass(frozen=True, slots=True)
class _Film:
    """What is known from all shots: the language and what its capitals tell, all words, the whole text, and whether it
    is written with accents."""

    lang: str
    listed: Lexicon
    known: Known
    words: frozenset[str]
    text: str
    has_accents: bool

    def allows(self, sense: Sense, own: frozenset[str]) -> bool:
        """Say whether the film has the words that a meaning needs, besides its `own`, and none that rule it out."""
        if self.listed.is_unspaced:
            needed = not sense.some or any(word in self.text for word in sense.some)
            return needed and not any(word in self.text for word in sense.none)
        return (not sense.some or bool(sense.some & (self.words - own))) and not sense.none & self.words


@dataclass(frozen=True, slots=True)
class _Mention:
    """A picture that a text names: how much it counts, the listed phrase, the words it stands for, whether another
    word must bear it out, and where it comes among those of its text."""

    picture: str
    weight: float
    phrase: tuple[str, ...] = ()
    words: frozenset[str] = frozenset()
    is_open: bool = False
    rank: int = 0


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What texts speak of: the phrases for each kind of thing, and the pictures that need no other word."""

    phrases: Mapping[str, set[tuple[str, ...]]]
    sure: frozenset[str]

    @staticmethod
    def of(mentions: Iterable[_Mention]) -> "_Evidence":
        phrases: dict[str, set[tuple[str, ...]]] = {}
        things = [mention for mention in mentions if mention.weight >= lexicon.THING]
        for mention in things:
            phrases.setdefault(lexicon.kinds().get(mention.picture, ""), set()).add(mention.phrase)
        return _Evidence(phrases, frozenset(mention.picture for mention in things if not mention.is_open))

    def bears_out(self, mention: _Mention) -> bool:
        """Say whether something else speaks of the same kind of thing."""
        kind = lexicon.kinds().get(mention.picture, "")
        return mention.picture in self.sure or bool(kind and self.phrases.get(kind, set()) - {mention.phrase})


def name_of(picture: str) -> str:
    """Return a picture's name for people: "envelope simple"."""
    return picture.removeprefix(SIGN).replace("-", " ")


def unknown(unwanted: Sequence[str], pictures: Iterable[str]) -> list[str]:
    """Return a sentence on each name that none of these pictures has."""
    known = sorted(map(name_of, pictures))
    odd = [name for name in unwanted if name != OFF and _plain(name) not in known]
    nearest = [difflib.get_close_matches(_plain(name), known, n=1) for name in odd]
    return [
        f"metadata.pictograms has “{name}”, which is the name of none" + (f": “{near[0]}” is." if near else ".")
        for name, near in zip(odd, nearest, strict=True)
    ]


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace("-", " ").split())


def choose(treatment: Treatment, directions: Sequence[str] = (), unwanted: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the name of the picture for each shot, or "". No two shots in a row have the same, none shows what the
    brief's directions forbid ("Don't show dogs") or what is `unwanted` by its name (all if that has "off"), and what
    they ask for is in one that would have none."""
    if OFF in unwanted:
        return ("",) * len(treatment.shots)
    film = _film(treatment)
    names = set(map(_plain, unwanted))
    asked = asked_pictures.of(directions, treatment.lang)

    def is_free(picture: str) -> bool:
        return picture not in asked.forbidden and name_of(picture) not in names

    told = _told(treatment, film)
    scored = [
        {picture: score for picture, score in _scores(shot, mentions, film.text).items() if is_free(picture)}
        for shot, mentions in zip(treatment.shots, told, strict=True)
    ]
    subject = _subject(treatment, told, film) or subjects.of([shot.voice for shot in treatment.shots if shot.voice])
    subject = subject if is_free(subject) else ""
    chosen: list[str] = []
    for index, (shot, candidates) in enumerate(zip(treatment.shots, scored, strict=True)):
        before, count = (chosen[-1] if chosen else ""), Counter(chosen)
        is_last = index == len(scored) - 1
        scores = {
            picture: score * _TOLD_BEFORE ** min(count[picture], 1)
            for picture, score in candidates.items()
            if picture != before and (is_last or count[picture] < _MOST_OFTEN)
        }
        best = max(scores, key=lambda picture: scores[picture], default="")
        is_weak = scores.get(best, 0.0) < _SIGN_WEIGHT * _ON_SCREEN
        if is_last and subject and subject != before and (is_weak or subject in candidates):
            best = subject
        tells_little = is_weak and not best.startswith(SIGN)
        if not index and subject and tells_little and subject not in chain(*scored[1:2]):
            best = subject
        if shot.purpose == "quote" and scores.get(best, 0.0) < _LEAST_OF_QUOTATIONS:
            best = ""
        chosen.append(best)
    return _with_wanted(chosen, treatment.shots, [one for one in asked.wanted if is_free(one[0])])


def _with_wanted(chosen: Sequence[str], shots: Sequence[Shot], wanted: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """The pictures with those that the brief asks for, each in the shot without one that its words are nearest to."""
    found = list(chosen)
    for picture, words in wanted:
        empty = [at for at, name in enumerate(found) if not name and shots[at].purpose in _MAY_BE_GIVEN]
        if not empty or picture in found:
            continue
        near = meaning.of([words]) @ meaning.of([shots[at].words_on_screen or shots[at].voice for at in empty]).T
        found[empty[int(near.argmax())]] = picture
    return tuple(found)


def _film(treatment: Treatment) -> _Film:
    lang = treatment.lang.split("-", maxsplit=1)[0].lower()
    texts = [part for shot in treatment.shots for part in (shot.voice, *_shown(shot)) if part]
    upper: set[str] = set()
    lower: set[str] = set()
    every: set[str] = set()
    for text in [*texts, treatment.title]:
        for word in words_of(facts.without(text)):
            every.update(lemmas.forms(word.folded, lang))
            if not word.is_capital:
                lower.add(word.folded)
            elif not word.is_first and not word.is_titled and not word.is_acronym:
                upper.add(word.folded)
    whole = "\n".join(texts).casefold()
    return _Film(
        lang,
        lexicon.of(lang),
        Known(lang, frozenset(upper - lower), frozenset(lower)),
        frozenset(every),
        whole,
        has_accents=any(letter.isalpha() and not letter.isascii() for letter in whole),
    )


def _shown(shot: Shot) -> tuple[str, ...]:
    return tuple(part for part in (shot.headline, shot.lead, shot.label, *shot.items) if part)


def _told(treatment: Treatment, film: _Film) -> list[list[_Mention]]:
    """Return for each shot the pictures that it names and that the film bears out."""
    named = [_of_shot(shot, film) for shot in treatment.shots]
    evidence = _Evidence.of(chain(*named, _named(treatment.title, film, is_item=False)))
    return [
        [mention for mention in mentions if not mention.is_open or evidence.bears_out(mention)] for mentions in named
    ]


def _of_shot(shot: Shot, film: _Film) -> list[_Mention]:
    """Return the pictures that a shot names."""
    # The lines of a programme tell of one thing each: what all have in common is that they have a date.
    if shot.items and all(figures.stamped(item) for item in shot.items):
        return []
    # Who said it is not what is said.
    shown = [shot.headline, shot.lead, *([] if shot.purpose == "quote" else [shot.label])]
    if shot.purpose == "number":
        # What stands around a figure is part of what is said: "Ships" alone is no longer "Ships 12 October".
        said = shot.voice.casefold()
        shown = [part for part in shown if part.casefold() not in said]
    found: list[_Mention] = []
    for text in shown if len(shot.items) > 1 else (shot.voice, *shown, *shot.items):
        heard = {mention.phrase for mention in found if mention.phrase}
        named = _named(text, film, is_item=text in shot.items)
        found += [mention for mention in named if mention.phrase not in heard]
    if len(shot.items) > 1:
        found += _of_items([list(_named(item, film, is_item=True)) for item in shot.items], found)
    return found


def _of_items(items: Sequence[Sequence[_Mention]], heading: Sequence[_Mention]) -> list[_Mention]:
    """Return what the items of a list name, if it is what the list is about: its heading says so, or most of them."""
    kinds = lexicon.kinds()
    common = Counter(kind for item in items for kind in {kinds.get(one.picture) or one.picture for one in item})
    least = max(2, len(items) * _ITEMS_SHARE)
    announced = {mention.picture for mention in heading}
    return [
        mention
        for item in items
        for mention in item
        if mention.picture in announced or common[kinds.get(mention.picture) or mention.picture] >= least
    ]


def _scores(shot: Shot, mentions: Sequence[_Mention], whole: str) -> dict[str, float]:
    """Return the pictures that the shot may have, each with its score."""
    found: dict[str, float] = {}
    on_screen = {word.folded for part in _shown(shot) for word in words_of(facts.without(part))}
    for mention in mentions:
        seen = _ON_SCREEN if mention.words <= on_screen else 1.0
        score = mention.weight * seen * (_BORNE_OUT if mention.is_open else 1.0) * (1 - _LATER * mention.rank)
        found[mention.picture] = max(found.get(mention.picture, 0.0), score)
    for picture, weight in _facts(shot, whole):
        found.setdefault(picture, weight)
    return found


def _named(text: str, film: _Film, *, is_item: bool) -> Iterator[_Mention]:
    """Yield the pictures that a text names."""
    for picture in emoji.pictures(text):
        weight = lexicon.IDEA if picture in emoji.ORNAMENTS else lexicon.THING
        yield _Mention(picture, weight, phrase=("", picture))
    text = facts.without(text)
    if film.listed.is_unspaced:
        for rank, one in enumerate(lexicon.find_unspaced(text, film.listed)):
            meant = next((sense for sense in one.senses if film.allows(sense, frozenset())), None)
            is_denied = denials.is_denied_unspaced(text, one.start, one.end)
            if meant is not None and meant.picture and not is_denied:
                yield _Mention(meant.picture, meant.weight, one.phrase, is_open=meant.is_unsure, rank=rank)
        return
    words = words_of(text)
    found = lexicon.find([word.folded for word in words], film.listed)
    denied = {one.phrase for one in found if denials.is_denied(words, one.start, film.lang)}
    for index, one in enumerate(found):
        after = index > 0 and found[index - 1].end == one.start
        place = Place(words, one.start, one.end, film.known, is_item=is_item, is_after_noun=after)
        meant = next((sense for sense in one.senses if _fits(sense, place, film)), None)
        if meant is None or not meant.picture or one.phrase in denied:
            continue
        following = found[index + 1] if index + 1 < len(found) else None
        describes = (
            following is not None
            and following.start == one.end
            and any(other.weight >= meant.weight for other in following.senses)
            and words[following.start].is_joined
            and film.lang not in nouns.HEAD_FIRST
        )
        yield _Mention(
            meant.picture,
            meant.weight * (_MODIFIER if describes else 1.0),
            one.phrase,
            frozenset(word.folded for word in words[one.start : one.end]),
            is_open=_is_open(meant, place),
            rank=index,
        )


def _fits(sense: Sense, place: Place, film: _Film) -> bool:
    """Say whether a phrase may have a meaning where it stands."""
    if not sense.picture:
        return True
    words = place.words[place.start : place.end]
    own = {form for word in words for form in lemmas.forms(word.folded, film.lang)}
    if not film.allows(sense, frozenset(own)) or place.is_street() or place.is_lacking() or place.is_owner():
        return False
    if len(words) == 1 and film.lang in _ACCENTED and _is_other_word(words[0].written, sense, film):
        return False
    if film.lang == "de" and sense.is_thing and not any(word.is_capital for word in words):
        # All nouns are written like names; what is not is a verb or an adjective.
        return False
    if place.is_verb() or (place.is_name() and not (sense.names_too and place.heads_name())):
        return False
    return not sense.is_noun or len(words) > 1 or place.is_noun()


def _is_other_word(written: str, sense: Sense, film: _Film) -> bool:
    """Say whether accents tell a word from the listed one: "té" is tea, "te" is you. Some briefs have none at all."""
    word, listed = written.casefold().replace("’", "'"), sense.spelt  # noqa: RUF001 -- the apostrophe is meant
    bare, plain = lemmas.folded(word), lemmas.folded(listed)
    # A plural moves an accent only from the last letters ("inscripción", "inscripciones"); a German one adds some.
    if listed in word or not bare.startswith(plain) or (bare != plain and not listed[-2:].isascii()):
        return False
    if film.lang == "de" and bare != plain:
        return False
    return not word.isascii() or len(word) < _LONG or (film.has_accents and not written.isupper())


def _is_open(sense: Sense, place: Place) -> bool:
    """Say whether another word must bear out that this is meant, and matters."""
    if sense.is_unsure or place.is_aside() or place.describes():
        return True
    return place.is_unsure_name() and not (sense.names_too and place.heads_name())


def _facts(shot: Shot, whole: str) -> Iterator[tuple[str, float]]:
    """Yield the signs of the facts that a shot tells. What is the largest on screen counts for more."""
    said = "\n".join((shot.voice, *_shown(shot)))
    own = {sums.TAG: sums.sign(said, whole), sums.SEAL: sums.of_share(said)}
    for text in (*_shown(shot), shot.voice):
        is_hero = text == shot.headline or (shot.purpose == "call" and text == shot.label)
        for fact in facts.signs(text):
            weight = _HERO_SIGN_WEIGHT if is_hero else _SIGN_WEIGHT
            sign = own.get(fact.sign, fact.sign)
            if sign:
                yield sign, _MEASURE_WEIGHT if fact.is_measure else weight


def _subject(treatment: Treatment, told: Sequence[Sequence[_Mention]], film: _Film) -> str:
    """Return the picture of what the whole film is about: what its title names and the rest bears out, or else what it
    names most often."""
    evidence = _Evidence.of(chain(*told))
    of_title = [
        mention
        for mention in _named(treatment.title, film, is_item=False)
        if mention.weight >= lexicon.THING
        and mention.picture not in emoji.ORNAMENTS
        and (not mention.is_open or evidence.bears_out(mention))
    ]
    if of_title:
        # Of two alike, the first.
        return max(of_title, key=lambda mention: mention.weight).picture
    counts = Counter(
        picture
        for mentions in told
        for picture in {mention.picture for mention in mentions if mention.weight >= lexicon.THING}
        if not picture.startswith(SIGN) and picture not in emoji.ORNAMENTS
    )
    picture = max(sorted(counts), key=lambda picture: counts[picture], default="")
    return picture if counts[picture] >= max(_MOST_OFTEN, _SUBJECT_SHARE * len(told)) else ""
