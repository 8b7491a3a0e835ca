"""The service at a size that no laptop has, on paper: a discrete-event model, `python -m lab.scale`.

`clock` and `servers` are the simulation's ground, `pubsub` is a push subscription, `costs` what a delivery takes,
`deployment` how much there is of everything, `system` the whole; `study` asks what breaks first, and `plot` draws
`docs/scale.svg`. Imports nothing of the service: what a delivery takes was measured by `make bench BENCH=peers`."""
