"""Who may call what: the push subscriptions' service accounts, and the API's callers. Knows no web framework: it
is given the `Authorization` header."""

from service.auth.verifier import Verifier, authorize
from service.config import Settings
from service.errors import NotAllowed

ANYBODY = "anybody"
"""The caller's name when authentication is off (`AUTH=off`)."""


def check_push(settings: Settings, verifier: Verifier, authorization: str | None) -> None:
    """Let a push in if its token is meant for `PUSH_AUDIENCE` and belongs to a `PUSH_SERVICE_ACCOUNT`.

    Raises `BadToken`, `NotAllowed`, and `Unavailable` if the certificates cannot be fetched.
    """
    if settings.auth:
        identity = verifier.verify(authorization)
        authorize(identity, audience=settings.push_audience, callers=settings.push_service_accounts)


def api_caller(settings: Settings, verifier: Verifier, authorization: str | None) -> str:
    """Return the e-mail of a caller who may use the API. Checked before any of the body is read.

    Raises as `check_push`.
    """
    if not settings.auth:
        return ANYBODY
    if not settings.api_audience or not settings.api_callers:
        sentence = "Nobody may use the API of this service yet: set API_AUDIENCE and API_CALLERS to let callers in."
        raise NotAllowed("api_not_configured", sentence)
    identity = verifier.verify(authorization)
    authorize(identity, audience=settings.api_audience, callers=settings.api_callers)
    return identity.email
