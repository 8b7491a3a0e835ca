"""What breaks first, and how much of everything a rate needs: by arithmetic, which the simulation then tries."""

from collections.abc import Mapping
from dataclasses import replace
from math import ceil

from lab.scale.costs import Costs, log_kb
from lab.scale.deployment import Deployment, Jobs
from lab.scale.pubsub import LINEAR_FROM, SLOW_S
from lab.scale.system import LIGHT_CONNECTIONS

ROOM = 0.75
"""Nothing is planned fuller than this: beyond, queues grow faster than what they serve."""
MOST_INSTANCES = 100
"""From here on, an instance gets more slots before there are more instances."""
MOST_SLOTS = 40
CORES = (1, 2, 4, 8, 16, 32, 64, 96, 128)
"""That a Cloud SQL instance can have."""


def residence_s(jobs: Jobs, costs: Costs) -> float:
    """Return the seconds of a delivery that waits for nobody but its providers. Pure."""
    statements = jobs.stages + 2
    ways = statements * (costs.commit_ms + costs.trip_ms) + costs.publish_ms
    return jobs.wait_s + (own_ms(jobs, costs) + database_ms(jobs, costs) + ways) / 1000


def own_ms(jobs: Jobs, costs: Costs) -> float:
    """Return the CPU of a delivery in our process. Pure."""
    return costs.own_ms + costs.own_stage_ms * (jobs.stages - 1)


def database_ms(jobs: Jobs, costs: Costs) -> float:
    """Return the CPU of a delivery in the database. Pure."""
    return costs.claim_ms + costs.settle_ms + costs.mark_ms + costs.checkpoint_ms * (jobs.stages - 1)


def bounds(deployment: Deployment, jobs: Jobs, costs: Costs) -> Mapping[str, float]:
    """Return the most jobs per second that each part allows, whatever the others do. Pure."""
    seconds = residence_s(jobs, costs)
    window = LINEAR_FROM * deployment.subscriptions / seconds if seconds > SLOW_S else float("inf")
    # Connections allow instances, not jobs: as many as may open all that they ever use.
    held = deployment.instances * (deployment.slots + LIGHT_CONNECTIONS)
    fits = deployment.pooler or held <= deployment.connections
    slots = deployment.instances * deployment.slots / seconds
    return {
        "slots": slots,
        "our processors": 1000 * deployment.instances / own_ms(jobs, costs),
        "the database's processors": 1000 * deployment.database_cores / database_ms(jobs, costs),
        "the database's disk": 1000 * deployment.disk_mb_s / log_kb(jobs.stages, costs),
        "connections": float("inf") if fits else slots * deployment.connections / held,
        "the push window": window,
    }


def plan(deployment: Deployment, jobs: Jobs, costs: Costs, rate: float) -> Deployment:
    """Return the deployment with as much of everything as `rate` needs, and no less than it has. Pure."""
    most = rate / ROOM
    slots, core_s = most * residence_s(jobs, costs), most * own_ms(jobs, costs) / 1000
    each = deployment.slots
    while slots / each > MOST_INSTANCES and each < MOST_SLOTS:
        each = min(MOST_SLOTS, 2 * each)
    planned = replace(
        deployment,
        slots=each,
        instances=max(deployment.instances, ceil(slots / each), ceil(core_s)),
        database_cores=_enough_cores(max(deployment.database_cores, most * database_ms(jobs, costs) / 1000)),
        disk_mb_s=max(deployment.disk_mb_s, most * log_kb(jobs.stages, costs) / 1000),
    )
    found = bounds(planned, jobs, costs)
    if found["connections"] < most:
        planned = replace(planned, pooler=True)
    return replace(planned, subscriptions=max(1, ceil(most * deployment.subscriptions / found["the push window"])))


def _enough_cores(needed: float) -> int:
    return next((cores for cores in CORES if cores >= needed), ceil(needed))


def seconds_for(jobs: Jobs, rate: float) -> float:
    """Return how long to simulate: long enough for jobs to end, and for some thousands of them to be seen. Pure."""
    return max(1.5 * jobs.wait_s, min(200.0, 5_000 / rate), 1.0)
