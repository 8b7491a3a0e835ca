"""`python -m service.dev.relay`: add what Google's emulator lacks, in a process of its own beside the service.

The emulator pushes without a token, and has no certificates page and no topics. This creates the topics, serves the
page at `OIDC_CERTS_URL`, and forwards each push to the service with a signed token. It reads the service's environment.
compose.yaml runs it in the service's network: the service reads certificates over plain http only from loopback.
"""

import argparse
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from service.config import Settings, read_settings
from service.dev import provision
from service.dev.certs_page import serve_certs
from service.dev.issuer import LocalIssuer
from service.dev.push_relay import relay_pushes
from service.errors import ServiceError, SettingsError, Unavailable

EMULATOR_START_S = 90.0
CERTS_PORT = 8086


def main(arguments: Sequence[str], env: Mapping[str, str]) -> int:
    """Run until SIGTERM or SIGINT, or print a token; return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        settings = read_settings(env)
        issuer = LocalIssuer.at(options.keys)
        if options.token:
            sys.stdout.write(_token(issuer, settings, options.token) + "\n")
        else:
            _serve(issuer, settings, options.listen, options.reached_at)
    except ServiceError as error:
        sys.stderr.write(f"{error.sentence}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m service.dev.relay", description=__doc__)
    parser.add_argument(
        "--listen", type=int, default=8085, metavar="PORT", help="the port that pushes come in on (default: 8085)"
    )
    parser.add_argument(
        "--reached-at",
        default="http://127.0.0.1:8085",
        help="its URL as the emulator sees it (default: port 8085 on loopback)",
    )
    parser.add_argument("--keys", type=Path, default=Path("/tmp/keys"), help="the folder of the signing key")  # noqa: S108
    parser.add_argument("--token", choices=("api", "push"), help="print a token that the service accepts, then exit")
    return parser


def _serve(issuer: LocalIssuer, settings: Settings, port: int, reached_at: str) -> None:
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    relay = relay_pushes(
        issuer,
        f"http://127.0.0.1:{settings.port}/push",
        audience=settings.push_audience,
        email=_only(settings.push_service_accounts),
        timeout_s=settings.ack_deadline_s,
        address=("0.0.0.0", port),  # noqa: S104 (the emulator is another container)
    )
    with serve_certs(issuer, urlsplit(settings.oidc_certs_url).port or CERTS_PORT), relay:
        _create_topics(settings, f"{reached_at.rstrip('/')}/push", stopping)
        stopping.wait()


def _create_topics(settings: Settings, endpoint: str, stopping: threading.Event) -> None:
    """Wait for the emulator, which takes seconds to start. Raises `Unavailable` if it does not."""
    host, until = settings.pubsub_emulator_host, time.monotonic() + EMULATOR_START_S
    if host is None:
        raise SettingsError("PUBSUB_EMULATOR_HOST is not set.")
    while not stopping.is_set():
        try:
            provision.create_topics_and_subscriptions(
                host, settings, endpoint, push_email=_only(settings.push_service_accounts)
            )
        except Unavailable:
            if time.monotonic() > until:
                raise
            stopping.wait(1.0)
        else:
            return


def _token(issuer: LocalIssuer, settings: Settings, purpose: str) -> str:
    if purpose == "push":
        return issuer.token(settings.push_audience, _only(settings.push_service_accounts))
    return issuer.token(settings.api_audience or "", _only(settings.api_operators | settings.api_callers.keys()))


def _only(accounts: frozenset[str]) -> str:
    """The first of the accounts, by name."""
    return min(accounts, default="")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
