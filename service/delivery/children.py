"""The environment of child processes: what a program needs to run, and nothing that is secret."""

from collections.abc import Mapping

KEPT = frozenset(
    {"HOME", "LANG", "LANGUAGE", "LD_LIBRARY_PATH", "OMP_NUM_THREADS", "PATH", "TMPDIR", "TZ", "USER", "VIRTUAL_ENV"}
)
KEPT_PREFIXES = ("LC_", "PYTHON")


def environment(of_process: Mapping[str, str]) -> dict[str, str]:
    """Return what a child inherits of the process's own environment.

    A child reads files of strangers (a picture, a clip, a brief's words). A fault in it must not give away DATABASE_URL
    or a token, so it is not enough to leave out the names that are secret today.
    """
    return {name: value for name, value in of_process.items() if name in KEPT or name.startswith(KEPT_PREFIXES)}
