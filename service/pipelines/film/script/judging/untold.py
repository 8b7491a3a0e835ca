# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""Which lines of its brief a film does not tell, and why: whoever ordered it can say which it is to tell. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from service.pipelines.film.script.judging import left_out
from service.pipelines.film.script.lines import labels
from service.pipelines.film.script.reading import by_hand
from service.pipelines.film.script.reading.brief import Brief
from service.pipelines.film.script.treatment import Treatment
from service.pipelines.film.script.writing import finding, sentences


class Why(StrEnum):
    """Why a line is not told, as it is said to people."""

    BY_HAND = "left out by metadata.leave_out"
    NO_TIME = "there was no time for it"
    TALK = "seems to be meant for the film's makers"
    MAYBE_A_NOTE = "taken for a note to the film's makers, without being sure"
    A_NOTE = "taken for a note to the film's makers, or a wish about the film"
    SMALL_PRINT = "small print, for which the last card has no room"
    HASHTAG = "a hashtag: it is in the result, for the post"
    HEADING = "taken for a heading"
    AROUND = "taken for what only stands around the text, such as a greeting or a mail's header"


@dataclass(frozen=True, slots=True)
class Untold:
    """A line or a sentence of the brief, as it may stand in `tell`, and why it is not told."""

    line: str
    why: Why


_LONGEST_HEADING = 6
"""Words."""


def lines(brief: Brief, treatment: Treatment, content: str, talk: Sequence[str] = ()) -> list[Untold]:
    """Return what of the brief `content`, normalised, is neither said nor shown, in its order. `talk` was left out
    because it seems to be meant for the film's makers."""
    is_told = left_out.telling(treatment, brief.lang)
    missing = left_out.passages(brief, treatment)
    reasons: tuple[tuple[Why, Sequence[str]], ...] = (
        (Why.BY_HAND, brief.by_hand.leave_out),
        (Why.TALK, talk),
        (Why.SMALL_PRINT, brief.sources),
        (Why.NO_TIME, missing),
        (Why.MAYBE_A_NOTE, brief.doubtful),
        (Why.A_NOTE, brief.directions),
        (Why.HASHTAG, [f"#{hashtag}" for hashtag in brief.hashtags]),
    )
    parts = [
        (why, part)
        for why, among in (
            (Why.BY_HAND, brief.by_hand.leave_out),
            (Why.MAYBE_A_NOTE, brief.doubtful),
            (Why.A_NOTE, brief.directions),
            (Why.NO_TIME, missing),
        )
        for part in among
    ]
    found: list[Untold] = []
    for line in by_hand.lines(content):
        for sentence in sentences.split(line):
            if is_told(sentence):
                found += _parts(sentence, parts, is_told)
            elif any(map(str.isalnum, sentence)):
                found.append(Untold(sentence, _why(sentence, reasons, [passage.text for passage in brief.passages])))
    return list(dict.fromkeys(found))


def _parts(sentence: str, parts: Sequence[tuple[Why, str]], is_told: Callable[[str], bool]) -> Iterator[Untold]:
    """The parts of a told sentence that are not told."""
    for why, part in parts:
        for place in finding.find(part, sentence):
            words = finding.taken(place, sentence)
            if not is_told(words):
                yield Untold(words, why)


def _why(sentence: str, reasons: Sequence[tuple[Why, Sequence[str]]], passages: Sequence[str]) -> Why:
    for why, among in reasons:
        if any(finding.has(sentence, one) or finding.covers(sentence, one) for one in among):
            return why
    if any(finding.has(sentence, passage) for passage in passages):
        return Why.NO_TIME
    is_short = (
        len(sentence.split()) <= _LONGEST_HEADING and not sentence.endswith(finding.ENDED) and "," not in sentence
    )
    return Why.HEADING if is_short or sentence.endswith((":", "：")) or labels.is_section(sentence) else Why.AROUND
