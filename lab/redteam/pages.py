"""Web pages against a service on a laptop with AUTH=off: what a browser would send for them."""

import json
from collections.abc import Iterator

from lab.harness.calls import call
from lab.harness.processes import Gunicorn
from lab.redteam.target import Attempt, Target, brief

FROM = {
    "another site's page": {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    "a form of another site": {"Origin": "https://evil.example", "Content-Type": "text/plain"},
    "a page in a sandbox": {"Origin": "null"},
    "a page of another port": {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:1"},
    "a name that points here": {"Host": "evil.example"},
    "a name that begins like ours": {"Host": "localhost.evil.example"},
    "a name with our address in it": {"Host": "127.0.0.1.evil.example:8080"},
}


def attempts(target: Target) -> Iterator[Attempt]:
    open_service = Gunicorn(target.world, AUTH="off")
    try:
        job = json.dumps(brief()).encode()
        for who, headers in FROM.items():
            for method, path, body in (
                ("POST", "/pipeline/run", job),
                ("GET", "/pipeline/jobs", None),
                ("POST", "/sweep", None),
                ("POST", "/push", b"{}"),
            ):
                status = call(open_service.port, method, path, body, headers, timeout=10).status
                yield Attempt(f"{method} {path} from {who}", "" if status in (400, 403) else f"answered {status}")
        status = call(open_service.port, "GET", "/pipeline/jobs", timeout=10).status
        yield Attempt("a refusal of the developer's own request", "" if status == 200 else f"answered {status}")
    finally:
        open_service.close()
