"""Is everything round the service as it needs it? From plain facts to findings; all of it pure.

`command.py` asks for the facts. A finding is one line: what is so, what that does to the service, and the
command that mends it. What could not be asked is a finding too, since it may hide another.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")
Level = Literal["ok", "warn", "fail", "unknown"]
LEVELS: tuple[Level, ...] = ("ok", "warn", "fail", "unknown")

PULL_ACK_DEADLINE_S = 60
RETRY_S = (10.0, 600.0)
"""The subscription's backoff; sooner than this it is a loop that slows everybody."""
RETENTION_S = 7 * 86_400.0
"""Pub/Sub's default. https://cloud.google.com/pubsub/docs/subscription-properties#message_retention_duration"""
UNSET_EXPIRES_S = 31 * 86_400.0
"""https://cloud.google.com/pubsub/docs/subscription-properties#expiration_period"""
CLOCK_WARN_S, CLOCK_FAIL_S = 2.0, 10.0
"""Tokens are taken with a clock that is 10 s off (`service.auth.verifier`)."""
SOCKET_CONNECTIONS = 100
"""Of one Cloud Run instance to one Cloud SQL instance. https://cloud.google.com/sql/docs/quotas#cloud-run"""
MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """`fix` is what to type or to set; None where there is nothing to do."""

    level: Level
    subject: str
    sentence: str
    fix: str | None = None


@dataclass(frozen=True, slots=True)
class Away:
    """It could not be asked; `why` is a sentence."""

    why: str


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """What was there; None where there is nothing of that name."""

    thing: T | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the settings say. Topics and subscriptions by their short names."""

    project: str
    jobs_topic: str
    is_emulator: bool
    """What a laptop does otherwise is no finding: plain http, a short backoff."""
    is_signed: bool
    """Pushes must carry a token (not AUTH=off)."""
    push_audience: str
    """Empty where this process would not know it (SURFACE=api)."""
    push_accounts: frozenset[str]
    ack_deadline_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A subscription as Pub/Sub describes it. `topic` is the full name."""

    topic: str
    ack_deadline_s: float
    push_endpoint: str = ""
    oidc_account: str = ""
    oidc_audience: str = ""
    """Empty: Pub/Sub takes the endpoint's URL."""
    is_unwrapped: bool = False
    has_metadata: bool = False
    """Unwrapped pushes carry the message's id and attributes."""
    is_ordered: bool = False
    is_detached: bool = False
    filter: str = ""
    dead_letter_topic: str = ""
    retry_s: tuple[float, float] | None = None
    retention_s: float = RETENTION_S
    expires_s: float | None = None
    """Unused for so long it is deleted; infinite for never, None where Pub/Sub does not say (the emulator)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """`revision` is None where nothing was ever migrated. `clock_s` is how far the database's clock is ahead of ours,
    `unsure_s` by how much that may be wrong."""

    revision: str | None
    clock_s: float
    unsure_s: float
    connections: int
    """What the server, the role and the database leave to this role."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrations:
    """Those of this version: the newest, and all."""

    head: str
    known: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """`per_instance` connections each; `instances` is None where nobody said how many there will be."""

    per_instance: int
    instances: int | None
    is_cloud_sql_socket: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What lies about in the database. `stale`: un-ended jobs without a live lease that have had no message for longer
    than one can be away. `late`: messages owed for longer than `late_s` seconds. `letters`: open ones by reason."""

    stale: int
    late: int
    late_s: float
    parked: int
    letters: Mapping[str, int]


def exit_code(findings: Iterable[Finding]) -> int:
    """0 all well, or nothing but warnings; 1 something breaks a promise; 2 something could not be asked."""
    levels = {finding.level for finding in findings}
    return 1 if "fail" in levels else 2 if "unknown" in levels else 0


# The database


def database(found: Database | Away, migrations: Migrations) -> list[Finding]:
    """Is it there, with this version's tables, and what time is it there?"""
    if isinstance(found, Away):
        fix = "Check DATABASE_URL, and that the database lets this machine in."
        return [Finding("unknown", "database", found.why, fix)]
    return [_migrated(found.revision, migrations), _clock(found)]


def is_migrated(found: Database | Away, migrations: Migrations) -> bool:
    """Whether this version can read the tables."""
    return isinstance(found, Database) and found.revision is not None and found.revision == migrations.head


