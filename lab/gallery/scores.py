"""How the films of the gallery were judged: encoded, with frames from all of their length looked at, and their sound by
its level, its pauses and its timing."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

ASPECTS = ("message", "script", "visual", "motion", "sound", "correct")


@dataclass(frozen=True, slots=True)
class Score:
    """Points from 1 to 5 for each of `ASPECTS`, and why."""

    points: tuple[int, int, int, int, int, int]
    why: str

    @property
    def mean(self) -> float:
        return sum(self.points) / len(self.points)


SCORES: Mapping[str, Score] = MappingProxyType(
    {
        "launch": Score(
            (5, 4, 5, 4, 3, 5),
            "The price before and after is the largest thing and is stamped whole; data on cards, and strips "
            "that grow with the voice. The price stays for seven seconds because all of it is spoken.",
        ),
        "dates": Score(
            (5, 4, 5, 4, 3, 5),
            'Each night comes with its words and stays, and its date can be read on a phone. "Stage B. Bring a '
            'blanket" is one thought too many.',
        ),
        "recipe": Score(
            (5, 5, 5, 4, 3, 5),
            "Five ingredients under their heading, four numbered steps, nothing left out, something good to "
            "look at in nearly every shot. Maple syrup has a pot of honey.",
        ),
        "saas": Score(
            (5, 4, 4, 4, 3, 5),
            "Problem, what it does, partners, price, trial; no label or instruction of the order is seen or "
            'heard. The opening is one word on a ground, and "Integrates with" is part of its first partner\'s '
            "line.",
        ),
        "quote": Score(
            (5, 4, 5, 3, 3, 5),
            "The quotation, in a serif's italics, is the film, and ends with its speaker. Dark and quiet; light "
            "on the words is all that moves, and for half of its ten seconds there is only music.",
        ),
        "job": Score(
            (5, 4, 5, 4, 3, 5),
            'Role, place, pay, stack, days, and where to apply with its date, each readable at a glance. "2 '
            'interview rounds" only leads to the five days.',
        ),
        "de": Score(
            (5, 4, 4, 4, 3, 5),
            "Discount, dates and every price are read in their order, with shoes that are the right ones. The "
            "shouted first word is one long line and therefore small.",
        ),
        "markdown": Score(
            (5, 4, 4, 4, 3, 5),
            "No markup is left; date, place, prizes under their heading and how to register are in. A mail "
            "address has a shot of its own.",
        ),
        "script": Score(
            (5, 5, 4, 4, 3, 5),
            "The voice says what the screenplay says, SUPER and END CARD are shown, directions are neither. The "
            "helmet itself has no picture.",
        ),
        "ar": Score(
            (5, 4, 4, 4, 3, 4),
            "Latin names keep their order, price before and after, address. The first card is a long sentence without "
            "a picture, and the price stays for nine seconds because all of it is spoken.",
        ),
        "cats": Score(
            (5, 4, 4, 4, 3, 5),
            "Question, answer, both ranges whole, sources small at the end. Eight shots are many, two without a "
            "picture.",
        ),
        "ja": Score(
            (5, 4, 4, 4, 2, 4),
            "Lines break between phrases; hours, price and date are each the largest thing. The voice is the most "
            "mechanical of all, and the last card is plain, with a caption that says it again.",
        ),
    }
)
"""By the names of the briefs. Judge again what has changed before you run `make gallery`."""
