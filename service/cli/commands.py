"""Every command and its options, as a table, and the parser made from it."""

import argparse
import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service import __version__
from service.cli import demo, dlq, jobs, local, maintenance, push, target
from service.cli.doctor import command as doctor
from service.db.migrate import WAIT_S
from service.queries import parse_time
from service.states import JobState

MODULE = "python -m service"
"""How the command line is called without the package being installed."""

EXAMPLES = """
from a text to a film:
  python -m service demo "A lighthouse that learns to dance."    # all in one, or step by step:
  python -m service dev                      # in one terminal; Ctrl-C stops everything
  python -m service submit --watch "A lighthouse that learns to dance."

at three in the morning:
  python -m service dlq list                 # what failed, and why
  python -m service jobs show JOB_ID         # what happened to one job, at which stage, and its dead letter
  python -m service dlq replay ID            # run it again; finished stages are kept
  python -m service dlq replay --reason drill_permanent --since 2026-11-25

exit codes: 0 success; 1 what was asked about failed (a job, a refused message), or only part of it could be done;
2 no answer (wrong usage or settings, or a service or database that does not respond).

environment: AIPROD_URL, AIPROD_TOKEN (a Google ID token, such as `gcloud auth print-identity-token` prints),
DATABASE_URL. Without them, the commands talk to the dev that runs in this folder.
"""
MAX_ID = 2**63 - 1


def whole_number(least: int, most: int) -> Callable[[str], int]:
    def parse(raw: str) -> int:
        if not (raw.isascii() and raw.isdigit() and len(raw) <= len(str(most)) and least <= int(raw) <= most):
            raise argparse.ArgumentTypeError(f"{raw!r} must be a whole number from {least} to {most}")
        return int(raw)

    return parse


def time_or_day(raw: str) -> datetime:
    try:
        return parse_time(raw)
    except ValueError:
        sentence = f"{raw!r} must be a time such as 2026-11-25T12:00:00Z or a day such as 2026-11-25"
        raise argparse.ArgumentTypeError(sentence) from None


class Option:
    """The arguments of one `add_argument`."""

    def __init__(self, *names: str, **settings: Any) -> None:
        self.names = names
        self.settings = settings


@dataclass(frozen=True, slots=True)
class Command:
    """A row of the table. `run` is None if the command only has subcommands."""

    name: str
    run: Callable[[argparse.Namespace], int] | None
    help: str
    options: tuple[Option, ...] = ()
    subcommands: tuple["Command", ...] = ()


DIR = Option("--dir", default=target.DEFAULT_DIR, help="the folder where dev keeps its files (default: .dev)")
URL = Option("--url", help="the service (default: AIPROD_URL, or dev)")
DATABASE_URL = Option("--database-url", metavar="URL", help="the database (default: DATABASE_URL, or dev's)")
JSON = Option("--json", action="store_true", help="print JSON")
API = (DIR, URL, JSON)
DATABASE = (DIR, DATABASE_URL, JSON)

ID = whole_number(1, MAX_ID)
LIMIT = whole_number(1, 200)

JOB_ID = Option("job_id", metavar="JOB_ID")
JOB_IDS = Option("job_ids", metavar="JOB_ID", nargs="+")
PRESET = Option("--preset", default="quick_social", help="the preset, such as brand_campaign (default: quick_social)")
BY = Option("--by", metavar="WHO", help="the name to record (default: $USER@host)")
FROM_STAGE = Option("--from-stage", metavar="STAGE", help="run this stage and those after it again (default: none)")
JOB_FILTERS = (
    Option("--state", choices=[state.value for state in JobState], help="jobs in this state"),
    Option("--user", metavar="ID", help="jobs of this user"),
    Option("--preset", help="jobs with this preset"),
    Option("--since", metavar="TIME", help="created at or after this time, such as 2026-11-25T12:00:00Z"),
    Option("--until", metavar="TIME", help="created before this time"),
    Option("--limit", metavar="N", type=LIMIT, help="at most this many (default: 50)"),
    Option("--cursor", help="the cursor that the previous page printed"),
)
LETTER_FILTERS = (
    Option("--reason", help="with this reason, such as attempts_used_up"),
    Option("--job", metavar="JOB_ID", help="of this job"),
    Option(
        "--since", type=time_or_day, metavar="TIME", help="created at or after this time, such as 2026-11-25T12:00Z"
    ),
    Option("--until", type=time_or_day, metavar="TIME", help="created before this time"),
)
CHOICE_OF_LETTERS = (
    Option("ids", type=ID, metavar="ID", nargs="*", help="one or more dead letters; or use the filters below"),
    *LETTER_FILTERS,
    Option("--all-open", action="store_true", help="every open dead letter"),
    Option("--yes", "-y", action="store_true", help="do not ask for confirmation"),
)

