"""The limits of one process: how many jobs it runs, and how many bytes of messages are in memory."""

import contextlib
import socket
import threading
from collections.abc import Iterator

MOST_ARRIVING = 8
"""How many bodies of API requests may hold a thread while they arrive."""


class Slots:
    """Counts job slots and bytes in flight. Never waits: what does not fit is refused at once.

    A slot is held until both the request and its stage's thread have ended, so a stage that cannot be stopped keeps its
    slot and no other job gets it.
    """

    def __init__(self, jobs: int, in_flight_bytes: int) -> None:
        self.jobs = jobs
        # The API's callers and Pub/Sub cannot use up each other's memory. The data of a push is in base64.
        self.pushed = Bodies(in_flight_bytes * 4 // 3)
        self.called = Bodies(in_flight_bytes, most_arriving=MOST_ARRIVING)
        self._lock = threading.Lock()
        self._taken = 0
        self._outlived = 0

    def take(self) -> "Slot | None":
        """Return a slot, or None if all are busy."""
        with self._lock:
            if self._taken >= self.jobs:
                return None
            self._taken += 1
        return Slot(self)

    @property
    def busy(self) -> int:
        with self._lock:
            return self._taken

    @property
    def in_flight_bytes(self) -> int:
        """Bytes of bodies that are in memory now, as they came."""
        return self.pushed.in_memory + self.called.in_memory

    @property
    def outlived(self) -> int:
        """How many slots are held by a stage that still runs although its delivery has been answered."""
        with self._lock:
            return self._outlived

    @property
    def is_stuck(self) -> bool:
        """Whether every slot is held by such a stage."""
        return self.outlived >= self.jobs


class Slot:
    """One taken slot. It is free again once the request has been answered and its stage, if any, has ended."""

    def __init__(self, slots: Slots) -> None:
        self._slots = slots
        self._has_stage = False
        self._is_answered = False

    def stage_began(self) -> None:
        with self._slots._lock:  # noqa: SLF001 (a slot is a part of its slots)
            self._has_stage = True

    def stage_ended(self) -> None:
        with self._slots._lock:  # noqa: SLF001
            self._has_stage = False
            if self._is_answered:
                self._slots._outlived -= 1  # noqa: SLF001
                self._slots._taken -= 1  # noqa: SLF001

    def answered(self) -> None:
        with self._slots._lock:  # noqa: SLF001
            self._is_answered = True
            if self._has_stage:
                self._slots._outlived += 1  # noqa: SLF001
            else:
                self._slots._taken -= 1  # noqa: SLF001


class Bodies:
    """The bodies of one kind of request that are in memory: at most `limit_bytes`, but a single one always fits.

    Of those that are still arriving, at most `most_arriving` may hold a thread. If there is one more, the one that has
    been arriving for longest gives way: a client that is slow then makes no other wait.
    """

    def __init__(self, limit_bytes: int, *, most_arriving: int | None = None) -> None:
        self.limit_bytes = limit_bytes
        self.most_arriving = most_arriving
        self._lock = threading.Lock()
        self._in_memory = 0
        self._arriving: dict[Body, socket.socket] = {}

    @property
    def in_memory(self) -> int:
        """Bytes that are counted now."""
        with self._lock:
            return self._in_memory

    def begin(self) -> "Body":
        """Return a body of which nothing has come yet."""
        return Body(self)


class Body:
    """One body as it comes. `release` it once it is no longer in memory."""

    def __init__(self, bodies: Bodies) -> None:
        self._bodies = bodies
        self._size = 0
        self.gave_way = False

    def would_fit(self, more: int) -> bool:
        """Whether `more` bytes could be added now. Counts nothing."""
        with self._bodies._lock:  # noqa: SLF001 (a body is a part of its bodies)
            return self._would_fit(more)

    def grow(self, more: int) -> bool:
        """Count `more` bytes, or return False if they do not fit."""
        with self._bodies._lock:  # noqa: SLF001
            if not self._would_fit(more):
                return False
            self._size += more
            self._bodies._in_memory += more  # noqa: SLF001
        return True

    def _would_fit(self, more: int) -> bool:
        in_memory = self._bodies._in_memory  # noqa: SLF001
        is_alone = in_memory == self._size
        return is_alone or in_memory + more <= self._bodies.limit_bytes

    @contextlib.contextmanager
    def arriving(self, connection: socket.socket | None) -> Iterator[None]:
        """Hold a thread while the body arrives on `connection`. If it has to give way, the connection's reading side is
        shut, and `gave_way` is set."""
        bodies = self._bodies
        if connection is None or bodies.most_arriving is None:
            yield
            return
        with bodies._lock:  # noqa: SLF001
            if len(bodies._arriving) >= bodies.most_arriving:  # noqa: SLF001
                oldest = next(iter(bodies._arriving))  # noqa: SLF001
                oldest.gave_way = True
                with contextlib.suppress(OSError):
                    bodies._arriving.pop(oldest).shutdown(socket.SHUT_RD)  # noqa: SLF001
            bodies._arriving[self] = connection  # noqa: SLF001
        try:
            yield
        finally:
            with bodies._lock:  # noqa: SLF001
                bodies._arriving.pop(self, None)  # noqa: SLF001

    def release(self) -> None:
        with self._bodies._lock:  # noqa: SLF001
            self._bodies._in_memory -= self._size  # noqa: SLF001
            self._size = 0
