"""What is wrong with a planned film, by the marks of its brief. Pure.

Counted without the film's own tokenizer, so that what it cuts wrongly is not compared with itself.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from lab.marked import torn
from lab.marked.briefs import TO_MAKERS, Mark, Marked

_WORD = re.compile(
    r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|(?:[^\W_\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]|[\u0300-\u036f\u064b-\u065f\u0900-\u0dff])+"
)
"""A word, or a letter of a script that puts no spaces between words."""
_LEAKED = 0.5
"""Share of a line's words, one after the other, that make it a leak."""
_TOLD = 0.5
"""Share of a line's telling words that a film must say or show."""
_TELLING = 4
"""Letters of a word that tells something; figures always do."""
_MORE_THAN_THE_NAME = 2


@dataclass(frozen=True, slots=True)
class Told:
    """What a planned film says and shows. `title`: "" if it bears none. `left_out`: the warnings that name what it
    has no time for."""

    title: str
    says: tuple[str, ...]
    shows: tuple[str, ...]
    left_out: str = ""


@dataclass(slots=True)
class Faults:
    """What is wrong with one film: the lines themselves, so that they can be read."""

    leaks: list[str] = field(default_factory=list)
    """Lines for the film's makers, or between people, that are said or shown."""
    lost: list[str] = field(default_factory=list)
    """Lines for the viewer that the film neither tells nor names as left out."""
    left_out: list[str] = field(default_factory=list)
    """Lines for the viewer that the film does not tell, but names as left out."""
    heads: list[str] = field(default_factory=list)
    """Headings that are read out alone."""
    missing: list[str] = field(default_factory=list)
    """What must be told and is not, or not whole."""
    torn: list[str] = field(default_factory=list)
    """What is shown or said torn (`torn`), each with its reason."""
    title: str = ""
    """The film's title, if it is not a name that would do."""
    is_unnamed: bool = False
    """It bears no title."""

    def __iter__(self) -> Iterator[tuple[str, list[str]]]:
        yield "leak", self.leaks
        yield "lost", self.lost
        yield "left out", self.left_out
        yield "head read", self.heads
        yield "missing", self.missing
        yield "torn", self.torn
        yield "title", [self.title] if self.title else []
        yield "unnamed", ["-"] if self.is_unnamed else []

    def is_clean(self) -> bool:
        """True if nothing is wrong; what is named as left out is allowed if it is not what must be told."""
        return self.lacks_only_a_name() and not self.is_unnamed

    def lacks_only_a_name(self) -> bool:
        """True if nothing else is wrong than that it may bear no title."""
        return not (self.leaks or self.lost or self.heads or self.missing or self.torn or self.title)


def of(brief: Marked, told: Told) -> Faults:
    """Return what is wrong with a film of a brief."""
    pieces = [words(piece) for piece in (*told.says, *told.shows)]
    meant = [words(text) for text in brief.marked(Mark.SAY, Mark.CALL, Mark.HEAD, Mark.PRINT)]
    everything = {word for piece in pieces for word in piece}
    named = words(told.left_out)
    untold = [line for line in brief.marked(Mark.SAY, Mark.CALL) if not _is_told(line, everything)]
    left_out = [line for line in untold if _longest_run(words(line), named) >= min(3, len(words(line)))]
    return Faults(
        leaks=[line for line in brief.marked(*TO_MAKERS) if _is_leaked(words(line), pieces, meant)],
        lost=[line for line in untold if line not in left_out],
        left_out=left_out,
        heads=[head for head in brief.marked(Mark.HEAD) if words(head) in [words(said) for said in told.says]],
        missing=[must for must in brief.must() if not any(_holds_whole(piece, words(must)) for piece in pieces)],
        torn=torn.of(brief.content, brief.fields["lang"], told.shows, told.says),
        title="" if not told.title or is_named(told.title, brief.names()) else told.title,
        is_unnamed=not told.title,
    )


def words(text: str) -> list[str]:
    """Return the words of a text, without case and punctuation."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def _is_leaked(line: list[str], pieces: Sequence[list[str]], meant: Sequence[list[str]]) -> bool:
    enough = max(round(_LEAKED * len(line)), min(2, len(line)))
    if not line:
        return False
    # The same words may stand in what is meant to be told: "Ledgerly" in "a video about Ledgerly".
    common = max((_longest_run(line, one) for one in meant), default=0)
    return any(_longest_run(line, piece) >= max(enough, common + 1) for piece in pieces)


def _is_told(line: str, everything: set[str]) -> bool:
    found = words(line)
    telling = [word for word in found if len(word) >= _TELLING or not word.isascii() or word.isdigit()] or found
    return sum(word in everything for word in telling) >= _TOLD * len(telling)


def is_named(title: str, names: Sequence[str]) -> bool:
    film = words(title)
    for name in map(words, names):
        if _holds(film, name) and len(film) <= len(name) + _MORE_THAN_THE_NAME:
            return True
        if film and _holds(name, film) and 2 * len(film) >= len(name):
            return True
    return False


def _holds(line: Sequence[str], run: Sequence[str]) -> bool:
    return any(list(line[at : at + len(run)]) == list(run) for at in range(len(line) - len(run) + 1))


_JOINED = re.compile("[\u0600-\u06ff\uac00-\ud7a3]")
"""A letter of a script that joins small words to others: Arabic, Korean."""


def _holds_whole(line: Sequence[str], must: Sequence[str]) -> bool:
    """Say whether a line has all of what must be told. Particles and prefixes of its script may be joined to it."""
    return _holds(line, must) or bool(_JOINED.search("".join(must)) and " ".join(must) in " ".join(line))


def _longest_run(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many words, one after the other, both have in common."""
    longest, before = 0, [0] * (len(other) + 1)
    for word in one:
        row = [0]
        for at, theirs in enumerate(other):
            row.append(before[at] + 1 if word == theirs else 0)
        longest, before = max(longest, *row), row
    return longest
