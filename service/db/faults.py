"""What a process remembers of its database: why the last write failed. Reads may go on while nothing can be written."""

from sqlalchemy.engine import Engine

from service.errors import Unavailable

FAULTS = "aiprod_faults"
"""The execution option of an engine that holds its `Faults`."""

PASSING = frozenset({"database_busy", "database_unreachable"})
"""Codes of failures that say nothing of the next write."""


class Faults:
    """Why a write failed that has not succeeded since; `last` is None if there is none.

    That another write succeeds proves nothing: a lease may be renewed while no row can be inserted.
    """

    def __init__(self) -> None:
        self.last: Unavailable | None = None
        self._statement = ""

    def failed(self, statement: str, error: Unavailable) -> None:
        """This write failed."""
        if error.code not in PASSING:
            self.last, self._statement = error, statement

    def succeeded(self, statement: str) -> None:
        """This write succeeded."""
        if statement == self._statement:
            self.last = None

    def forget(self) -> None:
        """Everything could be written."""
        self.last = None


def faults_of(engine: Engine) -> Faults:
    """The memory of an engine; a new one for an engine that `connect` did not make."""
    faults = engine.get_execution_options().get(FAULTS)
    return faults if isinstance(faults, Faults) else Faults()
