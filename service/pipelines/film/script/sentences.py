# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""Cut a line of text into sentences. A point inside an abbreviation or a token (`tokens`) ends none. Pure."""

import re

from service.pipelines.film.script import text, tokens

_SENTENCE_END = re.compile(r"""(?:(?<=[.!?…])|(?<=[.!?…]["'”’»)\]]))\s+|(?<=[。！？।॥])\s*|(?<=[؟۔։።])\s+""")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:mr|mrs|ms|dr|prof|st|mt|ft|no|nr|nos|vs|etc|e\.g|i\.e|inc|ltd|co|corp|jr|sr|approx|est|dept|vol|fig|"
    r"a\.m|p\.m|u\.s|u\.k|mme|mlle|m|p\.ex|env|av|bd|z\.\s?b|d\.\s?h|u\.\s?a|bzw|ca|usw|inkl|zzgl|str|tel|max|min|abs|hl|"
    r"sra|srta|dra|ud|uds|pág|aprox|sig|dott|ecc|pag|(?-i:[A-Z]))\.$",
    re.IGNORECASE,
)
_ABBREVIATION_TAIL = 16
"""Letters at the end of a part that are enough to see whether it ends with one of the abbreviations."""
_ENDS_TOO = re.compile(r"(?:a\.m|p\.m|etc|usw|ecc|inc|ltd|co|corp|jr|sr|u\.s|u\.k)\.$", re.IGNORECASE)
"""Abbreviations that may end a sentence too: before a capital they do."""


def split(line: str) -> list[str]:
    """Return the sentences of one line that have a letter or a digit."""
    joined: list[list[str]] = []
    for part in tokens.cuts(line, _SENTENCE_END):
        tail = joined[-1][-1][-_ABBREVIATION_TAIL:] if joined else ""
        if joined and _ABBREVIATION.search(tail) and not (_ENDS_TOO.search(tail) and part[:1].isupper()):
            joined[-1].append(part)
        else:
            joined.append([part])
    parts = [piece for part in joined for piece in _at_emoji(" ".join(part))]
    return [part.strip() for part in parts if any(character.isalnum() for character in part)]


def _at_emoji(sentence: str) -> list[str]:
    """Cut where an emoji takes the place of a full stop: after two or more words, before a capital or a digit."""
    parts: list[list[str]] = [[]]
    words_before, last = 0, ""  # Of the current part: its pieces that have a letter or a digit, and its latest piece.
    for word in sentence.split(" "):
        if words_before > 1 and _is_emoji(last[-1]) and (word[:1].isupper() or word[:1].isdigit()):
            parts.append([])
            words_before = 0
        if word or parts[-1]:
            parts[-1].append(word)
        for piece in word.split():
            words_before += any(character.isalnum() for character in piece)
            last = piece
    return [" ".join(words) for words in parts]


def _is_emoji(character: str) -> bool:
    return text.is_picture(character)
