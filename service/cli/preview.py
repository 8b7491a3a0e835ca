"""`preview`: what a job would make, before it is sent."""

import argparse
import json
import os
import uuid
from base64 import b64decode
from pathlib import Path
from typing import Any

import msgspec

from service.cli import target
from service.cli.client import document_of
from service.cli.job_options import DESCRIBED, job_of
from service.cli.options import API, Command, Option
from service.cli.terminal import OK, CommandFailed, print_json, print_line, print_note, printable
from service.pipeline import Job, Never
from service.variables import DEFAULTS

WIDEST_NAME = 10


def preview(options: argparse.Namespace) -> int:
    """Print what the job would make; nothing is stored."""
    seen = _asked(options) if target.knows_a_service(options) else _made_here(options)
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


def _asked(options: argparse.Namespace) -> dict[str, Any]:
    """The preview that the service answers with."""
    client = target.api_client(options)
    path = "/pipeline/preview?picture=true" if options.picture else "/pipeline/preview"
    return document_of(client.request("POST", path, json.dumps(job_of(options)).encode()))


def _made_here(options: argparse.Namespace) -> dict[str, Any]:
    """The same without a service, by the pipeline that `PIPELINE` names, in this process."""
    # The pipeline and the API's form of its answer are half a second of imports, which no other command needs.
    from service.api.views import preview_view  # noqa: PLC0415
    from service.loading import load_pipeline  # noqa: PLC0415

    pipeline = load_pipeline(os.environ.get("PIPELINE", "").strip() or DEFAULTS["PIPELINE"], os.environ)
    options.preset = options.preset or min(
        pipeline.presets, key=lambda preset: (preset != target.DEFAULT_PRESET, preset)
    )
    if options.preset not in pipeline.presets:
        raise CommandFailed(
            f"The pipeline {pipeline.name} has no preset {options.preset!r}, but {sorted(pipeline.presets)}."
        )
    if pipeline.preview is None:
        raise CommandFailed(f"The pipeline {pipeline.name} cannot say beforehand what it would make.")
    job = Job(id=str(uuid.uuid4()), **job_of(options))
    try:
        pipeline.check(job)
        seen = pipeline.preview(job)
    except Never as error:
        raise CommandFailed(error.sentence) from error
    made: dict[str, Any] = msgspec.to_builtins(preview_view(seen, is_drawn=bool(options.picture)))
    return made


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
