"""`demo`: make one film from nothing, with PostgreSQL, Pub/Sub and the service on this machine."""

import argparse
import json
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from service.cli import screen, target
from service.cli.client import Client, document_of
from service.cli.filenames import file_name, reserve
from service.cli.live_view import follow, job_path
from service.cli.local import import_dev
from service.cli.terminal import FAILED, OK, print_line, printable

LOG = "demo-service.log"
BRIEF = (
    "Meet Beam, the little lighthouse that learned to dance. Every night it turns its light into music. "
    "Come and see it on the pier, this Friday at 8 pm."
)


def demo(options: argparse.Namespace) -> int:
    """Start the service with its PostgreSQL and Pub/Sub, submit one brief, keep the film, stop everything."""
    stack = import_dev("stack", needed_by="demo")
    brief = options.text or BRIEF
    print_line(f'The brief: "{printable(brief)}"\n')
    print_line("Starting PostgreSQL, a stand-in for Pub/Sub and the service …")
    with (
        tempfile.TemporaryDirectory(prefix="aiprod-demo-") as folder,
        stack.DevStack(Path(folder) / "dev", port=0, env={"PIPELINE": "film"}) as running,
    ):
        client = Client(running.url, running.api_token())
        metadata = {"aspect_ratio": options.ratio, "duration_sec": options.seconds}
        job = {
            "user_id": "demo",
            "preset": options.preset or target.DEFAULT_PRESET,
            "content": brief,
            "metadata": {name: value for name, value in metadata.items() if value is not None},
        }
        began = time.monotonic()
        submitted = document_of(client.request("POST", "/pipeline/run", json.dumps(job).encode()))
        exit_code = follow(client, submitted["job_id"], as_json=False, with_output=False)
        took = time.monotonic() - began
        if exit_code != OK:
            shutil.copy(Path(folder) / "dev" / "service.log", LOG)
            print_line(f"The service's log is in {LOG}.")
            return FAILED
        output = client.get(job_path(submitted["job_id"]))["result"]["output"]
        kept = keep_files(output, Path(options.out), brief)
    size = f"{output.get('width')} x {output.get('height')}"
    print_line(f"\nA film of {output.get('duration_sec')} s, {size}, in {took:.0f} s.")
    print_line("With it: " + ", ".join(path.name for path in kept[1:]))
    print_line("Play it:")
    screen.print_links(screen.terminal(), [(str(kept[0]), kept[0].as_uri())])
    return OK


def keep_files(output: Mapping[str, Any], folder: Path, brief: str) -> list[Path]:
    """Copy the job's artifacts into `folder` under a new name made from the brief; the film comes first."""
    urls = [output.get(name) for name in ("film_url", "poster_url", "captions_url", "manifest_url")]
    sources = [Path(unquote(urlsplit(url).path)) for url in urls if isinstance(url, str)]
    kept = reserve(folder.resolve(), file_name(brief), [source.suffix for source in sources])
    for source, copy in zip(sources, kept, strict=True):
        shutil.copyfile(source, copy)
    return kept
