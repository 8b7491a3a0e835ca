"""Move a job's times so that its lease expires or its backoff ends."""

from lab.harness.world import World


def expire_lease(world: World, job_id: str) -> None:
    """Expire the lease as if its holder had not renewed it. Only the database's clock decides, so the row's time is
    moved."""
    world.query(
        "UPDATE jobs SET lease_until = clock_timestamp() - interval '1 second' WHERE id = :id RETURNING 1", id=job_id
    )


def end_backoff(world: World, job_id: str) -> None:
    world.query("UPDATE jobs SET not_before = NULL WHERE id = :id RETURNING 1", id=job_id)


def states(world: World, job_id: str) -> list[tuple[str, str, str]]:
    rows = world.query("SELECT * FROM job_states WHERE job_id = :id ORDER BY id", id=job_id)
    return [(row["previous_state"], row["new_state"], row["reason"]) for row in rows]
