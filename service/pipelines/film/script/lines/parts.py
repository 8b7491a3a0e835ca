"""The parts of a brief: what each of its lines, sentences or lists is for. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from service.pipelines.film.script.lines import labels
from service.pipelines.film.script.lines.labels import Use
from service.pipelines.film.script.writing import sentences


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a brief. `items` are those of a list, whose `text` is its heading, or "". `step`: of which step it is a
    part, and how many there are. `heading`: what stands over it. `is_heading`: it stands over what follows.
    `is_doubtful`: a direction that may be none."""

    use: Use
    text: str
    items: tuple[str, ...] = ()
    step: tuple[int, int] | None = None
    heading: str = ""
    is_heading: bool = False
    is_doubtful: bool = False


def of_sentences(use: Use, words: str) -> list[Part]:
    """Return words as parts: each sentence of what is said, or all of them."""
    if use in {"title", "direction", "source", "show"}:
        return [Part(use, words)]
    return [Part(use, sentence) for sentence in sentences.split(words)]


def under_headings(parts: Sequence[Part]) -> list[Part]:
    """Return the parts with each heading over the one after it: it is shown and not said. One over what can show none,
    and the first of all if there is another right after it, are cards."""
    told: list[Part] = []
    heading = ""
    for part in parts:
        is_first = all(other.use == "direction" for other in told)
        if part.is_heading and part.use == "say":
            told += [Part("show", heading, is_heading=True)] if heading and is_first else []
            heading = part.text
            continue
        told += _under(heading, part, is_first=is_first)
        heading = heading if part.use == "direction" else ""
    return told


def _under(heading: str, part: Part, *, is_first: bool) -> list[Part]:
    """A part with what stands over it (`is_first`: over all)."""
    if not heading or part.use in {"direction", "source"}:
        return [part]
    if part.use == "say" and not part.step:
        return [replace(part, heading=heading)]
    if part.use == "list" and not is_first:
        return [part if part.text else replace(part, text=heading)]
    is_missed = is_first or not labels.is_section(heading)
    return [Part("show", heading, is_heading=is_first), part] if is_missed else [part]
