# ruff: noqa: RUF001 -- the marks of other languages are meant
"""What a film leaves out of its brief for lack of time, so that whoever ordered it is told. Pure."""

import math
from collections.abc import Callable, Sequence

from service.pipelines.film.script.directing.clauses import CLAUSE
from service.pipelines.film.script.reading.brief import Brief
from service.pipelines.film.script.treatment import Treatment
from service.pipelines.film.script.voice.moments import bare
from service.pipelines.film.script.voice.timeline import Timeline
from service.pipelines.film.script.writing import languages, text, tokens
from service.pipelines.film.script.writing.wording import quoted

_ENOUGH, _ALL_BUT = 0.5, 0.75
"""Share of a passage's words that a film must say or show; of a step's, whose things are among the ingredients too."""
_NEAR = 3
"""Shots beside one another that may tell one passage."""
_SHORTEST_WORD = 3
_FEWEST_OF_A_PART = 2
"""Telling words of a part of a text that is missed if it alone is left out."""
_AROUND = " ,;:–—、，；"
_NEARLY_S = 1.0


def passages(brief: Brief, treatment: Treatment) -> list[str]:
    """Return the texts of the brief that are neither said nor shown, and the parts of others that are not."""
    stop = languages.stop_words(brief.lang)
    near = _near(treatment)

    def is_told(words: Sequence[str], enough: float) -> bool:
        return _is_told(words, near, enough)

    found: list[str] = []
    passages = [(passage.text, _ALL_BUT if passage.step else _ENOUGH) for passage in brief.passages]
    for told, enough in (*passages, *((source, _ENOUGH) for source in brief.sources)):
        if not is_told(_telling(told, stop), enough):
            found.append(told)
            continue
        parts = [part.strip(_AROUND) for part in tokens.cuts(told, CLAUSE)]
        telling = [_telling(part, stop) for part in parts]
        found += [
            part
            for part, words in zip(parts, telling, strict=True)
            if len(words) >= _FEWEST_OF_A_PART and not is_told(words, _ENOUGH)
        ]
    return found


def telling(treatment: Treatment, lang: str) -> Callable[[str], bool]:
    """Return what says whether a film tells a sentence: most of its words, near one another."""
    stop, near = languages.stop_words(lang), _near(treatment)
    return lambda sentence: _is_told(_telling(sentence, stop), near, _ENOUGH)


def _near(treatment: Treatment) -> list[str]:
    """What is told in shots beside one another: the words of a passage are to stand together."""
    pieces = [bare(f"{shot.voice} {shot.words_on_screen}") for shot in treatment.shots]
    return ["".join(pieces[at : at + _NEAR]) for at in range(len(pieces))]


def _is_told(words: Sequence[str], near: Sequence[str], enough: float) -> bool:
    return any(sum(word in script for word in words) >= enough * len(words) for script in near)


def _telling(told: str, stop: frozenset[str]) -> list[str]:
    """The words of a text that tell something, bare."""
    words = [bare(word) for word in text.words(text.shown_address(told)) if word.lower() not in stop]
    return [word for word in words if len(word) >= _SHORTEST_WORD or word.isdigit()] or [word for word in words if word]


def silent_lines(treatment: Treatment, timeline: Timeline) -> list[str]:
    """Return the lines of a narrated film that nobody says."""
    slots = zip(treatment.shots, timeline.slots, strict=True)
    return [shot.voice for shot, slot in slots if shot.voice and not slot.words]


def warnings(brief: Brief, treatment: Treatment, timeline: Timeline, *, is_voiced: bool, longest_s: float) -> list[str]:
    """Return a sentence on what is not in the film, and one on what is shown but not said. `longest_s`: the longest
    film of the job's preset."""
    unsaid = silent_lines(treatment, timeline) if is_voiced else []
    shown_only = [f"There was no time to say {_all_quoted(unsaid)}: shown only."] if unsaid else []
    return [*planned_warnings(brief, treatment, longest_s), *shown_only]


def planned_warnings(brief: Brief, treatment: Treatment, longest_s: float = math.inf) -> list[str]:
    """Return a sentence on what is not in the film, and one on what may have been left out wrongly, each with what
    would help."""
    missing = passages(brief, treatment)
    doubtful = (
        [f"Taken for a note to the film's makers: {_all_quoted(brief.doubtful)}. A line “Text: …” is told."]
        if brief.doubtful
        else []
    )
    if not missing:
        return doubtful
    is_longest = treatment.seconds + _NEARLY_S >= longest_s
    room = f"this preset's films last {longest_s:g} s at most, another's have" if is_longest else "a longer film has"
    return [f"There was no time for {_all_quoted(missing)}: {room} room for more.", *doubtful]


def taken_for_talk(sentences: Sequence[str]) -> list[str]:
    """Return a sentence on what was left out because it seems to be meant for the film's makers."""
    if not sentences:
        return []
    return [f"Left out, because it seems to be meant for the film's makers: {_all_quoted(sentences)}."]


def _all_quoted(lines: Sequence[str]) -> str:
    return ", ".join(map(quoted, lines))
