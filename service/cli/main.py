"""The commands, their options, and what becomes of an error: one sentence, never a traceback."""

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence
from datetime import datetime

from service import __version__
from service.cli import demo, dlq, jobs, operate, push, where
from service.cli.doctor import command as doctor
from service.cli.terminal import INTERRUPTED, UNUSABLE, CommandFailed, complain
from service.config import LOG_LEVELS
from service.db import BadData
from service.errors import ServiceError
from service.log import JsonFormatter
from service.queries import moment
from service.states import JobState

EXAMPLES = """
from a text to a film:
  python -m service demo "A lighthouse that learns to dance."    # all in one, or step by step:
  python -m service dev                      # in one terminal; Ctrl-C stops everything
  python -m service submit --watch "A lighthouse that learns to dance."

at three in the morning:
  python -m service dlq list                 # what failed, and why
  python -m service jobs show JOB_ID         # what happened to one job, where, and its dead letter
  python -m service dlq replay ID            # again, as a new run; finished stages are kept
  python -m service dlq replay --reason drill_permanent --since 2026-11-25

exit codes: 0 well; 1 what was asked about failed (a job, a refused message), or not all of it could be done; 2 it
could not be asked (usage, settings, a service or database that does not answer).

environment: AIPROD_URL, AIPROD_TOKEN (a Google ID token, such as `gcloud auth print-identity-token` prints),
DATABASE_URL. Without them the commands talk to the dev that runs in this folder.
"""
MAX_ID = 2**63 - 1
Command = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str]) -> int:
    """Run one command; returns its exit code. Usage errors exit with 2 by argparse itself."""
    options = parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    _log_where_asked()
    try:
        return int(options.command(options))
    except CommandFailed as error:
        complain(error.sentence)
        return error.exit_code
    except ServiceError as error:
        complain(error.sentence)
    except BadData:
        complain("The database cannot look for such a value.")
    except BrokenPipeError:
        # Whoever read our output has enough; the interpreter's last flush must not complain either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        complain(f"{error.filename}: {error.strerror}." if error.filename else f"{error}.")
    except KeyboardInterrupt:
        return INTERRUPTED
    return UNUSABLE


def _log_where_asked() -> None:
    """The commands say what matters themselves; the service's log goes to standard error where LOG_LEVEL is set."""
    level = os.environ.get("LOG_LEVEL", "")
    handler: logging.Handler = logging.NullHandler()
    if level in LOG_LEVELS:
        handler = logging.StreamHandler()
        handler.setFormatter(JsonFormatter())
    logging.basicConfig(handlers=[handler], level=level if level in LOG_LEVELS else logging.CRITICAL)


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="python -m service",
        description="The production pipeline: a text brief in, a finished film out.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"aiprod-pipeline {__version__}")
    commands = top.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _running(commands)
    _jobs(commands)
    _messages(commands)
    _operating(commands)
    return top


Commands = argparse._SubParsersAction  # noqa: SLF001 (argparse has no public name for it)


def _running(commands: "Commands[argparse.ArgumentParser]") -> None:
    film = _command(commands, "demo", demo.demo, "make one film, with everything embedded, and stop again")
    film.add_argument("text", metavar="TEXT", nargs="?", help="the brief (one about a lighthouse)")
    film.add_argument("--preset", default="quick_social", help="such as brand_campaign (quick_social)")
    film.add_argument("--out", default="films", metavar="DIR", help="where the film is kept (films)")
    dev = _command(commands, "dev", operate.dev, "run everything embedded: PostgreSQL, Pub/Sub and the service")
    dev.add_argument("--port", type=_port, default=8080, help="where the service listens, on loopback (8080)")
    dev.add_argument("--pipeline", default="film", metavar="NAME", help="film, drill or package.module:name (film)")
    token = _command(commands, "token", operate.token, "print a token for curl against the running dev")
    token.add_argument("--for", dest="purpose", choices=("api", "push"), default="api", help="which it opens (api)")


