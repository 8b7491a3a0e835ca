# ruff: noqa: RUF001 -- the letters and marks of other languages are meant
"""Cut a long sentence where a reader would pause, so that each part can be read by itself. Pure."""

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from service.pipelines.film.script.writing import languages, text, tokens, wording

LONGEST_WHOLE = 100
"""Letters that one card shows at once; an ideograph counts as two."""
_SHORTEST = 16
"""Of a part."""
_MARK, _COMMA, _TURN, _SMALL, _AFTER, _SERIES, _OPENER, _GAP = 0.0, 0.1, 0.3, 0.55, 0.6, 0.7, 0.9, 1.3
"""What it costs to cut after a mark, after a comma, before "and", before another small word, after one in languages
that put them last, between two items, before an article, and between any two words. 1.0 is what it costs to leave one
part empty."""
_ENDS = re.compile(r"[.!?:;…。！？：；।؟–—]$")
_COMMAS = re.compile(r"[,、，،)）»”]$")
_NO_END = re.compile(r"[^\W\d_]{1,4}\.|[–—-]")
"""The point of an abbreviation, and a dash between two words."""
_TURNS = (
    wording.TURNS
    | wording.JOINED
    | wording.word_set(
        "because when whose until unless though although before after if aber sondern weil wenn dass damit bevor "
        "nachdem obwohl parce quand dont lorsque afin donc pero porque cuando donde aunque perché quando dove mentre "
        "però mas onde enquanto porém omdat als maar waar zodat ale że który która które które gdzie kiedy bo "
        "что который которая которое которые где когда если но чтобы men som där när fordi hvor ama çünkü ki "
        "لكن التي الذي الذين حيث عندما और या लेकिन जो जहाँ क्योंकि तो"
    )
)
_OF = wording.word_set("of de des du d' di del della dei degli do da dos das von vom van the der des")
"""Small words that hold two nouns together."""
_LEADING = wording.PREPOSITIONS | wording.word_set(
    "onto toward towards through across behind near beside beyond inside outside along against among within upon off "
    "above below via per since around durch gegen neben hinter vor über zwischen seit vers contre derrière devant "
    "parmi selon hacia tras bajo ante contra según sobre verso contro tra fra sotto sopra dietro oltre presso sob "
    "atrás door naast achter onder tegen vanaf sinds"
)
"""Small words that lead to a noun."""
_LAST = frozenset({"hi", "mr", "ne", "bn", "gu", "pa", "ur", "ta", "te", "kn", "ml", "si"})
"""Languages whose small words follow what they belong to."""
_LONGEST_SMALL = 3
_LONGEST_ITEM = 2
_ARABIC_AND = re.compile(r"و[\u0620-\u064a]{3,}")
_JAPANESE_END = re.compile(r"(?:[はがをにでともばへ]|から|まで|ので|けど|たら|ながら|て)$")
_KOREAN_END = re.compile(r"(?:[은는이가고며면서에로을를]|지만|니까|까지|부터)$")
_NO_BEGIN = re.compile(r"[\u3041-\u3096]{1,2}$|[,.;:!?%）)」』”»、。，]")


class _Place(NamedTuple):
    at: int
    cost: float


def cut(said: str, lang: str, most: int = LONGEST_WHOLE) -> list[str]:
    """Return a sentence whole if it has up to `most` letters, else in parts of about the same length; a part that
    cannot be cut may be longer."""
    return [part for half in halves(said, lang) for part in cut(half, lang, most)] if is_long(said, most) else [said]


def is_long(said: str, most: int = LONGEST_WHOLE) -> bool:
    """Say whether a sentence has more letters than a card shows at once."""
    return text.width(said) > most


