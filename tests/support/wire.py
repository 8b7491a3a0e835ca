"""Hooks around every statement that an engine sends to PostgreSQL, prepared or not, whichever way it takes to
psycopg2's cursor."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

from psycopg2 import extensions
from sqlalchemy import Engine, Executable, event
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2
from sqlalchemy.pool import Pool

from service.db import Prepared
from service.db.idle import kept_of

When = Literal["before", "after"]
Hook = Callable[[extensions.connection, str, Any], None]
"""Called with the connection, the statement's text (the service's own, if it is prepared) and its parameters. What it
raises replaces the statement, or its answer."""


def listen(target: Engine | type[Pool], when: When, hook: Hook) -> Callable[[], None]:
    """Call `hook` `before` each statement of an engine (or of all engines) is sent, or `after` its answer has come;
    return a function that ends this."""
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
    if isinstance(target, Engine):
        # What is kept at hand was checked out before.
        kept_of(target).close()

    def end() -> None:
        nonlocal is_on
        is_on = False

    return end


@contextmanager
def listening(target: Engine | type[Pool], when: When, hook: Hook) -> Iterator[None]:
    """As `listen`, until the end of the block."""
    end = listen(target, when, hook)
    try:
        yield
    finally:
        end()


def text_of(query: str) -> str:
    """Return the service's own text of what psycopg2 is given, which for a prepared statement contains only its
    name."""
    constant = _constant(query)
    return str(constant[1]) if constant is not None else query


def name_of(query: str) -> str:
    """Return `module.CONSTANT` for one of the service's statements (or its text), or the first words of any other."""
    constant = _constant(query)
    return constant[0] if constant is not None else " ".join(query.split()[:6])


def constants() -> Iterator[tuple[str, str, Executable | Prepared]]:
    """Return the statements that are constants of the service's modules: module, name, value."""
    for module, content in list(sys.modules.items()):
        for name, value in list(vars(content).items()) if module.startswith("service.") else ():
            if name.isupper() and isinstance(value, (Executable, Prepared)):
                yield module, name, value


def _constant(query: str) -> tuple[str, Executable | Prepared] | None:
    if query not in _CONSTANTS:
        # A module was imported since, or a test has changed a statement.
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
