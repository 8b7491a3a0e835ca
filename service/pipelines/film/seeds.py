"""Chance that is the same for the same job: everything made at random in a film hangs on its seed. Pure."""

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Seed:
    """A seed as 64 hex digits; each purpose gets a number of its own, so that a new use of chance moves no old one."""

    digits: str

    @staticmethod
    def of_job(job_id: str) -> "Seed":
        return Seed(hashlib.sha256(job_id.encode("utf-8", "surrogatepass")).hexdigest())

    def number(self, purpose: str) -> int:
        """A 63-bit number for `purpose`."""
        return int.from_bytes(hashlib.sha256(f"{self.digits}/{purpose}".encode()).digest()[:8], "big") >> 1

    def choice(self, purpose: str, among: Sequence[_T]) -> _T:
        return among[self.number(purpose) % len(among)]

    def random(self, purpose: str) -> random.Random:
        return random.Random(self.number(purpose))  # noqa: S311 -- to be repeated, not to be secret
