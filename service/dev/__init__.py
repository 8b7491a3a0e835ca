"""Everything the service needs, on one machine, for `python -m service dev` and for tests. Not in the image.

Read `command.py` (`dev` itself) and `stack.py` (what starts in which order), then what the stack starts: `postgres.py`,
`certs_page.py` and, for Google's emulator, `push_relay.py` (two small HTTP servers, see `loopback.py`), `pubsub/` (the
stand-in for Pub/Sub), `provision.py` (topics and subscriptions), `gunicorn.py` (the service) and `resend.py`.
`relay.py` is the process that compose.yaml runs beside the emulator. `issuer.py` signs tokens, `devfile.py` is what
`dev` tells the other commands, `processes.py` ends processes.

It imports the service's ground (`config`, `db`, `delivery`), never `service.api` or `service.cli`. It needs the
development requirements.
"""
