"""One thread that renews the leases of all jobs of this process, and releases those that could not be settled in time.

It sleeps while there is nothing to do. Nothing durable may depend on it, because Cloud Run may withhold the CPU between
requests: a lease that it does not renew expires, and another delivery continues from the last checkpoint.
"""

import logging
import os
import threading
from collections.abc import Callable

from msgspec import Struct, field
from sqlalchemy import Engine

from service.db import BadData
from service.delivery import claims, settle, transitions
from service.delivery.claims import Lease, LeaseLost
from service.errors import Unavailable

log = logging.getLogger(__name__)

BEATS_PER_LEASE = 3
"""Two renewals may fail before a lease expires."""


class _Process(Struct):
    """What the heartbeat of one process does."""

    changed: threading.Condition = field(default_factory=threading.Condition)
    watched: dict[str, tuple[Lease, Callable[[], None]]] = field(default_factory=dict)
    to_release: dict[str, Lease] = field(default_factory=dict)
    is_started: bool = False
    is_asleep: bool = False
    """It waits until there is something to do. While it times a lease, it needs no waking for another one: that was
    claimed later."""
    is_stopping: bool = False


class Heartbeat:
    """Renews every watched lease, three times in `lease_s`. Its thread starts with the first lease; `stop` ends it.

    A server may fork after the application was built, and a thread does not survive a fork: each process has a thread
    and leases of its own. `on_failure` is called after each round that failed.
    """

    def __init__(self, engine: Engine, lease_s: float, on_failure: Callable[[], None] = lambda: None) -> None:
        self._engine = engine
        self._on_failure = on_failure
        self._lease_s = lease_s
        self._processes: dict[int, _Process] = {}

    @property
    def _here(self) -> _Process:
        pid = os.getpid()
        return self._processes.get(pid) or self._processes.setdefault(pid, _Process())

    def start(self) -> None:
        """Start this process's thread if it has none; `watch` and `give_back` do."""
        here = self._here
        with here.changed:
            if here.is_started:
                return
            here.is_started = True
        threading.Thread(target=self._run, name="heartbeat", daemon=True).start()

    def stop(self) -> None:
        here = self._here
        with here.changed:
            here.is_stopping = True
            here.changed.notify()

    def watch(self, lease: Lease, on_lost: Callable[[], None]) -> None:
        """Renew `lease` until `unwatch`. `on_lost` is called once if another delivery took it over or the job ended."""
        here = self._here
        with here.changed:
            here.watched[lease.token] = (lease, on_lost)
            if here.is_asleep:
                here.changed.notify()
            is_started = here.is_started
        if not is_started:
            self.start()

    def unwatch(self, lease: Lease) -> None:
        here = self._here
        with here.changed:
            here.watched.pop(lease.token, None)

    def give_back(self, lease: Lease) -> None:
        """Release, once the database is back, a lease that no delivery works under any more. Uses up no attempt."""
        here = self._here
        with here.changed:
            here.watched.pop(lease.token, None)
            here.to_release[lease.token] = lease
            here.changed.notify()
        self.start()

    def beat(self) -> None:
        """Do one round. Never raises: a heartbeat that dies would lose every job of the process."""
        here = self._here
        with here.changed:
            watched, to_release = dict(here.watched), dict(here.to_release)
        try:
            self._renew(watched)
            for token, lease in to_release.items():
                self._release(lease)
                with here.changed:
                    here.to_release.pop(token, None)
        except Unavailable:
            self._on_failure()
            log.warning("leases could not be renewed; trying again", exc_info=True)
        except Exception:
            self._on_failure()
            log.exception("a heartbeat failed; trying again")

    def _renew(self, watched: dict[str, tuple[Lease, Callable[[], None]]]) -> None:
        if not watched:
            return
        here = self._here
        lost = claims.renew(self._engine, [lease for lease, _ in watched.values()], self._lease_s)
        for token in lost:
            with here.changed:
                entry = here.watched.pop(token, None)
            if entry is not None:
                lease, on_lost = entry
                log.warning("a lease is lost", extra={"job_id": lease.job_id})
                on_lost()

    def _release(self, lease: Lease) -> None:
        try:
            settle.settle(self._engine, lease, transitions.given_back(), out_of_time=lambda: True)
        except (LeaseLost, BadData):
            return

    def _run(self) -> None:
        here = self._here
        while True:
            with here.changed:
                here.is_asleep = True
                while not (here.watched or here.to_release or here.is_stopping):
                    here.changed.wait()
                here.is_asleep = False
                # The first beat comes a third of a lease after the claim, which set the lease itself.
                if not here.is_stopping:
                    here.changed.wait_for(lambda: here.is_stopping, self._lease_s / BEATS_PER_LEASE)
                if here.is_stopping:
                    return
            self.beat()
