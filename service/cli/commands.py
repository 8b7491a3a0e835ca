"""Every command as a table, and the parser made from it. A new command is a module here with a `COMMAND` (a row), and
the row's name in `COMMANDS`, or in `USERS` if it is called `users …`."""

import argparse
import functools
from typing import Any

from service import __version__
from service.cli import (
    assets,
    controls,
    demo,
    dlq,
    doctor,
    jobs,
    local,
    maintenance,
    new,
    now,
    outbox,
    preview,
    push,
    record,
    retention,
    spend,
)
from service.cli.job_options import DESCRIBED
from service.cli.options import API, DATABASE, DIR, PRESET, Command, Option, whole_number
from service.cli.terminal import MODULE
from service.db.migrate import WAIT_S

EXAMPLES = """
from a text to a film:
  python -m service demo "A lighthouse that learns to dance."    # all in one, or step by step:
  python -m service dev                      # in one terminal; Ctrl-C stops everything
  python -m service preview "A lighthouse that learns to dance."      # what it would say and show
  python -m service submit --watch "A lighthouse that learns to dance."
  python -m service submit --watch --logo logo.png --meta colours=#FF6600 "Fresh bread at six."
  python -m service jobs film JOB_ID --out films/

a pipeline of your own:
  python -m service new shout                # then, in its folder: dev --reload

at three in the morning:
  python -m service now                      # what is wrong, for whom, since when, and what to type about it
  python -m service dlq list                 # what failed, and why
  python -m service jobs show JOB_ID         # what happened to one job, at which stage, and its dead letter
  python -m service dlq replay ID            # run it again; finished stages are kept
  python -m service pause --provider vertex --why "it is down"    # nothing is lost; resume sends what waited
  python -m service dlq replay --reason drill_permanent --since 2026-11-25
  python -m service jobs cancel --user ID --state pending --dry-run       # what would be cancelled
  python -m service jobs run-now --waits-for provider --why "it is back"
  python -m service spend --by user --since 2026-11-01

exit codes: 0 success; 1 what was asked about failed (a job, a refused message), or only part of it could be done;
2 no answer (wrong usage or settings, or a service or database that does not respond).

environment: AIPROD_URL, AIPROD_TOKEN (a Google ID token with that URL as its audience: docs/admin.md), DATABASE_URL.
Without them, the commands talk to the dev that runs in this folder.
"""

USERS: tuple[Command, ...] = (controls.LIMITS, retention.FORGET)
"""The commands inside `users`: what is known of a person, and what they may do."""

