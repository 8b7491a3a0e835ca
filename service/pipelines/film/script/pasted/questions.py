# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""The answers to a list of questions that the film's makers sent ("> 3. Price?" and what was typed under it), as the
lines of a form: the questions are not told, and what they asked says whom an answer is for. Pure.

An interview is none: nobody asks in it how the film is to be.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from service.pipelines.film.script.lines import labels

_ASKED = re.compile(
    r"^\s*(?P<mark>>+\s*(?:[\[(]?\d{1,2}\s?[.)\]–-]*\s*)?|[\[(]?\d{1,2}\s?[.)\]–-]\s*|[\[(]?[a-h][.)]\s+|[QF]\s?\d{0,2}\s?[:.)]\s*)"
    r"(?P<words>[^?？\n]{2,90}[?？](?:[^?？\n]{2,60}[?？])?)\s*(?P<answer>.*)$"
)
_NUMBERED = re.compile(r"^\s*(?P<number>\d{1,2})\s?[.)]\s+(?P<words>[^\n.!?？]{2,40})$")
_QUOTED = re.compile(r"^\s*>+\s*(?P<words>[^\n]{2,60})$")
_QUOTED_WORDS = re.compile(r"^\s*>+\s*[^\W_][^\n]{1,88}$")
_ANY_QUOTED = re.compile(r"^\s*>")
_INTERVIEW = re.compile(r"^\W*(?:A|R)\s?[:.]\s+\S", re.MULTILINE)
_FEWEST = 3


def answered(content: str) -> str:
    """Return such a list as the answers to it, with a label before those for the makers; any other text as it is."""
    lines = [] if _INTERVIEW.search(content) else content.split("\n")
    asked = {at: found for at, line in enumerate(lines) if (found := _ASKED.match(line))}
    uses = {at: labels.asked(found["words"]) for at, found in asked.items()}
    how = [asked[at]["mark"] for at, use in uses.items() if use == "direction"]
    is_asked = len(how) > any(mark.lstrip()[0] in "QF" for mark in how)
    if _are_quoted(lines):
        # In a mail, what is quoted a line at a time is what its answers are to, with or without a question mark.
        return "\n".join(_under_quotes(lines))
    if len(asked) < _FEWEST or not is_asked or not _are_answered(lines, asked):
        return content
    on_lines = 2 * sum(any(map(str.isalnum, found["answer"])) for found in asked.values()) > len(asked)
    if all(found["mark"].lstrip().startswith(">") for found in asked.values()):
        quoted = {at: line for at, line in enumerate(lines) if at not in asked and _QUOTED.match(line)}
        uses |= {at: labels.asked(line) for at, line in quoted.items()}
    elif not on_lines:
        uses |= {at: labels.asked(words) for at, words in _numbered(lines, asked).items()}
    told: list[str] = []
    label = ""
    for at, line in enumerate(lines):
        if at in uses:
            label = {"direction": "Notes: ", "call": "CTA: "}.get(uses[at], "")
        elif on_lines or (at > max(uses) and not line.strip()):
            label = ""
        words = line if at not in uses else asked[at]["answer"] if at in asked else ""
        told.append(f"{label}{words.strip()}" if words.strip() else "")
    return "\n".join(told)


def _are_quoted(lines: Sequence[str]) -> bool:
    """Say whether three lines or more are quoted, each alone and with an answer under it."""
    written = [line for line in lines if line.strip()]
    quoted = [at for at, line in enumerate(written) if _QUOTED_WORDS.match(line)]
    alone = all(other - one > 1 for one, other in pairwise([*quoted, len(written)]))
    marked = sum(bool(_ANY_QUOTED.match(line)) for line in written)
    asks = sum(written[at].rstrip().endswith(("?", "？", "؟")) for at in quoted)
    return len(quoted) >= _FEWEST and marked == len(quoted) and alone and (asks > 1 or not _is_latin(written))


def _is_latin(lines: Sequence[str]) -> bool:
    """Say whether a text has most of its letters in a script whose questions end with a mark."""
    letters = [letter for line in lines for letter in line if letter.isalpha()]
    return 2 * sum(letter < "\u3000" for letter in letters) > len(letters)


def _under_quotes(lines: Sequence[str]) -> list[str]:
    """The answers, with a label before those that say how the film is to be or where to turn."""
    told: list[str] = []
    # What stands before the first question is to whoever asked.
    label = "Notes: "
    for line in lines:
        if _ANY_QUOTED.match(line):
            use = labels.asked(line)
            label = {"direction": "Notes: ", "call": "CTA: "}.get(use, "")
            continue
        is_a_film = label != "Notes: " or not labels.lasts_long(line)
        told.append(f"{label if is_a_film else ''}{line.strip()}" if line.strip() else "")
    return told


def _numbered(lines: Sequence[str], asked: dict[int, re.Match[str]]) -> dict[int, str]:
    """The labels that are numbered in one row with the questions ("2. Your name and role"); none in another list."""
    named = {at: found for at, line in enumerate(lines) if at not in asked and (found := _NUMBERED.match(line))}
    numbers = [int(figures[0]) if (figures := re.findall(r"\d+", lines[at])) else 0 for at in sorted({*named, *asked})]
    return {at: found["words"] for at, found in named.items()} if numbers == [*range(1, len(numbers) + 1)] else {}


def _are_answered(lines: Sequence[str], asked: dict[int, re.Match[str]]) -> bool:
    """Say whether something that asks nothing stands after most of the questions, on their lines or under them."""
    after = [next((line for line in lines[at + 1 :] if line.strip()), "") for at in asked]
    told = sum(
        bool(found["answer"].strip()) or bool(line and not _ASKED.match(line) and not _QUOTED.match(line))
        for found, line in zip(asked.values(), after, strict=True)
    )
    return 2 * told > len(asked)
