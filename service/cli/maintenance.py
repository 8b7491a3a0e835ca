"""What runs the service, or mends it: dev, token, sweep, migrate."""

import argparse
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from sqlalchemy import text

from service import db
from service.cli import where
from service.cli.terminal import OK, UNUSABLE, CommandFailed, plain, say, say_json
from service.errors import SettingsError


def dev(options: argparse.Namespace) -> int:
    """Run everything embedded until it is stopped."""
    try:
        server = import_module("service.dev.server")
    except ImportError as error:
        sentence = f"dev needs the dev extra ({where.DEV_EXTRA}): {error}."
        raise CommandFailed(sentence, exit_code=UNUSABLE) from error
    return int(server.run_dev(Path(options.dir), options.port, options.pipeline))


def token(options: argparse.Namespace) -> int:
    """Print a token that the running `dev` takes."""
    running = where.running_dev(options)
    if running is None:
        raise SettingsError(f"No dev runs in {options.dir}; start it with `python -m service dev`.")
    say(where.sign(running, options.purpose))
    return OK


def sweep(options: argparse.Namespace) -> int:
    """Send again what no message will bring back."""
    settings = where.settings(options)
    # Both need gRPC, which takes a second to import; no other command does.
    pubsub, sweeping = (import_module(f"service.delivery.{name}") for name in ("pubsub", "sweep"))
    engine = db.connect(settings.database_url, pool_size=2)
    try:
        swept = sweeping.sweep(
            engine,
            pubsub.connect(settings),
            settings.topics,
            ack_deadline_s=settings.ack_deadline_s,
            age_s=options.age,
        )
    finally:
        engine.dispose()
    if options.json:
        say_json(asdict(swept))
        return OK
    say(f"{len(swept.resent)} jobs sent again, {swept.published} messages published, {swept.failed} failed.")
    for key in swept.parked:
        say(f"parked, Pub/Sub refuses it: {plain(key)}")
    return OK


def migrate(options: argparse.Namespace) -> int:
    """Bring the tables to this version's shape."""
    url = where.database_url(options)
    db.migrate(url)
    if options.json:
        engine = db.connect(url, pool_size=1)
        (row,) = db.rows(engine, text("SELECT version_num FROM alembic_version"), {})
        engine.dispose()
        say_json({"version": row["version_num"]})
    else:
        say("The database has this version's tables.")
    return OK
