"""`doctor`: asks for the facts in one place, lets `findings.py` decide, prints a line for each finding."""

import argparse
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import metadata, resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote, urlsplit

from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from service import db
from service.auth import verifier as auth
from service.cli import where
from service.cli.doctor import findings as doctor
from service.cli.doctor.findings import Away, Found, Level, Wanted
from service.cli.terminal import plain, say, say_json
from service.config import Settings, read_settings
from service.errors import SettingsError, Unavailable
from service.states import SQL_UNENDED

if TYPE_CHECKING:
    from google.pubsub_v1 import PublisherClient, SubscriberClient
    from google.pubsub_v1 import types as wire

T = TypeVar("T")

CALL_S = 10.0
LATE_S = 300.0
"""The sweep publishes what is owed for a minute, each minute."""
HEADS: dict[Level, str] = {"ok": "OK", "warn": "WARN", "fail": "FAIL", "unknown": "NOT ASKED"}
PROBE = "doctor"
"""The name under which the probe of the artifact store is kept: always the same file, so that it never adds up."""

CLOCK = text("SELECT clock_timestamp() AS now")
REVISION = text("SELECT version_num FROM alembic_version")
HAS_REVISION = text("SELECT to_regclass('alembic_version') IS NOT NULL AS yes")

# What is left to this role: the server's limit less what it reserves for others, or the role's or database's own.
CONNECTIONS = text("""
SELECT least(
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
        - coalesce(current_setting('reserved_connections', true)::int, 0),
    (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user),
    (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database())
) AS most
""")

# The first is the sweep's own condition (`service.delivery.sweep`).
BACKLOG = text(f"""
SELECT
    (SELECT count(*) FROM jobs
     WHERE state IN {SQL_UNENDED} AND (lease_until IS NULL OR lease_until <= clock_timestamp())
       AND enqueued_at < clock_timestamp() - make_interval(secs => :age_s * power(2, resends))) AS stale,
    (SELECT count(*) FROM outbox
     WHERE published_at IS NULL AND parked_at IS NULL
       AND created_at < clock_timestamp() - make_interval(secs => :late_s)) AS late,
    (SELECT count(*) FROM outbox WHERE parked_at IS NOT NULL) AS parked
""")
LETTERS = text("""
SELECT reason, count(*) AS n FROM dead_letters WHERE replayed_at IS NULL AND discarded_at IS NULL GROUP BY reason
""")


def add_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--instances", type=_instances, metavar="N", help="of the service at most (Cloud Run's --max-instances)"
    )
    for kind in ("jobs", "results", "dlq"):
        command.add_argument(f"--{kind}-sub", metavar="NAME", help=f"the subscription of the {kind} topic (TOPIC-sub)")


def run(options: argparse.Namespace) -> int:
    """Look whether everything round the service is as it needs it, with the environment that the service has."""
    env = _environment(options)
    findings = examine(read_settings(env), env, options)
    code = doctor.exit_code(findings)
    if options.json:
        say_json({"exit_code": code, "findings": [asdict(finding) for finding in findings]})
        return code
    for level in doctor.LEVELS:
        for one in findings:
            if one.level == level:
                fix = f" Fix: {one.fix}" if one.fix else ""
                say(plain(f"{HEADS[level]:<9}  {one.subject}: {one.sentence}{fix}"))
    counts = {level: sum(one.level == level for one in findings) for level in doctor.LEVELS}
    say(f"{counts['ok']} ok, {counts['warn']} to look at, {counts['fail']} to mend, {counts['unknown']} not asked.")
    return code


def examine(settings: Settings, env: Mapping[str, str], options: argparse.Namespace) -> list[doctor.Finding]:
    """Ask for everything, and what is found."""
    return [
        *_database(settings, options.instances),
        *_pubsub(settings, options),
        *_process(settings, env),
    ]


def _environment(options: argparse.Namespace) -> dict[str, str]:
    """This process's own; what it does not say is the running dev's, where the database is that one's."""
    url = where.database_url(options)
    dev = where.running_dev(options)
    of_dev = {}
    if dev is not None and dev.database_url == url:
        of_dev = {
            "GOOGLE_CLOUD_PROJECT": dev.project,
            "PUBSUB_EMULATOR_HOST": dev.pubsub_host,
            "JOBS_TOPIC": dev.jobs_topic,
            "RESULTS_TOPIC": dev.results_topic,
            "DLQ_TOPIC": dev.dlq_topic,
            "PUSH_AUDIENCE": dev.push_audience,
            "PUSH_SERVICE_ACCOUNT": dev.push_email,
            "ARTIFACTS_URL": dev.artifacts,
        }
    return {**of_dev, **os.environ, "DATABASE_URL": url}


# The database


def _database(settings: Settings, instances: int | None) -> list[doctor.Finding]:
    scripts = ScriptDirectory(str(resources.files("service.db") / "migrations"))
    migrations = doctor.Migrations(
        head=scripts.get_current_head() or "", known=frozenset(one.revision for one in scripts.walk_revisions())
    )
    engine = db.connect(settings.database_url, pool_size=1)
    try:
        found = _asked(lambda: _ask_database(engine))
        findings = doctor.database(found, migrations)
        if isinstance(found, doctor.Database):
            findings.append(doctor.connections(found.connections, _pool(settings, instances)))
        if doctor.is_migrated(found, migrations):
            findings += doctor.backlog(_asked(lambda: _ask_backlog(engine, settings)))
    finally:
        engine.dispose()
    return findings


