"""The job that a command line describes, for the commands that send one or ask what it would make."""

import argparse
import json
import os
import sys
from typing import Any

from service.cli import target
from service.cli.options import PRESET, Option


def metadata_option(raw: str) -> tuple[str, Any]:
    """Parse `name=value` of --meta. The value is JSON if it parses as JSON (10, true, null), else text (en, 9:16)."""
    name, separator, value = raw.partition("=")
    if not separator or not name:
        raise argparse.ArgumentTypeError(f"{raw!r} must be name=value")
    try:
        return name, json.loads(value)
    except (ValueError, RecursionError):
        return name, value


DESCRIBED = (
    Option("text", metavar="TEXT", help="the brief; - reads standard input"),
    PRESET,
    Option("--user", metavar="ID", help="the job's owner (default: $USER)"),
    Option(
        "--meta",
        type=metadata_option,
        action="append",
        metavar="NAME=VALUE",
        help="metadata, such as duration_sec=10 or lang=en; may be repeated",
    ),
    Option("--title", metavar="TEXT", help="what the film is called; off: no title"),
    Option(
        "--leave-out",
        action="append",
        metavar="LINE",
        help="a line of the brief, or a shot's words, that is not told; may be repeated",
    ),
    Option(
        "--tell",
        action="append",
        metavar="LINE",
        help="tell this line of the brief, even if preview says it is not told; may be repeated",
    ),
    Option(
        "--no-pictogram",
        action="append",
        metavar="NAME",
        dest="pictograms",
        help="a picture, as preview names it, that is not used; off: no pictures; may be repeated",
    ),
)
_BY_HAND = ("title", "leave_out", "tell", "pictograms")
"""Options that are keys of the metadata of the same names."""


def job_of(options: argparse.Namespace) -> dict[str, Any]:
    """Return the job that the options `DESCRIBED` describe, as the API takes it."""
    return {
        "user_id": options.user or os.environ.get("USER") or "me",
        "content": sys.stdin.read() if options.text == "-" else options.text,
        "preset": options.preset or target.default_preset(options),
        "metadata": {
            **dict(options.meta or []),
            **{name: value for name in _BY_HAND if (value := getattr(options, name)) is not None},
        },
    }
