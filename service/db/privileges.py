"""Which privileges serving needs, by table. `migrate --for ROLE` grants them all, and nothing that changes a table."""

from service.db.schema import metadata

NEEDED: dict[str, tuple[str, ...]] = {
    "jobs": ("SELECT", "INSERT", "UPDATE"),
    "job_states": ("SELECT", "INSERT"),
    "job_results": ("SELECT", "INSERT"),
    "job_stages": ("SELECT", "INSERT", "UPDATE"),
    "job_parts": ("SELECT", "INSERT"),
    "job_effects": ("SELECT", "INSERT", "UPDATE", "DELETE"),
    "outbox": ("SELECT", "INSERT", "UPDATE"),
    "dead_letters": ("SELECT", "INSERT", "UPDATE"),
}
"""Without these, deliveries fail: the service is not ready."""

GRANTED: dict[str, tuple[str, ...]] = {
    **{table.name: ("SELECT", "INSERT", "UPDATE", "DELETE") for table in metadata.sorted_tables},
    "alembic_version": ("SELECT",),
}
"""What the API, the operator's acts and `prune` need, too."""
