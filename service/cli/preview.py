"""`preview`: what a job would make, before it is sent."""

import argparse
import json
from base64 import b64decode
from pathlib import Path
from typing import Any

from service.cli import target
from service.cli.client import document_of
from service.cli.job_options import DESCRIBED, job_of
from service.cli.options import API, Command, Option
from service.cli.terminal import OK, print_json, print_line, print_note, printable

WIDEST_NAME = 10


def preview(options: argparse.Namespace) -> int:
    """Print what the job would make; nothing is stored."""
    client = target.api_client(options)
    path = "/pipeline/preview?picture=true" if options.picture else "/pipeline/preview"
    seen = document_of(client.request("POST", path, json.dumps(job_of(options)).encode()))
    picture = seen.pop("picture", None)
    if options.picture:
        if picture is None:
            print_note("There is no picture: the pipeline cannot draw one.")
        else:
            options.picture.write_bytes(b64decode(picture.partition(",")[2]))
    if options.json:
        print_json(seen)
        return OK
    for line in lines(seen):
        print_line(line)
    for warning in seen["warnings"]:
        print_note(printable(warning))
    return OK


def lines(seen: dict[str, Any]) -> list[str]:
    """Return the preview as lines for people. Pure."""
    facts = ", ".join(f"{name} {fact}" for name, fact in seen["facts"].items())
    found = [printable(f"{seen['title']}: {facts}")]
    for part in seen["parts"]:
        found += ["", printable(part["name"])]
        found += [printable(f"  {name:<{WIDEST_NAME}}{words}") for name, words in part["says"].items()]
    if seen["unused"]:
        found += ["", "Not in it (--tell has a line told):"]
        found += [printable(f"  {one['line']}  [{one['why']}]") for one in seen["unused"]]
    return found


COMMAND = Command(
    "preview",
    preview,
    "print what a job would make, before it is sent",
    (
        *DESCRIBED,
        Option("--picture", type=Path, metavar="FILE", help="write a picture of it there too, such as board.webp"),
        *API,
    ),
)
