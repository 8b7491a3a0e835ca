"""Attacks on a running service on loopback, for the tests and `make redteam`.

`clients` has those that use up connections, threads and memory. Imports `lab.harness` and no other part of `lab`."""
