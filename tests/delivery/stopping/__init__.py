"""Promise 8: the service stops as cleanly as it starts: SIGTERM, drains, child processes, a refused start."""
