"""What goes over the wire to PostgreSQL: hooks round every statement of an engine, prepared or not, whichever way it
takes to psycopg2's cursor."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

from psycopg2 import extensions
from sqlalchemy import Engine, Executable, event
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2
from sqlalchemy.pool import Pool

from service.db import Prepared

When = Literal["before", "after"]
Hook = Callable[[extensions.connection, str, Any], None]
"""Is called with the connection, the statement's text (as the service has it where it is prepared) and its parameters.
What it raises takes the place of the statement, or of its answer."""


def listen(target: Engine | type[Pool], when: When, hook: Hook) -> Callable[[], None]:
    """Call `hook` `before` each statement of an engine (or of all) is sent or `after` its answer is there, from now on;
    returns what ends it."""
    is_on = True

    class Cursor(extensions.cursor):
        def execute(self, query: Any, vars: Any = None) -> None:  # noqa: A002 (psycopg2's name)
            if is_on and when == "before":
                hook(self.connection, text_of(query), vars)
            super().execute(query, vars)
            if is_on and when == "after":
                hook(self.connection, text_of(query), vars)

    def hooked(connection: Any, *_: Any) -> None:
        before = connection.cursor_factory or extensions.cursor
        if Cursor not in before.__mro__:
            connection.cursor_factory = type("Hooked", (Cursor, before), {})

    event.listen(target, "checkout", hooked)

    def end() -> None:
        nonlocal is_on
        is_on = False

    return end


@contextmanager
def listening(target: Engine | type[Pool], when: When, hook: Hook) -> Iterator[None]:
    """As `listen`, until the block's end."""
    end = listen(target, when, hook)
    try:
        yield
    finally:
        end()


def text_of(query: str) -> str:
    """The service's own text of a statement that psycopg2 is given: of a prepared one there is only its name."""
    constant = _constant(query)
    return str(constant[1]) if constant is not None else query


def name_of(query: str) -> str:
    """`module.CONSTANT` of one of the service's statements (or of its text), or the first words of one that is none."""
    constant = _constant(query)
    return constant[0] if constant is not None else " ".join(query.split()[:6])


def constants() -> Iterator[tuple[str, str, Executable | Prepared]]:
    """The statements that are constants of the service's modules: module, name, value."""
    for module, content in list(sys.modules.items()):
        for name, value in list(vars(content).items()) if module.startswith("service.") else ():
            if name.isupper() and isinstance(value, (Executable, Prepared)):
                yield module, name, value


def _constant(query: str) -> tuple[str, Executable | Prepared] | None:
    if query not in _CONSTANTS:
        # Modules that were imported since then, or statements that a test has changed.
        for module, name, value in constants():
            forms = (
                (str(value), value.plain, value.first, value.again)
                if isinstance(value, Prepared)
                else (str(value), str(value.compile(dialect=PGDialect_psycopg2())))  # type: ignore[attr-defined, no-untyped-call]
            )
            _CONSTANTS.update(dict.fromkeys(forms, (f"{module.removeprefix('service.')}.{name}", value)))
        _CONSTANTS.setdefault(query, None)
    return _CONSTANTS[query]


_CONSTANTS: dict[str, tuple[str, Executable | Prepared] | None] = {}