def _migrated(revision: str | None, migrations: Migrations) -> Finding:
    head = migrations.head
    if revision == head:
        return Finding("ok", "database", f"It is reachable and has this version's tables ({head}).")
    if revision is not None and revision not in migrations.known:
        sentence = f"Its tables are at {revision}, which this version does not know: a newer one has migrated it."
        return Finding("warn", "database", sentence, "Run the doctor of the version that is deployed.")
    sentence = f"Its tables are at {revision or 'nothing'}, this version needs {head}: every delivery is a 503."
    return Finding("fail", "database", sentence, "python -m service migrate")


def _clock(found: Database) -> Finding:
    off = max(0.0, abs(found.clock_s) - found.unsure_s)
    sentence = (
        f"The database's clock is {abs(found.clock_s):.1f} s {'ahead of' if found.clock_s > 0 else 'behind'} ours"
    )
    if off > CLOCK_FAIL_S:
        consequence = "tokens are refused by a clock that is over 10 s off, and one of the two is"
        return Finding(
            "fail", "clock", f"{sentence}: {consequence}.", "Set this machine's clock by NTP, then ask again."
        )
    if off > CLOCK_WARN_S:
        return Finding("warn", "clock", f"{sentence}.", "Set this machine's clock by NTP, then ask again.")
    return Finding("ok", "clock", f"The database's clock and ours differ by under {CLOCK_WARN_S:g} s.")


def connections(limit: int, pool: Pool) -> Finding:
    """Do the pools of all instances fit under what the database allows?"""
    each, room = pool.per_instance, limit // pool.per_instance
    if pool.is_cloud_sql_socket and each > SOCKET_CONNECTIONS:
        sentence = f"One instance may open {each} connections, Cloud SQL's socket has {SOCKET_CONNECTIONS}."
        return Finding("fail", "connections", sentence, "Lower MAX_CONCURRENT_JOBS and let there be more instances.")
    if pool.instances is None:
        if room:
            sentence = f"The database's {limit} connections are enough for {room} instances of {each}."
            return Finding("ok", "connections", sentence)
        sentence = f"The database allows {limit} connections, one instance needs {each}."
    elif pool.instances <= room:
        sentence = f"{pool.instances} instances of {each} connections fit under the database's {limit}."
        return Finding("ok", "connections", sentence)
    else:
        needed = each * pool.instances
        sentence = f"{pool.instances} instances need {needed} connections, the database allows {limit}."
    fix = f"Raise max_connections, lower MAX_CONCURRENT_JOBS, or allow {room} instances (--max-instances)."
    return Finding("fail", "connections", f"{sentence[:-1]}: those beyond get a 503.", fix)


def backlog(found: Backlog | Away) -> list[Finding]:
    """What lies about that somebody should look at."""
    if isinstance(found, Away):
        return [Finding("unknown", "backlog", found.why)]
    findings = []
    if found.stale:
        sentence = f"{found.stale} jobs have no live lease and no message that could come: the sweep does not run."
        findings.append(Finding("fail", "jobs", sentence, "python -m service sweep, and mend the scheduler's job."))
    if found.late:
        late = f"{found.late} messages are owed for over {found.late_s / 60:g} min"
        sentence = f"{late}: the sweep does not run, or Pub/Sub takes nothing."
        fix = "python -m service sweep says which of the two; a sweep that works is the scheduler's to call."
        findings.append(Finding("fail", "outbox", sentence, fix))
    if found.parked:
        sentence = f"{found.parked} messages are parked: Pub/Sub refuses them for good, and nobody gets them."
        findings.append(Finding("warn", "outbox", sentence, "python -m service sweep names them."))
    if found.letters:
        ranked = sorted(found.letters.items(), key=lambda one: (-one[1], one[0]))
        reasons = ", ".join(f"{reason} {count}" for reason, count in ranked[:MOST_NAMED])
        more = ", …" if len(ranked) > MOST_NAMED else ""
        sentence = f"{sum(found.letters.values())} dead letters are open ({reasons}{more})."
        findings.append(
            Finding("warn", "dead letters", sentence, "python -m service dlq list, then replay or discard.")
        )
    return findings or [Finding("ok", "backlog", "No job is lost, no message late or parked, no dead letter open.")]


# Pub/Sub


