"""`.dev/dev.json`: what a running `dev` tells the other commands, and the next `dev` after a kill -9."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from service.dev.processes import Started

NAME = "dev.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class DevFile:
    """Holds no secrets: `key_file` is only the path of one. URLs have no trailing slash."""

    url: str
    push_url: str
    push_audience: str
    push_email: str
    api_audience: str
    api_email: str
    project: str
    pubsub_host: str
    jobs_topic: str
    results_topic: str
    dlq_topic: str
    jobs_subscription: str
    results_subscription: str
    dlq_subscription: str
    database_url: str
    artifacts: str
    key_file: str
    service_log: str
    dev: Started
    gunicorn: Started
    postgres: Started | None
    pipeline: str
    presets: Sequence[str]


def write(directory: Path, content: DevFile) -> None:
    """Replace the file in one step, so that nobody reads half of it."""
    part = directory / f".{NAME}.part"
    part.touch(mode=0o600)
    part.write_text(json.dumps(asdict(content), indent=2) + "\n")
    part.replace(directory / NAME)


def read(directory: Path) -> DevFile | None:
    """What the `dev` in this folder wrote; None if none runs, or if a version with other fields left the file."""
    try:
        content = json.loads((directory / NAME).read_text())
        for name in ("dev", "gunicorn", "postgres"):
            content[name] = Started(**content[name]) if content[name] else None
        return DevFile(**content)
    except (OSError, ValueError, TypeError, KeyError):
        return None


def remove(directory: Path) -> None:
    (directory / NAME).unlink(missing_ok=True)
