"""Which job may have killed its process, as conditions on its row `j` (rules 15 and 16 in docs/protocol/rules.md)."""

GONE = "j.state = 'processing' AND j.lease_until > pg_postmaster_start_time()"
"""SQL, of a lease that has run out: the process died, or stalled. If the lease ran out while the server was down, that
says nothing about the process: it could not be renewed."""
LOST = f"{GONE} AND j.progress = j.progress_at_claim"
"""SQL: it did so before the job finished anything under this claim."""
SUSPECT = f"(j.is_suspect OR {LOST} OR j.deaths > 0 AND {GONE})"
"""SQL: the job has to run alone. Nothing was finished before its process died, or that is the second one in a row."""
SURE_DEATHS = 2
"""From so many deaths in a row on, progress ends no suspicion: a job that finishes something before each death would
take the others along each time."""
