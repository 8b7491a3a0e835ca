"""Randomness that is the same for the same job: every random choice in a film comes from the job's seed. Pure."""

import hashlib
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

_T = TypeVar("_T")
_DIGITS = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Seed:
    """A seed as 64 hex digits. Each purpose gets its own number, so a new use of randomness changes no existing one."""

    digits: str

    @staticmethod
    def of_job(job_id: str) -> "Seed":
        return Seed(hashlib.sha256(job_id.encode("utf-8", "surrogatepass")).hexdigest())

    @staticmethod
    def named(wish: str) -> "Seed":
        """Return the seed that a job names: 64 hex digits are those of another film, as its manifest has them."""
        return Seed(wish) if _DIGITS.fullmatch(wish) else Seed.of_job(f"seed/{wish}")

    def number(self, purpose: str) -> int:
        """Return a 63-bit number for `purpose`."""
        return int.from_bytes(hashlib.sha256(f"{self.digits}/{purpose}".encode()).digest()[:8], "big") >> 1

    def choice(self, purpose: str, among: Sequence[_T]) -> _T:
        return among[self.number(purpose) % len(among)]

    def random(self, purpose: str) -> random.Random:
        return random.Random(self.number(purpose))  # noqa: S311 -- meant to be repeatable, not secret
