"""Promise 9: one job's misfortune stays its own: floods, slow clients, huge payloads, a database that is away."""
