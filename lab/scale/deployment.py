"""How much there is of everything, and what kind of jobs it gets."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """The defaults are those of `cloudbuild.yaml` and `deploy/setup.sh`."""

    instances: int = 5
    slots: int = 5
    """Jobs of an instance at a time."""
    database_cores: int = 1
    disk_mb_s: float = 240.0
    """What the database's disk writes: an SSD of Compute Engine, https://cloud.google.com/compute/docs/disks/performance."""
    connections: int = 200
    """The most that the database takes (`max_connections`)."""
    pooler: bool = False
    """A pooler in front of the database: its connections are shared between transactions, not held by processes."""
    subscriptions: int = 1
    """Among which the jobs are divided, each with a window of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Jobs:
    """What each job is."""

    name: str
    stages: int
    wait_s: float
    """Seconds of all stages together, spent waiting for somebody else (a provider), not in our processor."""


NOTHING = Jobs(name="of one stage that takes no time", stages=1, wait_s=0.0)
FILMS = Jobs(name="of nine stages and ten seconds", stages=9, wait_s=10.0)
