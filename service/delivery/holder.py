"""The name of this process, as `jobs.lease_holder` records it: an operator finds the instance and its logs by it."""

import os
import socket
from functools import cache
from uuid import uuid4

MAX_NAME = 200


def holder() -> str:
    """Return the name of this process: the revision, the host, the process id and a random part. A fork has its own."""
    return _name(os.getpid())


@cache
def _name(pid: int) -> str:
    revision = os.environ.get("K_REVISION", "")
    parts = [part for part in (revision, socket.gethostname(), str(pid), uuid4().hex[:8]) if part]
    return "/".join(parts)[-MAX_NAME:]