def away(emulator: str | None, why: str) -> Finding:
    """Nothing at all could be asked of Pub/Sub, or of the emulator at that address."""
    fix = "gcloud auth application-default login, or look at GOOGLE_CLOUD_PROJECT and the network."
    if emulator:
        fix = "Start the emulator, or unset PUBSUB_EMULATOR_HOST."
    return Finding("unknown", "Pub/Sub", f"{emulator or 'It'} cannot be asked ({why}).", fix)


def topic(wanted: Wanted, name: str, found: Found[str] | Away) -> Finding:
    """Is the topic there?"""
    if isinstance(found, Away):
        return Finding("unknown", name, found.why, "roles/pubsub.viewer on the project lets the doctor look.")
    if found.thing is None:
        sentence = "There is no such topic: what is published to it is refused."
        return Finding("fail", name, sentence, f"gcloud pubsub topics create {name} --project={wanted.project}")
    return Finding("ok", name, "The topic is there.")


def push_subscription(wanted: Wanted, name: str, found: Found[Subscription] | Away) -> list[Finding]:
    """The one that pushes the jobs."""
    if isinstance(found, Away):
        return [Finding("unknown", name, found.why, "roles/pubsub.viewer on the project lets the doctor look.")]
    one = found.thing
    if one is None:
        return [
            Finding("fail", name, "There is no such subscription: no job arrives.", _create_push(wanted, name, None))
        ]
    findings = [
        *_common(wanted, name, one, wanted.jobs_topic, _create_push(wanted, name, one)),
        *_pushes(wanted, name, one),
        *_delivers(wanted, name, one),
    ]
    return findings or [Finding("ok", name, f"It pushes to {one.push_endpoint}, as the service needs it.")]


def pull_subscription(wanted: Wanted, name: str, of: str, found: Found[Subscription] | Away) -> list[Finding]:
    """One that a consumer pulls; `of` is its topic."""
    create = _create(wanted, name, of, f"--ack-deadline={PULL_ACK_DEADLINE_S}")
    if isinstance(found, Away):
        return [Finding("unknown", name, found.why, "roles/pubsub.viewer on the project lets the doctor look.")]
    one = found.thing
    if one is None:
        sentence = "There is no such subscription: what is published meanwhile is lost to its consumer."
        return [Finding("fail", name, sentence, create)]
    findings = _common(wanted, name, one, of, create)
    if one.push_endpoint:
        sentence = f"It pushes to {one.push_endpoint}, so nobody can pull from it."
        fix = f'gcloud pubsub subscriptions modify-push-config {name} --project={wanted.project} --push-endpoint=""'
        findings.append(Finding("fail", name, sentence, fix))
    if one.ack_deadline_s != PULL_ACK_DEADLINE_S:
        sentence = f"Its ack deadline is {one.ack_deadline_s:g} s, not {PULL_ACK_DEADLINE_S} s."
        fix = _update(wanted, name, f"--ack-deadline={PULL_ACK_DEADLINE_S}")
        findings.append(Finding("warn", name, sentence, fix))
    return findings or [Finding("ok", name, "It is there to be pulled, as its consumer needs it.")]


def _common(wanted: Wanted, name: str, one: Subscription, of: str, create: str) -> list[Finding]:
    """What holds for all three. A subscription's topic, filter and ordering cannot be changed."""
    anew = _anew(wanted, name, create)
    if one.is_detached or one.topic != f"projects/{wanted.project}/topics/{of}":
        sentence = f"It is {'detached from' if one.is_detached else 'of ' + one.topic + ', not of'} the topic {of}."
        return [Finding("fail", name, sentence, anew)]
    findings = []
    if one.filter:
        sentence = f"It has a filter ({one.filter}): what does not match is dropped."
        findings.append(Finding("fail", name, sentence, anew))
    # Where nothing is said Pub/Sub's default holds; the emulator has none.
    expires_s = one.expires_s or (float("inf") if wanted.is_emulator else UNSET_EXPIRES_S)
    if expires_s != float("inf"):
        days = expires_s / 86_400
        sentence = f"It is deleted when unused for {days:g} days, and what is published afterwards is lost."
        findings.append(Finding("fail", name, sentence, _update(wanted, name, "--expiration-period=never")))
    if one.retention_s < RETENTION_S:
        sentence = f"It keeps messages for {one.retention_s / 3600:g} h: a longer outage loses jobs and results."
        findings.append(Finding("warn", name, sentence, _update(wanted, name, "--message-retention-duration=7d")))
    return findings


