"""The limits of one process: how many jobs it runs, and how many bytes of messages are in memory."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

from msgspec import Struct

LOOK_EVERY_S = 0.2
"""How often a delivery that waits to be alone looks whether it should stop waiting."""

MOST_ARRIVING = 8
"""How many bodies of API requests may hold a thread while they arrive."""


class _Turn(Struct):
    """A job's turn to run alone in this process."""

    job_id: str
    slot: "Slot | None"
    """Of the delivery that waits or runs; None: the place is kept for the job's next delivery."""
    kept_until: float = 0.0


class Slots:
    """Counts job slots and bytes in flight. What does not fit is refused at once.

    A slot is held until both the request and its stage's thread have ended, so a stage that cannot be stopped keeps its
    slot and no other job gets it.

    A job that may have killed its process runs alone (docs/protocol/rules.md, rule 15). Its delivery takes a *turn*
    (`Slot.alone`): no other slot is given out while it waits for the others to end and while it runs. There is one turn
    at a time.
    """

    def __init__(self, jobs: int, in_flight_bytes: int) -> None:
        self.jobs = jobs
        # The API's callers and Pub/Sub cannot use up each other's memory. The data of a push is in base64.
        self.pushed = Bodies(in_flight_bytes * 4 // 3)
        self.called = Bodies(in_flight_bytes, most_arriving=MOST_ARRIVING)
        self._lock = threading.Condition()
        self._taken = 0
        self._outlived = 0
        self._turn: _Turn | None = None

    def take(self) -> "Slot | None":
        """Return a slot, or None if all are busy or a job has its turn to run alone."""
        with self._lock:
            turn = self._turn
            if self._taken >= self.jobs or (turn is not None and turn.slot is not None):
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
        self._lock = slots._lock  # noqa: SLF001 (a slot is a part of its slots)
        self._has_stage = False
        self._is_answered = False
        self._keep_s = 0.0
        self.waited_s = 0.0
        """How long it has waited to be alone."""

    @property
    def is_only_one(self) -> bool:
        """Whether this process never runs two jobs at a time."""
        return self._slots.jobs == 1

    def comes_after(self, job_id: str) -> str | None:
        """Return the id of the job for which the turn is kept, if it is another one: it comes before `job_id`."""
        with self._lock:
            turn = self._slots._turn  # noqa: SLF001
            is_kept = turn is not None and turn.slot is None and turn.kept_until > time.monotonic()
            return turn.job_id if turn is not None and is_kept and turn.job_id != job_id else None

    def drop_turn(self, job_id: str) -> None:
        """End the turn that is kept for the job: it no longer needs it."""
        with self._lock:
            turn = self._slots._turn  # noqa: SLF001
            if turn is not None and turn.slot is None and turn.job_id == job_id:
                self._slots._turn = None  # noqa: SLF001

    def alone(self, job_id: str, *, patience_s: float, keep_s: float, give_up: Callable[[], bool]) -> bool:
        """Wait until this is the only slot in use and return True; no other slot is given out from now on.

        Returns False if another delivery waits for its turn already, if `give_up()` holds, or if the others have not
        ended within `patience_s` seconds. Then the turn is kept for the job's next delivery for `keep_s` seconds: none
        of the others can last longer, so a busy process comes to run the job too. A slot whose delivery has been
        answered does not count as in use: its stage may never end.
        """
        began = time.monotonic()
        try:
            return self._alone(job_id, began + patience_s, keep_s, give_up)
        finally:
            self.waited_s = time.monotonic() - began

    def _alone(self, job_id: str, until: float, keep_s: float, give_up: Callable[[], bool]) -> bool:
        slots = self._slots
        with self._lock:
            turn = slots._turn  # noqa: SLF001
            if turn is not None and (turn.slot or (turn.job_id != job_id and turn.kept_until > time.monotonic())):
                return False
            mine = slots._turn = _Turn(job_id, self)  # noqa: SLF001
        # Not under the lock: `give_up` may ask the database.
        while not give_up():
            with self._lock:
                if slots._taken - slots._outlived <= 1:  # noqa: SLF001
                    return True
                left_s = until - time.monotonic()
                if left_s <= 0:
                    mine.slot, mine.kept_until = None, time.monotonic() + keep_s
                    return False
                self._lock.wait(min(left_s, LOOK_EVERY_S))
        with self._lock:
            slots._turn = None  # noqa: SLF001
        return False

    def share(self) -> None:
        """End this slot's turn: other jobs may run beside it again."""
        with self._lock:
            turn = self._slots._turn  # noqa: SLF001
            if turn is not None and turn.slot is self:
                self._slots._turn = None  # noqa: SLF001

    def keep_turn(self, keep_s: float) -> None:
        """When this delivery has been answered, keep its turn for the job's next one, for `keep_s` seconds."""
        self._keep_s = keep_s

    def stage_began(self) -> None:
        with self._lock:
            self._has_stage = True

    def stage_ended(self) -> None:
        with self._lock:
            self._has_stage = False
            if self._is_answered:
                self._slots._outlived -= 1  # noqa: SLF001
                self._free()

    def answered(self) -> None:
        with self._lock:
            self._is_answered = True
            turn = self._slots._turn  # noqa: SLF001
            if turn is not None and turn.slot is self:
                turn.slot, turn.kept_until = None, time.monotonic() + self._keep_s
            if self._has_stage:
                self._slots._outlived += 1  # noqa: SLF001
                self._lock.notify_all()
            else:
                self._free()

    def _free(self) -> None:
        self._slots._taken -= 1  # noqa: SLF001
        self._lock.notify_all()


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