def _jobs(commands: "Commands[argparse.ArgumentParser]") -> None:
    submit = _command(commands, "submit", jobs.submit, "send a job", api=True, json=True)
    submit.add_argument("text", metavar="TEXT", help="the brief; - reads it from standard input")
    submit.add_argument("--preset", default="quick_social", help="such as brand_campaign (quick_social)")
    submit.add_argument("--user", metavar="ID", help="whose job it is ($USER)")
    submit.add_argument("--job-id", metavar="ID", help="the same id with the same brief is the same job (a new one)")
    submit.add_argument(
        "--meta",
        type=jobs.meta,
        action="append",
        metavar="NAME=VALUE",
        help="metadata, such as duration_sec=10 or lang=en; may be given again",
    )
    submit.add_argument("--watch", action="store_true", help="show the job until it has ended")
    watch = _command(commands, "watch", jobs.watch, "show a job until it has ended", api=True, json=True)
    watch.add_argument("job_id", metavar="JOB_ID")
    listed = _command(commands, "jobs", jobs.list_, "list jobs; show, cancel or replay one", api=True, json=True)
    _job_filters(listed)
    inner = listed.add_subparsers(title="commands", metavar="COMMAND")
    _job_filters(_command(inner, "list", jobs.list_, "list jobs, newest first", api=True, json=True, is_inner=True))
    show = _command(inner, "show", jobs.show, "one job with its history", api=True, json=True, is_inner=True)
    show.add_argument("job_id", metavar="JOB_ID")
    cancel = _command(inner, "cancel", jobs.cancel, "cancel jobs", api=True, json=True, is_inner=True)
    cancel.add_argument("job_ids", metavar="JOB_ID", nargs="+")
    about = "run jobs again that failed or were cancelled"
    replay = _command(inner, "replay", jobs.replay, about, database=True, json=True, is_inner=True)
    replay.set_defaults(database_url=None)
    replay.add_argument("job_ids", metavar="JOB_ID", nargs="+")
    _replaying(replay)


def _replaying(command: argparse.ArgumentParser) -> None:
    command.add_argument("--from-stage", metavar="STAGE", help="run this stage and those after it anew (none)")
    command.add_argument("--by", metavar="WHO", help="who is on record for it ($USER@host)")


def _job_filters(command: argparse.ArgumentParser) -> None:
    for name, help_ in (
        ("user", "jobs of this user"),
        ("preset", "jobs of this preset"),
        ("since", "created at or after this time, such as 2026-11-25T12:00:00Z"),
        ("until", "created before this time"),
        ("cursor", "where the page before ended"),
    ):
        command.add_argument(f"--{name}", help=help_, default=_default(command))
    command.add_argument("--state", choices=tuple(JobState), help="jobs in this state", default=_default(command))
    command.add_argument("--limit", type=_count, help="at most so many (50)", default=_default(command))


def _messages(commands: "Commands[argparse.ArgumentParser]") -> None:
    again = _command(commands, "push", push.push, "replay a stored message through /push", api=True, json=True)
    again.add_argument("file", metavar="FILE", help="a job as JSON, or a push body; - reads standard input")
    again.add_argument("--message-id", metavar="ID", help="as Pub/Sub would have it (the stored one, or a new one)")
    letters = commands.add_parser("dlq", help="dead letters: what could not become a film", description=dlq.__doc__)
    inner = letters.add_subparsers(title="commands", required=True, metavar="COMMAND")
    listed = _command(
        inner, "list", dlq.list_, "dead letters that nobody has handled, newest first", database=True, json=True
    )
    listed.add_argument("--all", action="store_true", help="those that were replayed or discarded too")
    _letter_filters(listed)
    listed.add_argument("--limit", type=_count, default=50, help="at most so many (50)")
    listed.add_argument("--before", type=_id, metavar="ID", help="the last one of the page before")
    show = _command(inner, "show", dlq.show, "one dead letter, with the data as it came", database=True, json=True)
    show.add_argument("id", type=_id, metavar="ID")
    about = "run the jobs of dead letters again, each as a new run"
    replay = _command(inner, "replay", dlq.replay, about, database=True, json=True)
    _choosing(replay)
    _replaying(replay)
    discard = _command(inner, "discard", dlq.discard, "set dead letters aside", database=True, json=True)
    _choosing(discard)
    discard.add_argument("--by", metavar="WHO", help="who is on record for it ($USER@host)")


