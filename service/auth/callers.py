"""Who may call what: the push subscriptions' service accounts, the API's callers and operators, who may sweep, and who
may use the console or read the metrics. Knows no web framework: it is given header fields."""

import ipaddress
from fnmatch import fnmatchcase

from msgspec import Struct

from service.auth.iap import IapVerifier
from service.auth.verifier import Verifier, authorize
from service.config import Settings
from service.errors import NotAllowed

ANYBODY = "anybody"
"""The caller's name when authentication is off (`AUTH=off`)."""


class Caller(Struct, frozen=True):
    """Who calls the API. An operator may see and touch all jobs; other callers those that they submitted."""

    email: str
    is_operator: bool = False
    users: tuple[str, ...] = ()
    """Patterns of the users that it may send jobs for; empty: all."""

    @property
    def owner(self) -> str | None:
        """The `submitted_by` of the jobs that it may see and touch; None: all jobs."""
        return None if self.is_operator else self.email

    def check_user(self, user_id: str) -> None:
        """Raise `NotAllowed` if it may not send jobs for this user."""
        if self.users and not any(fnmatchcase(user_id, pattern) for pattern in self.users):
            sentence = "This account may not send jobs for this user_id; API_CALLERS says for which it may."
            raise NotAllowed("user_not_allowed", sentence)


class Person(Struct, frozen=True):
    """Who looks at the console. `may_act`: also cancel, replay, pause and so on."""

    email: str
    may_act: bool


def check_push(settings: Settings, verifier: Verifier, authorization: str | None) -> None:
    """Let a push in if its token is meant for `PUSH_AUDIENCE` and belongs to a `PUSH_SERVICE_ACCOUNT`.

    Raises `BadToken`, `NotAllowed`, and `Unavailable` if the certificates cannot be fetched.
    """
    if settings.auth:
        identity = verifier.verify(authorization)
        authorize(identity, audience=settings.push_audience, callers=settings.push_service_accounts)


def api_caller(settings: Settings, verifier: Verifier, authorization: str | None) -> Caller:
    """Return the caller, if it may use the API. Checked before any of the body is read. Raises as `check_push`."""
    callers = settings.api_operators | settings.api_callers.keys()
    email = _api_email(settings, verifier, authorization, callers, "API_CALLERS")
    return Caller(email, not settings.auth or email in settings.api_operators, settings.api_callers.get(email, ()))


def sweep_caller(settings: Settings, verifier: Verifier, authorization: str | None) -> str:
    """Return the e-mail of a caller who may sweep. Raises as `check_push`."""
    callers = settings.sweep_callers | settings.api_operators
    return _api_email(settings, verifier, authorization, callers, "SWEEP_CALLERS")


def check_metrics(
    settings: Settings, verifier: Verifier, authorization: str | None, *, peer: str | None, is_forwarded: bool
) -> None:
    """Let a scrape in from this machine (a sidecar), or with the token of one of `METRICS_CALLERS` or `API_OPERATORS`.

    `peer` is the address at the other end of the connection. A front end on the same machine says that it passes a
    request on (`is_forwarded`), and that is not from this machine. Raises as `check_push`.
    """
    if is_forwarded or not _is_loopback(peer):
        callers = settings.metrics_callers | settings.api_operators
        _api_email(settings, verifier, authorization, callers, "METRICS_CALLERS")


def _is_loopback(address: str | None) -> bool:
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return False
    return (getattr(found, "ipv4_mapped", None) or found).is_loopback


def _api_email(
    settings: Settings, verifier: Verifier, authorization: str | None, callers: frozenset[str], variable: str
) -> str:
    if not settings.auth:
        return ANYBODY
    if not settings.api_audience or not callers:
        sentence = f"Nobody may call this yet: set API_AUDIENCE and {variable} (or API_OPERATORS) to let callers in."
        raise NotAllowed("api_not_configured", sentence)
    identity = verifier.verify(authorization)
    authorize(identity, audience=settings.api_audience, callers=callers)
    return identity.email


def console_person(settings: Settings, iap: IapVerifier, assertion: str | None) -> Person:
    """Return who is at the console, given the value of IAP's header. Raises as `check_push`."""
    if not settings.console_auth:
        return Person(ANYBODY, may_act=True)
    if not settings.console_audience or not settings.console_users:
        sentence = "Nobody may use the console yet: set CONSOLE_AUDIENCE and CONSOLE_USERS, and put IAP before it."
        raise NotAllowed("console_not_configured", sentence)
    email = iap.email(assertion, audience=settings.console_audience)
    roles = [may_act for pattern, may_act in settings.console_users.items() if fnmatchcase(email, pattern)]
    if not roles:
        raise NotAllowed("caller_not_allowed", f"You are {email}, and CONSOLE_USERS does not name you.")
    return Person(email, may_act=any(roles))
