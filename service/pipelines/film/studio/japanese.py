# ruff: noqa: RUF001 -- the letters of Japanese and of the phonetic alphabet are meant
"""Read Japanese: which words a sentence has, how each is pronounced, and Kokoro's symbols for that.

The words are those of IPADIC (its licence is beside its file, `readings/ipadic.xz`, which `lab/readings.py` cuts). They
are found as MeCab finds them: of all ways to divide a sentence, the cheapest, each word and each pair of neighbours
having its cost (https://aclanthology.org/W04-3230/). A library for this brings its dictionary uncompressed, 115 MB.
"""

import lzma
import struct
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

FILE = Path(__file__).with_name("readings") / "ipadic.xz"
_HEAD = struct.Struct("<5I")
_NEWLINE = 10
_BEFORE_KATAKANA = 0x3000
"""A byte stands for a letter of katakana: what is left of its number in Unicode after taking this off it."""
_LONGEST = 16
"""Letters. IPADIC has some longer words, all of them names of organisations."""
_EDGE = 0
"""The class of the beginning and the end of a sentence."""

# Runs of letters that are no word: their class (a common noun) and cost, as IPADIC's unk.def has them.
_NOUN = 1285
_LATIN_COST, _KATAKANA_COST, _KANJI_COST, _MARK_COST = 13398, 9461, 11426, 4769
_JOINED = frozenset("ァィゥェォャュョヮンッー")
"""Letters that go with the one before."""
_KATAKANA = frozenset(map(chr, range(0x30A1, 0x3100)))

_ROWS = (
    *("アァカガサザタダナハバパマヤャラワヮ", "イィキギシジチヂニヒビピミリ", "ウゥクグスズツヅヌフブプムユュルヴ"),
    *("エェケゲセゼテデネヘベペメレ", "オォコゴソゾトドノホボポモヨョロヲ"),
)
"""The letters with each vowel, beginning with the vowel itself."""
_VOWELS: Mapping[str, str] = MappingProxyType({kana: row[0] for row in _ROWS for kana in row})


@dataclass(frozen=True, slots=True)
class Words:
    """A dictionary, sorted by the bytes of its words: `surfaces` as they are written, a line each, in UTF-8; `sounds`
    as they are pronounced, a line each, in katakana; their `classes` and `costs`; and `between`, the cost of a class
    (column) after another (row)."""

    surfaces: bytes
    sounds: str
    classes: npt.NDArray[np.int16]
    costs: npt.NDArray[np.int16]
    between: npt.NDArray[np.int16]


class _Node(NamedTuple):
    """A word on the cheapest way to where it ends: what that costs so far, the word's class, where it begins, how it is
    pronounced, and the word before it."""

    cost: int
    word_class: int
    first: int
    sounds: str
    before: Any


def pack(words: Words) -> bytes:
    """Return a dictionary as a file."""
    # Neighbours in a row are alike, so their differences are small numbers.
    steps = np.diff(words.between, axis=1, prepend=np.int16(0)).astype("<i2").tobytes()
    columns = [
        words.surfaces,
        bytes(_NEWLINE if letter == "\n" else _byte(letter) for letter in words.sounds),
        words.classes.astype("<i2").tobytes(),
        words.costs.astype("<i2").tobytes(),
        steps,
    ]
    return lzma.compress(_HEAD.pack(*map(len, columns)) + b"".join(columns), preset=9 | lzma.PRESET_EXTREME)


def _byte(letter: str) -> int:
    """A letter of katakana as a byte; 1 for any other."""
    number = ord(letter) - _BEFORE_KATAKANA
    return number if 0xA0 < number <= 0xFF else 1


