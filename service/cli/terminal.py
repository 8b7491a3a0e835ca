"""Print to the terminal, and the exit codes: 0 success, 1 what was asked about failed, 2 the question got no answer."""

import json
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

MODULE = "python -m service"
"""How the command line is called without the package being installed."""

OK, FAILED, NO_ANSWER = 0, 1, 2
INTERRUPTED = 130
"""128 plus the number of SIGINT, as shells report it."""


class CommandFailed(Exception):
    """End the command with `exit_code`, and `sentence` on standard error."""

    def __init__(self, sentence: str, *, exit_code: int = FAILED) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.exit_code = exit_code


def print_line(line: str) -> None:
    print(line, flush=True)  # noqa: T201 (the command's own output)


def print_error(sentence: str) -> None:
    print(printable(sentence), file=sys.stderr, flush=True)  # noqa: T201 (as above)


def print_json(value: object) -> None:
    """Print one document in ASCII, so that the terminal executes no control character in it."""
    print_line(json.dumps(value, indent=2))


def print_table(head: Sequence[str], body: Iterable[Sequence[object]]) -> None:
    """Print a table. On a terminal, lines are cut at its width, because wrapped rows are hard to read."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    for line in format_table(head, body):
        print_line(f"{line[: width - 1]}…" if 0 < width < len(line) else line)


def format_table(head: Sequence[str], body: Iterable[Sequence[object]]) -> list[str]:
    """Lines with aligned columns; the last column is not padded."""
    lines = [tuple(head), *(tuple("" if cell is None else printable(cell) for cell in line) for line in body)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head) - 1)]
    return ["  ".join([*map(str.ljust, line, widths), line[-1]]).rstrip() for line in lines]


def confirm(question: str, *, as_json: bool = False) -> bool:
    """Ask on the terminal. Raises `CommandFailed` if there is no terminal, or if standard output must be JSON."""
    if as_json or not sys.stdin.isatty():
        raise CommandFailed(f"{question} There is no terminal to ask on: confirm with --yes.", exit_code=NO_ANSWER)
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)  # noqa: T201 (as above)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def printable(text: object) -> str:
    """Text from outside as one line without control characters, which a terminal would execute."""
    return "".join(
        " " if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp") else letter for letter in str(text)
    )


def time_ago(moment: datetime | str | None) -> str:
    """How long ago a moment was, such as `2 h ago`; empty for None."""
    if moment is None:
        return ""
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    seconds = max(0.0, (datetime.now(UTC) - at).total_seconds())
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit} ago"
    return f"{seconds:.0f} s ago"
