"""Collect the facts: from the database, Pub/Sub, the artifact store, Google's certificates page and this machine.

What cannot be collected is a `NotChecked`, or a sentence on the problem; nothing here decides whether that is bad.
"""

import functools
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata, resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote, urlsplit

from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from service import db
from service.auth import certificates
from service.config import Settings
from service.db.privileges import GRANTED
from service.db.sequences import sequences_behind
from service.doctor.controls import Controls, Paused
from service.doctor.database import Backlog, Database, Migrations, Pools
from service.doctor.findings import NotChecked
from service.doctor.fitness import Fitness
from service.doctor.pubsub import RETENTION_S, Subscription
from service.errors import Unavailable
from service.states import SQL_UNENDED

if TYPE_CHECKING:
    from google.pubsub_v1 import PublisherClient, SubscriberClient
    from google.pubsub_v1 import types as wire

T = TypeVar("T")

PUBSUB_TIMEOUT_S = 10.0
LATE_S = 300.0
"""The sweep runs every minute and publishes what has been owed for a minute."""
PROBE = "doctor"
"""The job whose file is written to the artifact store: always the same one, so that no files pile up."""
MAX_UNSENT = 10_000
MAX_PROBLEM_LENGTH = 300

CLOCK = text("SELECT clock_timestamp() AS now")
REVISION = text("SELECT version_num FROM alembic_version")
HAS_REVISION = text("SELECT to_regclass('alembic_version') IS NOT NULL AS yes")

# The server's limit less what it reserves for others, or the limit of the role or the database if that is lower.
CONNECTIONS = text("""
SELECT least(
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
        - coalesce(current_setting('reserved_connections', true)::int, 0),
    (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user),
    (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database())
) AS available
""")

# The first count has the sweep's own condition (`service.delivery.sweep`).
BACKLOG = text(f"""
SELECT
    (SELECT count(*) FROM jobs
     WHERE state IN {SQL_UNENDED} AND (lease_until IS NULL OR lease_until <= clock_timestamp()) AND held_for IS NULL
       AND enqueued_at < clock_timestamp() - make_interval(secs => :age_s * power(2, resends))) AS stale,
    (SELECT count(*) FROM outbox
     WHERE published_at IS NULL AND parked_at IS NULL
       AND created_at < clock_timestamp() - make_interval(secs => :late_s)) AS late,
    (SELECT count(*) FROM outbox WHERE parked_at IS NOT NULL) AS parked
""")
LETTERS = text("""
SELECT reason, count(*) AS n FROM dead_letters WHERE replayed_at IS NULL AND discarded_at IS NULL GROUP BY reason
""")
PAUSES = text("""
SELECT scope, name, why, paused_by, extract(epoch FROM clock_timestamp() - since)::float8 AS age_s
FROM pauses ORDER BY since, id
""")
RESUMED = text("""
SELECT coalesce(max(created_at) < clock_timestamp() - make_interval(secs => :late_s), false) AS long_ago
FROM acts WHERE act = 'resume'
""")


FITNESS = text("""
SELECT current_user AS role, getdatabaseencoding() AS encoding,
       current_setting('transaction_read_only') = 'on' OR pg_is_in_recovery() AS is_read_only,
       (SELECT json_object_agg(name, coalesce(reset_val, setting)) FROM pg_settings
        WHERE name = ANY(CAST(:names AS text[]))) AS settings,
       (SELECT coalesce(array_agg(act || ' on ' || t), '{}')
        FROM unnest(CAST(:tables AS text[]), CAST(:acts AS text[])) AS x (t, act)
        WHERE NOT has_table_privilege(to_regclass(t), act)) AS denied,
       (SELECT coalesce(array_agg(CAST(indexrelid::regclass AS text)), '{}') FROM pg_index
        WHERE NOT indisvalid AND indrelid = ANY(SELECT to_regclass(t) FROM unnest(CAST(:tables AS text[])) AS t)
       ) AS invalid,
       (SELECT coalesce(array_agg(DISTINCT name || ' on ' || CAST(relation AS text)), '{}') FROM (
            -- Bit 1 of tgtype is BEFORE, bit 0 FOR EACH ROW (pg_trigger.h): such a trigger may return NULL.
            SELECT tgname AS name, tgrelid::regclass AS relation FROM pg_trigger
            WHERE NOT tgisinternal AND tgenabled <> 'D' AND tgtype & 3 = 3
            UNION ALL
            SELECT rulename, ev_class::regclass FROM pg_rewrite WHERE is_instead
        ) AS others
        WHERE relation = ANY(SELECT to_regclass(t) FROM unnest(CAST(:tables AS text[])) AS t)
       ) AS swallowing
""")


