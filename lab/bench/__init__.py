"""Benchmarks: `make bench`, or `python -m lab.bench`. Results are ratios from one run, because machines are noisy.

Read `__main__` first. `deliveries`, `films`, `overload`, `traces`, `latency`, `cold`, `growth` and `peers` are the
benchmarks; `client` and `load` drive a server, `fill` makes a large database, and the other modules are what the
service is compared with. Imports `service` and `lab.harness`."""
