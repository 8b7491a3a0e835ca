"""The settings: environment variables, read once into one frozen value. An error names the variable that is wrong."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import SplitResult, urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from service.errors import SettingsError
from service.variables import DEFAULTS, SERVICE, misspelt

SURFACES = ("push", "api", "console", "all")
MAX_LIMIT = 1_000_000_000
"""The highest limit of a user. Money has the same, so that `user_limits.usd_a_day` holds it."""
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
LOG_FORMATS = ("auto", "json", "text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Topics:
    """The names of the three topics, without `projects/…`."""

    jobs: str
    results: str
    dlq: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one user may have at most: un-ended jobs, jobs in work at a time, US dollars a UTC day. None: no limit."""

    open_jobs: int | None = None
    jobs_in_work: int | None = None
    usd_a_day: float | None = None


NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The environment, checked. Values whose names end in `_s` are seconds, in `_bytes` bytes."""

    database_url: str
    """In SQLAlchemy's spelling, with psycopg2 as the driver, whatever spelling was given."""
    project: str
    topics: Topics
    pubsub_emulator_host: str | None
    push_audience: str
    push_service_accounts: frozenset[str]
    oidc_certs_url: str
    api_audience: str | None
    api_callers: Mapping[str, tuple[str, ...]]
    """E-mails of the API's callers. A caller with patterns may send jobs for the users that one of them matches."""
    api_operators: frozenset[str]
    sweep_callers: frozenset[str]
    console_users: Mapping[str, bool]
    """Patterns of e-mails, in lower case, and whether they may act and not only look."""
    console_audience: str | None
    iap_certs_url: str
    console_auth: bool
    """False if `CONSOLE_AUTH=off` or `AUTH=off`: the console is open, on loopback alone."""
    metrics_callers: frozenset[str]
    auth: bool
    """False if `AUTH=off`: no token is required."""
    max_concurrent_jobs: int
    max_in_flight_bytes: int
    ack_deadline_s: float
    job_max_attempts: int
    max_job_usd: float
    max_wait_hours: float
    lease_s: float
    retain_days: int
    limits: Limits
    """Of every user without a row of its own in `user_limits`."""
    artifacts_url: str
    pipeline: str
    surface: str
    host: str
    port: int
    log_level: str
    log_format: str
    otlp_endpoint: str | None
    """The collector of traces; None: there are none."""

    @property
    def delivery_budget_s(self) -> float:
        """Seconds that one delivery may take. A tenth of the ack deadline, from 2 s to 15 s, is kept for the last
        commit, the publish and the answer: an answer after the ack deadline is a nack."""
        return self.ack_deadline_s - min(15.0, max(2.0, self.ack_deadline_s / 10))

    def topic_path(self, topic: str) -> str:
        return f"projects/{self.project}/topics/{topic}"


