"""Refuse to start with settings of gunicorn's that would break a promise.

`GUNICORN_CMD_ARGS` and the command line override `gunicorn.conf.py`; what they may not change is a table here. Whatever
is not in it is harmless.
"""

import ipaddress
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from service.http.heads import MAX_FIELDS

FIELD_BYTES = 8_190
"""gunicorn's own limit for one header field; an attribute of Pub/Sub's takes 1,280 bytes, a token about 1,000."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a setting of gunicorn's must be, and why."""

    name: str
    is_kept: Callable[[Any], bool]
    must: str
    why: str


def rules(threads: int, drain_s: float) -> tuple[Rule, ...]:
    """The rules of a service that needs `threads` threads and drains in `drain_s` seconds."""
    in_front = "TLS and HTTP/2 end at the front end"
    return (
        Rule("workers", lambda n: n == 1, "1", "slots and bytes in flight are counted per process"),
        Rule(
            "worker_class_str",
            lambda name: name.endswith("service.http.worker.Worker"),
            "as in gunicorn.conf.py",
            "others let one slow client stop the rest",
        ),
        Rule("threads", lambda n: n >= threads, f"at least {threads}", "every job slot, health and refusals need one"),
        Rule(
            "preload_app",
            lambda is_on: not is_on,
            "off",
            "connections and threads that are made before the fork do not work after it",
        ),
        Rule(
            "max_requests",
            lambda n: n == 0,
            "0",
            "a worker that restarts by itself does not release its jobs; Cloud Run replaces instances",
        ),
        Rule("reload", lambda is_on: not is_on, "off", "it ends the worker and the jobs in it"),
        Rule(
            "timeout",
            lambda seconds: seconds == 0 or seconds >= 30,
            "0 or at least 30",
            "a worker whose main loop is late for a moment would be killed with its jobs",
        ),
        Rule(
            "graceful_timeout",
            lambda seconds: seconds > drain_s,
            f"more than {drain_s:g}",
            "jobs are released in that time",
        ),
        Rule(
            "worker_connections",
            lambda n: n >= 4 * threads,
            f"at least {4 * threads}",
            "clients that wait are connections too",
        ),
        Rule("limit_request_fields", lambda n: n >= MAX_FIELDS, f"at least {MAX_FIELDS}", _attributes),
        Rule("limit_request_field_size", lambda n: n >= FIELD_BYTES, f"at least {FIELD_BYTES}", _attributes),
        Rule("header_map", lambda name: name == "drop", "drop", "an attribute's name may have an underscore"),
        Rule("proxy_protocol", lambda mode: mode in ("off", False), "off", "no front end of Cloud Run's speaks it"),
        Rule("protocol", lambda name: name == "http", "http", "Pub/Sub speaks HTTP"),
        Rule("http_protocols", lambda names: list(names) == ["h1"], "h1", in_front),
        Rule("http2_cleartext", lambda mode: mode in ("off", False, None), "off", in_front),
        Rule("is_ssl", lambda is_on: not is_on, "off (no certfile or keyfile)", in_front),
    )


_attributes = "Pub/Sub sends 100 attributes as header fields if it does not wrap messages"


def refusals(cfg: Any, *, threads: int, drain_s: float, needs_loopback: bool) -> list[str]:
    """Return a clause for each of gunicorn's settings that may not be as it is.

    `needs_loopback`: `AUTH=off` or `CONSOLE_AUTH=off`, so that every address must be one of this machine alone.
    """
    wrong = []
    for rule in rules(threads, drain_s):
        value = getattr(cfg, rule.name)
        if not rule.is_kept(value):
            name = rule.name.removesuffix("_str")
            wrong.append(f"gunicorn's {name} must be {rule.must}, not {value!r} ({rule.why})")
    if needs_loopback and not all(_is_own(address) for address in cfg.address):
        wrong.append("gunicorn's bind must be a loopback address if AUTH=off or CONSOLE_AUTH=off")
    return wrong


def check(cfg: Any, *, threads: int, drain_s: float, needs_loopback: bool) -> None:
    """End the process with a sentence if a setting may not be as it is."""
    wrong = refusals(cfg, threads=threads, drain_s=drain_s, needs_loopback=needs_loopback)
    if wrong:
        sys.exit(f"The service does not start: {'; '.join(wrong)}. See GUNICORN_CMD_ARGS and the command line.")


def _is_own(address: object) -> bool:
    """Whether a listener's address can be reached from this machine alone: loopback, or a Unix socket."""
    if not isinstance(address, tuple):
        return isinstance(address, str)
    host = str(address[0])
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
