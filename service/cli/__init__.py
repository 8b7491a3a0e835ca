"""The command line, for developers and operators: `python -m service COMMAND`.

Read `main.py` (errors and exit codes) and `commands.py` (every command with its options), then the module of the
command you want: `jobs.py` (with `live_view.py`, `job_view.py`, and `job_acts.py` for cancel, replay and run-now),
`dlq.py`, `outbox.py`, `spend.py`, `record.py` (acts), `controls.py` (pause, resume, users limits), `retention.py`
(prune, users forget), `push.py`, `local.py` (dev, token), `demo.py`, `maintenance.py` (sweep, migrate) or `doctor/`.
`handling.py` is one act on many; `options.py` has what a row of the table is made of. `target.py` finds the service and
the database to talk to, `client.py` speaks HTTP, `terminal.py` prints.

Looking at jobs and submitting them goes through the API; acts, dead letters and maintenance go to the database. A
command may import anything in the service, but slow libraries (gRPC) and `service.dev` only when it runs. Nothing
imports this package.
"""
