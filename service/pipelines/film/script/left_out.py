"""What a film leaves out of its brief for lack of time, so that whoever ordered it is told. Pure."""

from collections.abc import Sequence

from service.pipelines.film.script import languages, text
from service.pipelines.film.script.brief import Brief
from service.pipelines.film.script.moments import bare
from service.pipelines.film.script.timeline import Timeline
from service.pipelines.film.script.treatment import Treatment

_ENOUGH = 0.5
"""Share of a passage's words that a film must say or show."""
_SHORTEST_WORD = 3
_LONGEST_QUOTE = 80


def passages(brief: Brief, treatment: Treatment) -> list[str]:
    """Return the texts of the brief that are neither said nor shown."""
    script, stop = bare(treatment.script()), languages.stop_words(brief.lang)
    found = []
    for told in (*(passage.text for passage in brief.passages), *brief.sources):
        words = [word for word in text.words(text.shown_address(told)) if word.lower() not in stop]
        telling = [word for word in map(bare, words) if len(word) >= _SHORTEST_WORD or word.isdigit()]
        telling = telling or [word for word in map(bare, words) if word]
        if sum(word in script for word in telling) < _ENOUGH * len(telling):
            found.append(told)
    return found


def silent_lines(treatment: Treatment, timeline: Timeline) -> list[str]:
    """Return the lines of a narrated film that nobody says."""
    slots = zip(treatment.shots, timeline.slots, strict=True)
    return [shot.voice for shot, slot in slots if shot.voice and not slot.words]


def warnings(brief: Brief, treatment: Treatment, timeline: Timeline, *, is_voiced: bool) -> list[str]:
    """Return a sentence on what is not in the film, and one on what is shown but not said."""
    unsaid = silent_lines(treatment, timeline) if is_voiced else []
    shown_only = [f"There was no time to say {_quoted(unsaid)}: shown only."] if unsaid else []
    return [*planned_warnings(brief, treatment), *shown_only]


def planned_warnings(brief: Brief, treatment: Treatment) -> list[str]:
    """Return a sentence on what is not in the film."""
    missing = passages(brief, treatment)
    return [f"There was no time for {_quoted(missing)}: a longer film has room for more."] if missing else []


def taken_for_talk(sentences: Sequence[str]) -> list[str]:
    """Return a sentence on what was left out because it seems to be meant for the film's makers."""
    if not sentences:
        return []
    return [f"Left out, because it seems to be meant for the film's makers: {_quoted(sentences)}."]


def _quoted(lines: Sequence[str]) -> str:
    return ", ".join(
        f"“{line}”" if len(line) <= _LONGEST_QUOTE else f"“{line[: _LONGEST_QUOTE - 1].rstrip()}…”" for line in lines
    )
