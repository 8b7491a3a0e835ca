"""Draw the jobs that are followed on a terminal, again and again in the same place, by rich.

rich comes with the extra `local`; the image does not have it, and prints a line for each change instead.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

Draw = Callable[[Sequence[Sequence[str]]], None]
"""Draws a block of lines for each job."""

STYLES: Mapping[str, str] = {"✓": "green", "✗": "red", "▸": "yellow", "█": "cyan", "░": "cyan"}
"""By the first character of a line."""


def terminal() -> "Console | None":
    """The terminal that standard output is; None if it is none, or if rich is not installed."""
    if not sys.stdout.isatty():
        return None
    try:
        from rich.console import Console  # noqa: PLC0415 (only who has a terminal needs it)
    except ImportError:
        return None
    return Console(highlight=False, markup=False, emoji=False)


@contextmanager
def drawing(console: "Console") -> Iterator[Draw]:
    """Give a function that draws; what it drew last stays on the terminal."""
    from rich.live import Live  # noqa: PLC0415 (as above)
    from rich.text import Text  # noqa: PLC0415 (as above)

    with Live(console=console, auto_refresh=False, vertical_overflow="crop") as live:

        def draw(blocks: Sequence[Sequence[str]]) -> None:
            lines = [line for block in blocks for line in block]
            # The last lines that fit: a job at work is at its end.
            shown = lines[-max(1, console.size.height - 2) :]
            text = Text("\n", no_wrap=True, overflow="ellipsis").join(
                Text(line, style=STYLES.get(line.strip()[:1], "")) for line in shown
            )
            live.update(text, refresh=True)

        yield draw


def print_links(console: "Console | None", lines: Sequence[tuple[str, str | None]]) -> None:
    """Print lines; on a terminal, one with a URL is a link to it."""
    for line, url in lines:
        if console is None or url is None:
            print(line, flush=True)  # noqa: T201 (the command's own output)
            continue
        from rich.style import Style  # noqa: PLC0415 (as above)
        from rich.text import Text  # noqa: PLC0415 (as above)

        # Never wrapped: a path is to be copied.
        console.print(Text(line, style=Style(link=url)), soft_wrap=True)


def link_of(value: Any) -> str | None:
    """The URL that an output's value is; None if it is none that a terminal may open."""
    is_url = isinstance(value, str) and value.startswith(("file:///", "https://", "http://"))
    return value if is_url and value.isascii() and value.isprintable() and " " not in value else None
