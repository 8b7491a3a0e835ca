"""What the commands print, and how they end: 0 well, 1 what was asked about failed, 2 it could not be asked."""

import json
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

OK, FAILED, UNUSABLE = 0, 1, 2
INTERRUPTED = 130
"""128 and the number of SIGINT, as shells have it."""


class CommandFailed(Exception):
    """Ends the command with `exit_code` and `sentence` on standard error."""

    def __init__(self, sentence: str, *, exit_code: int = FAILED) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.exit_code = exit_code


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 (the command's own words)


def complain(sentence: str) -> None:
    print(plain(sentence), file=sys.stderr, flush=True)  # noqa: T201 (as `say`)


def confirm(question: str, *, as_json: bool = False) -> bool:
    """Ask on the terminal. Raises `CommandFailed` where nobody is there to ask, or the answer would be no JSON."""
    if as_json or not sys.stdin.isatty():
        raise CommandFailed(f"{question} There is nobody to ask: say it with --yes.", exit_code=UNUSABLE)
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)  # noqa: T201 (as `say`)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def say_json(value: object) -> None:
    """One document, in ASCII: whatever is in it, a terminal shows it and obeys nothing."""
    say(json.dumps(value, indent=2))


def plain(text: object) -> str:
    """Text of somebody else's as one line without control characters: a terminal would obey them."""
    return "".join(
        " " if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp") else letter for letter in str(text)
    )


def table(head: Sequence[str], body: Iterable[Sequence[object]]) -> list[str]:
    """Lines of aligned columns; the last column is as long as it is."""
    lines = [tuple(head), *(tuple("" if cell is None else plain(cell) for cell in line) for line in body)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head) - 1)]
    return ["  ".join([*map(str.ljust, line, widths), line[-1]]).rstrip() for line in lines]


def say_table(head: Sequence[str], body: Iterable[Sequence[object]]) -> None:
    """A table, as wide as the terminal: a line that wraps is not read as one. Whole where it goes somewhere else."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    for line in table(head, body):
        say(f"{line[: width - 1]}…" if 0 < width < len(line) else line)


def ago(moment: datetime | str | None) -> str:
    """A time as a person in front of a terminal wants it: how long it is ago."""
    if moment is None:
        return ""
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    seconds = max(0.0, (datetime.now(UTC) - at).total_seconds())
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit} ago"
    return f"{seconds:.0f} s ago"
