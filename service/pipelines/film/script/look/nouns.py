# ruff: noqa: RUF001 -- punctuation is meant
"""The words of a text, and how one stands there: as a noun or a verb, in a name, or only in passing. Pure.

By what is beside it, without a grammar: articles, prepositions and capitals say enough to do without a word in doubt.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.pipelines.film.script.look import lemmas
from service.pipelines.film.script.look.lexicon import WORD
from service.pipelines.film.script.writing import languages
from service.pipelines.film.script.writing.wording import word_set

_VERBAL = word_set(
    "to we you i they who can will must should could would may might please let lets and or dont just now then never "
    "always simply also he she it if when"
)
"""Before a word that is a noun or a verb, each of these makes it a verb."""
_FRESH = word_set(
    "is are was were be been has have had will can could should must do does did we you they he she it i who which "
    "that ist sind war wird werden hat haben kann wir sie ihr est sont etait sera a ont nous vous ils es son fue era "
    "hay sono sara ha abbiamo sao foi tem zijn wordt heeft"
)
"""What begins a new part of a sentence, though no comma says so."""
_SUBJECTS = word_set("we you they i can will must should could would may might that which who don't won't ll")
"""After each of these, a noun is a verb."""
_VERBS_TOO = word_set("deliver eat donate protect celebrate hike swim cook sleep knit recycle repair rescue sail ski")
"""Verbs that speak of the same as the nouns."""
_DETERMINED = word_set("a an the this that our your my his her its their every each one") | _FRESH
_ALONE_BEFORE = word_set("for with and or of some all any more two three four five six ten hot cold fresh free")
_VERB_ENDS = ("s", "ed", "ing", "ly")
_AGAIN = word_set("re pre block over un")
"""What is written before a verb with a hyphen: "pre-book"."""
_NO_PLURALS = word_set("this its his as is was has yes us plus always perhaps yours ours theirs less ss sports")
"""Words that end with an s, but name no number of things."""
_SMALL_ENGLISH = languages.STOP_WORDS["en"] | word_set(
    "go goes went come came take took give gave keep kept need want love like eat drink run start end begin open close "
    "free today tonight tomorrow now then here there too yet still already away back together available every each two "
    "three four five six seven eight nine ten upstairs downstairs per plus via vs built made born kept sold held sent "
    "left "
    "found cut set known grown worn drawn written shown taught sits stands goes stays lasts costs"
)
_OBJECTS = word_set("a an the them it him us you me your our my his their this these that those")
"""After such a word, each of these makes it a verb: "the kids love them"."""
_DETERMINERS = word_set(
    "le la les l un une des du de d au aux ce cet cette ces mon ma mes ton ta tes son sa ses notre nos votre vos leur "
    "el los las unos unas una del al este esta mi tu su sus nuestro nuestra il lo gli i uno dello della dei delle "
    "degli questo questa o a os as um uma uns umas do da dos das no na nos nas seu sua di e et y ou con com avec per "
    "por pour para en in"
)
"""Before a word of a Romance language that is a noun or a verb, each of these makes it a noun."""
_STREETS_AFTER = word_set(
    "st street rd road ave avenue ln lane dr drive blvd boulevard close court crescent way terrace row park gate hill "
    "square walk gardens place mews wharf"
)
_STREETS_BEFORE = word_set(
    "rue avenue boulevard impasse quai place calle avenida plaza paseo barrio via viale piazza corso rua praca largo"
)
_SENTENCE_END = re.compile(r"[.!?:;…。！？|•\n]|\s[–—-]\s")
HEAD_FIRST = frozenset({"fr", "es", "it", "pt"})
"""Languages in which what describes a noun follows it."""
_OF = word_set("de du des d del della delle dei di da do dos das")
_CLUBS = word_set(
    "club school society team hire rental lessons academy league class classes course courses tours trips"
)
"""What the word before it in a name tells the matter of: "Marlow Chess Club"."""
_TITLE_CASE = 0.85
_FEWEST_TITLE_WORDS = 3

_ASIDES: Mapping[str, frozenset[str]] = {
    "en": word_set(
        "after before since until till behind near beside beyond opposite from at by than like as during through "
        "between via per against around across under over inside outside into onto above below because if unless "
        "though in on to upstairs downstairs"
    ),
    "de": word_set(
        "nach vor seit bis hinter neben bei beim gegenuber aus in im ins an am unter uber zwischen durch wie als "
        "wahrend gegen zum zur zu um vom"
    ),
    "fr": word_set(
        "apres avant depuis jusqu'a jusqu'au jusqu'aux derriere pres face chez dans en sur sous entre par vers "
        "comme pendant contre devant"
    ),
    "es": word_set(
        "tras antes desde hasta detras cerca junto en sobre bajo entre por hacia como durante contra ante al segun"
    ),
    "it": word_set(
        "dopo prima da dal dalla dalle dai fino dietro vicino presso in nel nella nei nelle nell su sul sulla sotto "
        "tra fra come durante contro davanti al alla ai alle"
    ),
    "pt": word_set(
        "apos depois antes desde ate atras perto junto em no na nos nas sobre sob entre por pelo pela como durante "
        "contra ao aos"
    ),
    "nl": word_set(
        "na voor sinds tot achter naast bij tegenover uit in op aan onder over tussen door als tijdens tegen"
    ),
    "sv": word_set("efter fore sedan till bakom bredvid hos fran i pa under over mellan genom som mot vid"),
    "da": word_set("efter for siden til bag ved hos fra i pa under over mellem gennem som mod"),
    "nb": word_set("etter for siden til bak ved hos fra i pa under over mellom gjennom som mot"),
    "pl": word_set("po przed od do za obok przy z ze w we na pod nad miedzy przez jak podczas przeciw"),
}
"""What begins a part of a sentence that only says when, where, how or than what."""
_WITH_ON = word_set("put try turn switch keep have")
"""Verbs of which "on" may be the other half: "Put on your helmet"."""
_REACH = 4
"""How many words such a part has at most, for want of a sign of its end."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text: as written and folded, whether it begins a sentence, whether nothing but a space or a hyphen is
    before it, whether that is a hyphen, and whether it is in a title."""

    written: str
    folded: str
    is_first: bool
    is_joined: bool
    is_hyphened: bool
    is_titled: bool

    @property
    def is_capital(self) -> bool:
        return self.written[:1].isupper()

    @property
    def is_acronym(self) -> bool:
        return len(self.written) > 1 and self.written.isupper()


@dataclass(frozen=True, slots=True)
class Known:
    """What a film's texts tell of its words: the language, which folded words are only names, and which are never."""

    lang: str
    names: frozenset[str]
    nouns: frozenset[str]


