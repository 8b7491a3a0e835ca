"""The rules for Pub/Sub: the three topics, the push subscription of the jobs, and the two pull subscriptions."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from service.doctor.findings import Finding, NotChecked

PULL_ACK_DEADLINE_S = 60
RETRY_S = (10.0, 600.0)
"""The jobs subscription's backoff. A shorter one is a tight loop that slows every delivery down."""
RETENTION_S = 7 * 86_400.0
"""Pub/Sub's default. https://cloud.google.com/pubsub/docs/subscription-properties#message_retention_duration"""
DEFAULT_EXPIRES_S = 31 * 86_400.0
"""https://cloud.google.com/pubsub/docs/subscription-properties#expiration_period"""
VIEWER_FIX = "roles/pubsub.viewer on the project lets doctor read it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the settings demand of Pub/Sub. Topics and subscriptions are given by their short names."""

    project: str
    jobs_topic: str
    is_emulator: bool
    """Accept what is different on a laptop: plain http, a short backoff."""
    is_signed: bool
    """Pushes must carry a token (unless AUTH=off)."""
    push_audience: str
    """Empty if this process does not know it (SURFACE=api)."""
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
    """If empty, Pub/Sub uses the endpoint's URL."""
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
    """Deleted after this long without use; infinite for never, None if Pub/Sub does not say (the emulator)."""


def unreachable(emulator: str | None, why: str) -> Finding:
    """Neither Pub/Sub, nor the emulator at that address, answered at all."""
    fix = "gcloud auth application-default login, or check GOOGLE_CLOUD_PROJECT and the network."
    if emulator:
        fix = "Start the emulator, or unset PUBSUB_EMULATOR_HOST."
    return Finding("unknown", "Pub/Sub", f"{emulator or 'It'} cannot be reached ({why}).", fix)


def check_topic(expected: Expected, name: str, topic: str | NotChecked | None) -> Finding:
    """Does the topic exist? `topic` is its full name, None if it does not."""
    if isinstance(topic, NotChecked):
        return Finding("unknown", name, topic.why, VIEWER_FIX)
    if topic is None:
        sentence = "The topic does not exist: everything published to it is refused."
        return Finding("fail", name, sentence, f"gcloud pubsub topics create {name} --project={expected.project}")
    return Finding("ok", name, "The topic exists.")


def check_push_subscription(
    expected: Expected, name: str, subscription: Subscription | NotChecked | None
) -> list[Finding]:
    """Does the subscription that pushes the jobs exist, and does it push what the service accepts?"""
    if isinstance(subscription, NotChecked):
        return [Finding("unknown", name, subscription.why, VIEWER_FIX)]
    create = _create_push(expected, name, subscription)
    if subscription is None:
        return [Finding("fail", name, "The subscription does not exist: no job arrives.", create)]
    findings = [
        *_check_any(expected, name, subscription, expected.jobs_topic, create),
        *_check_endpoint(expected, name, subscription),
        *_check_delivery(expected, name, subscription),
    ]
    return findings or [Finding("ok", name, f"It pushes to {subscription.push_endpoint} as the service expects.")]


def check_pull_subscription(
    expected: Expected, name: str, topic: str, subscription: Subscription | NotChecked | None
) -> list[Finding]:
    """Does a subscription that a consumer pulls from exist? `topic` is the one it should be attached to."""
    if isinstance(subscription, NotChecked):
        return [Finding("unknown", name, subscription.why, VIEWER_FIX)]
    create = _create(expected, name, topic, f"--ack-deadline={PULL_ACK_DEADLINE_S}")
    if subscription is None:
        sentence = "The subscription does not exist: its consumer misses everything published until it does."
        return [Finding("fail", name, sentence, create)]
    findings = _check_any(expected, name, subscription, topic, create)
    if subscription.push_endpoint:
        sentence = f"It pushes to {subscription.push_endpoint}, so nobody can pull from it."
        fix = f'gcloud pubsub subscriptions modify-push-config {name} --project={expected.project} --push-endpoint=""'
        findings.append(Finding("fail", name, sentence, fix))
    if subscription.ack_deadline_s != PULL_ACK_DEADLINE_S:
        sentence = f"Its ack deadline is {subscription.ack_deadline_s:g} s, not {PULL_ACK_DEADLINE_S} s."
        fix = _update(expected, name, f"--ack-deadline={PULL_ACK_DEADLINE_S}")
        findings.append(Finding("warn", name, sentence, fix))
    return findings or [Finding("ok", name, "It is ready to be pulled from.")]


