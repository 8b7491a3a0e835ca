"""What a failure of the database means: whose fault it is, whether the statement was executed, and what to do about it.

The data is at fault only if the database refuses it without any of our tables (`statements.execute` asks). Everything
else is a fault of the database, of a change to it, or of ours, and passes: an `Unavailable` with the true reason.
No sentence and no cause contains PostgreSQL's own text if that may quote a value: a brief must not get into the log.
"""

from collections.abc import Callable

from msgspec import Struct

from service.errors import Unavailable

RETRY_AFTER_S = 30.0
"""For faults that a person has to mend."""

DATA_CLASSES = ("22", "54")
"""SQLSTATE classes in which the data may be at fault: data exception, program limit exceeded. Not 23, since no
constraint of ours depends on what a producer sends.
https://www.postgresql.org/docs/current/errcodes-appendix.html"""

SPEAKING_CLASSES = ("0A", "08", "25", "28", "3D", "3F", "40", "42", "53", "55", "57", "58")
"""SQLSTATE classes whose messages name objects, never values."""

UNKNOWN_FATE = ("08", "57P01", "57P02", "57P03", "57P04", "25P04", "40003")
"""SQLSTATEs (or classes) of sessions that end: the statement may have been committed before. Any other error that the
server reports means that it was not executed. Not 57P05 (idle_session_timeout): the server looks for that before it
reads the next statement."""

REPEATABLE = ("40001", "40P01", "57P05")
"""SQLSTATEs after which the same statement may succeed at once: a serialization failure, a deadlock, an idle session
that was ended just before."""


class BadData(Exception):
    """The database, or its driver, rejects this data and always will."""


class NotExecuted(Unavailable):
    """The statement was surely not executed."""

    is_repeatable: bool = False
    """It may succeed at once."""

    @property
    def needs_a_person(self) -> bool:
        """It fails until an operator has mended the database."""
        return self.code in TO_MEND


class PostgresError(Exception):
    """The cause of an `Unavailable`, for the log: what PostgreSQL reported, without values."""


class Report(Struct, frozen=True, kw_only=True):
    """What PostgreSQL reports of an error (https://www.postgresql.org/docs/current/protocol-error-fields.html); empty
    where it says nothing. `message` is empty if it may quote a value."""

    sqlstate: str
    message: str = ""
    table: str = ""
    column: str = ""
    constraint: str = ""

    def __str__(self) -> str:
        place = {"table": self.table, "column": self.column, "constraint": self.constraint}
        named = ", ".join(f"{kind} {name}" for kind, name in place.items() if name)
        return ": ".join(part for part in (f"SQLSTATE {self.sqlstate or 'unknown'}", named, self.message) if part)


def report(error: BaseException) -> Report:
    """Read psycopg2's error."""
    sqlstate = getattr(error, "pgcode", None) or ""
    diagnostics = getattr(error, "diag", None)

    def field(name: str) -> str:
        return getattr(diagnostics, name, None) or ""

    is_speaking = not sqlstate or sqlstate.startswith(SPEAKING_CLASSES)
    return Report(
        sqlstate=sqlstate,
        message=field("message_primary") or (first_line(error) if not sqlstate else "") if is_speaking else "",
        table=field("table_name"),
        column=field("column_name"),
        constraint=field("constraint_name"),
    )


def first_line(error: BaseException) -> str:
    """What libpq says of a connection. It names host, role and database, never a value."""
    return str(error).strip().partition("\n")[0]


def may_be_the_data(found: Report) -> bool:
    return found.sqlstate.startswith(DATA_CLASSES)


def unavailable(found: Report) -> Unavailable:
    """Return the error of a statement that failed without the data's fault. Pure."""
    code, sentence = next(
        ((code, sentence(found)) for states, code, sentence in MEANINGS if found.sqlstate.startswith(states)),
        ("database_refused", _refused(found)),
    )
    if not found.sqlstate:
        code, sentence = "database_unreachable", UNREACHABLE
    if code == "database_constraint" and found.sqlstate == "23505" and _is_numbered(found.constraint):
        code, sentence = "database_sequence", _sequence(found)
    if not found.sqlstate or found.sqlstate.startswith(UNKNOWN_FATE):
        error: Unavailable = Unavailable(code, sentence)
    else:
        error = NotExecuted(code, sentence, retry_after_s=5.0 if code in SOON else RETRY_AFTER_S)
        error.is_repeatable = found.sqlstate in REPEATABLE
    error.__cause__ = PostgresError(str(found))
    return error