class Dictionary:
    """The words of a file, ready to be looked up: 16 MB of memory for as long as it is kept, 0.3 s to read."""

    def __init__(self, file: Path = FILE) -> None:
        whole = lzma.decompress(file.read_bytes())
        sizes = _HEAD.unpack_from(whole)
        columns, at = [], _HEAD.size
        for size in sizes:
            columns.append(whole[at : at + size])
            at += size
        self._surfaces, self._sounds = columns[0], columns[1]
        self._classes, self._costs = (np.frombuffer(column, "<i2") for column in columns[2:4])
        side = round((len(columns[4]) // 2) ** 0.5)
        self._between = np.cumsum(np.frombuffer(columns[4], "<i2").reshape(side, side), axis=1, dtype=np.int16)
        self._ends = np.flatnonzero(np.frombuffer(self._surfaces, np.uint8) == _NEWLINE)
        self._sound_ends = np.flatnonzero(np.frombuffer(self._sounds, np.uint8) == _NEWLINE)

    def read(self, sentence: str) -> list[tuple[int, str]]:
        """Return the words of a sentence without spaces: where each begins, and how it is pronounced, in katakana.
        Latin words and marks stay as they are; a sign that the dictionary does not have has no sound."""
        ending: list[list[_Node]] = [[] for _ in range(len(sentence) + 1)]
        ending[0] = [_Node(0, _EDGE, 0, "", None)]
        for first in range(len(sentence)):
            if not ending[first]:
                continue
            for end, word_class, cost, sounds in self._candidates(sentence, first):
                best = min(ending[first], key=lambda node: node.cost + int(self._between[node.word_class, word_class]))
                total = best.cost + int(self._between[best.word_class, word_class]) + cost
                ending[end].append(_Node(total, word_class, first, sounds, best))
        node = min(ending[-1], key=lambda last: last.cost + int(self._between[last.word_class, _EDGE]))
        found: list[tuple[int, str]] = []
        while node.before is not None:
            found.append((node.first, node.sounds))
            node = node.before
        return found[::-1]

    def _candidates(self, sentence: str, first: int) -> Iterator[tuple[int, int, int, str]]:
        """The words that may begin at a letter: the end, class, cost and sounds of each."""
        is_known = False
        for end in range(first + 1, min(first + _LONGEST, len(sentence)) + 1):
            surface = sentence[first:end].encode()
            number = bisect_left(range(len(self._ends)), surface, key=self._surface)
            if number == len(self._ends) or not self._surface(number).startswith(surface):
                break
            while number < len(self._ends) and self._surface(number) == surface:
                is_known = True
                sounds = self._pronounced(number) or _katakana(sentence[first:end])
                yield end, int(self._classes[number]), int(self._costs[number]), sounds
                number += 1
        if not is_known or sentence[first] in _KATAKANA:
            yield _unknown(sentence, first)

    def _surface(self, number: int) -> bytes:
        return self._surfaces[self._ends[number - 1] + 1 if number else 0 : self._ends[number]]

    def _pronounced(self, number: int) -> str:
        first = self._sound_ends[number - 1] + 1 if number else 0
        return "".join(
            chr(_BEFORE_KATAKANA + byte) for byte in self._sounds[first : self._sound_ends[number]] if byte > 1
        )


def _unknown(sentence: str, first: int) -> tuple[int, int, int, str]:
    """What begins at a letter if no word does: a run of katakana or Latin letters, which sounds as it is written, or
    one sign; the end, class, cost and sounds of it."""
    letter = sentence[first]
    is_run = _KATAKANA.__contains__ if letter in _KATAKANA else str.isascii
    end = first + 1
    while end < len(sentence) and (letter in _KATAKANA or letter.isascii()) and is_run(sentence[end]):
        end += 1
    cost = _KATAKANA_COST if letter in _KATAKANA else _LATIN_COST if letter.isascii() else _MARK_COST
    if letter.isalpha() and letter != "々" and cost == _MARK_COST and not "ぁ" <= letter <= "ゖ":
        return end, _NOUN, _KANJI_COST, ""
    return end, _NOUN, cost, _katakana(sentence[first:end])


def read(line: str, words: Dictionary) -> str:
    """Return a line as it is pronounced, in katakana, with as many words (what white space separates) as it has."""
    phrases = line.split()
    starts: list[int] = []
    whole = ""
    for phrase in phrases:
        # Two Latin words in a row keep their space.
        is_apart = whole[-1:].isascii() and phrase[:1].isascii() and bool(whole)
        whole += " " * is_apart
        starts.append(len(whole))
        whole += phrase
    spoken = [""] * len(phrases)
    found: list[tuple[int, str]] = []
    for first, sounds in words.read(whole):
        # The mark of repetition, where the word with it is not in the dictionary.
        found.append((first, found[-1][1] if sounds == "々" and found else sounds))
    ends = [*(first for first, _ in found[1:]), len(whole)]
    for (first, sounds), end in zip(found, ends, strict=False):
        for owner, part in _shared(sounds, first, end, starts):
            spoken[owner] += part.strip()
    # A phrase that nobody can pronounce still counts: as a pause.
    return " ".join(sounds or "、" for sounds in spoken)


def _shared(sounds: str, first: int, end: int, starts: Sequence[int]) -> Iterator[tuple[int, str]]:
    """The sounds of a word from letter `first` to `end`, with the number of the phrase that each part belongs to: a
    phrase may end in the middle of a word."""
    at = 0
    for number, start in enumerate(starts):
        until = starts[number + 1] if number + 1 < len(starts) else end
        if until <= first or start >= end:
            continue
        cut = len(sounds) if until >= end else round(len(sounds) * (until - first) / (end - first))
        while 0 < cut < len(sounds) and sounds[cut] in _JOINED:
            cut += 1
        yield number, sounds[at:cut]
        at = max(at, cut)


def _katakana(text: str) -> str:
    return "".join(chr(ord(letter) + 0x60) if "ぁ" <= letter <= "ゖ" else letter for letter in text)


def spelt_long(kana: str) -> str:
    """Return katakana with a vowel for each mark of a long one, which espeak-ng passes over: トー becomes トオ."""
    spelt = ""
    for letter in kana:
        spelt += _VOWELS.get(spelt[-1:], "") if letter == "ー" else letter
    return spelt


# Kokoro learnt Japanese from the phonetic alphabet, as its front end writes it (hexgrad/misaki, misaki/ja.py): palatal
# consonants have ʲ, a u after s, z, ts and y is ɨ. The sounds are those of any description, such as Okada, "Japanese",
# Journal of the International Phonetic Association 21:2 (1991).
_CONSONANTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "カキクケコ": ("k", "kʲ"),
        "ガギグゲゴ": ("ɡ", "ɡʲ"),
        "サシスセソ": ("s", "ɕ"),
        "ザジズゼゾ": ("ʣ", "ʥ"),
        "タチツテト": ("t", "ʨ"),
        "ダヂヅデド": ("d", "ʥ"),
        "ナニヌネノ": ("n", "ɲ"),
        "ハヒフヘホ": ("h", "ç"),
        "バビブベボ": ("b", "bʲ"),
        "パピプペポ": ("p", "pʲ"),
        "マミムメモ": ("m", "mʲ"),
        "ラリルレロ": ("ɾ", "ɾʲ"),
    }
)
_SOUNDS = "aiɯeo"
_OTHERS = {
    **dict(zip("アイウエオ", _SOUNDS, strict=True)),
    "ヤ": "ja",
    "ユ": "jɯ",
    "ヨ": "jo",
    "ワ": "βa",
    "ヲ": "o",
    "ン": "ɴ",
    "ヴ": "vɯ",
    "ー": "ː",
    "ッ": "ʔ",
    "ス": "sɨ",
    "ズ": "zɨ",
    "ツ": "ʦɨ",
    "ヅ": "zɨ",
    "フ": "ɸɯ",
    "シェ": "ɕe",
    "ジェ": "ʥe",
    "チェ": "ʨe",
    "ティ": "tʲi",
    "ディ": "dʲi",
    "トゥ": "tɯ",
    "ドゥ": "dɯ",
    "デュ": "dʲɨ",
    "ファ": "ɸa",
    "フィ": "ɸʲi",
    "フェ": "ɸe",
    "フォ": "ɸo",
    "フュ": "ɸʲɨ",
    "ツァ": "ʦa",
    "ツェ": "ʦe",
    "ツォ": "ʦo",
    "ウィ": "βi",
    "ウェ": "βe",
    "ウォ": "βo",
    "イェ": "je",
    "クァ": "kᵝa",
    "クォ": "kᵝo",
    "グァ": "ɡᵝa",
    "ヴァ": "va",
    "ヴィ": "vʲi",
    "ヴェ": "ve",
    "ヴォ": "vo",
    "ァ": "a",
    "ィ": "i",
    "ゥ": "ɯ",
    "ェ": "e",
    "ォ": "o",
    "ャ": "ja",
    "ュ": "jɯ",
    "ョ": "jo",
}


def _symbols() -> Iterator[tuple[str, str]]:
    for row, (plain, palatal) in _CONSONANTS.items():
        for kana, vowel in zip(row, _SOUNDS, strict=True):
            yield kana, (palatal if vowel == "i" else plain) + vowel
        for small, vowel in (("ャ", "a"), ("ュ", "ɨ"), ("ョ", "o")):
            yield row[1] + small, palatal + vowel
    yield from _OTHERS.items()


SYMBOLS: Mapping[str, str] = MappingProxyType(dict(_symbols()))
"""From one or two letters of katakana to Kokoro's symbols."""
