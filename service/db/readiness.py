"""Whether the database can do what a delivery asks of it now: more than that it answers."""

from collections.abc import Mapping, Sequence
from functools import cache
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.engine import Engine

from service.db.failures import NOT_MIGRATED, READ_ONLY, NotExecuted
from service.db.faults import faults_of
from service.db.statements import Row, execute, undone

# One statement that writes nothing. The tables are looked up as every statement does it, by the search_path. It
# compares columns, not revisions: a newer schema keeps an older version working, and a missing index costs only time.
READY = text("""
SELECT current_setting('transaction_read_only') = 'on' OR pg_is_in_recovery() AS is_read_only,
       current_schema() IS NULL AS has_no_schema,
       getdatabaseencoding() AS encoding,
       current_user AS role,
       (SELECT array_agg(t || '.' || c)
        FROM unnest(CAST(:column_tables AS text[]), CAST(:columns AS text[])) AS x (t, c)
        WHERE NOT EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass(t) AND attname = c AND attnum > 0)
       ) AS missing,
       (SELECT array_agg(act || ' on ' || t) FROM unnest(CAST(:tables AS text[]), CAST(:acts AS text[])) AS x (t, act)
        WHERE NOT has_table_privilege(to_regclass(t), act)) AS denied
""")

# What a delivery writes, with every sequence, index and constraint on its way. It is rolled back.
PROBE = text("""
WITH j AS (
    INSERT INTO jobs (id, user_id, content, preset, metadata, extra, input_sha256, state, stage)
    VALUES (:id, 'probe', 'probe', 'probe', '{}', '{}', '', 'pending', '') RETURNING id
), h AS (
    INSERT INTO job_states (job_id, run, new_state, reason, state_metadata)
    SELECT id, 1, 'pending', 'probe', '{}' FROM j
), r AS (
    INSERT INTO job_results (job_id, run, status, processing_time_ms) SELECT id, 1, 'error', 0 FROM j
), s AS (
    INSERT INTO job_stages (job_id, run, round, stage, status, attempt, lease_token)
    SELECT id, 1, 0, 'probe', 'started', 1, gen_random_uuid() FROM j
), d AS (
    INSERT INTO dead_letters (job_id, run, message_key, reason, error, metadata)
    SELECT id, 1, 'probe:' || id, 'probe', 'probe', '{}' FROM j
)
INSERT INTO outbox (job_id, topic, message_key, ordering_key, attributes, payload)
SELECT id, 'probe', 'probe:' || id, '', '{}', '{}' FROM j
""")


def check(engine: Engine) -> None:
    """Raise `Unavailable` with the reason if the database cannot do what a delivery asks of it.

    After a write that failed, it is tried whether one would succeed now; it is rolled back.
    """
    problem = verdict(*execute(engine, READY, _parameters()))
    if problem is not None:
        # A session may keep what is mended already: ask a new one.
        engine.dispose()
        problem = verdict(*execute(engine, READY, _parameters()))
    if problem is not None:
        raise problem
    faults = faults_of(engine)
    if faults.last is not None:
        undone(engine, PROBE, {"id": str(uuid4())})
        faults.forget()


def verdict(row: Row) -> NotExecuted | None:
    """Say what keeps this database from being used, from a row of `READY`; None if nothing does. Pure."""
    if row["is_read_only"]:
        return NotExecuted("database_read_only", READ_ONLY)
    if row["encoding"] != "UTF8":
        sentence = f"The database's encoding is {row['encoding']}, which cannot store every brief: it must be UTF8."
        return NotExecuted("database_refused", sentence, retry_after_s=60)
    if row["has_no_schema"]:
        sentence = f"The role {row['role']} may use no schema of its search_path."
        return NotExecuted("database_privilege", sentence, retry_after_s=60)
    if row["missing"]:
        return NotExecuted("database_not_migrated", f"{NOT_MIGRATED} Missing: {_listed(row['missing'])}.")
    if row["denied"]:
        grant = f"run `python -m service migrate --for {row['role']}` as the owner of the tables"
        return NotExecuted("database_privilege", f"The role {row['role']} lacks {_listed(row['denied'])}: {grant}.")
    return None


def _listed(names: Sequence[str], most: int = 3) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(sorted(names)[:most]) + more


@cache
def _parameters() -> Mapping[str, object]:
    from service.db.privileges import NEEDED  # noqa: PLC0415 (a process starts sooner without)
    from service.db.schema import metadata  # noqa: PLC0415

    return {
        "column_tables": [table.name for table in metadata.sorted_tables for _ in table.columns],
        "columns": [column.name for table in metadata.sorted_tables for column in table.columns],
        "tables": [table for table, acts in NEEDED.items() for _ in acts],
        "acts": [act for acts in NEEDED.values() for act in acts],
    }
