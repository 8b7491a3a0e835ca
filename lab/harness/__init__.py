"""The service in real surroundings: for the tests, the benchmarks and chaos.

Read `world` first (a database, a Pub/Sub, an issuer of tokens), then `messages` and `processes` (gunicorn); `names`,
`calls` and `waiting` are what they share. `emulator` is Google's own Pub/Sub, `film_context` runs the film's stages
without a delivery. Imports `service` and no other part of `lab`."""
