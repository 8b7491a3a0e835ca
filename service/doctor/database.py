"""The rules for the database: its tables, its clock, its connections, and the work that is stuck in it."""

from collections.abc import Mapping
from dataclasses import dataclass

from service.doctor.findings import Finding, NotChecked

CLOCK_WARN_S, CLOCK_FAIL_S = 2.0, 10.0
"""`service.auth.verifier` accepts tokens whose clock is up to 10 s off."""
SOCKET_CONNECTIONS = 100
"""From one Cloud Run instance to one Cloud SQL instance. https://cloud.google.com/sql/docs/quotas#cloud-run"""
MAX_REASONS_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """A database that answered. `revision` is None if it was never migrated.

    `clock_s` is how far its clock is ahead of ours, give or take `clock_error_s`.
    """

    revision: str | None
    clock_s: float
    clock_error_s: float
    connections: int
    """What the limits of the server, the role and the database leave to this role."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrations:
    """The revisions this version knows; `head` is the newest."""

    head: str
    known: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pools:
    """The connections each instance may open. `instances` is None if --instances was not given."""

    per_instance: int
    instances: int | None
    is_cloud_sql_socket: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """Work that is stuck. `letters` counts open dead letters by reason."""

    stale: int
    """Jobs that have not ended, without a live lease, and without a message for longer than one can take to arrive."""
    late: int
    """Messages owed for longer than `late_s` seconds."""
    late_s: float
    parked: int
    letters: Mapping[str, int]


def check_database(database: Database | NotChecked, migrations: Migrations) -> list[Finding]:
    """Is the database reachable, does it have this version's tables, and what time is it there?"""
    if isinstance(database, NotChecked):
        fix = "Check DATABASE_URL, and that the database accepts connections from this machine."
        return [Finding("unknown", "database", database.why, fix)]
    return [_check_revision(database.revision, migrations), _check_clock(database)]


def is_migrated(database: Database | NotChecked, migrations: Migrations) -> bool:
    """Whether this version can read the tables."""
    return isinstance(database, Database) and database.revision is not None and database.revision == migrations.head


def _check_revision(revision: str | None, migrations: Migrations) -> Finding:
    head = migrations.head
    if revision == head:
        return Finding("ok", "database", f"It is reachable and has this version's tables ({head}).")
    if revision is None:
        sentence = f"It was never migrated, and this version needs revision {head}: every delivery gets a 503."
    elif revision in migrations.known:
        sentence = f"Its tables are at revision {revision}, this version needs {head}: every delivery gets a 503."
    else:
        sentence = f"Its tables are at revision {revision}, which this version does not know: a newer one migrated it."
        return Finding("warn", "database", sentence, "Run the doctor of the version that is deployed.")
    return Finding("fail", "database", sentence, "python -m service migrate")


def _check_clock(database: Database) -> Finding:
    direction = "ahead of" if database.clock_s > 0 else "behind"
    sentence = f"The database's clock is {abs(database.clock_s):.1f} s {direction} ours"
    fix = "Synchronize this machine's clock by NTP, then run doctor again."
    certainly_off_s = max(0.0, abs(database.clock_s) - database.clock_error_s)
    if certainly_off_s > CLOCK_FAIL_S:
        consequence = "one of the two is wrong, and a clock that is over 10 s off rejects valid tokens"
        return Finding("fail", "clock", f"{sentence}: {consequence}.", fix)
    if certainly_off_s > CLOCK_WARN_S:
        return Finding("warn", "clock", f"{sentence}.", fix)
    return Finding("ok", "clock", f"The database's clock and ours differ by less than {CLOCK_WARN_S:g} s.")


def check_connections(limit: int, pools: Pools) -> Finding:
    """Do the pools of all instances fit within what the database allows?"""
    each, room = pools.per_instance, limit // pools.per_instance
    if pools.is_cloud_sql_socket and each > SOCKET_CONNECTIONS:
        sentence = f"One instance may open {each} connections, but Cloud SQL's socket allows {SOCKET_CONNECTIONS}."
        return Finding("fail", "connections", sentence, "Lower MAX_CONCURRENT_JOBS and allow more instances instead.")
    if pools.instances is None:
        if room:
            sentence = f"The database's {limit} connections are enough for {room} instances of {each}."
            return Finding("ok", "connections", sentence)
        sentence = f"The database allows {limit} connections, but one instance needs {each}"
    elif pools.instances <= room:
        sentence = f"{pools.instances} instances of {each} connections fit within the database's {limit}."
        return Finding("ok", "connections", sentence)
    else:
        needed = each * pools.instances
        sentence = f"{pools.instances} instances need {needed} connections, but the database allows {limit}"
    fix = f"Raise max_connections, lower MAX_CONCURRENT_JOBS, or allow {room} instances (--max-instances)."
    return Finding("fail", "connections", f"{sentence}: those beyond it get a 503.", fix)


def check_backlog(backlog: Backlog | NotChecked) -> list[Finding]:
    """Is any work stuck that an operator should look at?"""
    if isinstance(backlog, NotChecked):
        return [Finding("unknown", "backlog", backlog.why)]
    findings = []
    if backlog.stale:
        sentence = (
            f"{backlog.stale} jobs have no live lease and no message that could arrive: the sweep is not running."
        )
        fix = "python -m service sweep, then repair the scheduler's job."
        findings.append(Finding("fail", "jobs", sentence, fix))
    if backlog.late:
        late = f"{backlog.late} messages have been owed for over {backlog.late_s / 60:g} min"
        sentence = f"{late}: the sweep is not running, or Pub/Sub accepts nothing."
        fix = "python -m service sweep shows which of the two; if it succeeds, repair the scheduler's job."
        findings.append(Finding("fail", "outbox", sentence, fix))
    if backlog.parked:
        sentence = f"{backlog.parked} messages are parked: Pub/Sub rejects them permanently, and nobody receives them."
        findings.append(Finding("warn", "outbox", sentence, "python -m service sweep names them."))
    if backlog.letters:
        ranked = sorted(
            backlog.letters.items(), key=lambda reason_and_count: (-reason_and_count[1], reason_and_count[0])
        )
        reasons = ", ".join(f"{reason} {count}" for reason, count in ranked[:MAX_REASONS_NAMED])
        more = ", …" if len(ranked) > MAX_REASONS_NAMED else ""
        sentence = f"{sum(backlog.letters.values())} dead letters are open ({reasons}{more})."
        fix = "python -m service dlq list, then replay or discard them."
        findings.append(Finding("warn", "dead letters", sentence, fix))
    return findings or [
        Finding("ok", "backlog", "No job is stuck, no message is late or parked, no dead letter is open.")
    ]
