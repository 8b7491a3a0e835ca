"""`python -m service`, and `aiprod` if the package is installed: the command line."""

import os
import sys
from pathlib import Path

from service.cli.main import main
from service.cli.terminal import MODULE


def run() -> int:
    """Run the command that was typed; return its exit code."""
    # Films, logs and keys that a command writes (`dev`, `demo`) are for nobody else on this machine.
    os.umask(0o077)
    # As `python -m` does, for a pipeline in this folder; last, so that it hides nothing.
    sys.path.append(str(Path.cwd()))
    name = Path(sys.argv[0]).name
    return main(sys.argv[1:], program=MODULE if name == "__main__.py" else name)


if __name__ == "__main__":
    sys.exit(run())
