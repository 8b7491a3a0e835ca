"""From nothing to a finished film: everything embedded for as long as one job takes."""

import argparse
import json
import re
import shutil
import tempfile
import time
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from service.cli import where
from service.cli.client import Client, checked
from service.cli.terminal import FAILED, OK, UNUSABLE, CommandFailed, plain, say
from service.cli.watch import job_path, watch

LOG = "demo-service.log"
BRIEF = (
    "Meet Beam, the little lighthouse that learned to dance. Every night it turns its light into music. "
    "Come and see it on the pier, this Friday at 8 pm."
)


def demo(options: argparse.Namespace) -> int:
    """Start the service with its PostgreSQL and Pub/Sub, send it one brief, keep the film, stop everything."""
    try:
        stack = import_module("service.dev.stack")
    except ImportError as error:
        sentence = f"demo needs the dev extra ({where.DEV_EXTRA}): {error}."
        raise CommandFailed(sentence, exit_code=UNUSABLE) from error
    brief = options.text or BRIEF
    say(f'The brief: "{plain(brief)}"\n')
    say("Starting PostgreSQL, a stand-in for Pub/Sub and the service …")
    with (
        tempfile.TemporaryDirectory(prefix="aiprod-demo-") as folder,
        stack.DevStack(Path(folder) / "dev", port=0, env={"PIPELINE": "film"}) as running,
    ):
        client = Client(running.url, running.api_token())
        job = {"user_id": "demo", "preset": options.preset, "content": brief}
        began = time.monotonic()
        submitted = checked(client.ask("POST", "/pipeline/run", json.dumps(job).encode()))
        exit_code = watch(client, submitted["job_id"], as_json=False, with_output=False)
        took = time.monotonic() - began
        if exit_code != OK:
            shutil.copy(Path(folder) / "dev" / "service.log", LOG)
            say(f"The service's log is in {LOG}.")
            return FAILED
        output = client.get(job_path(submitted["job_id"]))["result"]["output"]
        kept = keep(output, Path(options.out), brief)
    say(f"\nA film of {output.get('duration_sec')} s, {output.get('width')} x {output.get('height')}, in {took:.0f} s.")
    say("With it: " + ", ".join(path.name for path in kept[1:]))
    say("Play it:")
    say(str(kept[0]))
    return OK


def keep(output: Mapping[str, Any], folder: Path, brief: str) -> list[Path]:
    """Copy the job's artifacts into `folder`, named after the brief; the film first."""
    folder.mkdir(parents=True, exist_ok=True)
    title = "-".join(re.findall(r"[a-z0-9]+", brief.lower())[:5]) or "film"
    kept = []
    for name in ("film_url", "poster_url", "captions_url", "manifest_url"):
        url = output.get(name)
        if isinstance(url, str):
            source = Path(unquote(urlsplit(url).path))
            kept.append(Path(shutil.copyfile(source, folder / f"{title}{source.suffix}")).resolve())
    return kept
