"""How fast words are said and read, and how long a shot lasts: these numbers, each in one place. Pure."""

import re

from service.pipelines.film.script.writing import text

LETTERS_A_SECOND = 15.0
"""The voice's usual pace, blanks included."""
WIDE_LETTERS_A_SECOND = 5.5
"""The same for characters that are written without spaces between words, such as Japanese."""
CALM_LETTERS_A_SECOND = 14.0
"""A calm pace: that of captions that no voice says, and of what a model is asked to write."""
FASTEST_LETTERS_A_SECOND = 17.0
"""The fastest a voice gets: what the narration of a film of known length can cost at most."""

BRISK = 1.27
"""How much faster than unhurried a voice is at its fastest."""
PAUSE_S = 0.75
"""What a shot needs in addition to its words: time to arrive and to be read."""
SHORTEST_SHOT_S = 1.2
"""A shot shorter than this cannot be read at all."""
LONGEST_SHOT_S = 12.0
"""The longest a model may ask for."""
GOOD_SHOT_S = (1.6, 5.5)
"""What the director by rules aims for: long enough to be read, short enough that the film does not stand still."""


_FIGURE, _SIGN, _VOWELLESS = 2.5, 3.0, 0.35
"""How many letters more than it has a figure, a sign such as %, or a letter of Arabic or Hebrew is said with."""
_IN_TENS, _IN_HUNDREDS = 4.5, 7.5
"""How many letters more than it has a figure of 27, or of a year, and one of 499 is said with."""
_ZERO, _THOUSANDS = 1.0, 3
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_YEAR = re.compile(r"(?:19|20)\d\d")
_A_WORD_S, _LONGEST_READING_S = 0.25, 4.5
"""How much longer words that nobody says stay for each of them, and the longest that they must."""
_LONGEST_LIST_S = 7.0
"""The longest that a list must."""
_WIDE_LETTERS_OF_A_WORD, _LETTERS_OF_A_WORD = 2.5, 10.0
"""Of scripts without spaces between words, and the most of others."""
_STOP_S = 0.1
"""How long a voice stops at a comma or a colon."""


def speech_s(words: str) -> float:
    """Estimate how long it takes to say `words` at the usual pace, in seconds; 0 if there are none."""
    wide = sum(text.wide(character) for character in words)
    return wide / WIDE_LETTERS_A_SECOND + (len(words) - wide) / LETTERS_A_SECOND


def unhurried_s(words: str) -> float:
    """Estimate the same without haste: with figures and signs in words, and a rest at each comma. `words` are in their
    spoken form, or one with more signs."""
    unseen = sum(
        _SIGN * (character in "$€£₪₹₽%°@&+") + _VOWELLESS * ("\u0590" <= character <= "\u06ff") for character in words
    )
    unseen += sum(map(_unseen, _NUMBER.findall(words)))
    stops = sum(character in ",;:" for character in words)
    return speech_s(words) + unseen / LETTERS_A_SECOND + stops * _STOP_S


def _unseen(number: str) -> float:
    """How many letters more than it has a number is said with: 3,499 with "thousand" and "hundred", each cipher of
    1.18 by itself."""
    whole, *groups = re.split("[.,]", number)
    while groups and len(groups[0]) == _THOUSANDS:
        whole += groups.pop(0)
    each = (
        _FIGURE if len(whole) == 1 else _IN_TENS if len(whole) < _THOUSANDS or _YEAR.fullmatch(number) else _IN_HUNDREDS
    )
    zeros = whole.count("0") if len(whole) > 1 else 0
    return each * (len(whole) - zeros) + _ZERO * zeros + _IN_TENS * len("".join(groups))


def reading_s(words: str, *, is_list: bool = False) -> float:
    """Return how long words that nobody says stay on screen at least, in seconds."""
    wide = sum(text.wide(character) for character in words)
    count = max(len(words.split()), wide / _WIDE_LETTERS_OF_A_WORD, len(words) / _LETTERS_OF_A_WORD)
    return min(GOOD_SHOT_S[0] + _A_WORD_S * count, _LONGEST_LIST_S if is_list else _LONGEST_READING_S)