def _is_numbered(constraint: str) -> bool:
    """Whether it is the primary key of ids that a sequence gives out. A repeated one can only mean that the sequence is
    behind its table."""
    from service.db.schema import metadata  # noqa: PLC0415 (a process starts sooner without)

    return any(
        constraint == f"{table.name}_pkey" and any(column.identity is not None for column in table.columns)
        for table in metadata.tables.values()
    )


def not_connected(error: BaseException) -> NotExecuted:
    """Return the error of a connection that was not made. psycopg2 gives only the server's text, no SQLSTATE; in
    another language than English its reason stays unknown."""
    found = report(error)
    if found.sqlstate:
        refused = unavailable(found)
        code, sentence = refused.code, refused.sentence
    else:
        code, sentence = next(
            ((code, sentence) for phrases, code, sentence in LOGINS if any(phrase in str(error) for phrase in phrases)),
            ("database_unreachable", UNREACHABLE),
        )
    not_executed = NotExecuted(code, sentence, retry_after_s=5.0 if code in SOON else RETRY_AFTER_S)
    not_executed.__cause__ = PostgresError(str(found))
    return not_executed


UNREACHABLE = "The database cannot be reached or did not answer."
NOT_MIGRATED = "The database does not have this version's tables: run `python -m service migrate`."
READ_ONLY = (
    "The database takes no writes: it is a standby, or default_transaction_read_only is on. The service continues by "
    "itself once it does."
)
CONNECTIONS = (
    "The database takes no more connections: raise max_connections, or allow fewer instances (`doctor` counts)."
)
TO_MEND = frozenset(
    {
        "database_privilege",
        "database_not_migrated",
        "database_constraint",
        "database_sequence",
        "database_refused",
        "database_limits",
        "database_login",
    }
)
SOON = frozenset({"database_unreachable", "database_busy", "database_locked", "database_slow"})
"""Codes of what usually passes by itself in seconds."""


def _always(sentence: str) -> Callable[[Report], str]:
    return lambda _report: sentence


def _refused(found: Report) -> str:
    return f"The database refuses a statement of this version, and not because of its data ({found})."


def _constraint(found: Report) -> str:
    return f"The database refuses a row that this version writes ({found}): its tables were changed by hand."


def _sequence(found: Report) -> str:
    return (
        f"The sequence of the table {found.table} is behind the ids in it, as after a restore: run `python -m service "
        "migrate`, which mends it."
    )


def _privilege(found: Report) -> str:
    what = found.message or str(found)
    return f"The service's role lacks a privilege ({what}): run `python -m service migrate --for ROLE` as the owner."


def _resources(found: Report) -> str:
    return f"The database has run out of disk or memory ({found.message or found})."


MEANINGS: tuple[tuple[tuple[str, ...], str, Callable[[Report], str]], ...] = (
    (("08", "57P"), "database_unreachable", _always(UNREACHABLE)),
    (("25006",), "database_read_only", _always(READ_ONLY)),
    (("42501", "28"), "database_privilege", _privilege),
    (("42P01", "42703", "3F", "42P02", "42704"), "database_not_migrated", _always(NOT_MIGRATED)),
    (("23",), "database_constraint", _constraint),
    (("53300",), "database_connections", _always(CONNECTIONS)),
    (("53",), "database_full", _resources),
    (("57014",), "database_slow", _always("The database did not finish a statement within its statement_timeout.")),
    (
        ("55P03", "40"),
        "database_locked",
        _always("Another session of the database keeps a lock that this statement needs."),
    ),
)
"""What a SQLSTATE means: its first characters, the code, the sentence. The first that fits counts."""

LOGINS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        ("too many clients", "too many connections", "remaining connection slots"),
        "database_connections",
        CONNECTIONS,
    ),
    (
        (
            "password authentication failed",
            "no password supplied",
            "no pg_hba.conf entry",
            "is not permitted to log in",
        ),
        "database_login",
        "The database does not let this service in: check the role and password in DATABASE_URL, and pg_hba.conf.",
    ),
    (
        ("permission denied for database",),
        "database_privilege",
        "The service's role may not connect to this database: GRANT CONNECT ON DATABASE to it.",
    ),
    (
        ("does not exist",),
        "database_login",
        "DATABASE_URL names a database or a role that this server does not have.",
    ),
)
"""Phrases of a refused connection."""
