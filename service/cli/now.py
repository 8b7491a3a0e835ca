"""`now`: what is wrong right now, and what to type about it."""

import argparse
from collections.abc import Sequence
from dataclasses import asdict

from service.cli import target
from service.cli.options import DATABASE, Command
from service.cli.terminal import FAILED, OK, print_json, print_line, printable, program, shell_word
from service.console.wrongs import WHY, Wrong


def now(options: argparse.Namespace) -> int:
    """Print what is wrong right now, in sentences, each with the commands that show it and mend it. The exit code is 1
    if something does not pass by itself."""
    from service.console.now import look  # noqa: PLC0415 (it takes a while to import, and no other command needs it)

    with target.database(options) as engine:
        found = look(engine).wrongs
    code = FAILED if any(one.is_bad for one in found) else OK
    if options.json:
        print_json([_as_json(one) for one in found])
        return code
    for one in found:
        print_line(printable(f"{one.what}, {one.more}." if one.more else f"{one.what}."))
        for text in (one.example, one.todo):
            if text:
                print_line(f"    {printable(text)}")
        for words in one.commands:
            print_line(f"    {_line(words)}")
    if not found:
        print_line("Nothing is wrong right now.")
    return code


def _line(words: Sequence[str]) -> str:
    """A command to paste: what strangers chose stays one word, and the reason is for the operator to fill in."""
    return " ".join((program(), *('--why "…"' if word == WHY else shell_word(word) for word in words)))


def _as_json(one: Wrong) -> dict[str, object]:
    names = ("what", "more", "is_bad", "example", "todo", "commands")
    return {name: value for name, value in asdict(one).items() if name in names}


COMMAND = Command("now", now, "print what is wrong right now, and what to type about it", DATABASE)
