"""Print to the terminal, and the exit codes: 0 success, 1 what was asked about failed, 2 the question got no answer."""

import json
import os
import re
import shlex
import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

MODULE = "python -m service"
"""How the command line is called without the package being installed."""

OK, FAILED, NO_ANSWER = 0, 1, 2
INTERRUPTED = 130
"""128 plus the number of SIGINT, as shells report it."""
OUTPUT_CLOSED = 141
"""128 plus the number of SIGPIPE: the reader of our output closed it before its end."""
_UNPRINTED = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Unicode categories of characters that a terminal executes, or that change how the others look."""


class CommandFailed(Exception):
    """End the command with `exit_code`, and `sentence` on standard error."""

    def __init__(self, sentence: str, *, exit_code: int = FAILED) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.exit_code = exit_code


def print_line(line: str) -> None:
    print(line, flush=True)  # noqa: T201 (the command's own output)


def print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        print_line(line)


def print_or_drop(line: str) -> None:
    """As `print_line`, for an act that must go on: if the reader of our output has closed it, drop what is printed."""
    try:
        print_line(line)
    except BrokenPipeError:
        drop_output()


def drop_output() -> None:
    """Send standard output nowhere from now on. The interpreter's last flush must not complain either."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def print_note(sentence: str) -> None:
    """Print on standard error what is not part of the answer: that there is more, or what is left to do."""
    print_error(sentence)


def print_error(sentence: str) -> None:
    print(printable(sentence), file=sys.stderr, flush=True)  # noqa: T201 (as above)


def print_json(value: object) -> None:
    """Print one document in ASCII, so that the terminal executes no control character in it."""
    print_line(json.dumps(value, indent=2))


class JsonArray:
    """Prints an array of documents as they come, so that none is kept. It is closed whatever happens in between."""

    def __enter__(self) -> Self:
        self._is_empty = True
        return self

    def add(self, value: object) -> None:
        lines = textwrap.indent(json.dumps(value, indent=2), "  ")
        print_or_drop(f"{'[' if self._is_empty else ','}\n{lines}")
        self._is_empty = False

    def __exit__(self, *_: object) -> None:
        print_or_drop("[]" if self._is_empty else "]")


def print_table(head: Sequence[str], body: Iterable[Sequence[object]]) -> None:
    """Print a table. On a terminal, lines are cut at its width, because wrapped rows are hard to read."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    for line in format_table(head, body):
        print_line(cut(line, width) if width else line)


def format_table(head: Sequence[str], body: Iterable[Sequence[object]]) -> list[str]:
    """Lines with aligned columns; the last column is not padded."""
    lines = [tuple(head), *(tuple("" if cell is None else printable(cell) for cell in line) for line in body)]
    widths = [max(columns(line[column]) for line in lines) for column in range(len(head) - 1)]
    padded = [
        [cell + " " * (width - columns(cell)) for cell, width in zip(line, widths, strict=False)] for line in lines
    ]
    return ["  ".join([*cells, line[-1]]).rstrip() for cells, line in zip(padded, lines, strict=True)]


def columns(text: str) -> int:
    """How many columns of a terminal a text takes: two for a wide letter of CJK or an emoji, none for a mark.

    https://www.unicode.org/reports/tr11/
    """
    marks = ("Mn", "Me", "Cf")
    return sum(
        0 if unicodedata.category(letter) in marks else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


def cut(text: str, width: int) -> str:
    """The beginning of a text that fits, with `…` if that is not all."""
    if columns(text) <= width:
        return text
    short = text[: width - 1]
    while columns(short) > width - 1:
        short = short[:-1]
    return f"{short}…"


def confirm(question: str, *, as_json: bool = False) -> bool:
    """Ask on the terminal. Raises `CommandFailed` if there is no terminal, or if standard output must be JSON."""
    if as_json or not sys.stdin.isatty():
        raise CommandFailed(f"{question} There is no terminal to ask on: confirm with --yes.", exit_code=NO_ANSWER)
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)  # noqa: T201 (as above)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def printable(text: object) -> str:
    """Text from outside as one line without control characters, which a terminal would execute."""
    return "".join(" " if unicodedata.category(letter) in _UNPRINTED else letter for letter in str(text))


def shell_line(*words: object) -> str:
    """A command of ours to paste into a shell: an id that a stranger chose stays one word, whatever it contains. The
    id is the last word; if it looks like an option, `--` keeps it apart."""
    texts = [str(word) for word in words]
    last = texts[-1]
    quoted = [*(shell_word(one) for one in texts[:-1]), *(("--",) if last.startswith("-") else ()), shell_word(last)]
    return f"{program()} {' '.join(quoted)}"


def program() -> str:
    """How the command line was called, to be called so again."""
    return "aiprod" if Path(sys.argv[0]).name == "aiprod" else MODULE


def shell_word(text: str) -> str:
    """Text as one word of a shell's command line, without a character that a terminal would execute: those are escaped
    as bash, zsh and ksh read them."""
    if printable(text) == text:
        return shlex.quote(text)
    return f"$'{''.join(_escaped(letter) for letter in text)}'"


def _escaped(letter: str) -> str:
    if re.fullmatch(r"[\w @%+=:,./-]", letter, re.ASCII):
        return letter
    return "".join(f"\\x{byte:02x}" for byte in letter.encode("utf-8", "surrogateescape"))


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