def _pushes(wanted: Wanted, name: str, one: Subscription) -> list[Finding]:
    """Where it pushes to, and as whom."""
    fix = _modify_push(wanted, name, one)
    if not one.push_endpoint:
        return [Finding("fail", name, "It is a pull subscription: no job is pushed.", fix)]
    findings = []
    url = urlsplit(one.push_endpoint)
    if not url.path.endswith("/push"):
        sentence = f"It pushes to {one.push_endpoint}, whose path does not end in /push: every push is a 404."
        findings.append(Finding("fail", name, sentence, fix))
    if url.scheme != "https" and not wanted.is_emulator:
        sentence = f"It pushes to {one.push_endpoint}, without TLS: its token can be read on the way."
        findings.append(Finding("fail", name, sentence, fix))
    if one.is_unwrapped and not one.has_metadata:
        sentence = "Its pushes are unwrapped without metadata: message ids, runs and hops do not arrive."
        findings.append(Finding("fail", name, sentence, fix))
    if wanted.is_signed:
        findings += [Finding("fail", name, sentence, fix) for sentence in _token_problems(wanted, one)]
    return findings


def _token_problems(wanted: Wanted, one: Subscription) -> list[str]:
    if not one.oidc_account:
        return ["Its pushes carry no OIDC token: every one is a 401."]
    problems = []
    audience = one.oidc_audience or one.push_endpoint
    if wanted.push_audience and audience != wanted.push_audience:
        problems.append(f"Its tokens are for {audience}, PUSH_AUDIENCE is {wanted.push_audience}: every push is a 401.")
    if wanted.push_accounts and one.oidc_account not in wanted.push_accounts:
        problems.append(
            f"It pushes as {one.oidc_account}, which PUSH_SERVICE_ACCOUNT does not name: every push is a 403."
        )
    return problems


def _delivers(wanted: Wanted, name: str, one: Subscription) -> list[Finding]:
    """How it delivers, and again."""
    findings = []
    deadline_s = f"{wanted.ack_deadline_s:g}"
    fix = _update(wanted, name, f"--ack-deadline={deadline_s}")
    if one.ack_deadline_s < wanted.ack_deadline_s:
        sentence = (
            f"Its ack deadline is {one.ack_deadline_s:g} s, ACK_DEADLINE_S {deadline_s} s: answers come too late."
        )
        findings.append(Finding("fail", name, sentence, fix))
    elif one.ack_deadline_s > wanted.ack_deadline_s:
        sentence = f"Its ack deadline is {one.ack_deadline_s:g} s, ACK_DEADLINE_S {deadline_s} s: the rest is not used."
        findings.append(Finding("warn", name, sentence, fix))
    if one.is_ordered:
        sentence = "Message ordering is on: a continuation queues behind the same user's next job, for ever."
        anew = _anew(wanted, name, _create_push(wanted, name, one))
        findings.append(Finding("fail", name, sentence, anew))
    if one.dead_letter_topic:
        sentence = "It has a dead-letter policy, which counts every 503 and takes jobs away that only had to wait."
        findings.append(Finding("fail", name, sentence, _update(wanted, name, "--clear-dead-letter-policy")))
    if one.retry_s is None or (one.retry_s[0] < RETRY_S[0] and not wanted.is_emulator):
        what = "no retry policy" if one.retry_s is None else f"a least backoff of {one.retry_s[0]:g} s"
        sentence = f"It has {what}: a message that is refused comes again at once."
        flags = f"--min-retry-delay={RETRY_S[0]:g}s --max-retry-delay={RETRY_S[1]:g}s"
        findings.append(Finding("warn", name, sentence, _update(wanted, name, flags)))
    return findings


def _update(wanted: Wanted, name: str, flags: str) -> str:
    return f"gcloud pubsub subscriptions update {name} --project={wanted.project} {flags}"


def _create(wanted: Wanted, name: str, of: str, flags: str) -> str:
    place = f"--project={wanted.project} --topic={of} --expiration-period=never"
    return f"gcloud pubsub subscriptions create {name} {place} {flags}"


def _anew(wanted: Wanted, name: str, create: str) -> str:
    return f"gcloud pubsub subscriptions delete {name} --project={wanted.project} && {create}"


