"""`preview`: what a job would make, before it is sent."""

import argparse
import json
from typing import Any

from service.cli import target
from service.cli.client import document_of
from service.cli.job_options import DESCRIBED, job_of
from service.cli.options import API, Command
from service.cli.terminal import OK, print_json, print_line, print_note, printable

WIDEST_NAME = 10


def preview(options: argparse.Namespace) -> int:
    """Print what the job would make; nothing is stored."""
    client = target.api_client(options)
    seen = document_of(client.request("POST", "/pipeline/preview", json.dumps(job_of(options)).encode()))
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
    return found


COMMAND = Command(
    "preview",
    preview,
    "print what a job would make, before it is sent",
    (*DESCRIBED, *API),
)
