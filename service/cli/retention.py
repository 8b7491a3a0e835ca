"""`prune` and `users forget`: delete what need not, or must not, be kept any longer."""

import argparse
import os
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from importlib import import_module

from service import artifacts
from service.assets import store as asset_store
from service.cli import target
from service.cli.handling import operator_name
from service.cli.options import BY, DATABASE, WHY, YES, Command, Option, whole_number
from service.cli.terminal import FAILED, NO_ANSWER, OK, CommandFailed, confirm, print_json, print_line
from service.operator import forget as forgetting
from service.operator import prune as pruning

GRACE_S = 2.0
"""A worker notices within two heartbeats that its job was cancelled; each is a third of LEASE_S."""
STILL_HELD = (
    "Not deleted here: messages that Pub/Sub keeps for up to 31 days, what consumers of results have, logs, backups of "
    "the database. A late message of these jobs is recognised and dropped."
)


def prune(options: argparse.Namespace) -> int:
    """Delete ended jobs that are older than they must be kept; 1 if the time was over before the end."""
    settings = target.settings(options)
    wanted = pruning.Wanted(
        retain_days=options.retain_days or settings.retain_days, letters_older_than_days=options.letters_older_than
    )
    with target.database(options) as engine:
        if options.dry_run:
            pruned = pruning.preview(engine, wanted, for_s=options.minutes * 60)
        else:
            pruned = pruning.prune(
                engine,
                wanted,
                who=operator_name(options),
                why=options.why,
                for_s=options.minutes * 60,
                remove_files=_remover(options, only_kept=True),
                remove_assets=_remover_of_assets(options),
            )
    if options.json:
        print_json(pruned.as_json())
    elif pruned.is_skipped:
        print_line("Another prune is running; this one did nothing.")
    else:
        _print_pruned(pruned, is_preview=options.dry_run)
    return OK if pruned.is_complete or pruned.is_skipped else FAILED


def forget(options: argparse.Namespace) -> int:
    """Delete what is known of one person; 1 if some of it could not be deleted yet."""
    settings = target.settings(options)
    has_store = options.keep_files or _artifacts_url(options) is not None
    if not has_store and not options.dry_run:
        raise CommandFailed(
            "Where the files are is not known: set ARTIFACTS_URL, or keep them with --keep-files.", exit_code=NO_ANSWER
        )
    with target.database(options) as engine:
        found = forgetting.preview(engine, options.user)
        if not options.json or options.dry_run:
            _print_forgotten(found, options, "would be deleted" if options.dry_run else "will be deleted")
        if options.dry_run:
            return OK
        if not options.yes and not confirm("Delete all of it, for good?", as_json=options.json):
            print_line("Nothing was done.")
            return FAILED
        forgotten = forgetting.forget(
            engine,
            import_module("service.delivery.pubsub").connect(settings),
            settings.topics,
            options.user,
            who=operator_name(options),
            why=options.why,
            remove_files=_remover(options, only_kept=False),
            remove_assets=_remover_of_users_assets(options),
            grace_s=GRACE_S * settings.lease_s / 3,
        )
    _print_forgotten(forgotten, options, "deleted")
    return OK if not forgotten.left else FAILED


def _print_pruned(pruned: pruning.Pruned, *, is_preview: bool) -> None:
    what = "would be deleted" if is_preview else "deleted"
    states = ", ".join(f"{count} {state}" for state, count in sorted(pruned.jobs.items())) or "none"
    day = f"{pruned.before:%Y-%m-%d %H:%M}" if pruned.before else "?"
    print_line(f"Jobs that ended before {day} UTC, {what}: {states}; {pruned.bytes / 1e6:,.1f} MB.")
    if pruned.oldest:
        print_line(f"The oldest was created on {pruned.oldest:%Y-%m-%d}.")
    if pruned.spent_usd:
        spent = ", ".join(f"{preset} {usd:.2f} USD" for preset, usd in sorted(pruned.spent_usd.items()))
        print_line(f"They had cost: {spent}.")
    rest = f"letters of refused data {pruned.letters}, tombstones {pruned.tombstones}, records of acts {pruned.acts}"
    print_line(f"Besides, {what}: {rest}, idempotency keys {pruned.keys}, files {pruned.files}.")
    if pruned.kept:
        print_line(f"Kept: {pruned.kept} jobs of that age have not ended, owe a message or have an open dead letter.")
    if not pruned.is_complete:
        print_line("The time was over before the end: run it again to continue.")


def _print_forgotten(forgotten: forgetting.Forgotten, options: argparse.Namespace, what: str) -> None:
    if options.json:
        print_json(asdict(forgotten))
        return
    states = ", ".join(f"{count} {state}" for state, count in sorted(forgotten.jobs.items())) or "none"
    print_line(f"Jobs {what}: {states}; {forgotten.bytes / 1e6:,.1f} MB.")
    print_line(f"Letters of refused data {what}: {forgotten.letters}.")
    if what == "deleted":
        print_line(f"Files deleted: {forgotten.files}.")
    if forgotten.left:
        print_line(f"{forgotten.left} jobs are left: {forgotten.why} Run it again later.")
    print_line(STILL_HELD)


def _remover(options: argparse.Namespace, *, only_kept: bool) -> Callable[[str], int]:
    """Return what deletes the files of a job. `only_kept`: not those that their store deletes by itself."""
    url = _artifacts_url(options)
    if url is None or getattr(options, "keep_files", False) or (only_kept and not url.startswith("file:")):
        return lambda _job_id: 0
    stores = artifacts.connect(url)
    return lambda job_id: stores(job_id).remove()


def _remover_of_assets(options: argparse.Namespace) -> Callable[[datetime], int]:
    """Return what deletes assets that were last uploaded before a time."""
    url = _artifacts_url(options)
    return (lambda _before: 0) if url is None else asset_store.connect(url).remove_before


def _remover_of_users_assets(options: argparse.Namespace) -> Callable[[str], int]:
    """Return what deletes the assets that were uploaded for a user."""
    url = _artifacts_url(options)
    return (lambda _user: 0) if url is None or options.keep_files else asset_store.connect(url).remove_of_user


def _artifacts_url(options: argparse.Namespace) -> str | None:
    """ARTIFACTS_URL, or that of the running dev if the database is dev's too."""
    given = os.environ.get("ARTIFACTS_URL", "").strip()
    if given:
        return given
    dev = target.running_dev(options)
    return dev.artifacts if dev is not None and dev.database_url == target.database_url(options) else None


DRY_RUN = Option("--dry-run", action="store_true", help="print what would be deleted, and delete nothing")
DAYS = whole_number(1, 3_650)

COMMAND = Command(
    "prune",
    prune,
    "delete ended jobs that are older than RETAIN_DAYS",
    (
        DRY_RUN,
        Option(
            "--retain-days", type=DAYS, metavar="N", help="keep what has ended in these days (default: RETAIN_DAYS)"
        ),
        Option(
            "--letters-older-than",
            type=DAYS,
            metavar="DAYS",
            help="delete open dead letters of this age too, with their jobs (default: keep them)",
        ),
        Option("--minutes", type=whole_number(1, 1_440), default=10, metavar="N", help="stop after this (default: 10)"),
        BY,
        WHY,
        *DATABASE,
    ),
)
FORGET = Command(
    "forget",
    forget,
    "delete what is known of one user: jobs, results, letters, files",
    (
        Option("user", metavar="USER", help="the user_id of the jobs"),
        DRY_RUN,
        Option("--keep-files", action="store_true", help="do not delete the files of the jobs"),
        YES,
        BY,
        WHY,
        *DATABASE,
    ),
)
