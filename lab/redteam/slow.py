"""Slow, silent and rude clients, many at a time: nobody else may wait for them."""

import time
from collections.abc import Iterator

from lab.harness.calls import call
from lab.harness.names import API_AUDIENCE
from lab.redteam.clients import AUTHENTICATED, KINDS, besieging
from lab.redteam.target import ALICE, Attempt, Target, brief

LATE_S = 5.0


def attempts(target: Target) -> Iterator[Attempt]:
    token = target.world.issuer.token(API_AUDIENCE, ALICE)
    kinds = {**KINDS, **AUTHENTICATED}
    for name in list(kinds)[:3] if target.short else kinds:
        with besieging(target.port, [kinds[name]], each=30 if target.short else 200, token=token):
            late, until = 0.0, time.monotonic() + (2 if target.short else 8)
            failure = ""
            while time.monotonic() < until and not failure:
                began = time.monotonic()
                try:
                    call(target.port, "GET", "/health", timeout=30)
                    status = target.push(brief(job_id=f"slow-{began}")).status
                    failure = "" if status in (204, 503) else f"a push was answered {status}"
                except OSError as error:
                    failure = f"no answer beside it ({type(error).__name__})"
                late = max(late, time.monotonic() - began)
                time.sleep(0.2)
        failure = failure or (f"another request took {late:.1f} s" if late > LATE_S else target.harm())
        yield Attempt(name, failure)