COMMANDS: tuple[Command, ...] = (
    Command(
        "demo",
        demo.demo,
        "make one film with everything on this machine, then stop",
        (
            Option("text", metavar="TEXT", nargs="?", help="the brief (default: one about a lighthouse)"),
            PRESET,
            Option("--ratio", metavar="W:H", help="the film's shape: 9:16, 1:1 or 16:9 (default: the preset's)"),
            Option(
                "--seconds", type=whole_number(1, 3_600), metavar="N", help="the film's length (default: as needed)"
            ),
            Option("--out", default="films", metavar="DIR", help="the folder to keep the film in (default: films)"),
            DIR,
        ),
    ),
    new.COMMAND,
    Command(
        "dev",
        local.dev,
        "run PostgreSQL, Pub/Sub and the service on this machine",
        (
            Option("--port", type=whole_number(0, 65_535), help="the service's port (default: PORT, or 8080)"),
            Option(
                "--pipeline",
                metavar="NAME",
                help="film, drill or package.module:name (default: PIPELINE of the environment or of .env, or film)",
            ),
            Option("--reload", action="store_true", help="start the service again when code changes"),
            DIR,
        ),
    ),
    Command(
        "token",
        local.token,
        "print a token for calling the running dev with curl",
        (
            Option(
                "--for",
                dest="purpose",
                choices=("api", "push"),
                default="api",
                help="what to call with it (default: api)",
            ),
            DIR,
        ),
    ),
    Command(
        "submit",
        jobs.submit,
        "submit a job",
        (
            *DESCRIBED,
            Option("--job-id", metavar="ID", help="your own id; the same id and brief again is the same job"),
            *assets.FILES,
            Option("--watch", action="store_true", help="follow the job until it has ended"),
            *API,
        ),
    ),
    preview.COMMAND,
    Command(
        "watch",
        jobs.watch,
        "follow jobs until they have ended",
        (Option("job_ids", metavar="JOB_ID", nargs="+", help="one or more"), *API),
    ),
    jobs.COMMAND,
    assets.COMMAND,
    Command(
        "push",
        push.push,
        "send a stored message to the push endpoint",
        (
            Option("file", metavar="FILE", help="a job as JSON, or the body of a push; - reads standard input"),
            Option("--message-id", metavar="ID", help="Pub/Sub's message id (default: the stored one, or a new one)"),
            *API,
        ),
    ),
    now.COMMAND,
    dlq.COMMAND,
    outbox.COMMAND,
    spend.COMMAND,
    record.COMMAND,
    Command(
        "sweep",
        maintenance.sweep,
        "resend lost job messages, and publish what is owed",
        (
            Option(
                "--age",
                type=float,
                metavar="S",
                help="seconds without a message before a job is resent (default: until none can still arrive)",
            ),
            *DATABASE,
        ),
    ),
    controls.PAUSE,
    controls.RESUME,
    retention.COMMAND,
    Command(
        "migrate",
        maintenance.migrate,
        "migrate the database to this version's tables",
        (
            Option(
                "--for",
                dest="serving_role",
                metavar="ROLE",
                help="the role that the service uses, if it is not this one: it gets what serving needs, and no more",
            ),
            Option(
                "--wait",
                type=float,
                default=WAIT_S,
                metavar="S",
                help=f"seconds to try to get a lock from a session that keeps it (default: {WAIT_S:g})",
            ),
            *DATABASE,
        ),
    ),
    Command(
        "doctor",
        doctor.run,
        "check that everything the service depends on is set up correctly",
        (
            Option(
                "--before",
                action="store_true",
                help="before a release, with its PIPELINE: only check whether it would strand jobs on record",
            ),
            Option("--settings", action="store_true", help="only print the settings, and where each is from"),
            Option(
                "--instances",
                type=whole_number(1, 999_999),
                metavar="N",
                help="how many instances may run at once (max-instances)",
            ),
            *(
                Option(
                    f"--{kind}-sub", metavar="NAME", help=f"the subscription of the {kind} topic (default: TOPIC-sub)"
                )
                for kind in ("jobs", "results", "dlq")
            ),
            *DATABASE,
        ),
    ),
    *((Command("users", None, "limit a user, or forget one", subcommands=USERS),) if USERS else ()),
)


@functools.cache
def parser(program: str = MODULE) -> argparse.ArgumentParser:
    """Make the parser; usage and examples call the command line by `program`."""
    top = argparse.ArgumentParser(
        prog=program,
        description="Turns a text brief into a finished short film: run the service, send jobs, look after them.",
        epilog=EXAMPLES.replace(MODULE, program),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"aiprod-pipeline {__version__}")
    group = top.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in COMMANDS:
        _add(group, command, outer=None)
    return top


def _add(group: Any, command: Command, *, outer: Command | None) -> None:
    """Add a command, and those inside it."""
    description = f"{command.help[0].upper()}{command.help[1:]}."
    added = group.add_parser(command.name, help=command.help, description=description)
    if command.run:
        added.set_defaults(command=command.run)
    for option in command.options:
        # `jobs --user u1 list`: the default of the inner --user must not replace the value given to the outer one.
        inherited = {"default": argparse.SUPPRESS} if outer and option in outer.options else {}
        added.add_argument(*option.names, **{**option.settings, **inherited})
    if command.subcommands:
        inner = added.add_subparsers(title="commands", required=command.run is None, metavar="COMMAND")
        for subcommand in command.subcommands:
            _add(inner, subcommand, outer=command)