def _create_push(wanted: Wanted, name: str, one: Subscription | None) -> str:
    flags = f"{_push_flags(wanted, one)} --ack-deadline={wanted.ack_deadline_s:g}"
    backoff = f"--min-retry-delay={RETRY_S[0]:g}s --max-retry-delay={RETRY_S[1]:g}s"
    return _create(wanted, name, wanted.jobs_topic, f"{flags} {backoff}")


def _modify_push(wanted: Wanted, name: str, one: Subscription) -> str:
    """It replaces the whole of the push's configuration, so all of it is given."""
    flags = _push_flags(wanted, one)
    return f"gcloud pubsub subscriptions modify-push-config {name} --project={wanted.project} {flags}"


def _push_flags(wanted: Wanted, one: Subscription | None) -> str:
    endpoint = one.push_endpoint if one else ""
    url = urlsplit(endpoint)
    if not url.path.endswith("/push") or (url.scheme != "https" and not wanted.is_emulator):
        endpoint = "https://THE-SERVICE/push"
    flags = [f"--push-endpoint={endpoint}"]
    if wanted.is_signed:
        had = one.oidc_account if one else ""
        account = had if had in wanted.push_accounts else min(wanted.push_accounts, default="THE-ACCOUNT")
        flags.append(f"--push-auth-service-account={account}")
        flags.append(f"--push-auth-token-audience={wanted.push_audience or 'THE-AUDIENCE'}")
    return " ".join(flags)


# What the process itself needs


def artifacts(url: str, trouble: str | None) -> Finding:
    """`trouble`: why a file could not be written there and read back."""
    if trouble is None:
        return Finding("ok", "artifacts", f"A file was written to {url} and read back.")
    sentence = f"No file can be kept in {url} ({trouble}): no stage that makes one can finish."
    return Finding("fail", "artifacts", sentence, "Check ARTIFACTS_URL; a bucket needs roles/storage.objectUser on it.")


def links(trouble: str | None) -> Finding:
    """`trouble`: why no link to a file in the bucket could be signed."""
    if trouble is None:
        return Finding("ok", "links", "A link to a file in the bucket was signed.")
    sentence = f"No link to a film can be signed ({trouble}): POST /pipeline/job/<id>/links answers 503."
    grant = "gcloud iam service-accounts add-iam-policy-binding RUN --member=serviceAccount:RUN"
    fix = f"{grant} --role=roles/iam.serviceAccountTokenCreator, where RUN is the service's account; ask as that."
    return Finding("warn", "links", sentence, fix)


def certificates(url: str, found: int | Away) -> Finding:
    """`found`: how many keys the page has."""
    if isinstance(found, Away):
        fix = "Check OIDC_CERTS_URL, and that this network lets it through; the service needs it."
        return Finding("unknown", "certificates", found.why, fix)
    if found == 0:
        sentence = f"{url} has no certificate of an RSA key: no token can be checked, every push is a 503."
        return Finding("fail", "certificates", sentence, "Unset OIDC_CERTS_URL: the default is Google's own page.")
    return Finding("ok", "certificates", f"{url} has {found} keys.")


def pipeline(name: str, trouble: str | None) -> Finding:
    """`trouble`: the sentence with which it does not load."""
    if trouble is None:
        return Finding("ok", "pipeline", f"{name} loads.")
    return Finding(
        "fail", "pipeline", trouble, "Check PIPELINE and its settings; the service does not start like this."
    )


def packages(pinned: Mapping[str, str], installed: Mapping[str, str]) -> Finding:
    """The packages that the requirements pin against those that are here, by their normalized names: with them come
    the programs and fonts that a pipeline calls."""
    missing = sorted(name for name in pinned if name not in installed)
    other = sorted(name for name, version in pinned.items() if installed.get(name, version) != version)
    fix = "python -m pip install --require-hashes -r requirements.txt"
    if missing:
        return Finding("fail", "packages", f"Not installed: {_named(missing)}.", fix)
    if other:
        return Finding("warn", "packages", f"In other versions than those that are tested: {_named(other)}.", fix)
    return Finding("ok", "packages", f"All {len(pinned)} required packages are here, in the versions that are tested.")


def _named(names: Sequence[str]) -> str:
    return ", ".join(names[:MOST_NAMED]) + (f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else "")
