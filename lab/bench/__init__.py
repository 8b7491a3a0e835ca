"""Benchmarks: `make bench`. Ratios from one run, since machines are noisy."""
