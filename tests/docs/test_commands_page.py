"""What the documentation tells a reader to type is what the command line takes; what it says is there, is there."""

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence

import pytest

from lab.harness.processes import ROOT
from service.cli.commands import COMMANDS, parser
from service.cli.options import Command
from service.delivery.outcomes import Outcome
from tests.docs.test_links import PAGES

NOW = [page for page in PAGES if page != "CHANGELOG.md"]
"""The changelog names what was there at its time."""

STARTS = r"(?:(?:\S*python|…) -m service|aiprod|deploy/admin\.sh)"
CODE = re.compile(r"`([^`\n]+)`")
FENCE = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINE = re.compile(rf"{STARTS} (?!--?\w*$)(.*)")
SHORT = re.compile(r"(?:(?:jobs|dlq|outbox|users) [a-z]|(?:pause|resume|doctor|migrate|prune|acts|spend) --)")
END = re.compile(r"(?:\s[|>]|&&|;|\)\"|\)$| #).*")
"""Where a shell's line goes on after the command."""


def text(page: str) -> str:
    return (ROOT / page).read_text().replace("\\\n", " ")


def typed(page: str) -> Iterator[tuple[str, bool]]:
    """The arguments of each command on a page, and whether it is written out: in prose, `jobs show` is a name, too."""
    blocks = FENCE.findall(text(page))
    for line in "\n".join(blocks).splitlines():
        found = LINE.search(line.partition(" #")[0])
        # To gcloud, `aiprod` is the database.
        if found and not line.startswith("gcloud "):
            yield END.sub("", found[1]), True
    for code in CODE.findall(FENCE.sub("", text(page))):
        found = re.fullmatch(rf"{STARTS} ([^…]*)", code)
        if found:
            yield END.sub("", found[1]), False
        elif SHORT.match(code) and "|" not in code:
            yield END.sub("", code), False


def words(arguments: str) -> Sequence[str]:
    return [word.replace("…", "1") for word in shlex.split(re.sub(r"\b(ID|N)\b", "1", arguments))]


@pytest.mark.parametrize("page", NOW)
def test_every_command_is_one_that_the_parser_takes(page: str, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = []
    for arguments, is_whole in typed(page):
        try:
            parser("python -m service").parse_args(words(arguments))
        except SystemExit as ended:
            said = capsys.readouterr().err
            is_short = "arguments are required" in said or "expected one argument" in said
            if ended.code and (is_whole or not is_short):
                wrong.append(f"{arguments}: {said.splitlines()[-1]}")
    assert not wrong


def test_a_wrong_command_would_be_found(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parser("python -m service").parse_args(words("jobs list --waiting-for provider"))
    assert "unrecognized arguments" in capsys.readouterr().err
    assert sum(len(list(typed(page))) for page in NOW) > 100


def leaves(commands: Iterable[Command], above: str = "") -> Iterator[str]:
    for command in commands:
        name = f"{above}{command.name}"
        yield from leaves(command.subcommands, f"{name} ") if command.subcommands else [name]


@pytest.mark.parametrize("name", list(leaves(COMMANDS)))
def test_every_command_is_on_a_page(name: str) -> None:
    pages = " ".join(re.sub(r"\s+", " ", text(page)) for page in NOW)
    assert re.search(rf"(?:{STARTS} |`){name}\b", pages)


def table(head: str) -> set[str]:
    """The names in the first column of the table of docs/operating.md whose first column is called `head`."""
    (rows,) = re.findall(rf"^\| {head} \|.*\n\| --- .*\n((?:\|.*\n)+)", text("docs/operating.md"), re.MULTILINE)
    return {name for row in rows.splitlines() for name in re.findall(r"`(\w+)`", row.split("|")[1])}


def test_the_runbook_has_every_action_of_the_log() -> None:
    code = "\n".join(path.read_text() for path in (ROOT / "service").rglob("*.py"))
    logged = set(re.findall(r'"action": "(\w+)"', code))
    assert len(logged) > 25
    assert table("`action`") == logged


def test_the_runbook_has_every_outcome_of_a_delivery() -> None:
    assert table("`outcome`") == {outcome.label for outcome in Outcome}
