"""Where the service and its database are: options, else the environment, else the `dev` that runs here."""

import argparse
import os
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from service.config import Settings, read_settings
from service.errors import SettingsError

if TYPE_CHECKING:
    from service.dev.devfile import DevFile

DEFAULT_DIR = ".dev"
DEV_EXTRA = "in a clone pip install -r requirements-dev.txt, else pip install 'aiprod-pipeline[dev]'"
NO_SERVICE = "There is no service to ask: give --url, set AIPROD_URL, or start one with `python -m service dev`."
NO_DATABASE = (
    "There is no database to ask: give --database-url, set DATABASE_URL, or start one with `python -m service dev`."
)


def running_dev(options: argparse.Namespace) -> "DevFile | None":
    """What the `dev` of the folder wrote down; None where none runs, or this is an installation without it."""
    try:
        found: DevFile | None = import_module("service.dev.devfile").read(Path(options.dir))
    except ImportError:
        return None
    return found


def service_url(options: argparse.Namespace) -> str:
    """Without a slash at its end. Raises `SettingsError` where nobody says it."""
    given = options.url or os.environ.get("AIPROD_URL", "").strip()
    if not given:
        dev = running_dev(options)
        if dev is None:
            raise SettingsError(NO_SERVICE)
        return dev.url
    if not given.startswith(("http://", "https://")):
        raise SettingsError(f"The service's URL must start with http:// or https://, not {given!r}.")
    return str(given).rstrip("/")


def token(options: argparse.Namespace, purpose: str, url: str) -> str | None:
    """AIPROD_TOKEN, else one that the running `dev` takes, where the URL is its own; None: go without.

    `purpose` is `api` or `push`. No option: what is typed there is seen by everybody on the machine.
    """
    given = os.environ.get("AIPROD_TOKEN", "").strip()
    dev = None if given else running_dev(options)
    return sign(dev, purpose) if dev and dev.url == url else given or None


def sign(dev: "DevFile", purpose: str) -> str:
    """A token of the running `dev`, good for an hour."""
    audience, email = (dev.push_audience, dev.push_email) if purpose == "push" else (dev.api_audience, dev.api_email)
    issuer = import_module("service.dev.keys").LocalIssuer
    try:
        return str(issuer(Path(dev.key_file).read_bytes()).token(audience, email))
    except (OSError, ValueError) as error:
        raise SettingsError(f"The key of dev cannot be read: {error}.") from error


def database_url(options: argparse.Namespace) -> str:
    """In SQLAlchemy's spelling with psycopg2. Raises `SettingsError` where nobody says it, or it is not PostgreSQL."""
    given = options.database_url or os.environ.get("DATABASE_URL", "").strip()
    if not given:
        dev = running_dev(options)
        if dev is None:
            raise SettingsError(NO_DATABASE)
        return dev.database_url
    try:
        url = make_url(given)
    except (ArgumentError, ValueError):
        url = None
    if url is None or url.get_backend_name() not in ("postgresql", "postgres"):
        raise SettingsError("DATABASE_URL must start with postgresql:// (PostgreSQL is the only database).")
    return url.set(drivername="postgresql+psycopg2").render_as_string(hide_password=False)


def settings(options: argparse.Namespace) -> Settings:
    """The settings of a command that serves nobody: no caller, no address and no artifacts are asked for.

    Raises `SettingsError` where Pub/Sub or the database is not said.
    """
    env: dict[str, str] = {**_of_dev(options), **os.environ, "DATABASE_URL": database_url(options)}
    for name in ("K_SERVICE", "SURFACE"):
        env.pop(name, None)
    return read_settings({**env, "AUTH": "off", "HOST": "127.0.0.1", "ARTIFACTS_URL": "file:///unused"})


def _of_dev(options: argparse.Namespace) -> Mapping[str, str]:
    """Nothing of dev's is mixed with a database of somebody else's."""
    dev = running_dev(options)
    if dev is None or dev.database_url != database_url(options):
        return {}
    return {
        "GOOGLE_CLOUD_PROJECT": dev.project,
        "PUBSUB_EMULATOR_HOST": dev.pubsub_host,
        "JOBS_TOPIC": dev.jobs_topic,
        "RESULTS_TOPIC": dev.results_topic,
        "DLQ_TOPIC": dev.dlq_topic,
    }
