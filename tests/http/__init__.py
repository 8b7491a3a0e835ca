"""How requests reach the routes, without a server: the real one is in `tests/delivery/neighbours`."""