def _ask_database(engine: Engine) -> doctor.Database:
    db.rows(engine, text("SELECT 1"), {})  # so that opening the connection is not part of the clock's answer
    before, began = datetime.now(UTC), time.monotonic()
    (clock,) = db.rows(engine, CLOCK, {})
    took_s = time.monotonic() - began
    (has_revision,) = db.rows(engine, HAS_REVISION, {})
    revision = db.one(engine, REVISION, {}) if has_revision["yes"] else None
    (connections,) = db.rows(engine, CONNECTIONS, {})
    return doctor.Database(
        revision=revision["version_num"] if revision else None,
        clock_s=(clock["now"] - before).total_seconds() - took_s / 2,
        unsure_s=took_s / 2,
        connections=connections["most"],
    )


def _ask_backlog(engine: Engine, settings: Settings) -> doctor.Backlog:
    from service.delivery import sweep  # noqa: PLC0415 (what it stands on takes a while, and no other command needs it)

    age_s = settings.ack_deadline_s + sweep.MAX_SUBSCRIPTION_BACKOFF_S + sweep.SLACK_S
    (counts,) = db.rows(engine, BACKLOG, {"age_s": age_s, "late_s": LATE_S})
    letters = {row["reason"]: row["n"] for row in db.rows(engine, LETTERS, {})}
    return doctor.Backlog(**counts, late_s=LATE_S, letters=letters)


def _pool(settings: Settings, instances: int | None) -> doctor.Pool:
    from service.app import pool_size  # noqa: PLC0415 (as above)

    host = make_url(settings.database_url).query.get("host", "")
    return doctor.Pool(
        per_instance=pool_size(settings),
        instances=instances,
        is_cloud_sql_socket=str(host).startswith("/cloudsql/"),
    )


def _asked(ask: Callable[[], T]) -> T | Away:
    try:
        return ask()
    except Unavailable as error:
        return Away(error.sentence)


# Pub/Sub


def _pubsub(settings: Settings, options: argparse.Namespace) -> list[doctor.Finding]:
    from google.api_core.exceptions import GoogleAPICallError  # noqa: PLC0415 (gRPC takes a second to import)
    from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415

    topics = (settings.topics.jobs, settings.topics.results, settings.topics.dlq)
    given = (options.jobs_sub, options.results_sub, options.dlq_sub)
    jobs, *others = [(topic, name or f"{topic}-sub") for topic, name in zip(topics, given, strict=True)]
    wanted = _wanted(settings)
    try:
        with _clients(settings.pubsub_emulator_host) as (publisher, subscriber):
            findings = [doctor.topic(wanted, name, _topic(publisher, settings, name)) for name in topics]
            found = _subscription(subscriber, settings, jobs[1])
            findings += doctor.push_subscription(wanted, jobs[1], found)
            for topic, name in others:
                found = _subscription(subscriber, settings, name)
                findings += doctor.pull_subscription(wanted, name, topic, found)
    except (GoogleAPICallError, GoogleAuthError) as error:
        return [doctor.away(settings.pubsub_emulator_host, plain(error)[:300].rstrip("."))]
    return findings


def _wanted(settings: Settings) -> Wanted:
    return Wanted(
        project=settings.project,
        jobs_topic=settings.topics.jobs,
        is_emulator=bool(settings.pubsub_emulator_host),
        is_signed=settings.auth,
        push_audience=settings.push_audience,
        push_accounts=settings.push_service_accounts,
        ack_deadline_s=settings.ack_deadline_s,
    )


@contextmanager
def _clients(emulator: str | None) -> "Iterator[tuple[PublisherClient, SubscriberClient]]":
    """The plain clients of Pub/Sub, or of the emulator at that address."""
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


def _topic(publisher: "PublisherClient", settings: Settings, name: str) -> Found[str] | Away:
    path = settings.topic_path(name)
    return _looked_up(lambda: str(publisher.get_topic(topic=path, retry=None, timeout=CALL_S).name))


def _subscription(subscriber: "SubscriberClient", settings: Settings, name: str) -> Found[doctor.Subscription] | Away:
    path = f"projects/{settings.project}/subscriptions/{name}"
    return _looked_up(lambda: _plain(subscriber.get_subscription(subscription=path, retry=None, timeout=CALL_S)))


def _looked_up(ask: Callable[[], T]) -> Found[T] | Away:
    """What is not there, or may not be looked at, is told of each thing; every other error is Pub/Sub's as a whole."""
    from google.api_core import exceptions  # noqa: PLC0415

    try:
        return Found(ask())
    except exceptions.NotFound:
        return Found(None)
    except exceptions.PermissionDenied as error:
        return Away(f"Pub/Sub does not let us look: {error.message}")