# The database


@functools.cache
def migrations() -> Migrations:
    from alembic.script import ScriptDirectory  # noqa: PLC0415 (a process that serves must not wait for it)

    scripts = ScriptDirectory(str(resources.files("service.db") / "migrations"))
    known = frozenset(script.revision for script in scripts.walk_revisions())
    return Migrations(head=scripts.get_current_head() or "", known=known)


def database(engine: Engine) -> Database | NotChecked:
    return _or_not_checked(lambda: _database(engine))


def _database(engine: Engine) -> Database:
    db.execute(engine, text("SELECT 1"), {})  # opens the connection, which would otherwise count as the clock's error
    before, began = datetime.now(UTC), time.monotonic()
    (clock,) = db.execute(engine, CLOCK, {})
    took_s = time.monotonic() - began
    (has_revision,) = db.execute(engine, HAS_REVISION, {})
    revision = db.first(engine, REVISION, {}) if has_revision["yes"] else None
    (connections,) = db.execute(engine, CONNECTIONS, {})
    return Database(
        revision=revision["version_num"] if revision else None,
        clock_s=(clock["now"] - before).total_seconds() - took_s / 2,
        clock_error_s=took_s / 2,
        connections=connections["available"],
    )


def fitness(engine: Engine) -> Fitness | NotChecked:
    return _or_not_checked(lambda: _fitness(engine))


def _fitness(engine: Engine) -> Fitness:
    granted = [(table, act) for table, acts in GRANTED.items() for act in acts]
    parameters = {
        "names": list(db.SESSION_SETTINGS),
        "tables": [table for table, _ in granted],
        "acts": [act for _, act in granted],
    }
    (row,) = db.execute(engine, FITNESS, parameters)
    try:
        with engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            announced = driver.info.backend_pid
            (pid,) = connection.execute(text("SELECT pg_backend_pid()")).one()
            behind = [] if row["is_read_only"] else sequences_behind(connection)
    except SQLAlchemyError as error:
        raise Unavailable("database_unreachable", f"Its sequences cannot be read: {type(error).__name__}.") from error
    wrong = db.missing_settings(row["settings"])
    return Fitness(
        role=row["role"],
        encoding=row["encoding"],
        is_read_only=row["is_read_only"],
        is_pooled=announced != pid,
        settings=row["settings"],
        wrong=wrong,
        is_refused=not wrong.keys().isdisjoint(db.LIMITS),
        denied=tuple(row["denied"]),
        behind=tuple(one.name for one in behind),
        invalid=tuple(row["invalid"]),
        swallowing=tuple(row["swallowing"]),
    )


def backlog(engine: Engine, settings: Settings) -> Backlog | NotChecked:
    return _or_not_checked(lambda: _backlog(engine, settings))


def _backlog(engine: Engine, settings: Settings) -> Backlog:
    from service.delivery import sweep  # noqa: PLC0415 (it takes a while to import, and no other command needs it)

    age_s = settings.ack_deadline_s + sweep.MAX_SUBSCRIPTION_BACKOFF_S + sweep.SLACK_S
    (counts,) = db.execute(engine, BACKLOG, {"age_s": age_s, "late_s": LATE_S})
    letters = {row["reason"]: row["n"] for row in db.execute(engine, LETTERS, {})}
    return Backlog(**counts, late_s=LATE_S, letters=letters)


def controls(engine: Engine) -> Controls | NotChecked:
    return _or_not_checked(lambda: _controls(engine))


