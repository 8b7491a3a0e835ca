# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""Where words stand in a text, whatever their case, their blanks and their marks. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from service.pipelines.film.script.writing import breaking, sentences, text

_DOTTED = "\u0307"
"""What a Turkish capital leaves of its dot in lower case."""
_ENDS = re.compile(r"[\n。！？।؟۔|()\[\]（）「」『』“”«»„•…]|[.:;!?:–—*_#>/\"-]\s|\s[.:;!?–—*_#>/\"-]|[：；]")
"""What parts a sentence from what is beside it, or an aside from what it is in."""
_BEFORE, _AFTER = frozenset("\"“„«‘'(（[「『¿¡#@+−*_`"), frozenset("\"”“»’'%‰°)）]」』.!?…。！？।؟*_`")
"""Marks that belong to the word after them or before them."""
_OPENED, _CLOSED = ("(", "（", "[", "「", "『"), frozenset(")）]」』")
ENDED = (".", "!", "?", "…", "。", "！", "？", "।", "؟")
"""Marks that end a sentence."""
_HOLLOW = re.compile(r"[(\[（「『“«„\"]\s*[)\]）」』”»\"]")
_LOOSE = re.compile(r"\s*[,;:–—、，；：](?=\s*(?:[.!?。！？,;:]|$))|^[\s,;:.!?–—、，；：。]+")


@dataclass(frozen=True, slots=True)
class Found:
    """Where words stand. `is_whole`: they are a line, a sentence or an aside there, and no part of one."""

    start: int
    end: int
    is_whole: bool


def bare(words: str) -> str:
    """Return the letters and digits of words, whatever their case."""
    return _bare(unicodedata.normalize("NFC", words))[0]


def find(words: str, within: str) -> list[Found]:
    """Return where words stand in a text (in Unicode NFC): whole words, from left to right."""
    wanted = bare(words)
    letters, places = _bare(within)
    found: list[Found] = []
    at = letters.find(wanted) if wanted else -1
    while at >= 0:
        last = at + len(wanted) - 1
        start, end = places[at], places[last] + 1
        before = within[(places[at - 1] + 1) if at else 0 : start]
        after = within[end : places[last + 1] if last + 1 < len(places) else len(within)]
        # A sign such as "ß" is two letters, of which none stands alone.
        is_cut = (at > 0 and places[at - 1] == start) or (last + 1 < len(places) and places[last + 1] == end - 1)
        begins = not at or _parts(within[places[at - 1]], before, within[start])
        ends = last + 1 == len(places) or _parts(within[end - 1], after, within[places[last + 1]])
        if begins and ends and not is_cut:
            is_whole = (not at or bool(_ENDS.search(before))) and (last + 1 == len(places) or bool(_ENDS.search(after)))
            found.append(Found(start, end, is_whole))
        at = letters.find(wanted, last + 1 if begins and ends else at + 1)
    return found


def has(words: str, within: str) -> bool:
    """Say whether words stand in a text."""
    return bool(find(words, within))


def covers(words: str, part: str) -> bool:
    """Say whether a part is one of the lines, sentences or asides of these words."""
    return any(found.is_whole for found in find(part, words))


def taken(found: Found, within: str) -> str:
    """Return the words where they were found, with the marks that belong to them."""
    start, end = _with_marks(found, within)
    return within[start:end].rstrip(" ,;:、，；：")


def without(within: str, founds: Iterable[Found]) -> str:
    """Return a text without the words that were found in it, and without what is loose then; "" if no word is left."""
    kept, at = "", 0
    for found in sorted(founds, key=lambda one: one.start):
        start, end = _with_marks(found, within)
        kept += within[at : max(start, at)]
        at = max(end, at)
    kept += within[at:]
    lines = [_tidy(line) if line not in within.split("\n") else line for line in kept.split("\n")]
    rest = "\n".join(line for line in lines if line is not None)
    if not any(map(str.isalnum, rest)):
        return ""
    mark = within.rstrip()[-1:]
    return f"{rest}{mark}" if mark in ENDED and not rest.rstrip().endswith(ENDED) and "\n" not in within else rest


def nearest(words: str, among: str) -> str:
    """Return the line or sentence of a text that is most like these words; "" if none is."""
    wanted = bare(words)
    lines = [sentence for line in among.split("\n") for sentence in sentences.split(line)]
    scored = [(SequenceMatcher(None, wanted, bare(line)[:_COMPARED]).ratio(), line) for line in lines]
    best, line = max(scored, key=lambda one: one[0], default=(0.0, ""))
    return line if best >= _ALIKE else ""


_COMPARED, _ALIKE = 400, 0.4


def _bare(words: str) -> tuple[str, Sequence[int]]:
    """The letters, digits and vowel signs of words in lower case, and where each stands."""
    letters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(words):
        for letter in unicodedata.normalize("NFKC", character).casefold():
            category = unicodedata.category(letter)
            if category[0] in "LNM" and letter != _DOTTED:
                digit = unicodedata.decimal(letter, None) if category == "Nd" else None
                letters.append(str(digit) if digit is not None else "i" if letter == "ı" else letter)
                places.append(place)
    return "".join(letters), places


def _parts(left: str, between: str, right: str) -> bool:
    """Say whether a word ends between two letters or digits: not in "3.50"."""
    if between:
        return len(between) > 1 or between.isspace() or not (left.isdigit() and right.isdigit())
    return any(text.unspaced(character) or breaking.is_thai(character) for character in (left, right))


def _with_marks(found: Found, within: str) -> tuple[int, int]:
    start, end = found.start, found.end
    while start and (within[start - 1] in _BEFORE or unicodedata.category(within[start - 1]) == "Sc"):
        start -= 1
    is_aside = within[start : found.start].endswith(_OPENED)
    while end < len(within) and (within[end] in _AFTER or unicodedata.category(within[end]) == "Sc"):
        end += 1
        if is_aside and within[end - 1] in _CLOSED:
            break
    return start, end


def _tidy(line: str) -> str | None:
    """What stays of a line out of which words were taken; None if no word stays."""
    if not any(map(str.isalnum, line)):
        return None
    kept = " ".join(_HOLLOW.sub(" ", line).split())
    return re.sub(r"\s+(?=[.,;:!?](?:\s|$))", "", _LOOSE.sub("", kept)).strip()
