# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""Forms with each label on a line of its own above what was filled in, as forms with the label before it. Pure."""

import re
from collections.abc import Sequence

from service.pipelines.film.script.learnt import purposes
from service.pipelines.film.script.learnt.addressee import Row
from service.pipelines.film.script.lines import labels
from service.pipelines.film.script.lines.labels import Use
from service.pipelines.film.script.pasted import screenplay

_BARE = re.compile(
    r"^\s*(?:#{1,6}\s+|\d{1,2}[.)]\s+|[【\[■●▪*]+\s*)?(?P<name>[^\W\d_][^\n:：?？!.,;|]{0,30}?)\s*[】\]*]*\s*[:：?？]?\s*$"
)
_FEWEST = 3
_MOST_WORDS = 5
_TO_MAKERS = 0.8
"""What is under the label of a direction is one from this chance on that it is for the makers."""


def filled(content: str) -> str:
    """Return a form with labels of its own lines as lines with labels; any other text as it is."""
    lines = content.split("\n")
    alone = {at: found for at, line in enumerate(lines) if (found := _label(line))}
    is_form = len(alone) >= _FEWEST and any(use == "direction" for use, _ in alone.values())
    return "\n".join(_with_labels(lines, alone)) if is_form else content


def _label(line: str) -> tuple[Use, str] | None:
    """Return what the label that is all of a line is for, and its name."""
    bare = _BARE.match(line)
    if bare is None or len(bare["name"].split()) > _MOST_WORDS:
        return None
    use, _ = labels.labelled(f"{bare['name']}: x", in_form=True)
    return (use, bare["name"]) if use else None


def _with_labels(lines: Sequence[str], alone: dict[int, tuple[Use, str]]) -> list[str]:
    """The lines, each label before the first that it is of. Where what is said is filled in needs no label."""
    told: list[str] = []
    use: Use = "say"
    name = ""
    for at, line in enumerate(lines):
        if at in alone:
            use, name = alone[at]
            continue
        # In a screenplay, what stands under "VO" is said, and what stands under nothing is a picture.
        is_filled = bool(name and line.strip()) and (use != "say" or screenplay.is_spoken(name))
        if is_filled and use == "direction":
            # "PLATFORMS" over "Steam, Switch" names the shops that sell a game.
            is_filled = max(purposes.to_makers([Row.of(f"{name}: {line.strip()}")])) >= _TO_MAKERS
            # "MANDATORIES" over "Endline: Take your time.": the nearer label says what it is.
            is_filled = is_filled and labels.labelled(line.strip(" \t–—-•*·"))[0] is None
        told.append(f"{name}: {line.strip()}" if is_filled else line)
        name = "" if line.strip() else name
    return told
