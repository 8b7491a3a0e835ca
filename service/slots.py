"""The limits of one process: how many jobs it runs, and how many bytes of messages are in memory."""

import threading


class Slots:
    """Counts job slots and bytes in flight. Never waits: what does not fit is refused at once.

    A slot is held until both the request and its stage's thread have ended, so a stage that cannot be stopped keeps its
    slot and no other job gets it.
    """

    def __init__(self, jobs: int, in_flight_bytes: int) -> None:
        self.jobs = jobs
        self._bytes = in_flight_bytes
        self._lock = threading.Lock()
        self._taken = 0
        self._in_flight = 0
        self._outlived = 0

    def take(self) -> "Slot | None":
        """Return a slot, or None if all are busy."""
        with self._lock:
            if self._taken >= self.jobs:
                return None
            self._taken += 1
        return Slot(self)

    def admit(self, size: int) -> bool:
        """Count `size` bytes as in flight, or return False if they do not fit. A single message always fits."""
        with self._lock:
            if self._in_flight and self._in_flight + size > self._bytes:
                return False
            self._in_flight += size
        return True

    def discharge(self, size: int) -> None:
        with self._lock:
            self._in_flight -= size

    @property
    def busy(self) -> int:
        with self._lock:
            return self._taken

    @property
    def in_flight_bytes(self) -> int:
        with self._lock:
            return self._in_flight

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