def halves(said: str, lang: str) -> list[str]:
    """Return a sentence in the two parts that a reader would make of it; [] if it cannot be cut."""
    words = text.words(said)
    spans = _spans(said, words)
    widths = [0, *accumulate(map(text.width, said))]
    whole = widths[-1]
    found = [
        _Place(at, cost + abs(whole - 2 * left) / whole)
        for at, cost in _places(said, words, spans, lang)
        if min(left := widths[spans[at - 1][1]], whole - left) >= _SHORTEST
    ]
    if not found:
        return []
    start = spans[min(found, key=lambda place: place.cost).at][0]
    return [said[:start].rstrip(), said[start:]]


def _spans(said: str, words: Sequence[str]) -> list[tuple[int, int]]:
    """Where each word starts and ends."""
    spans = []
    end = 0
    for word in words:
        bare = word.removeprefix(text.NO_SPACE)
        start = said.index(bare, end)
        end = start + len(bare)
        spans.append((start, end))
    return spans


def _places(said: str, words: Sequence[str], spans: Sequence[tuple[int, int]], lang: str) -> Iterator[_Place]:
    """The words that a part may begin with, and what each costs by itself."""
    whole = [*((token.start, token.end) for token in tokens.find(said)), *tokens.bracketed(said)]
    closed = {place for start, end in whole for place in range(start + 1, end)}
    primary = lang.split("-", maxsplit=1)[0]
    small = [_is_small(word, primary) for word in words]
    for at in range(1, len(words)):
        left, right, gap = words[at - 1], words[at].removeprefix(text.NO_SPACE), spans[at][0]
        if gap in closed or _NO_BEGIN.match(right):
            continue
        is_mark = _ENDS.search(left) is not None and not _NO_END.fullmatch(left)
        if is_mark or _COMMAS.search(left):
            yield _Place(at, _MARK if is_mark else _SERIES if _is_in_a_series(words, at) else _COMMA)
        elif cost := _inside((left, right), (small[at - 1], small[at]), primary):
            yield _Place(at, cost)


def _is_in_a_series(words: Sequence[str], at: int) -> bool:
    """Say whether a comma stands before or after an item of one word or two: "age, income, language and block"."""
    near = [*words[max(at - _LONGEST_ITEM - 1, 0) : at - 1], *words[at : at + _LONGEST_ITEM]]
    return any(_COMMAS.search(word) for word in near)


def _inside(words: tuple[str, str], small: tuple[bool, bool], primary: str) -> float:
    """What it costs to cut between two words that no mark is between, and that are maybe small; 0.0 if it cannot be
    done."""
    left, right = words
    if primary in {"ja", "ko"} and (_JAPANESE_END if primary == "ja" else _KOREAN_END).search(left):
        return _AFTER
    if _ends_open(left, primary, is_small=small[0]) or _is_a_name(left, right):
        return 0.0
    bare = right.strip('"“«(¿¡').casefold()
    if bare in _TURNS or _ARABIC_AND.match(right):
        return _TURN
    if primary in _LAST:
        return _AFTER if small[0] and not small[1] else _GAP
    if not small[1] or bare in _OF:
        return _GAP
    return _OPENER if bare in wording.OPENERS else _SMALL


def _ends_open(left: str, primary: str, *, is_small: bool) -> bool:
    """Say whether a part cannot end with a word: "the", "Dr.", "3", "and"."""
    bare = left.casefold().strip('"“«(')
    if primary in _LAST:
        return bare in _TURNS or bare[-1:].isdigit()
    return (
        is_small or bare in _TURNS or bare[-1:].isdigit() or bare[-1:] in "-–—&+/('’" or bool(_NO_END.fullmatch(bare))
    )


def _is_a_name(left: str, right: str) -> bool:
    return left[:1].isupper() and right[:1].isupper()


def _is_small(word: str, primary: str) -> bool:
    bare = word.casefold().strip('"“”«»(),.;:!?…')
    if bare in languages.STOP_WORDS.get(primary, frozenset()) or bare in _LEADING | wording.OPENERS:
        return True
    return primary not in languages.STOP_WORDS and len(bare) <= _LONGEST_SMALL and bare.isalpha() and word == bare