def _plain(one: "wire.Subscription") -> doctor.Subscription:
    """https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#subscription"""
    push, retry, expires = one.push_config, one.retry_policy, one.expiration_policy
    never = float("inf") if "expiration_policy" in one else None
    return doctor.Subscription(
        topic=one.topic,
        ack_deadline_s=one.ack_deadline_seconds,
        push_endpoint=push.push_endpoint,
        oidc_account=push.oidc_token.service_account_email,
        oidc_audience=push.oidc_token.audience,
        is_unwrapped="no_wrapper" in push,
        has_metadata=push.no_wrapper.write_metadata,
        is_ordered=one.enable_message_ordering,
        is_detached=one.detached,
        filter=one.filter,
        dead_letter_topic=one.dead_letter_policy.dead_letter_topic,
        retry_s=(_seconds(retry.minimum_backoff) or 0.0, _seconds(retry.maximum_backoff) or 0.0)
        if "retry_policy" in one
        else None,
        retention_s=_seconds(one.message_retention_duration) or doctor.RETENTION_S,
        expires_s=_seconds(expires.ttl) or never,
    )


def _seconds(duration: Any) -> float | None:
    return None if duration is None else float(duration.total_seconds())


# What the process itself needs


def _process(settings: Settings, env: Mapping[str, str]) -> list[doctor.Finding]:
    from service.app import load_pipeline  # noqa: PLC0415

    findings = [doctor.artifacts(settings.artifacts_url, _artifacts_trouble(settings.artifacts_url))]
    if settings.artifacts_url.startswith("gs:"):
        findings.append(doctor.links(_link_trouble(settings.artifacts_url)))
    # With an emulator tokens are a laptop's own, and where dev's page is is written down nowhere.
    if settings.auth and (env.get("OIDC_CERTS_URL") or not settings.pubsub_emulator_host):
        findings.append(doctor.certificates(settings.oidc_certs_url, _asked(lambda: _keys(settings.oidc_certs_url))))
    try:
        load_pipeline(settings.pipeline, env)
    except SettingsError as error:
        findings.append(doctor.pipeline(settings.pipeline, error.sentence))
    else:
        findings.append(doctor.pipeline(settings.pipeline, None))
    pinned = _pinned(Path(str(resources.files("service"))).parent / "requirements.txt")
    if pinned:
        findings.append(doctor.packages(pinned, _installed()))
    return findings


def _artifacts_trouble(url: str) -> str | None:
    """Why a file cannot be put there and read back, by the store that the stages use; None where it can."""
    from service import artifacts  # noqa: PLC0415 (with a bucket it takes a while)

    try:
        store = artifacts.connect(url)(PROBE)
        with tempfile.TemporaryDirectory(prefix="aiprod-doctor-") as folder:
            source, back = Path(folder) / PROBE, Path(folder) / "back"
            source.write_text("The doctor was here.\n")
            kept = store.put(source, f"{PROBE}.txt", "text/plain")
            same = store.fetch(kept, back).read_bytes() == source.read_bytes()
        if kept.startswith("file:"):
            _forget(Path(unquote(urlsplit(kept).path)))
    except Exception as error:  # noqa: BLE001 (whatever it is, it is what a stage would meet)
        return plain(f"{type(error).__name__}: {error}")[:300].rstrip(".")
    return None if same else "another file came back"


def _link_trouble(url: str) -> str | None:
    """Why no link to a file of the probe's job can be signed, whether or not the file is there; None where one can."""
    from service import artifacts  # noqa: PLC0415 (as above)

    try:
        artifacts.connect(url)(PROBE).link(f"{url.rstrip('/')}/{PROBE}/{PROBE}.txt")
    except Unavailable as error:
        return plain(error.__cause__)[:300].rstrip(".")
    except Exception as error:  # noqa: BLE001 (as above)
        return plain(f"{type(error).__name__}: {error}")[:300].rstrip(".")
    return None


def _forget(probe: Path) -> None:
    # Two doctors at once share the file, so it may be gone already.
    with suppress(OSError):
        probe.unlink()
        probe.parent.rmdir()


def _keys(url: str) -> int:
    """How many keys the page has, as the service reads it. Raises `Unavailable` where there is no page."""
    page = auth.fetch_certs(url)
    try:
        auth.KeyCache(lambda: page).get(PROBE)
    except Unavailable:
        return 0
    return len(page.keys)


def _pinned(requirements: Path) -> dict[str, str]:
    """`name==version` lines, but for those that hold on some machines alone; empty where there is no such file, as in
    the image, which was made from it."""
    if not requirements.is_file():
        return {}
    lines = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)\s*\\?$", requirements.read_text(), re.MULTILINE)
    return {_normal(name): version for name, version in lines}


def _installed() -> dict[str, str]:
    return {_normal(one.name): one.version for one in metadata.distributions()}


def _normal(name: str) -> str:
    """https://packaging.python.org/en/latest/specifications/name-normalization/"""
    return re.sub(r"[-_.]+", "-", name).lower()


def _instances(raw: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,5}", raw):
        raise argparse.ArgumentTypeError(f"{raw!r} must be a whole number from 1")
    return int(raw)