def _controls(engine: Engine) -> Controls:
    from service.delivery import held  # noqa: PLC0415 (as above)

    paused = [Paused(**row) for row in db.execute(engine, PAUSES, {})]
    (resumed,) = db.execute(engine, RESUMED, {"late_s": LATE_S})
    unsent = len(db.execute(engine, held.FREE, {"limit": MAX_UNSENT})) if resumed["long_ago"] else 0
    return Controls(pauses=paused, unsent=unsent)


def pools(settings: Settings, *, per_instance: int, instances: int | None) -> Pools:
    host = make_url(settings.database_url).query.get("host", "")
    return Pools(
        per_instance=per_instance,
        instances=instances,
        is_cloud_sql_socket=str(host).startswith("/cloudsql/"),
    )


def _or_not_checked(collect: Callable[[], T]) -> T | NotChecked:
    try:
        return collect()
    except Unavailable as error:
        return NotChecked(error.sentence)


# Pub/Sub


@dataclass(frozen=True, slots=True)
class PubSub:
    """Topics (their full names) and subscriptions by their short names; None if there is none of that name."""

    topics: Mapping[str, str | NotChecked | None]
    subscriptions: Mapping[str, Subscription | NotChecked | None]


def pubsub(settings: Settings, topics: Sequence[str], subscriptions: Sequence[str]) -> PubSub | NotChecked:
    """Look up the topics and subscriptions; `NotChecked` if Pub/Sub does not answer at all."""
    from google.api_core.exceptions import GoogleAPICallError  # noqa: PLC0415 (gRPC takes a second to import)
    from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415

    try:
        with _pubsub_clients(settings.pubsub_emulator_host) as (publisher, subscriber):
            return PubSub(
                {name: _topic(publisher, settings, name) for name in topics},
                {name: _subscription(subscriber, settings, name) for name in subscriptions},
            )
    except (GoogleAPICallError, GoogleAuthError) as error:
        return NotChecked(_shortened(error))


@contextmanager
def _pubsub_clients(emulator: str | None) -> "Iterator[tuple[PublisherClient, SubscriberClient]]":
    """Clients of Pub/Sub, or of the emulator at that address."""
    import grpc  # noqa: PLC0415
    from google.pubsub_v1 import PublisherClient, SubscriberClient  # noqa: PLC0415
    from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport  # noqa: PLC0415
    from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport  # noqa: PLC0415

    if emulator is None:
        with PublisherClient() as publisher, SubscriberClient() as subscriber:
            yield publisher, subscriber
        return
    with grpc.insecure_channel(emulator) as channel:
        yield (
            PublisherClient(transport=PublisherGrpcTransport(channel=channel)),
            SubscriberClient(transport=SubscriberGrpcTransport(channel=channel)),
        )


def _topic(publisher: "PublisherClient", settings: Settings, name: str) -> str | NotChecked | None:
    path = settings.topic_path(name)
    return _or_none(lambda: str(publisher.get_topic(topic=path, retry=None, timeout=PUBSUB_TIMEOUT_S).name))


def _subscription(subscriber: "SubscriberClient", settings: Settings, name: str) -> Subscription | NotChecked | None:
    path = f"projects/{settings.project}/subscriptions/{name}"
    return _or_none(
        lambda: _as_subscription(subscriber.get_subscription(subscription=path, retry=None, timeout=PUBSUB_TIMEOUT_S))
    )


def _or_none(look_up: Callable[[], T]) -> T | NotChecked | None:
    """None if it does not exist, `NotChecked` if it may not be read. Any other error is one of Pub/Sub as a whole."""
    from google.api_core import exceptions  # noqa: PLC0415

    try:
        return look_up()
    except exceptions.NotFound:
        return None
    except exceptions.PermissionDenied as error:
        return NotChecked(f"Pub/Sub does not let us read it: {error.message}")


