"""`.env.example` and docs/configuration.md, from the tables of variables."""

import textwrap
from collections.abc import Iterable
from pathlib import Path

from service import variables
from service.pipelines.film import variables as film
from service.variables import Variable

EXAMPLE, PAGE = ".env.example", "docs/configuration.md"

SECTIONS: tuple[tuple[str, str, tuple[Variable, ...]], ...] = (
    ("Needed", "Without these the service does not start.", variables.NEEDED),
    ("Who may call", "`/push` and the API have an audience and a list of accounts each.", variables.CALLERS),
    ("What is run, and how much of it", "", variables.WORK),
    ("Limits of each user", "", variables.LIMITS),
    ("Pub/Sub", "", variables.TOPICS),
    ("The process", "", variables.PROCESS),
    (
        "The film: who makes what",
        "Read by `PIPELINE=film`; [docs/film.md](film.md#who-makes-what) says more.",
        film.WHO,
    ),
    (
        "The film: Vertex AI",
        "Read by each part that `vertex` makes. A model without a known price is refused.",
        film.VERTEX,
    ),
    ("The command line", "Read by `aiprod` (`python -m service`), not by the service.", variables.COMMANDS),
)

EXAMPLE_HEAD = """\
# Every environment variable, with its default if it has one. Made by `make docs` from service/variables.py and
# service/pipelines/film/variables.py; docs/configuration.md has the same as a page.
#
# The lines that are not comments are enough for a laptop with a PostgreSQL and an emulator of Pub/Sub. The service does
# not read this file by itself:
#   env $(grep -v '^#' .env.example) .venv/bin/gunicorn 'service.app:create_app()'
"""

PAGE_HEAD = """\
# Configuration

The service reads environment variables once, when it starts, into one frozen value (`service/config.py`). A wrong or
missing one stops the start with a sentence that names it. An empty variable counts as unset.

This page and [.env.example](../.env.example) are made by `make docs` from the tables in `service/variables.py` and
`service/pipelines/film/variables.py`. What holds for a deployment (and which of these the release sets) is in
[deploy.md](deploy.md#settings).
"""

PAGE_TAIL = """
## Read by libraries

Google's client libraries read their own variables, above all `GOOGLE_APPLICATION_CREDENTIALS` (not needed on Cloud Run);
gunicorn reads `GUNICORN_CMD_ARGS`; what would break a promise there (`--workers 4`, `--preload`, another worker class, a TLS
certificate) is refused at the start, with the reason. The time limits of the database's sessions are not variables: `python -m service
migrate` sets them on the role (`service/db/roles.py`).

## What is not a variable

Limits that no deployment has needed to change are constants with a reason beside them;
[architecture.md](architecture.md#limits-and-timeouts) lists them.
"""


def example(_root: Path) -> str:
    """Make `.env.example`: what a laptop needs is set, everything else is a comment."""
    parts = [EXAMPLE_HEAD]
    for title, _, table in SECTIONS:
        parts.append(f"\n# {title}\n")
        for one in table:
            lines = textwrap.wrap(one.meaning.replace("`", ""), 116, break_long_words=False, break_on_hyphens=False)
            parts.append("".join(f"# {line}\n" for line in lines))
            parts.append(f"{one.name}={one.example}\n" if one.example else f"# {one.name}={one.default}\n")
    return "".join(parts)


def page(_root: Path) -> str:
    """Make docs/configuration.md."""
    parts = [PAGE_HEAD]
    for title, about, table in SECTIONS:
        parts.append(f"\n## {title}\n\n" + (f"{about}\n\n" if about else ""))
        parts.append("| variable | default | what it is |\n| --- | --- | --- |\n")
        parts.extend(_rows(table))
    return "".join([*parts, PAGE_TAIL])


def _rows(table: Iterable[Variable]) -> Iterable[str]:
    for one in table:
        default = f"`{one.default}`" if one.default else "" if one.optional else "**needed**"
        yield f"| `{one.name}` | {default} | {one.meaning} |\n"
