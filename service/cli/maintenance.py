"""`sweep` and `migrate`: keep the service's messages and its database in order."""

import argparse
from dataclasses import asdict
from importlib import import_module

from sqlalchemy import text

from service import db
from service.cli import target
from service.cli.terminal import FAILED, OK, print_error, print_json, print_line, printable
from service.db.migrate import migrate as migrate_tables


def sweep(options: argparse.Namespace) -> int:
    """Resend the messages of jobs that no message would bring back, and publish what is owed; 1 if some failed."""
    settings = target.settings(options)
    # Both need gRPC, which takes a second to import.
    pubsub, sweeping = (import_module(f"service.delivery.{name}") for name in ("pubsub", "sweep"))
    engine = db.connect(settings.database_url, pool_size=2)
    try:
        swept = sweeping.sweep(
            engine,
            pubsub.connect(settings),
            settings.topics,
            ack_deadline_s=settings.ack_deadline_s,
            age_s=options.age,
            limits=settings.limits,
        )
    finally:
        engine.dispose()
    if options.json:
        done = asdict(swept)
        done["skipped"] = done.pop("is_skipped")
        print_json(done)
        return FAILED if swept.failed else OK
    if swept.is_skipped:
        print_line("Another sweep is running; this one did nothing.")
        return OK
    print_line(f"Jobs resent: {len(swept.resent)}; messages published: {swept.published}; failed: {swept.failed}.")
    for key in swept.parked:
        print_line(f"parked because Pub/Sub rejects it: {printable(key)}")
    return FAILED if swept.failed else OK


def migrate(options: argparse.Namespace) -> int:
    """Migrate the database to this version's tables, while the service works on them."""
    url = target.database_url(options)
    migrated = migrate_tables(url, serving_role=options.serving_role, wait_s=options.wait)
    if options.json:
        with target.database(options) as engine:
            (row,) = db.execute(engine, text("SELECT version_num FROM alembic_version"), {})
        print_json({"version": row["version_num"], "mended": [asdict(one) for one in migrated.mended]})
    else:
        for one in migrated.mended:
            print_line(f"The sequence {one.name} was behind its table: it is moved from {one.at} to {one.highest}.")
        print_line("The database has this version's tables.")
    if migrated.note:
        print_error(migrated.note)
    if migrated.problem:
        print_error(migrated.problem)
        return FAILED
    return OK
