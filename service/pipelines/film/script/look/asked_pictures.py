"""Which pictures the wishes of a brief ask for ("lots of apples, please"), and which they forbid ("no needles"). Pure,
but for the lists that are read once.

Things are known by their names in the film's language and in English (`lexicon`), and by what their words mean. What is
forbidden takes what is nearly the same with it: blood, and a drop of blood; a needle, and a syringe. What is asked for
must be sure.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from service.pipelines.film.script.learnt import likeness, wished
from service.pipelines.film.script.look import emoji, lexicon
from service.pipelines.film.script.look.facts import SIGN
from service.pipelines.film.script.look.nouns import words_of
from service.pipelines.film.script.writing import denying

_ALIKE = 0.73
"""How near a word must be to the name of a thing to forbid it."""
_SHORTEST = 4
"""Letters of a name that is known by what it means."""
_SURE_TO_BE_SEEN = 0.5
"""How likely a sentence must be to say what is to be seen, and no talk among the makers."""
_NEARLY = (
    frozenset({"drop-of-blood", "syringe", "sewing-needle", "adhesive-bandage"}),
    frozenset({"pig-face", "coin", "money-bag", "money-with-wings"}),
    frozenset({"red-heart", "love-letter"}),
    frozenset({"skull", "headstone", "bone"}),
    frozenset({"glasses", "wine-glass", "clinking-glasses", "beer-mug", "clinking-beer-mugs", "cocktail-glass"}),
)
"""What people who do not want to see one of them would not want to see, either."""
_OF_NEARLY = {
    "syringe": 0,
    "sewing-needle": 0,
    "drop-of-blood": 0,
    "pig-face": 1,
    "red-heart": 2,
    "skull": 3,
    "headstone": 3,
    "glasses": 4,
    "wine-glass": 4,
}
_OF_THE_TRADE = frozenset(
    {"musical-notes", "clapper-board", "movie-camera", "video-camera", "camera", "speaking-head", "speech-balloon"}
)
"""Pictures of what wishes speak of all the time: "no music" forbids no notes."""
_HEARD = frozenset({"music, film, media", "technology", "books and learning", "money and business", "people at work"})
"""Kinds of things that wishes name without asking for their picture: "soft piano", "for the screen", "call me"."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Names of pictures: those that no shot may have, and those that one should, in their order, each with the words
    that ask for it."""

    forbidden: frozenset[str]
    wanted: tuple[tuple[str, str], ...] = ()


def of(wishes: Sequence[str], lang: str) -> Asked:
    """Return the pictures that the wishes of a brief in a language forbid and ask for."""
    pieces = list(denying.pieces(wishes))
    denied = [piece.text for piece in pieces if piece.is_denied]
    forbidden = {picture for text in denied for picture in _named(text, lang, sure=False)}
    forbidden |= {picture for _, picture in likeness.nearest(denied, _things(), _ALIKE)}
    forbidden -= _OF_THE_TRADE
    forbidden |= {other for picture in forbidden if picture in _OF_NEARLY for other in _NEARLY[_OF_NEARLY[picture]]}
    seen = wished.seen(wishes)
    sentences = [wish for wish, chance in zip(wishes, seen, strict=True) if chance >= _SURE_TO_BE_SEEN]
    wanted: dict[str, str] = {}
    for piece in denying.pieces(sentences):
        if not piece.is_denied:
            for picture in _named(piece.text, lang, sure=True):
                if picture not in forbidden and lexicon.kinds().get(picture, "") not in _HEARD:
                    wanted.setdefault(picture, piece.text)
    return Asked(frozenset(forbidden), tuple(wanted.items()))


def _named(text: str, lang: str, *, sure: bool) -> Iterator[str]:
    """Yield the pictures of the things that a text names. `sure`: only those that it can name nothing else by."""
    yield from (picture for picture in emoji.pictures(text) if picture not in emoji.ORNAMENTS)
    for code in dict.fromkeys((lang.split("-", maxsplit=1)[0].lower(), "en")):
        listed = lexicon.of(code)
        if listed.is_unspaced:
            found: Collection[lexicon.Found] = lexicon.find_unspaced(text, listed)
        elif code == "en" and not text.isascii():
            continue
        else:
            found = lexicon.find([word.folded for word in words_of(text)], listed)
        for one in found:
            senses = [sense for sense in one.senses if sense.picture and (sense.is_thing or not sure)]
            if senses and not (sure and _may_be_other(one, senses[0])):
                yield senses[0].picture


def _may_be_other(found: lexicon.Found, sense: lexicon.Sense) -> bool:
    """Say whether a word may mean something else than the thing it is listed for."""
    return sense.is_unsure or bool(sense.some) or len({one.picture for one in found.senses}) > 1


@cache
def _things() -> tuple[tuple[str, str], ...]:
    """The English words for things, each with its picture."""
    pictures = {sense.picture for senses in lexicon.of("en").senses.values() for sense in senses if sense.picture}
    return tuple((picture.replace("-", " "), picture) for picture in sorted(pictures) if SIGN not in picture) + tuple(
        (" ".join(phrase), sense.picture)
        for phrase, senses in lexicon.of("en").senses.items()
        for sense in senses
        if sense.is_thing
        and len("".join(phrase)) >= _SHORTEST
        and not sense.some
        and not sense.is_unsure
        and sense.picture
        and SIGN not in sense.picture
    )