class _Reader:
    """Reads variables and collects what is wrong with them, so that one start reports every mistake."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self.env = env
        self.problems: list[str] = []

    def text(self, name: str) -> str:
        value = self.env.get(name, "").strip() or DEFAULTS[name]
        if not value:
            self.problems.append(f"{name} is not set")
        return value

    def number(self, name: str, least: float, most: float) -> float:
        default = float(DEFAULTS[name] or 0)
        raw = self.env.get(name, "").strip()
        if not raw:
            return default
        if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,6})?", raw) or not least <= float(raw) <= most:
            self.problems.append(f"{name} must be a number from {least:g} to {most:g}, not {raw!r}")
            return default
        return float(raw)

    def whole(self, name: str, least: int, most: int) -> int:
        number = self.number(name, least, most)
        if number != int(number):
            self.problems.append(f"{name} must be a whole number, not {self.env[name]!r}")
        return int(number)

    def limit(self, name: str, most: float) -> float | None:
        """A number from 0, or None if the variable is not set."""
        return self.number(name, 0, most) if self.env.get(name, "").strip() else None

    def whole_limit(self, name: str, most: int) -> int | None:
        return self.whole(name, 0, most) if self.env.get(name, "").strip() else None

    def one_of(self, name: str, among: tuple[str, ...]) -> str:
        value = self.text(name)
        if value not in among:
            self.problems.append(f"{name} must be one of {', '.join(among)}, not {value!r}")
            return DEFAULTS[name]
        return value

    def names(self, name: str) -> frozenset[str]:
        return frozenset(part.strip() for part in self.env.get(name, "").split(",") if part.strip())


def read_settings(env: Mapping[str, str]) -> Settings:
    """Read the settings from environment variables.

    Raises `SettingsError`, which names every variable that is missing, wrong or misspelt.
    """
    read = _Reader(env)
    read.problems += [f"{name} {must}" for name, must in misspelt(env, SERVICE).items()]
    on_cloud_run = bool(env.get("K_SERVICE"))
    settings = Settings(
        database_url=_database_url(read),
        project=_project(read),
        topics=Topics(
            jobs=_topic(read, "JOBS_TOPIC"),
            results=_topic(read, "RESULTS_TOPIC"),
            dlq=_topic(read, "DLQ_TOPIC"),
        ),
        pubsub_emulator_host=env.get("PUBSUB_EMULATOR_HOST", "").strip() or None,
        push_audience="",
        push_service_accounts=read.names("PUSH_SERVICE_ACCOUNT"),
        oidc_certs_url=_http_url(read, "OIDC_CERTS_URL"),
        api_audience=env.get("API_AUDIENCE", "").strip() or None,
        api_callers=_api_callers(read),
        api_operators=read.names("API_OPERATORS"),
        sweep_callers=read.names("SWEEP_CALLERS"),
        console_users=_console_users(read),
        console_audience=env.get("CONSOLE_AUDIENCE", "").strip() or None,
        iap_certs_url=_http_url(read, "IAP_CERTS_URL"),
        console_auth=read.one_of("CONSOLE_AUTH", ("on", "off")) == "on" and read.one_of("AUTH", ("on", "off")) == "on",
        metrics_callers=read.names("METRICS_CALLERS"),
        auth=read.one_of("AUTH", ("on", "off")) == "on",
        max_concurrent_jobs=read.whole("MAX_CONCURRENT_JOBS", 1, 1000),
        max_in_flight_bytes=read.whole("MAX_IN_FLIGHT_BYTES", 1, 10_000_000_000),
        ack_deadline_s=read.number("ACK_DEADLINE_S", 10, 600),
        job_max_attempts=read.whole("JOB_MAX_ATTEMPTS", 1, 1000),
        max_job_usd=read.number("MAX_JOB_USD", 0, 1_000_000),
        max_wait_hours=read.number("MAX_WAIT_HOURS", 0.0001, 8760),
        retain_days=read.whole("RETAIN_DAYS", 1, 3_650),
        lease_s=read.number("LEASE_S", 1, 600),
        limits=Limits(
            open_jobs=read.whole_limit("LIMIT_OPEN_JOBS", MAX_LIMIT),
            jobs_in_work=read.whole_limit("LIMIT_JOBS_IN_WORK", MAX_LIMIT),
            usd_a_day=read.limit("LIMIT_USD_A_DAY", MAX_LIMIT),
        ),
        artifacts_url=_artifacts_url(read, on_cloud_run=on_cloud_run),
        pipeline=read.text("PIPELINE"),
        surface=read.one_of("SURFACE", SURFACES),
        host=read.text("HOST"),
        port=read.whole("PORT", 1, 65_535),
        log_level=read.one_of("LOG_LEVEL", LOG_LEVELS),
        log_format=read.one_of("LOG_FORMAT", LOG_FORMATS),
        otlp_endpoint=_otlp_endpoint(read),
    )
    if settings.auth:
        settings = _with_callers(read, settings)
    if not settings.console_auth and (on_cloud_run or not _is_loopback(settings.host)):
        name = "CONSOLE_AUTH" if settings.auth else "AUTH"
        read.problems.append(f"{name}=off is for a laptop: it is refused on Cloud Run and needs HOST=127.0.0.1")
    if read.problems:
        raise SettingsError("; ".join(read.problems) + ".")
    return settings


def _with_callers(read: _Reader, settings: Settings) -> Settings:
    """Require the callers' settings only for the surfaces that this process serves."""
    audience = ""
    if settings.surface in ("push", "all"):
        audience = read.text("PUSH_AUDIENCE")
        if not settings.push_service_accounts:
            read.problems.append("PUSH_SERVICE_ACCOUNT must name at least one service account's e-mail")
    has_callers = settings.api_callers or settings.api_operators or settings.sweep_callers
    if settings.surface == "api" and not (settings.api_audience and has_callers):
        read.problems.append(
            "API_AUDIENCE and API_CALLERS (or API_OPERATORS, or SWEEP_CALLERS) must be set if SURFACE=api"
        )
    is_console_ready = bool(settings.console_audience and settings.console_users)
    if settings.surface == "console" and settings.console_auth and not is_console_ready:
        read.problems.append("CONSOLE_AUDIENCE and CONSOLE_USERS must be set if SURFACE=console")
    return replace(settings, push_audience=audience)