def _check_any(expected: Expected, name: str, subscription: Subscription, topic: str, create: str) -> list[Finding]:
    """The rules for all three. Pub/Sub cannot change a subscription's topic, filter or ordering."""
    recreate = _recreate(expected, name, create)
    if subscription.is_detached:
        return [Finding("fail", name, f"It is detached from the topic {topic}.", recreate)]
    if subscription.topic != f"projects/{expected.project}/topics/{topic}":
        sentence = f"It is attached to {subscription.topic}, not to the topic {topic}."
        return [Finding("fail", name, sentence, recreate)]
    findings = []
    if subscription.filter:
        sentence = f"It has a filter ({subscription.filter}): what does not match is dropped."
        findings.append(Finding("fail", name, sentence, recreate))
    # If no expiry is given, Pub/Sub uses its default; the emulator has none.
    expires_s = subscription.expires_s or (float("inf") if expected.is_emulator else DEFAULT_EXPIRES_S)
    if expires_s != float("inf"):
        days = expires_s / 86_400
        sentence = f"It is deleted after {days:g} days without use, and what is published afterwards is lost."
        findings.append(Finding("fail", name, sentence, _update(expected, name, "--expiration-period=never")))
    if subscription.retention_s < RETENTION_S:
        sentence = (
            f"It keeps messages for {subscription.retention_s / 3600:g} h: a longer outage loses jobs and results."
        )
        findings.append(Finding("warn", name, sentence, _update(expected, name, "--message-retention-duration=7d")))
    return findings


def _check_endpoint(expected: Expected, name: str, subscription: Subscription) -> list[Finding]:
    """Where it pushes to, in which form, and as which account."""
    fix = _modify_push(expected, name, subscription)
    endpoint = subscription.push_endpoint
    if not endpoint:
        return [Finding("fail", name, "It is a pull subscription: no job is pushed.", fix)]
    findings = []
    url = urlsplit(endpoint)
    if not url.path.endswith("/push"):
        sentence = f"It pushes to {endpoint}, whose path does not end in /push: every push gets a 404."
        findings.append(Finding("fail", name, sentence, fix))
    if url.scheme != "https" and not expected.is_emulator:
        sentence = f"It pushes to {endpoint} without TLS: its token can be read on the way."
        findings.append(Finding("fail", name, sentence, fix))
    if subscription.is_unwrapped and not subscription.has_metadata:
        sentence = "Its pushes are unwrapped without metadata: message ids, runs and hops do not arrive."
        findings.append(Finding("fail", name, sentence, fix))
    if expected.is_signed:
        findings += [Finding("fail", name, sentence, fix) for sentence in _token_problems(expected, subscription)]
    return findings


def _token_problems(expected: Expected, subscription: Subscription) -> list[str]:
    account = subscription.oidc_account
    if not account:
        return ["Its pushes carry no OIDC token: every push gets a 401."]
    problems = []
    audience = subscription.oidc_audience or subscription.push_endpoint
    if expected.push_audience and audience != expected.push_audience:
        mismatch = f"Its tokens are for {audience}, but PUSH_AUDIENCE is {expected.push_audience}"
        problems.append(f"{mismatch}: every push gets a 401.")
    if expected.push_accounts and account not in expected.push_accounts:
        problems.append(f"It pushes as {account}, which PUSH_SERVICE_ACCOUNT does not name: every push gets a 403.")
    return problems


