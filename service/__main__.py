"""`python -m service`, and `aiprod` if the package is installed: the command line."""

import sys

from service.cli.main import main


def run() -> int:
    """Run the command that was typed; return its exit code."""
    return main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(run())