def _letter_filters(command: argparse.ArgumentParser) -> None:
    command.add_argument("--reason", help="such as attempts_used_up")
    command.add_argument("--job", metavar="JOB_ID", help="of this job")
    command.add_argument("--since", type=_moment, metavar="TIME", help="made at or after it, such as 2026-11-25T12:00Z")
    command.add_argument("--until", type=_moment, metavar="TIME", help="made before it")


def _choosing(command: argparse.ArgumentParser) -> None:
    """Dead letters by their ids, or by a filter that shows what it found and asks."""
    command.add_argument("ids", type=_id, metavar="ID", nargs="*", help="one or more; or choose open ones by a filter:")
    _letter_filters(command)
    command.add_argument("--all-open", action="store_true", help="every one that nobody has handled")
    command.add_argument("--yes", "-y", action="store_true", help="do not ask")


def _operating(commands: "Commands[argparse.ArgumentParser]") -> None:
    sweep = _command(
        commands, "sweep", operate.sweep, "send again what no message will bring back", database=True, json=True
    )
    sweep.add_argument(
        "--age", type=float, metavar="S", help="how long a job must have been without a message (what is surely gone)"
    )
    _command(
        commands, "migrate", operate.migrate, "bring the database to this version's tables", database=True, json=True
    )
    look = _command(
        commands, "doctor", doctor.run, "look whether all round it is set up right", database=True, json=True
    )
    doctor.add_options(look)


def _command(
    commands: "Commands[argparse.ArgumentParser]",
    name: str,
    run: Command,
    help_: str,
    *,
    api: bool = False,
    database: bool = False,
    json: bool = False,
    is_inner: bool = False,
) -> argparse.ArgumentParser:
    """One command with the options that its kind has. `is_inner`: the command around it has them too, so that an
    option that is not given here must not undo what was given there."""
    command = commands.add_parser(name, help=help_, description=f"{help_[0].upper()}{help_[1:]}.")
    command.set_defaults(command=run, is_inner=is_inner)
    nothing = argparse.SUPPRESS if is_inner else None
    directory = argparse.SUPPRESS if is_inner else where.DEFAULT_DIR
    command.add_argument("--dir", default=directory, help=f"the folder of the dev that is meant ({where.DEFAULT_DIR})")
    if api:
        command.add_argument("--url", default=nothing, help="of the service (AIPROD_URL, or the running dev)")
    if database:
        command.add_argument(
            "--database-url", default=nothing, metavar="URL", help="(DATABASE_URL, or the running dev)"
        )
    if json:
        command.add_argument("--json", action="store_true", default=nothing or False, help="print JSON")
    return command


def _default(command: argparse.ArgumentParser) -> str | None:
    return argparse.SUPPRESS if command.get_default("is_inner") else None


def _whole(least: int, most: int) -> Callable[[str], int]:
    def number(raw: str) -> int:
        if not (raw.isascii() and raw.isdigit() and len(raw) <= len(str(most)) and least <= int(raw) <= most):
            raise argparse.ArgumentTypeError(f"{raw!r} must be a whole number from {least} to {most}")
        return int(raw)

    return number


def _moment(raw: str) -> datetime:
    try:
        return moment(raw)
    except ValueError:
        sentence = f"{raw!r} must be a time such as 2026-11-25T12:00:00Z or a day such as 2026-11-25"
        raise argparse.ArgumentTypeError(sentence) from None


_port = _whole(0, 65_535)
_count = _whole(1, 200)
_id = _whole(1, MAX_ID)
