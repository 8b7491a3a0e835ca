"""The rules for what a database lets this role do, and how: its settings, privileges, sequences and indexes."""

from collections.abc import Mapping
from dataclasses import dataclass

from service.doctor.findings import Finding, Level, NotChecked

MOST_NAMED = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitness:
    """What was found. `settings` are those that a new session of this role has, in PostgreSQL's base units."""

    role: str
    encoding: str
    is_read_only: bool
    is_pooled: bool
    """A pooler stands between, so sessions cannot have settings of their own."""
    settings: Mapping[str, str]
    wrong: Mapping[str, str]
    """Settings of a session that should be set on the role, and to what."""
    is_refused: bool
    """A time limit is among them."""
    denied: tuple[str, ...]
    """Privileges that the role lacks, such as `INSERT on outbox`."""
    behind: tuple[str, ...]
    """Sequences that are behind their tables."""
    invalid: tuple[str, ...]
    """Indexes that an interrupted build left."""
    swallowing: tuple[str, ...] = ()
    """Triggers and rules that can make a write vanish without an error; no migration makes any."""


def check_fitness(found: Fitness | NotChecked, *, is_laptop: bool) -> list[Finding]:
    """Can this role do what the service asks, and does the server keep what it commits? Only what is wrong."""
    if isinstance(found, NotChecked):
        return [Finding("unknown", "database", found.why)]
    findings = []
    if found.is_read_only:
        sentence = "It takes no writes (a standby, or default_transaction_read_only is on): every push gets a 503."
        findings.append(Finding("fail", "database", sentence, "Let DATABASE_URL lead to the primary, or reset it."))
    if found.encoding != "UTF8":
        sentence = f"Its encoding is {found.encoding}, which cannot store every brief: every push gets a 503."
        findings.append(
            Finding("fail", "database", sentence, "Create the database with ENCODING 'UTF8' and restore it.")
        )
    if found.denied:
        sentence = f"The role {found.role} lacks {_named(found.denied)}."
        fix = f"python -m service migrate --for {found.role} --database-url OWNERS_URL"
        findings.append(Finding("fail", "privileges", sentence, fix))
    if found.behind:
        sentence = f"Behind the ids in their tables, so that inserts fail: {_named(found.behind)}."
        findings.append(Finding("fail", "sequences", sentence, "python -m service migrate mends them."))
    if found.invalid:
        sentence = f"Left by an interrupted build, and of no use: {_named(found.invalid)}."
        findings.append(
            Finding("warn", "indexes", sentence, "python -m service migrate builds its own again; drop others.")
        )
    if found.swallowing:
        sentence = f"Not this version's, and able to drop a row without an error: {_named(found.swallowing)}."
        fix = "A result or a dead letter that they drop is lost. Use AFTER triggers, or logical replication."
        findings.append(Finding("warn", "triggers", sentence, fix))
    return findings + _check_settings(found, is_laptop=is_laptop)


def _check_settings(found: Fitness, *, is_laptop: bool) -> list[Finding]:
    findings = []
    lost = [name for name in ("fsync", "full_page_writes") if found.settings.get(name) == "off"]
    if lost and not is_laptop:
        sentence = f"{_named(tuple(lost))} is off: a crash of the database's machine may lose what was acked."
        findings.append(Finding("fail", "settings", sentence, "Turn it on in postgresql.conf and reload."))
    if found.wrong:
        listed = _named(tuple(f"{name} = {value}" for name, value in found.wrong.items()))
        sentence = f"The role {found.role} should have {listed}"
        fix = f"python -m service migrate --for {found.role}, or ALTER ROLE {found.role} SET … as a superuser."
        if found.is_pooled:
            # Without its time limits, the service uses no connection of a pooler.
            level: Level = "fail" if found.is_refused else "warn"
            findings.append(Finding(level, "settings", f"{sentence}; behind a pooler no session can set it.", fix))
        elif not is_laptop:
            findings.append(Finding("warn", "settings", f"{sentence}; the service sets it in each session.", fix))
    return findings


def _named(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
