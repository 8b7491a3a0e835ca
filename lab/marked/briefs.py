"""Read briefs in which every line is marked with what it is for.

A file holds many briefs, as plain text:

    == lumo-launch                                a name of its own
    lang: en                                      fields; `seconds` and `metadata` (JSON) are optional
    preset: quick_social
    kind: product launch, a forwarded mail
    name: Lumo|Lumo Lamp                          titles that would do
    mood: warm|calm                               moods of a film that would suit it, best first; optional
    must: $89, 3 weeks, lumolamp.com              what has to be said or shown, whole
    --
    talk | Hi team,                               mark | the text as it was typed
    say | It wakes you with light.
    +say | One dial.                              `+`: on the same line, after a space; `&`: without one

An empty line is an empty line of the brief.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Any

from service.pipeline import Job
from service.pipelines.film.script.writing.sentences import split

MARKED = Path(__file__).resolve().parents[2] / "tests" / "pipelines" / "film" / "marked"
"""The marked briefs of the tests."""


class Mark(StrEnum):
    """What a line of a brief is for."""

    SAY = "say"
    """The viewer is to be told or shown it."""
    CALL = "call"
    """The call to action, and where to turn."""
    HEAD = "head"
    """A heading or a label: shown at most, never read out alone."""
    PRINT = "print"
    """Small print: shown at most."""
    WISH = "wish"
    """For the film's makers: obeyed, neither said nor shown."""
    TALK = "talk"
    """People among themselves: greetings, thanks, notes. Neither said nor shown."""
    TAGS = "tags"
    """Hashtags and handles, for the post."""


TO_MAKERS = frozenset({Mark.WISH, Mark.TALK})


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a brief, or a part of one."""

    mark: Mark
    text: str
    goes_on: bool = False
    """It stands on the line of the one before it."""


@dataclass(slots=True)
class Marked:
    """A brief with its marks. `content` is what its sender typed."""

    slug: str
    where: str
    fields: dict[str, str] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    content: str = ""

    def names(self) -> list[str]:
        """Return the titles that would do."""
        return [name.strip() for name in self.fields["name"].split("|")]

    def moods(self) -> list[str]:
        """Return the moods that suit the brief, best first; [] if nobody has said."""
        return [mood.strip() for mood in self.fields.get("mood", "").split("|") if mood.strip()]

    def must(self) -> list[str]:
        """Return what the film has to say or show, whole."""
        listed = self.fields.get("must", "")
        return [part.strip() for part in listed.split(" ; " if " ; " in listed else ", ") if part.strip()]

    def metadata(self) -> dict[str, Any]:
        """Return the job's metadata."""
        return dict(json.loads(self.fields.get("metadata") or "{}"))

    def job(self) -> Job:
        """Return the job that asks for a film of it."""
        return Job(
            id=self.slug,
            user_id="marked",
            content=self.content,
            preset=self.fields["preset"],
            metadata=self.metadata(),
        )

    def rows(self) -> list[tuple[list[Line], bool]]:
        """Return the parts of each line of the content, and whether an empty line stands before it. Empty ones do not
        count."""
        rows: list[list[Line]] = []
        for line in self.lines:
            if line.goes_on and rows:
                rows[-1].append(line)
            else:
                rows.append([line])
        written = self.content.split("\n")
        apart = [not before.strip() for before, row in pairwise(["", *written]) if row.strip()]
        return [(parts, bool(at) and apart[at]) for at, parts in enumerate(rows)]

    def marked(self, *marks: Mark) -> list[str]:
        """Return the texts of the lines with one of these marks."""
        return [line.text for line in self.lines if line.mark in marks]

    def sentences(self, *marks: Mark) -> list[str]:
        """Return the sentences of the lines with one of these marks."""
        return [sentence for line in self.marked(*marks) for sentence in split(line)]


_JOINTS = {"+": " ", "&": ""}


def read(file: Path) -> list[Marked]:
    """Return the briefs of a file. Raises ValueError at a line that is no field, no mark and no brief's beginning."""
    briefs: list[Marked] = []
    is_body = False
    for number, line in _numbered(file):
        if line.startswith("== "):
            briefs.append(Marked(line[3:].strip(), f"{file.name}:{number}"))
            is_body = False
        elif not briefs:
            raise ValueError(f"{file.name}:{number}: no brief has begun")
        elif is_body:
            _add(briefs[-1], line, f"{file.name}:{number}")
        elif line == "--":
            is_body = True
        elif line:
            name, colon, value = line.partition(":")
            if not colon:
                raise ValueError(f"{file.name}:{number}: not a field: {line[:40]!r}")
            briefs[-1].fields[name.strip()] = value.strip()
    for brief in briefs:
        brief.content = brief.content.strip()
    return briefs


def _numbered(file: Path) -> Iterator[tuple[int, str]]:
    return enumerate(file.read_text(encoding="utf-8").split("\n"), 1)


def _add(brief: Marked, line: str, where: str) -> None:
    if not line.strip():
        brief.content += "\n"
        return
    mark, bar, text = line.partition("|")
    mark = mark.strip()
    joint = _JOINTS.get(mark[:1], "\n")
    try:
        read_mark = Mark(mark.lstrip("+&"))
    except ValueError:
        bar = ""
    if not bar:
        raise ValueError(f"{where}: no mark: {line[:40]!r}")
    text = text.removeprefix(" ")
    brief.content += (joint if brief.content else "") + text
    brief.lines.append(Line(read_mark, text, goes_on=joint != "\n"))
