"""One thread that renews the leases of all jobs of this process, and releases those that could not be settled in time.

It sleeps while there is nothing to do. Nothing durable may depend on it, because Cloud Run may withhold the CPU between
requests: a lease that it does not renew expires, and another delivery continues from the last checkpoint.
"""

import logging
import threading
from collections.abc import Callable

from sqlalchemy import Engine

from service.db import BadData
from service.delivery import claims, settle, transitions
from service.delivery.claims import Lease, LeaseLost
from service.errors import Unavailable

log = logging.getLogger(__name__)

BEATS_PER_LEASE = 3
"""Two renewals may fail before a lease expires."""


class Heartbeat:
    """Renews every watched lease, three times in `lease_s`. `start` starts the thread, `stop` ends it.

    `on_failure` is called after each round that failed.
    """

    def __init__(self, engine: Engine, lease_s: float, on_failure: Callable[[], None] = lambda: None) -> None:
        self._engine = engine
        self._on_failure = on_failure
        self._lease_s = lease_s
        self._changed = threading.Condition()
        self._watched: dict[str, tuple[Lease, Callable[[], None]]] = {}
        self._to_release: dict[str, Lease] = {}
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        with self._changed:
            self._stopping = True
            self._changed.notify()

    def watch(self, lease: Lease, on_lost: Callable[[], None]) -> None:
        """Renew `lease` until `unwatch`. `on_lost` is called once if another delivery took it over or the job ended."""
        with self._changed:
            self._watched[lease.token] = (lease, on_lost)
            self._changed.notify()

    def unwatch(self, lease: Lease) -> None:
        with self._changed:
            self._watched.pop(lease.token, None)

    def give_back(self, lease: Lease) -> None:
        """Release, once the database is back, a lease that no delivery works under any more. Uses up no attempt."""
        with self._changed:
            self._watched.pop(lease.token, None)
            self._to_release[lease.token] = lease
            self._changed.notify()

    def beat(self) -> None:
        """Do one round. Never raises: a heartbeat that dies would lose every job of the process."""
        with self._changed:
            watched, to_release = dict(self._watched), dict(self._to_release)
        try:
            self._renew(watched)
            for token, lease in to_release.items():
                self._release(lease)
                with self._changed:
                    self._to_release.pop(token, None)
        except Unavailable:
            self._on_failure()
            log.warning("leases could not be renewed; trying again", exc_info=True)
        except Exception:
            self._on_failure()
            log.exception("a heartbeat failed; trying again")

    def _renew(self, watched: dict[str, tuple[Lease, Callable[[], None]]]) -> None:
        if not watched:
            return
        lost = claims.renew(self._engine, [lease for lease, _ in watched.values()], self._lease_s)
        for token in lost:
            with self._changed:
                entry = self._watched.pop(token, None)
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
        while True:
            with self._changed:
                while not (self._watched or self._to_release or self._stopping):
                    self._changed.wait()
                # The first beat comes a third of a lease after the claim, which set the lease itself.
                if not self._stopping:
                    self._changed.wait_for(lambda: self._stopping, self._lease_s / BEATS_PER_LEASE)
                if self._stopping:
                    return
            self.beat()
