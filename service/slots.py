"""The bounds of one process: how many jobs are in work, and how many bytes of messages."""

import threading


class Slots:
    """Counts job slots and bytes in flight. Never waits: what does not fit is refused at once.

    A slot is held by the request, and by the stage's thread where that outlives the request, so that a stage that
    cannot be stopped is not joined by another one.
    """

    def __init__(self, jobs: int, in_flight_bytes: int) -> None:
        self.jobs = jobs
        self._bytes = in_flight_bytes
        self._lock = threading.Lock()
        self._taken = 0
        self._in_flight = 0
        self._outlived = 0

    def take(self) -> "Slot | None":
        """A slot, or None where all are busy."""
        with self._lock:
            if self._taken >= self.jobs:
                return None
            self._taken += 1
        return Slot(self)

    def admit(self, size: int) -> bool:
        """Count `size` bytes as in flight. One message is always let in, however large; False refuses."""
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
        """Slots held by a stage that ran on after its delivery had been answered."""
        with self._lock:
            return self._outlived

    @property
    def is_stuck(self) -> bool:
        """Every slot is held by such a stage."""
        return self.outlived >= self.jobs


class Slot:
    """One taken slot. It is free again when the request has been answered and its stage, if any, has ended."""

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
