"""How fast words are said and read, and how long a shot lasts: these numbers, each in one place. Pure."""

from service.pipelines.film.script import text

LETTERS_A_SECOND = 15.0
"""The voice's usual pace, blanks included."""
WIDE_LETTERS_A_SECOND = 5.5
"""The same for characters that are written without spaces between words, such as Japanese."""
CALM_LETTERS_A_SECOND = 14.0
"""A calm pace: that of captions that no voice says, and of what a model is asked to write."""
FASTEST_LETTERS_A_SECOND = 17.0
"""The fastest a voice gets: what the narration of a film of known length can cost at most."""

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
_STOP_S = 0.1
"""How long a voice stops at a comma or a colon."""


def speech_s(words: str) -> float:
    """Estimate how long it takes to say `words` at the usual pace, in seconds; 0 if there are none."""
    wide = sum(text.wide(character) for character in words)
    return wide / WIDE_LETTERS_A_SECOND + (len(words) - wide) / LETTERS_A_SECOND


def unhurried_s(words: str) -> float:
    """Estimate the same without haste: with figures and signs in words, and a rest at each comma."""
    unseen = sum(
        _FIGURE * character.isdigit()
        + _SIGN * (character in "$€£₪₹₽%°@&+")
        + _VOWELLESS * ("\u0590" <= character <= "\u06ff")
        for character in words
    )
    stops = sum(character in ",;:" for character in words)
    return speech_s(words) + unseen / LETTERS_A_SECOND + stops * _STOP_S