COMMANDS = (
    Command(
        "demo",
        demo.demo,
        "make one film with everything on this machine, then stop",
        (
            Option("text", metavar="TEXT", nargs="?", help="the brief (default: one about a lighthouse)"),
            PRESET,
            Option("--out", default="films", metavar="DIR", help="the folder to keep the film in (default: films)"),
            DIR,
        ),
    ),
    Command(
        "dev",
        local.dev,
        "run PostgreSQL, Pub/Sub and the service on this machine",
        (
            Option("--port", type=whole_number(0, 65_535), default=8080, help="the service's port (default: 8080)"),
            Option(
                "--pipeline", default="film", metavar="NAME", help="film, drill or package.module:name (default: film)"
            ),
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
            Option("text", metavar="TEXT", help="the brief; - reads standard input"),
            PRESET,
            Option("--user", metavar="ID", help="the job's owner (default: $USER)"),
            Option("--job-id", metavar="ID", help="your own id; the same id and brief again is the same job"),
            Option(
                "--meta",
                type=jobs.metadata_option,
                action="append",
                metavar="NAME=VALUE",
                help="metadata, such as duration_sec=10 or lang=en; may be repeated",
            ),
            Option("--watch", action="store_true", help="follow the job until it has ended"),
            *API,
        ),
    ),
    Command("watch", jobs.watch, "follow a job until it has ended", (JOB_ID, *API)),
    Command(
        "jobs",
        jobs.list_jobs,
        "list jobs; show, cancel or replay them",
        (*JOB_FILTERS, *API),
        (
            Command("list", jobs.list_jobs, "list jobs, newest first", (*JOB_FILTERS, *API)),
            Command("show", jobs.show, "show one job and its history", (JOB_ID, *API)),
            Command("cancel", jobs.cancel, "cancel jobs", (JOB_IDS, *API)),
            Command("replay", jobs.replay, "run failed or cancelled jobs again", (JOB_IDS, FROM_STAGE, BY, *DATABASE)),
        ),
    ),
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
    Command(
        "dlq",
        None,
        "list, show, replay or discard dead letters",
        subcommands=(
            Command(
                "list",
                dlq.list_letters,
                "list open dead letters, newest first",
                (
                    Option("--all", action="store_true", help="include those that were replayed or discarded"),
                    *LETTER_FILTERS,
                    Option("--limit", metavar="N", type=LIMIT, default=50, help="at most this many (default: 50)"),
                    Option("--before", type=ID, metavar="ID", help="the last id of the previous page"),
                    *DATABASE,
                ),
            ),
            Command(
                "show",
                dlq.show,
                "show one dead letter, with the data that arrived",
                (Option("id", type=ID, metavar="ID"), *DATABASE),
            ),
            Command(
                "replay",
                dlq.replay,
                "run the jobs of dead letters again",
                (*CHOICE_OF_LETTERS, FROM_STAGE, BY, *DATABASE),
            ),
            Command("discard", dlq.discard, "discard dead letters", (*CHOICE_OF_LETTERS, BY, *DATABASE)),
        ),
    ),
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
