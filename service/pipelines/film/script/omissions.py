"""What a brief says and its film has not: sentences, clauses and items of lists that are neither heard nor seen. "
"Pure."""

import re

from service.pipelines.film.script import beats, coverage, text
from service.pipelines.film.script.brief import Brief
from service.pipelines.film.script.timeline import Timeline
from service.pipelines.film.script.treatment import Treatment

_TOLD = 0.6
"""Share of a part's words that the film has if it tells the part."""
_MOST_NAMED, _LONGEST_NAMED = 8, 80
_FIGURE = re.compile(r"\d+(?:[.,:]\d+)*")


def omitted(brief: Brief, treatment: Treatment, timeline: Timeline) -> list[str]:
    """Return the parts of a brief that its film neither says nor shows, in their order."""
    heard = text.joined([word.text for slot in timeline.slots for word in slot.words])
    told = f"{treatment.title}\n{heard}\n" + "\n".join(shot.words_on_screen for shot in treatment.shots)
    words, letters, figures = set(coverage.words(told)), _letters(told), set(_FIGURE.findall(told))
    parts = [
        part for passage in brief.passages for part in (passage.items or beats.clauses(passage.text, finely=False))
    ]
    return list(dict.fromkeys(part for part in parts if not _is_told(part, words, letters, figures)))


def sentence(parts: list[str], count: int) -> str:
    """Say which of the `count` parts of a brief its film has not."""
    named = "; ".join(f"“{_short(part)}”" for part in parts[:_MOST_NAMED])
    rest = len(parts) - _MOST_NAMED
    more = f", and {rest} more" if rest > 0 else ""
    return f"The film has no time for {len(parts)} of the brief's {count} parts: {named}{more}."


def count(brief: Brief) -> int:
    """Return how many parts a brief has."""
    return sum(len(passage.items or beats.clauses(passage.text, finely=False)) for passage in brief.passages)


def _is_told(part: str, words: set[str], letters: str, figures: set[str]) -> bool:
    if _letters(part) in letters:
        return True
    if not figures.issuperset(_FIGURE.findall(text.shown_address(part))):
        return False
    if any(map(text.unspaced, part)):
        pairs = [_letters(part)[at : at + 2] for at in range(len(_letters(part)) - 1)]
        return sum(pair in letters for pair in pairs) >= _TOLD * len(pairs)
    wanted = coverage.words(part)
    return sum(word in words for word in wanted) >= _TOLD * len(wanted)


def _letters(words: str) -> str:
    return "".join(character for character in words.casefold() if character.isalnum())


def _short(part: str) -> str:
    bare = part.strip(" .,;:")
    return bare if len(bare) <= _LONGEST_NAMED else f"{bare[: _LONGEST_NAMED - 1].rstrip()}…"