def words_of(text: str) -> list[Word]:
    """Return the words of a text. A hyphen separates them."""
    sentences: list[list[tuple[str, str]]] = []
    end = 0
    for match in WORD.finditer(text):
        between = text[end : match.start()]
        if not sentences or _SENTENCE_END.search(between):
            sentences.append([])
        sentences[-1].append((match.group(), between))
        end = match.end()
    return [
        Word(
            written,
            lemmas.folded(written),
            is_first=place == 0,
            is_joined=bool(place) and between.strip() in {"", "-"},
            is_hyphened=bool(place) and between == "-",
            is_titled=is_titled,
        )
        for sentence in sentences
        for is_titled in [_is_title_case([written for written, _ in sentence])]
        for place, (written, between) in enumerate(sentence)
    ]


def _is_title_case(words: Sequence[str]) -> bool:
    telling = [word for word in words if word[:1].isalpha() and word.casefold() not in languages.STOP_WORDS["en"]]
    capitals = sum(word[:1].isupper() for word in telling)
    return len(telling) >= _FEWEST_TITLE_WORDS and capitals >= _TITLE_CASE * len(telling)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a listed phrase stands: the words of a text, from `start` up to `end`. `is_item`: of a list;
    `is_after_noun`: right after another listed word."""

    words: Sequence[Word]
    start: int
    end: int
    known: Known
    is_item: bool
    is_after_noun: bool

    def is_street(self) -> bool:
        """Say whether the phrase is in the name of a street: "12 Castle Rd.", "rue des Lilas"."""
        if not self.words[self.start].is_capital:
            return False
        after = self._after()
        if self.known.lang == "en" and after is not None and after.is_capital and after.folded in _STREETS_AFTER:
            return True
        if self.known.lang == "en" and self._is_called_gardens():
            return True
        return any(word.folded in _STREETS_BEFORE for word in self.words[max(self.start - 3, 0) : self.start])

    def _is_called_gardens(self) -> bool:
        """Say whether this is the last word of what many streets are called: "Stranmillis Gardens"."""
        word, before = self.words[self.start], self.words[self.start - 1] if self.start else None
        return word.folded == "gardens" and before is not None and not before.folded.startswith("botanic")

    def is_name(self) -> bool:
        """Say whether the phrase is part of a name rather than a noun."""
        if self.known.lang == "de":
            return self._is_surname()
        return any(self._is_in_name(at) for at in range(self.start, self.end))

    def heads_name(self) -> bool:
        """Say whether the phrase is what kind of thing a name names: the museum of "Harbour Museum"."""
        if self.known.lang in HEAD_FIRST:
            before = self.words[max(self.start - 2, 0) : self.start]
            return not (before and before[-1].is_capital and not before[-1].is_first) and not (
                before and before[-1].folded in _OF and (len(before) == 1 or before[0].is_capital)
            )
        after = self._after()
        if after is None or not after.is_joined or not after.is_capital or after.folded in _CLUBS:
            return True
        return self.words[self.end - 1].is_acronym and not after.is_acronym

    def is_unsure_name(self) -> bool:
        """Say whether capitals do not tell if this is a name: in a title, or in capitals all through."""
        if self.known.lang == "de" or any(word.folded in self.known.nouns for word in self._own()):
            return False
        if self._is_between_small_words():
            return False
        return any(word.is_titled or word.is_acronym for word in self._own() if word.is_capital)

    def _is_between_small_words(self) -> bool:
        """Say whether an article or the like is before an English phrase, and no other noun after it: what stands so in
        capitals is no name ("THE TENT THAT GOES UP")."""
        if self.known.lang != "en" or self.words[self.start].is_first or not self.words[self.start].is_acronym:
            return False
        before, after = self.words[self.start - 1].folded, self._after()
        is_led = before in _DETERMINED | _ALONE_BEFORE
        return is_led and (after is None or not after.is_joined or after.folded in _SMALL_ENGLISH)

    def is_noun(self) -> bool:
        """Say whether a word that may be a verb stands as a noun: alone, or after a word that no verb follows."""
        word, after = self.words[self.start], self._after()
        if self.known.lang in HEAD_FIRST:
            if word.is_first:
                return after is None or after.folded not in _DETERMINERS
            return self.words[self.start - 1].folded in _DETERMINERS
        is_plural = word.folded.endswith("s")
        if after is not None and after.is_joined and after.folded in _OBJECTS:
            return False
        if word.is_first:
            return self.is_item or is_plural
        if self._follows_hyphen_or_plural(is_plural=is_plural):
            return False
        return self.words[self.start - 1].folded not in _VERBAL and not (is_plural and self.is_after_noun)

    def _follows_hyphen_or_plural(self, *, is_plural: bool) -> bool:
        """Say whether what is before an English word makes it a verb: "block-book", "dogs travel free"."""
        word, before = self.words[self.start], self.words[self.start - 1]
        if word.is_hyphened:
            return before.folded in _AGAIN
        return (
            word.is_joined
            and not is_plural
            and not word.is_capital
            and before.folded.endswith("s")
            and not before.folded.endswith("ss")
            and before.written[-2:-1] not in {"'", "’"}
            and before.folded not in _NO_PLURALS
        )

    def is_verb(self) -> bool:
        """Say whether an English word can only be a verb here, though it is listed as a noun: "we'll train you"."""
        if self.known.lang != "en" or self.end - self.start > 1 or self.words[self.start].is_first:
            return False
        word, before = self.words[self.start], self.words[self.start - 1]
        if word.folded in _VERBS_TOO:
            return False
        return word.is_joined and re.split(r"['’]", before.written.casefold())[0] in _SUBJECTS and not word.is_capital

    def is_owner(self) -> bool:
        """Say whether an English word only tells whose the thing right after it is: "a doctor's bag"."""
        word, after = self.words[self.end - 1], self._after()
        if self.known.lang != "en" or after is None or not after.is_joined or after.is_capital:
            return False
        return bool(re.search(r"['’]s$", word.written)) and after.folded not in _SMALL_ENGLISH | _ASIDES["en"]

    def is_lacking(self) -> bool:
        """Say whether "free" tells what something is without: "alcohol-free"."""
        word = self.words[self.start]
        return word.is_hyphened and word.folded == "free"

    def describes(self) -> bool:
        """Say whether an English word only describes the noun right after it: the "ghost" of "ghost pepper"."""
        word, after = self.words[self.end - 1], self._after()
        if self.known.lang != "en" or after is None or not after.is_joined or after.is_capital:
            return False
        follows = after.folded
        if not follows.isalpha() or follows in _SMALL_ENGLISH | _ASIDES["en"] or word.folded.endswith("s"):
            return False
        if follows.endswith("s") and not word.is_first and not word.is_capital:
            # "Wedding dresses" are dresses; in "the battery lasts", an article tells that the battery does something.
            return self.words[self.start - 1].folded not in _DETERMINED
        return not follows.endswith(_VERB_ENDS)

    def is_aside(self) -> bool:
        """Say whether the phrase only tells when, where or than what: "behind the library", "after her marriage"."""
        asides = _ASIDES.get(self.known.lang, frozenset())
        if self.words[self.start].is_first:
            return False
        for at in range(self.start - 1, max(self.start - 1 - _REACH, -1), -1):
            word, following = self.words[at], self.words[at + 1]
            if not following.is_joined:
                return False
            if word.folded == "to" and at == self.start - 1 and following.folded in _VERBS_TOO:
                return False
            if word.folded in asides:
                return not (word.folded == "on" and at and self.words[at - 1].folded in _WITH_ON)
            if word.folded in _FRESH or word.is_first:
                return False
        return False

    def _own(self) -> Sequence[Word]:
        return self.words[self.start : self.end]

    def _after(self) -> Word | None:
        after = self.words[self.end] if self.end < len(self.words) else None
        return None if after is None or after.is_first else after

    def _is_in_name(self, at: int) -> bool:
        word = self.words[at]
        if not word.is_capital or word.folded in self.known.nouns:
            return False
        if word.folded in self.known.names:
            return True
        if word.is_titled or word.is_acronym:
            return False
        if not word.is_first:
            return True
        # A sentence that begins with two capitals begins with a name.
        following = self.words[at + 1] if at + 1 < len(self.words) else None
        return following is not None and following.is_capital and not following.is_first and not following.is_acronym

    def _is_surname(self) -> bool:
        """Say whether a German word follows another noun with only a space between, as names do: "Radhaus Meier"."""
        word = self.words[self.start]
        before = self.words[self.start - 1] if self.start else None
        return (
            before is not None
            and word.is_joined
            and not word.is_hyphened
            and not word.is_acronym
            and before.is_capital
            and len(before.written) > 1
            and before.written[0].isalpha()
            and before.folded not in _SMALL_GERMAN
        )


_SMALL_GERMAN = frozenset(lemmas.folded(word) for word in languages.STOP_WORDS["de"]) | word_set(
    "jede jeder jedes jeden alle neue neuer neues unserer unserem unseren eure euren kein keine mehr viele"
)
