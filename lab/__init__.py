"""Tools that try the service from outside; nothing in `service/` imports them.

`harness/` puts the service into real surroundings, also for the tests. `bench/` measures it, also beside
what others would use, `scale/` is a model of it at sizes that no laptop has, `chaos/` breaks everything around it at
once, `gallery/` makes films of many briefs, `band/` cuts the music's instruments out of a sound font. Each runs from
the root: `python -m lab.bench`."""
