"""Promise 4: a stale worker does no harm: leases, fencing tokens and the heartbeat that renews them."""