def _check_delivery(expected: Expected, name: str, subscription: Subscription) -> list[Finding]:
    """How it delivers and redelivers."""
    findings = []
    deadline_s = f"{expected.ack_deadline_s:g}"
    mismatch = f"Its ack deadline is {subscription.ack_deadline_s:g} s, but ACK_DEADLINE_S is {deadline_s} s"
    fix = _update(expected, name, f"--ack-deadline={deadline_s}")
    if subscription.ack_deadline_s < expected.ack_deadline_s:
        findings.append(Finding("fail", name, f"{mismatch}: answers come too late.", fix))
    elif subscription.ack_deadline_s > expected.ack_deadline_s:
        findings.append(Finding("warn", name, f"{mismatch}: the rest is not used.", fix))
    if subscription.is_ordered:
        sentence = "Message ordering is on: a continuation queues behind the same user's next job, forever."
        recreate = _recreate(expected, name, _create_push(expected, name, subscription))
        findings.append(Finding("fail", name, sentence, recreate))
    if subscription.dead_letter_topic:
        sentence = "It has a dead-letter policy, which counts every 503 and takes away jobs that only had to wait."
        findings.append(Finding("fail", name, sentence, _update(expected, name, "--clear-dead-letter-policy")))
    retry_s = subscription.retry_s
    if retry_s is None or (retry_s[0] < RETRY_S[0] and not expected.is_emulator):
        what = "no retry policy" if retry_s is None else f"a minimum backoff of {retry_s[0]:g} s"
        sentence = f"It has {what}: a message that is refused comes back at once."
        findings.append(Finding("warn", name, sentence, _update(expected, name, _retry_flags())))
    return findings


# The gcloud commands that repair it


def _update(expected: Expected, name: str, flags: str) -> str:
    return f"gcloud pubsub subscriptions update {name} --project={expected.project} {flags}"


def _create(expected: Expected, name: str, topic: str, flags: str) -> str:
    common = f"--project={expected.project} --topic={topic} --expiration-period=never"
    return f"gcloud pubsub subscriptions create {name} {common} {flags}"


def _recreate(expected: Expected, name: str, create: str) -> str:
    return f"gcloud pubsub subscriptions delete {name} --project={expected.project} && {create}"


def _create_push(expected: Expected, name: str, subscription: Subscription | None) -> str:
    flags = f"{_push_flags(expected, subscription)} --ack-deadline={expected.ack_deadline_s:g} {_retry_flags()}"
    return _create(expected, name, expected.jobs_topic, flags)


def _modify_push(expected: Expected, name: str, subscription: Subscription) -> str:
    """It replaces the entire push configuration, so all of it is given."""
    flags = _push_flags(expected, subscription)
    return f"gcloud pubsub subscriptions modify-push-config {name} --project={expected.project} {flags}"


def _push_flags(expected: Expected, subscription: Subscription | None) -> str:
    """Keep the endpoint and the account that the subscription has, if they are right."""
    endpoint = subscription.push_endpoint if subscription else ""
    url = urlsplit(endpoint)
    if not url.path.endswith("/push") or (url.scheme != "https" and not expected.is_emulator):
        endpoint = "https://THE-SERVICE/push"
    flags = [f"--push-endpoint={endpoint}"]
    if expected.is_signed:
        account = subscription.oidc_account if subscription else ""
        if account not in expected.push_accounts:
            account = min(expected.push_accounts, default="THE-ACCOUNT")
        flags.append(f"--push-auth-service-account={account}")
        flags.append(f"--push-auth-token-audience={expected.push_audience or 'THE-AUDIENCE'}")
    return " ".join(flags)


def _retry_flags() -> str:
    return f"--min-retry-delay={RETRY_S[0]:g}s --max-retry-delay={RETRY_S[1]:g}s"