def _as_subscription(described: "wire.Subscription") -> Subscription:
    """https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#subscription"""
    push, retry, expires = described.push_config, described.retry_policy, described.expiration_policy
    without_ttl = float("inf") if "expiration_policy" in described else None
    return Subscription(
        topic=described.topic,
        ack_deadline_s=described.ack_deadline_seconds,
        push_endpoint=push.push_endpoint,
        oidc_account=push.oidc_token.service_account_email,
        oidc_audience=push.oidc_token.audience,
        is_unwrapped="no_wrapper" in push,
        has_metadata=push.no_wrapper.write_metadata,
        is_ordered=described.enable_message_ordering,
        is_detached=described.detached,
        filter=described.filter,
        dead_letter_topic=described.dead_letter_policy.dead_letter_topic,
        retry_s=(_seconds(retry.minimum_backoff) or 0.0, _seconds(retry.maximum_backoff) or 0.0)
        if "retry_policy" in described
        else None,
        retention_s=_seconds(described.message_retention_duration) or RETENTION_S,
        expires_s=_seconds(expires.ttl) or without_ttl,
    )


def _seconds(duration: Any) -> float | None:
    return None if duration is None else float(duration.total_seconds())


# What the process itself needs


def artifacts_problem(url: str) -> str | None:
    """Why no file can be stored there and read back through the store that stages use; None if one was."""
    from service import artifacts  # noqa: PLC0415 (with a bucket, it takes a while to import)

    try:
        store = artifacts.connect(url)(PROBE)
        with tempfile.TemporaryDirectory(prefix="aiprod-doctor-") as folder:
            written, read_back = Path(folder) / PROBE, Path(folder) / "back"
            written.write_text("The doctor was here.\n")
            stored = store.put(written, f"{PROBE}.txt", "text/plain")
            is_same = store.fetch(stored, read_back).read_bytes() == written.read_bytes()
        if stored.startswith("file:"):
            _remove_probe(Path(unquote(urlsplit(stored).path)))
    except Exception as error:  # noqa: BLE001 (whatever it is, a stage would meet it too)
        return _problem(error)
    return None if is_same else "a different file came back"


def link_problem(url: str) -> str | None:
    """Why no link to a file of the probe can be signed, whether or not the file exists; None if one was."""
    from service import artifacts  # noqa: PLC0415 (as above)

    try:
        artifacts.connect(url)(PROBE).link(f"{url.rstrip('/')}/{PROBE}/{PROBE}.txt")
    except Unavailable as error:
        return _shortened(error.__cause__)
    except Exception as error:  # noqa: BLE001 (as above)
        return _problem(error)
    return None


def certificate_keys(url: str) -> int | NotChecked:
    """How many keys the page has, as the service reads it."""
    return _or_not_checked(lambda: _certificate_keys(url))


def _certificate_keys(url: str) -> int:
    page = certificates.fetch_certs(url)
    try:
        certificates.KeyCache(lambda: page).get(PROBE)
    except Unavailable:
        return 0
    return len(page.keys)


def pinned_packages() -> dict[str, str]:
    """The versions in requirements.txt by normalized name; empty if there is no such file."""
    return read_pins(Path(str(resources.files("service"))).parent / "requirements.txt")


def read_pins(requirements: Path) -> dict[str, str]:
    """The `name==version` lines, except those that only apply to some platforms."""
    if not requirements.is_file():
        return {}
    lines = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)\s*\\?$", requirements.read_text(), re.MULTILINE)
    return {_normalized(name): version for name, version in lines}


def installed_packages() -> dict[str, str]:
    """The versions of the installed packages by normalized name."""
    return {_normalized(distribution.name): distribution.version for distribution in metadata.distributions()}


def _normalized(name: str) -> str:
    """https://packaging.python.org/en/latest/specifications/name-normalization/"""
    return re.sub(r"[-_.]+", "-", name).lower()


def _remove_probe(probe: Path) -> None:
    # Another doctor may use the same file at the same time, so it may be gone already.
    with suppress(OSError):
        probe.unlink()
        probe.parent.rmdir()


def _problem(error: Exception) -> str:
    return _shortened(f"{type(error).__name__}: {error}")


def _shortened(problem: object) -> str:
    return " ".join(str(problem).split())[:MAX_PROBLEM_LENGTH].rstrip(".")