def _api_callers(read: _Reader) -> Mapping[str, tuple[str, ...]]:
    """Each entry is an e-mail, or an e-mail, a colon and the patterns of user ids with `|` between."""
    callers: dict[str, tuple[str, ...]] = {}
    for entry in sorted(read.names("API_CALLERS")):
        email, colon, users = entry.partition(":")
        patterns = tuple(pattern.strip() for pattern in users.split("|") if pattern.strip())
        if not email.strip() or (colon and not patterns):
            read.problems.append(f"API_CALLERS must be e-mails, or e-mail:user|other-user-*, not {entry!r}")
        callers[email.strip()] = (*callers.get(email.strip(), ()), *patterns)
    return callers


def _console_users(read: _Reader) -> Mapping[str, bool]:
    """Each entry is an e-mail or a pattern of e-mails, and `:act` if they may act; without it they may only look."""
    users: dict[str, bool] = {}
    for entry in sorted(read.names("CONSOLE_USERS")):
        email, colon, role = (part.strip() for part in entry.lower().partition(":"))
        if "@" not in email or (colon and role not in ("look", "act")):
            read.problems.append(f"CONSOLE_USERS must be e-mails, or e-mail:act, or *@example.org:look, not {entry!r}")
        users[email] = users.get(email, False) or role == "act"
    return users


def _database_url(read: _Reader) -> str:
    """Take any PostgreSQL spelling as psycopg2: `postgresql://` alone selects psycopg 3 in SQLAlchemy 2.1."""
    url = read.text("DATABASE_URL")
    if not url:
        return ""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme.split("+")[0] not in ("postgresql", "postgres"):
        read.problems.append("DATABASE_URL must start with postgresql:// (PostgreSQL is the only database)")
        return ""
    psycopg2_url = f"postgresql+psycopg2://{rest}"
    try:
        make_url(psycopg2_url)
    except (ArgumentError, ValueError):
        # The value itself may hold a password.
        read.problems.append("DATABASE_URL must be postgresql://user:password@host:port/database; it cannot be read")
        return ""
    return psycopg2_url


def _project(read: _Reader) -> str:
    """https://cloud.google.com/resource-manager/docs/creating-managing-projects#before_you_begin

    Pub/Sub refuses a wrong project as it refuses a wrong message, for good, so it must not get that far.
    """
    value = read.text("GOOGLE_CLOUD_PROJECT")
    if value and not re.fullmatch(r"([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]", value):
        read.problems.append(f"GOOGLE_CLOUD_PROJECT must be a project's id such as my-project-1, not {value!r}")
    return value


def _topic(read: _Reader, name: str) -> str:
    """https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names"""
    value = read.text(name)
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9._~%+-]{2,254}", value) or value.startswith("goog"):
        read.problems.append(
            f"{name} must be a topic's name such as {DEFAULTS[name]}, without projects/…, not {value!r}"
        )
    return value


def _http_url(read: _Reader, name: str) -> str:
    value = read.text(name)
    parts = _split(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        read.problems.append(f"{name} must be an http(s) URL, not {value!r}")
    elif parts.scheme == "http" and not _is_loopback(parts.hostname):
        read.problems.append(f"{name} must be https (plain http is only accepted for a loopback address)")
    return value


def _otlp_endpoint(read: _Reader) -> str | None:
    """Plain http is usual: the collector is a neighbour."""
    value = read.env.get("OTEL_EXPORTER_OTLP_ENDPOINT", "").strip()
    if value and (_split(value).scheme not in ("http", "https") or not _split(value).hostname):
        read.problems.append(f"OTEL_EXPORTER_OTLP_ENDPOINT must be an http(s) URL, not {value!r}")
    return value or None


def _artifacts_url(read: _Reader, *, on_cloud_run: bool) -> str:
    value = read.text("ARTIFACTS_URL")
    scheme = value.partition("://")[0]
    if not value:
        return ""
    if scheme == "file":
        if on_cloud_run:
            read.problems.append("ARTIFACTS_URL must be gs://bucket/prefix on Cloud Run: its disk is memory")
        elif not value.startswith("file:///"):
            read.problems.append("ARTIFACTS_URL must be file:///an/absolute/folder")
    elif scheme != "gs" or not _split(value).netloc:
        read.problems.append(f"ARTIFACTS_URL must be file:///folder or gs://bucket/prefix, not {value!r}")
    return value


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        return SplitResult("", "", "", "", "")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
