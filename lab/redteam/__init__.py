"""Attacks on a running service on loopback, for the tests and `make redteam`.

`suite` runs the groups against a `target`; each of the other modules is a group. `clients` has the slow and rude
clients, which the delivery's tests use too. Imports `lab.harness` and no other part of `lab`."""
