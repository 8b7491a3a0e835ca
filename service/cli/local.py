"""`dev` and `token`: the service with everything it needs, on this machine."""

import argparse
from importlib import import_module
from pathlib import Path
from types import ModuleType

from service.cli import target
from service.cli.terminal import NO_ANSWER, OK, CommandFailed, print_line
from service.errors import SettingsError

LOCAL_EXTRA = "in a clone of the repository: pip install '.[local]'"


def dev(options: argparse.Namespace) -> int:
    """Run everything on this machine until it is stopped."""
    command = import_dev("command", needed_by="dev")
    return int(command.run_dev(Path(options.dir), options.port, options.pipeline, reload=options.reload))


def token(options: argparse.Namespace) -> int:
    """Print a token that the running `dev` accepts."""
    running = target.running_dev(options)
    if running is None:
        raise SettingsError(f"No dev runs in {options.dir}; start it with `python -m service dev`.")
    print_line(target.sign(running, options.purpose))
    return OK


def import_dev(module: str, *, needed_by: str) -> ModuleType:
    """A module of `service.dev`, which is not in the image. Raises `CommandFailed` if it cannot be imported."""
    try:
        return import_module(f"service.dev.{module}")
    except ImportError as error:
        sentence = f"{needed_by} needs the extra `local` ({LOCAL_EXTRA}): {error}."
        raise CommandFailed(sentence, exit_code=NO_ANSWER) from error
