"""Find the service and the database to talk to: by options, else by the environment, else from the running `dev`."""

import argparse
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from service import db
from service.cli.client import Client
from service.cli.terminal import shell_line
from service.config import Settings, read_settings
from service.errors import SettingsError

if TYPE_CHECKING:
    from service.dev.devfile import DevFile

DEFAULT_DIR = ".dev"
DEFAULT_PRESET = "quick_social"
NO_SERVICE = "No service to talk to: give --url, set AIPROD_URL, or start one with `{dev}`."
NO_DATABASE = "No database to talk to: give --database-url, set DATABASE_URL, or start one with `{dev}`."


def api_client(options: argparse.Namespace) -> Client:
    """A client of the API. Raises `SettingsError` if no service is known."""
    url = service_url(options)
    return Client(url, token(options, "api", url))


@contextmanager
def database(options: argparse.Namespace) -> Iterator[Engine]:
    """An engine for the database, disposed of afterwards. Raises `SettingsError` as `database_url` does."""
    engine = db.connect(database_url(options), pool_size=1)
    try:
        yield engine
    finally:
        engine.dispose()


def knows_a_service(options: argparse.Namespace) -> bool:
    """Say whether a command line, the environment or a running `dev` names a service."""
    return bool(options.url or os.environ.get("AIPROD_URL", "").strip() or running_dev(options))


def service_url(options: argparse.Namespace) -> str:
    """The service's URL without a trailing slash. Raises `SettingsError` if none is known."""
    given = options.url or os.environ.get("AIPROD_URL", "").strip()
    if not given:
        dev = running_dev(options)
        if dev is None:
            raise SettingsError(NO_SERVICE.format(dev=shell_line("dev")))
        return dev.url
    if not given.startswith(("http://", "https://")):
        raise SettingsError(f"The service's URL must start with http:// or https://, not {given!r}.")
    return str(given).rstrip("/")


def database_url(options: argparse.Namespace) -> str:
    """The database's URL as SQLAlchemy spells it for psycopg2.

    Raises `SettingsError` if none is known, or if it is not PostgreSQL's.
    """
    given = options.database_url or os.environ.get("DATABASE_URL", "").strip()
    if not given:
        dev = running_dev(options)
        if dev is None:
            raise SettingsError(NO_DATABASE.format(dev=shell_line("dev")))
        return dev.database_url
    try:
        url = make_url(given)
    except (ArgumentError, ValueError):
        url = None
    if url is None or url.get_backend_name() not in ("postgresql", "postgres"):
        raise SettingsError("DATABASE_URL must start with postgresql:// (PostgreSQL is the only supported database).")
    return url.set(drivername="postgresql+psycopg2").render_as_string(hide_password=False)


def settings(options: argparse.Namespace) -> Settings:
    """The settings of a command that serves no requests, so callers, address and artifacts need no value.

    Raises `SettingsError` if Pub/Sub or the database is unknown.
    """
    env: dict[str, str] = {**_pubsub_of_dev(options), **os.environ, "DATABASE_URL": database_url(options)}
    for name in ("K_SERVICE", "SURFACE"):
        env.pop(name, None)
    return read_settings({**env, "AUTH": "off", "HOST": "127.0.0.1", "ARTIFACTS_URL": "file:///unused"})


def token(options: argparse.Namespace, purpose: str, url: str) -> str | None:
    """AIPROD_TOKEN, else a token signed by the running `dev` if `url` is its own, else None.

    `purpose` is `api` or `push`. There is no option for it: every user of the machine can read a command line.
    """
    given = os.environ.get("AIPROD_TOKEN", "").strip()
    dev = None if given else running_dev(options)
    return sign(dev, purpose) if dev and dev.url == url else given or None


def sign(dev: "DevFile", purpose: str) -> str:
    """Sign a token that the running `dev` accepts for an hour."""
    audience, email = (dev.push_audience, dev.push_email) if purpose == "push" else (dev.api_audience, dev.api_email)
    issuer = import_module("service.dev.issuer").LocalIssuer
    try:
        return str(issuer(Path(dev.key_file).read_bytes()).token(audience, email))
    except (OSError, ValueError) as error:
        raise SettingsError(f"The key of dev cannot be read: {error}.") from error


def running_dev(options: argparse.Namespace) -> "DevFile | None":
    """What the `dev` in this folder wrote to its dev.json; None if none runs, or `service.dev` is not installed."""
    try:
        found: DevFile | None = import_module("service.dev.devfile").read(Path(options.dir))
    except ImportError:
        return None
    return found


def default_preset(options: argparse.Namespace) -> str:
    """The film's, unless the service is a running `dev` with a pipeline that does not have it: then its first."""
    dev = running_dev(options)
    presets = dev.presets if dev and dev.url == service_url(options) else ()
    return DEFAULT_PRESET if DEFAULT_PRESET in presets or not presets else presets[0]


def _pubsub_of_dev(options: argparse.Namespace) -> Mapping[str, str]:
    """The variables that name dev's Pub/Sub; empty unless the database is dev's too, so that the two never mix."""
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
