# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""Scripts that are lists of shots, as the lines of a screenplay: a line with a time or a number says what is seen, and
what is between two of them is told. Labels in a column or on a line of their own are put before what they are of. Pure.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from service.pipelines.film.script.lines import labels
from service.pipelines.film.script.pasted import columns, halves, screenplay

_TIME = r"[\[(]?(?P<start>\d{1,2}:\d\d)(?:\s?[-–—]\s?\d{1,2}:\d\d)?[\])]?"
_SPAN = r"[\[(]?(?P<from>\d{1,3})\s?[-–—]\s?\d{1,3}\s?(?:s|sec|secs|sek|seg|сек)\b\.?[\])]?"
_TIMED = re.compile(rf"^\s*(?:{_TIME}|{_SPAN})\s*[|:：–—-]?\s*(?P<words>[^\s\d].*)$", re.IGNORECASE)
_NUMBERED = re.compile(r"^\s*(?:#\s?(?P<sharp>\d{1,2})\s+|(?P<cell>\d{1,2})\s*\|\s*)(?P<words>[^\s\d].*)$")
_CELL = re.compile(r"^\s*(?P<label>[^\n:|]{2,24}?)\s*\|\s*(?P<words>[^|]*\S)\s*$")
_LABEL_ALONE = re.compile(r"^\s*(?P<label>[^\n:：()|]{2,24}?)\s*(?:\([^()\n]{1,30}\))?\s*[:：]?\s*$")
_OPEN_LABEL = re.compile(
    r"^\s*(?P<label>VOIX OFF|VOICE[- ]?OVER|V\.?O\.?|VOZ (?:EN )?OFF|VOCE FUORI CAMPO|SUPER|OFF)\s+"
    r"(?=[«\"“¿¡A-ZÀ-Þ])(?P<words>\S.*)$"
)
"""A label with its colon forgotten."""
_FEWEST_SHOTS = 3
_FEWEST_LABELS = 2


def as_script(content: str) -> str:
    """Return a list of shots as a screenplay; any other text as it is."""
    lines = columns.as_script(content.split("\n"))
    lines = [_with_a_colon(line) for line in lines]
    lines = halves.parted(lines)
    heads = _heads(lines)
    # "Frame | Picture | Copy" over shots names columns.
    columns_end = min(heads, default=0) if heads and "|" in lines[min(heads)] else 0
    lines = [
        f"SHOT {at + 1} – {heads[at]}" if at in heads else line
        for at, line in enumerate(lines)
        if at >= columns_end or "|" not in line
    ]
    return "\n".join(_with_labels(lines))


def _with_a_colon(line: str) -> str:
    """A line with its label in a column ("VO | Wake up.") with the label before it."""
    cell = _CELL.match(line) or _OPEN_LABEL.match(line)
    return f"{cell['label']}: {cell['words']}" if cell and screenplay.is_label(cell["label"]) else line


def _heads(lines: Sequence[str]) -> dict[int, str]:
    """The lines that say what is seen, each with its words: with times from nought on or with numbers from one on, and
    with words between them that have neither."""
    for form, is_first in ((_TIMED, _is_at_nought), (_NUMBERED, _is_number_one)):
        found = {at: head for at, line in enumerate(lines) if (head := form.match(line))}
        bare = {at: head["words"] for at, head in found.items() if not labels.name_of(head["words"])}
        written = [at for at, line in enumerate(lines) if line.strip()]
        parted = sum(one in bare and other not in found for one, other in pairwise(written))
        is_enough = len(bare) >= _FEWEST_SHOTS - (form is _NUMBERED) and 2 * parted >= len(bare)
        if is_enough and is_first(next(iter(found.values()))):
            return bare
    return {}


def _is_at_nought(head: re.Match[str]) -> bool:
    return not int((head["start"] or head["from"]).replace(":", ""))


def _is_number_one(head: re.Match[str]) -> bool:
    return int(head["sharp"] or head["cell"]) == 1


def _with_labels(lines: Sequence[str]) -> list[str]:
    """Lines with a script's labels that stand alone before what they are of, up to an empty line or another label."""
    alone = {at: label for at, line in enumerate(lines) if (label := _alone(line))}
    if len(alone) < _FEWEST_LABELS and not any(map(screenplay.is_told, alone.values())):
        return list(lines)
    told: list[str] = []
    label = ""
    for at, line in enumerate(lines):
        if at in alone:
            label = alone[at]
            continue
        if _ends(label, line) and (line.strip() or (told and labels.name_of(told[-1]))):
            label = ""
        told.append(f"{label}: {line.strip()}" if label and line.strip() else line)
    return told


def _ends(label: str, line: str) -> bool:
    """Say whether a line is no more of what a label stands before."""
    if not line.strip() or screenplay.is_slug(line) or screenplay.is_aside(line) or labels.name_of(line):
        return True
    return screenplay.is_spoken(label) and screenplay.is_cue(line)


def _alone(line: str) -> str:
    found = _LABEL_ALONE.match(line)
    if not found or not screenplay.is_label(found["label"]):
        return ""
    return found["label"] if line.strip().endswith((":", "：")) or found["label"].isupper() else ""
