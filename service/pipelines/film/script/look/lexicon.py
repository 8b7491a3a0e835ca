# ruff: noqa: RUF001 -- the apostrophe is meant
"""The words that name pictures, and where a text has them. Pure, but for the lists that are read once.

`words/*.txt` are written by hand, `words/labels.xz` are the names of emoji in 26 languages (`lab/icons.py`). A word in
the first is never looked up in the second.
"""

import functools
import lzma
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from service.pipelines.film.script.look import lemmas
from service.pipelines.film.script.writing import languages

_FOLDER = Path(__file__).parents[1] / "words"
WORD = re.compile(r"[^\W_]+(?:['’״׳][^\W_]+)*['’]?|[\u0900-\u0d7f\u0e00-\u0e7f]+")
_LISTED = re.compile(
    r"^(?P<words>[^(!*^=~]+)(?P<noun>\*)?(?P<whole>=)?(?P<name>\^)?(?P<unsure>~)?(?:!\((?P<none>[^)]*)\))?(?:\((?P<some>[^)]*)\))?$"
)
_SECTIONS: Mapping[str, float] = {"things": 3.0, "settings": 2.0, "ideas": 1.0, "-": 0.0}
THING, IDEA = _SECTIONS["things"], _SECTIONS["ideas"]
_GROUP, _NO_KIND = "# -- ", "others"
_UNSPACED = frozenset({"ja", "zh", "th", "lo", "km", "my"})
_SHORTEST_UNSPACED, _LONGEST_UNSPACED = 2, 8
_SHORTEST_LABEL, _SHORTEST_LABEL_IN_COMPOUND = 5, 6
_SHORTEST_LABELS = {"ko": 2, "ja": 2, "zh": 2, "hi": 3, "bn": 3, "th": 3, "ru": 4, "uk": 4}
_KATAKANA = re.compile(r"[\u30a1-\u30fa\u30fc]+")
_SHORTEST_KATAKANA_END = 3
_HIRAGANA = re.compile(r"[\u3041-\u3096]+")
_WITHIN = re.compile(r"[\u3041-\u3096](?<![のをとはがにもへでや])$")
"""The end of hiragana that a word in hiragana cannot follow: "slowly" ends with "chestnut"."""
_WORK = re.compile(r"《[^》]*》")
"""What a piece of music or a book is called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sense:
    """What a listed word may mean.

    `weight`: how much the picture tells; 0.0 for words that name nothing.
    `is_noun`: only where the word stands as a noun; `is_whole`: not as the end of a compound; `names_too`: also as what
    a name names ("Harbour Museum"); `is_unsure`: only if another word of the film speaks of the same kind of thing.
    `spelt`: the word with its accents.
    `some`, `none`: of these words one must be, or none may be, in the same film.
    """

    picture: str
    weight: float
    is_noun: bool = False
    is_whole: bool = False
    names_too: bool = False
    is_unsure: bool = False
    spelt: str = ""
    some: frozenset[str] = frozenset()
    none: frozenset[str] = frozenset()

    @property
    def is_thing(self) -> bool:
        return self.weight >= THING


Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The senses of a language's words and phrases, in their folded forms. `first` has the phrases by their first word,
    longest first."""

    lang: str
    senses: Mapping[Phrase, tuple[Sense, ...]]
    first: Mapping[str, tuple[Phrase, ...]]

    @property
    def is_unspaced(self) -> bool:
        return self.lang in _UNSPACED


@dataclass(frozen=True, slots=True)
class Found:
    """A listed phrase in a row of words: those from `start` up to `end`."""

    start: int
    end: int
    phrase: Phrase
    senses: tuple[Sense, ...]


@functools.cache
def of(lang: str) -> Lexicon:
    """Return the lexicon of a language, a two-letter code. It is empty if there are no lists."""
    senses: dict[Phrase, tuple[Sense, ...]] = {}
    by_hand = _FOLDER / f"{lang}.txt"
    if by_hand.exists():
        for phrase, sense in _read(by_hand.read_text(encoding="utf-8")):
            senses[phrase] = (*senses.get(phrase, ()), sense)
    for phrase, sense in _labels(lang):
        senses.setdefault(phrase, (sense,))
    first: dict[str, list[Phrase]] = {}
    for phrase in sorted(senses, key=lambda phrase: (-len(phrase), phrase)):
        first.setdefault(phrase[0], []).append(phrase)
    return Lexicon(lang, senses, {word: tuple(phrases) for word, phrases in first.items()})


