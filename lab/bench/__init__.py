"""Benchmarks: `make bench`, or `python -m lab.bench`. Results are ratios from one run, because machines are noisy.

Read `__main__` first; `deliveries`, `films` and `overload` are the three benchmarks; the other modules are what
they compare the service with. Imports `service` and `lab.harness`."""
