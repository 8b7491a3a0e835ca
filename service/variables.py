"""Every environment variable that the service and its command line read: name, default and meaning.

`config` takes its defaults from here, and `make docs` makes `.env.example` and docs/configuration.md from it. The
film's own are in `service.pipelines.film.variables`.
"""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable. Without a default and not `optional`, the service does not start without it."""

    name: str
    meaning: str
    default: str = ""
    optional: bool = False
    example: str = ""
    """A value for a laptop, for variables that have no default."""


NEEDED = (
    Variable(
        "DATABASE_URL",
        "PostgreSQL. Any spelling that starts with `postgresql://` or `postgres://`, with or without a driver; on "
        "Cloud Run `postgresql+psycopg2://user:password@/db?host=/cloudsql/PROJECT:REGION:INSTANCE`. The command line "
        "reads it too.",
        example="postgresql://aiprod:aiprod@127.0.0.1:5432/aiprod",
    ),
    Variable("GOOGLE_CLOUD_PROJECT", "The id of the project that has the topics.", example="my-project"),
    Variable(
        "ARTIFACTS_URL",
        "Where stages keep their files: `file:///folder`, or `gs://bucket/prefix`, which Cloud Run needs.",
        example="file:///tmp/aiprod-artifacts",
    ),
)

CALLERS = (
    Variable(
        "PUSH_AUDIENCE",
        "The `aud` that a push's token must have: the audience of the push subscription. Needed to serve `/push`.",
        optional=True,
    ),
    Variable(
        "PUSH_SERVICE_ACCOUNT",
        "The e-mail of the account that pushes: one, or several with commas between. Needed to serve `/push`.",
        optional=True,
    ),
    Variable(
        "API_AUDIENCE",
        "The `aud` that a token for the API must have. Needed if `SURFACE=api`; without it the API answers 403.",
        optional=True,
    ),
    Variable(
        "API_CALLERS",
        "The e-mails of the accounts that may use the API, with commas between. A caller sees and touches the jobs "
        "that it submitted. `shop@example.org:shop-*` may only send jobs for those users (docs/api.md). Needed if "
        "`SURFACE=api`, unless one of the next two is set; without it the API answers 403.",
        optional=True,
    ),
    Variable(
        "API_OPERATORS",
        "The e-mails of the accounts that may see and touch all jobs through the API, choose any `job_id`, and sweep.",
        optional=True,
    ),
    Variable(
        "SWEEP_CALLERS",
        "The e-mails of the accounts that may only call `/sweep` and `/prune`, such as Cloud Scheduler's.",
        optional=True,
    ),
    Variable(
        "CONSOLE_USERS",
        "Who may use the console (docs/console.md): e-mails with commas between. They may look; `ada@example.org:act` "
        "may also act. `*@example.org` is everybody there. Needed if `SURFACE=console`; without it the console answers "
        "403.",
        optional=True,
    ),
    Variable(
        "CONSOLE_AUDIENCE",
        "The `aud` of the header that Identity-Aware Proxy signs, such as "
        "`/projects/NUMBER/locations/REGION/services/SERVICE`. Needed if `SURFACE=console`.",
        optional=True,
    ),
    Variable(
        "IAP_CERTS_URL",
        "The page of the keys that sign it: a JSON object from `kid` to a public key. Plain http only on loopback.",
        # https://cloud.google.com/iap/docs/signed-headers-howto
        default="https://www.gstatic.com/iap/verify/public_key",
    ),
    Variable(
        "CONSOLE_AUTH",
        "`on`, or `off` on a laptop: the console is open to everybody on this machine. Refused where `AUTH=off` is.",
        default="on",
    ),
    Variable(
        "METRICS_CALLERS",
        "The e-mails of the accounts that may read `/metrics`, with a token for `API_AUDIENCE`; `API_OPERATORS` may. "
        "A scraper on the same machine, such as a sidecar, needs no token.",
        optional=True,
    ),
    Variable(
        "OIDC_CERTS_URL",
        "Google's certificates page: a JSON object from `kid` to an X.509 certificate. Plain http only on loopback.",
        # https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions
        default="https://www.googleapis.com/oauth2/v1/certs",
    ),
    Variable(
        "AUTH",
        "`on`, or `off` on a laptop: no token is asked for. Refused on Cloud Run, and unless `HOST` is a loopback "
        "address.",
        default="on",
        example="off",
    ),
)

WORK = (
    Variable("PIPELINE", "`film`, `drill` (only waits and fails as told) or `package.module:name`.", "film"),
    Variable("MAX_CONCURRENT_JOBS", "Jobs that one instance runs at a time (1 to 1000); more is a 503.", "5"),
    Variable(
        "MAX_IN_FLIGHT_BYTES",
        "Bytes of message data handled at a time (1 to 10,000,000,000); more is a 503. One message is always let in.",
        "10000000",
    ),
    Variable(
        "ACK_DEADLINE_S",
        "The push subscription's ack deadline in seconds (10 to 600). A delivery that needs longer hands the job over.",
        "300",
    ),
    Variable("LEASE_S", "Seconds until a dead worker's job may be taken over (1 to 600).", "30"),
    Variable(
        "MAX_JOB_USD",
        "The most that one job may spend on providers, in US dollars, over all its runs and whatever its metadata says "
        "(0 to 1,000,000).",
        "100",
    ),
    Variable(
        "RETAIN_DAYS",
        "Days that an ended job is kept before a prune deletes it (1 to 3650).",
        "30",
    ),
    Variable("JOB_MAX_ATTEMPTS", "Attempts before a job is given up with a dead letter (1 to 1000).", "5"),
    Variable(
        "MAX_WAIT_HOURS",
        "Hours that a job may wait for something that is away, such as the provider, before it is given up with a dead "
        "letter (0.0001 to 8760). Such waits use up no attempt; progress starts the count again.",
        "24",
    ),
)

LIMITS = (
    Variable(
        "LIMIT_OPEN_JOBS",
        "Jobs of one user that may be open (not ended) at a time. Over it the API answers 429, and a pushed job waits. "
        "Default: no limit. `users limits set` gives one user a limit of its own.",
        optional=True,
    ),
    Variable(
        "LIMIT_JOBS_IN_WORK",
        "Jobs of one user that may be in work at a time; the others wait their turn, oldest first. Default: no limit.",
        optional=True,
    ),
    Variable(
        "LIMIT_USD_A_DAY",
        "US dollars that one user's jobs may spend in a UTC day. Then the API answers 429, and jobs that would begin "
        "or go on wait until the next day; what is in work is not stopped. Default: no limit.",
        optional=True,
    ),
)

TOPICS = (
    Variable("JOBS_TOPIC", "The topic of job messages, without `projects/…`.", "aiprod-pipeline-jobs"),
    Variable("RESULTS_TOPIC", "The topic of results.", "aiprod-pipeline-results"),
    Variable("DLQ_TOPIC", "The topic of dead letters.", "aiprod-pipeline-dlq"),
    Variable(
        "PUBSUB_EMULATOR_HOST",
        "`host:port` of Google's emulator, or of a stand-in, instead of Pub/Sub. `dev` uses it if it is set.",
        optional=True,
        example="127.0.0.1:8085",
    ),
)

PROCESS = (
    Variable("SURFACE", "The routes that this process serves: `push`, `api`, `console` or `all`.", "all"),
    Variable("HOST", "The address to listen on.", "0.0.0.0", example="127.0.0.1"),  # noqa: S104 (Cloud Run needs it)
    Variable("PORT", "The port to listen on.", "8080"),
    Variable(
        "LOG_LEVEL",
        "`DEBUG`, `INFO`, `WARNING`, `ERROR` or `CRITICAL`. The commands log only if it is set, to standard error.",
        "INFO",
    ),
    Variable(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "The base URL of an OpenTelemetry collector that takes OTLP over HTTP (docs/operating.md). OpenTelemetry's own "
        "variables, such as `OTEL_TRACES_SAMPLER`, hold as well. Default: no traces.",
        optional=True,
    ),
    Variable(
        "LOG_FORMAT",
        "`json`, `text` (lines for people), or `auto`: text on a terminal, JSON elsewhere. `dev` prints text.",
        "auto",
    ),
    Variable("K_SERVICE", "Set by Cloud Run, not by you: turns on the rules that hold there.", optional=True),
)

COMMANDS = (
    Variable("AIPROD_URL", "The service that the commands ask. Default: the `dev` that runs here.", optional=True),
    Variable(
        "AIPROD_TOKEN",
        "The ID token they send, with that URL as its audience (docs/admin.md). Default: one that `dev` takes.",
        optional=True,
    ),
)

SERVICE = (*NEEDED, *CALLERS, *WORK, *LIMITS, *TOPICS, *PROCESS)
"""What `config.read_settings` reads."""
DEFAULTS = {variable.name: variable.default for variable in SERVICE}

_ALIKE = 0.9
"""How alike two names must be, from 0 to 1: `JOB_MAX_ATTEMPS` is, `PORTS` (another program's, perhaps) is not."""
_UNIT = re.compile(r"_(S|SECS?|SECONDS|H|HOURS|DAYS|USD|UR[LI]|BYTES)$")


def misspelt(env: Mapping[str, str], known: Iterable[Variable]) -> dict[str, str]:
    """Return the variables of `env` that are nearly, but not quite, called like a known one that is not set, with what
    each must be. Nothing reads `ACK_DEADLINE`, and who set it would not notice."""
    names = [variable.name for variable in known]
    absent = [one for one in names if one not in env]
    meant = {name: _meant(name.upper(), absent) for name in set(env) - set(names)}
    return {
        name: f"is not a setting: rename it to {right}, or remove it" for name, right in sorted(meant.items()) if right
    }


def _meant(name: str, names: Sequence[str]) -> str | None:
    """The name that is meant; None if this is a name of something else."""
    other_unit = [one for one in names if _UNIT.search(one) and _UNIT.sub("", one) == _UNIT.sub("", name)]
    return next(iter(other_unit or difflib.get_close_matches(name, names, 1, _ALIKE)), None)