@functools.cache
def kinds() -> Mapping[str, str]:
    """Return which kind of thing each picture shows: the group of the English list that has it."""
    found: dict[str, str] = {}
    kind = ""
    for line in (_FOLDER / "en.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith(_GROUP):
            kind = line.removeprefix(_GROUP)
        elif line and line[0] not in "#[-" and kind != _NO_KIND:
            found.setdefault(line.partition(":")[0], kind)
    return found


def phrase_of(words: str) -> Phrase:
    """Return the folded words of a listed phrase. A hyphen separates them."""
    return tuple(filter(None, (lemmas.folded(word) for word in WORD.findall(words))))


def _read(listed: str) -> Iterator[tuple[Phrase, Sense]]:
    weight = _SECTIONS["things"]
    for line in listed.splitlines():
        if line.startswith("["):
            weight = _SECTIONS[line.strip("[] ")]
        elif line and not line.startswith("#"):
            picture, _, words = line.partition(":")
            for entry in re.split(r",\s*", words.strip()):
                match = _LISTED.match(entry)
                if match is None:
                    raise ValueError(f"{entry!r} in {line!r} cannot be read.")
                sense = Sense(
                    picture="" if weight == 0 else picture,
                    weight=weight,
                    is_noun=bool(match["noun"]),
                    is_whole=bool(match["whole"]),
                    names_too=bool(match["name"]),
                    is_unsure=bool(match["unsure"]),
                    spelt=match["words"].strip().casefold(),
                    some=_context(match["some"]),
                    none=_context(match["none"]),
                )
                yield phrase_of(match["words"]), sense


def _context(words: str | None) -> frozenset[str]:
    return frozenset(lemmas.folded(word) for word in (words or "").split())


def _labels(lang: str) -> Iterator[tuple[Phrase, Sense]]:
    stops = {lemmas.folded(word) for word in languages.STOP_WORDS.get(lang, ())}
    for line in _labels_by_language().get(lang, ()):
        picture, _, label = line.partition("\t")
        phrase = (lemmas.folded(label),) if lang in _UNSPACED else phrase_of(label)
        # Short words have many meanings: "får" is a sheep and "gets", "bel" is a bell and "call".
        if len(phrase) > 1 or (
            phrase and phrase[0] not in stops and len(phrase[0]) >= _SHORTEST_LABELS.get(lang, _SHORTEST_LABEL)
        ):
            is_whole = lang != "ko" and len(phrase[0]) < _SHORTEST_LABEL_IN_COMPOUND
            yield phrase, Sense(picture=picture, weight=THING, is_whole=is_whole, spelt=label.casefold())


@functools.cache
def _labels_by_language() -> Mapping[str, tuple[str, ...]]:
    whole = lzma.decompress((_FOLDER / "labels.xz").read_bytes()).decode()
    parts = (part.split("\n") for part in whole.split("\n\n"))
    return {head: tuple(lines) for head, *lines in parts}


def find(words: Sequence[str], lexicon: Lexicon) -> list[Found]:
    """Return the listed phrases among folded words, the longest at each place. None overlap."""
    found: list[Found] = []
    at = 0
    while at < len(words):
        one = _at(words, at, lexicon)
        if one is None:
            at += 1
        else:
            found.append(one)
            at = one.end
    return found


def _at(words: Sequence[str], at: int, lexicon: Lexicon) -> Found | None:
    lang = lexicon.lang
    fitting = [
        phrase
        for form in lemmas.forms(words[at], lang)
        for phrase in lexicon.first.get(form, ())
        if len(words) - at >= len(phrase)
        and all(
            listed in lemmas.forms(word, lang)
            for listed, word in zip(phrase[1:], words[at + 1 : at + len(phrase)], strict=True)
        )
    ]
    if fitting:
        # Of two as long, the first: the form that is nearest to the word as it is written.
        longest = max(fitting, key=len)
        return Found(at, at + len(longest), longest, lexicon.senses[longest])
    part = lemmas.last_part(words[at], lang, _Ends(lexicon.senses))
    return Found(at, at + 1, (part,), lexicon.senses[(part,)]) if part else None


@dataclass(frozen=True, slots=True)
class _Ends:
    """The single words among the phrases that a compound may end with."""

    senses: Mapping[Phrase, tuple[Sense, ...]]

    def __contains__(self, word: object) -> bool:
        return any(not sense.is_whole for sense in self.senses.get((word,), ()))  # type: ignore[arg-type]


def find_unspaced(text: str, lexicon: Lexicon) -> list[Found]:
    """Return the listed words in a text that has no spaces between words. Their places are those of its letters."""
    found: list[Found] = []
    whole = _WORK.sub(lambda name: "\n" * len(name.group()), text.casefold())
    rows = {match.start(): match.end() for match in _KATAKANA.finditer(whole)}
    at = 0
    while at < len(whole):
        length = _longest(whole, at, lexicon)
        end_of_row = rows.get(at, at)
        start = _end_of_row(whole, at, end_of_row, lexicon) if at + length < end_of_row else None
        if start is not None:
            found.append(Found(start, end_of_row, *_entry(whole[start:end_of_row], lexicon)))
            at = end_of_row
        elif length:
            found.append(Found(at, at + length, *_entry(whole[at : at + length], lexicon)))
            at += length
        else:
            at += 1
    return found


def _entry(word: str, lexicon: Lexicon) -> tuple[Phrase, tuple[Sense, ...]]:
    return (word,), lexicon.senses[(word,)]


def _longest(whole: str, at: int, lexicon: Lexicon) -> int:
    """Return how long the longest listed word at a place is, 0 if there is none. Katakana has whole words only."""
    lengths = range(min(_LONGEST_UNSPACED, len(whole) - at), _SHORTEST_UNSPACED - 1, -1)
    return next(
        (
            length
            for length in lengths
            if (whole[at : at + length],) in lexicon.senses
            and not (_HIRAGANA.fullmatch(whole[at : at + length]) and _WITHIN.search(whole[:at]))
            and not (_KATAKANA.match(whole[at]) and _is_cut(whole, at, at + length))
        ),
        0,
    )


def _end_of_row(whole: str, start: int, end: int, lexicon: Lexicon) -> int | None:
    """Return where the listed word begins that a row of katakana is or ends with. What is short must follow another
    listed word: there is a pizza in "Christmas pizza", but no bread in "Japan"."""
    for at in range(start, end - _SHORTEST_UNSPACED + 1):
        if (whole[at:end],) in lexicon.senses and (
            at == start or end - at >= _SHORTEST_KATAKANA_END or (whole[start:at],) in lexicon.senses
        ):
            return at
    return None


def _is_cut(whole: str, start: int, end: int) -> bool:
    """Say whether katakana goes on before or after a part of a text."""
    return bool(
        (start and _KATAKANA.match(whole[start - 1]))
        or (end < len(whole) and _KATAKANA.match(whole[end - 1]) and _KATAKANA.match(whole[end]))
    )
