"""Run one command: parse the arguments, call it, and turn an error into one sentence and an exit code."""

import logging
import os
import sys
from collections.abc import Sequence

from service.cli.commands import parser
from service.cli.terminal import INTERRUPTED, MODULE, NO_ANSWER, OUTPUT_CLOSED, CommandFailed, drop_output, print_error
from service.config import LOG_LEVELS
from service.db import BadData
from service.errors import ServiceError
from service.log_text import formatter_for


def main(arguments: Sequence[str], *, program: str = MODULE) -> int:
    """Run one command and return its exit code. For wrong usage, argparse itself exits with 2."""
    options = parser(program).parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    _configure_log()
    try:
        return int(options.command(options))
    except CommandFailed as error:
        print_error(error.sentence)
        return error.exit_code
    except ServiceError as error:
        print_error(error.sentence)
    except BadData:
        print_error("The database cannot search for this value.")
    except BrokenPipeError:
        drop_output()
        return OUTPUT_CLOSED
    except OSError as error:
        print_error(f"{error.filename}: {error.strerror}." if error.filename else f"{error}.")
    except KeyboardInterrupt:
        return INTERRUPTED
    return NO_ANSWER


def _configure_log() -> None:
    """Send the service's log to standard error if LOG_LEVEL is set. Otherwise a command prints what matters itself."""
    level = os.environ.get("LOG_LEVEL", "")
    handler: logging.Handler = logging.NullHandler()
    if level in LOG_LEVELS:
        handler = logging.StreamHandler()
        log_format = os.environ.get("LOG_FORMAT", "").strip() or "auto"
        handler.setFormatter(formatter_for(log_format, is_terminal=sys.stderr.isatty()))
    logging.basicConfig(handlers=[handler], level=level if level in LOG_LEVELS else logging.CRITICAL)
