"""Sequences that are behind their tables: after a restore of data alone, or after logical replication, which does not
carry sequences over (https://www.postgresql.org/docs/current/logical-replication-restrictions.html). Every insert would
then be refused, because its id exists already."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.engine import Connection

from service.db.schema import metadata

SEQUENCES = text("""
SELECT quote_ident(c.relname), quote_ident(a.attname), s.name
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid,
    pg_get_serial_sequence(quote_ident(c.relname), a.attname) AS s (name)
WHERE c.relname = ANY(CAST(:tables AS text[])) AND c.relnamespace = to_regnamespace(quote_ident(current_schema()))
  AND a.attidentity <> '' AND has_sequence_privilege(s.name, 'SELECT')
ORDER BY s.name
""")


@dataclass(frozen=True, slots=True)
class Behind:
    """A sequence whose last number, `at`, is below `highest`, the highest id in its table. `name` is quoted if need
    be and includes the schema."""

    name: str
    table: str
    at: int
    highest: int


def sequences_behind(connection: Connection) -> list[Behind]:
    """Find the sequences that are behind their tables. One that this role may not read is left out."""
    found = []
    for table, column, name in connection.execute(SEQUENCES, {"tables": list(metadata.tables)}).all():
        # The names are PostgreSQL's own, quoted by it.
        read = f"""
            SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END AS at,
                   (SELECT coalesce(max({column}), 0) FROM {table}) AS highest
            FROM {name}
        """
        at, highest = connection.execute(text(read)).one()
        if at < highest:
            found.append(Behind(name, table, at, highest))
    return found


def mend_sequences(connection: Connection) -> list[Behind]:
    """Move every sequence that is behind past its table's highest id; return those that were. For their owner."""
    behind = sequences_behind(connection)
    for sequence in behind:
        connection.execute(
            text("SELECT setval(CAST(:name AS regclass), :highest)"),
            {"name": sequence.name, "highest": sequence.highest},
        )
    return behind
