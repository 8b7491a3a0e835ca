"""What a delivery takes, measured by `make bench BENCH=peers` (docs/speed.md), and what a cloud adds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Milliseconds of CPU unless it says something else."""

    own_ms: float
    """Of the process for a delivery of one stage. Python runs on one core of its instance at a time."""
    own_stage_ms: float
    """... for each stage after the first, with its checkpoint."""
    claim_ms: float
    settle_ms: float
    mark_ms: float
    checkpoint_ms: float
    """Of the database for a statement, with its share of whatever the server does besides."""
    commit_ms: float = 1.5
    """Waiting for the disk, not CPU: a network disk that is one zone away."""
    trip_ms: float = 0.5
    """To the database and back."""
    publish_ms: float = 15.0
    """Waiting for Pub/Sub to take the result."""
    log_kb: float = 55.0
    """Of write-ahead log for a delivery, in a database of two million jobs just after a checkpoint."""
    log_stage_kb: float = 1.6
    """... for each stage after the first."""


MEASURED = Costs(own_ms=2.2, own_stage_ms=0.36, claim_ms=0.5, settle_ms=0.8, mark_ms=0.3, checkpoint_ms=0.52)
"""On the two shared and busy cores of the benchmark; a core of one's own is up to twice as fast. How the database's
time for the three statements of a delivery of one stage is divided among them is from their plans' times."""


def log_kb(stages: int, costs: Costs) -> float:
    """Return what a delivery of so many stages adds to the database's write-ahead log. Pure."""
    return costs.log_kb + costs.log_stage_kb * (stages - 1)
