"""How a request reaches a route, and what every answer carries.

`worker` is gunicorn's worker: it gives a thread only to a whole head and waits for no client. `launch` refuses settings
of gunicorn's that would break a promise. `body` reads a body within its limits; `browsers` adds security headers, and
keeps web pages out while `AUTH=off`. Imports what everything builds on: `config`, `errors`, `problems` and `slots`.
"""
