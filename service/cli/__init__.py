"""The command line, for developers and operators: `python -m service COMMAND`.

Read `main.py` (errors and exit codes) and `commands.py` (every command with its options), then the module of the
command you want: `jobs.py`, `dlq.py`, `push.py`, `local.py` (dev, token), `demo.py`, `maintenance.py` (sweep, migrate)
or `doctor/`. `target.py` finds the service and the database to talk to, `client.py` speaks HTTP, `terminal.py` prints.

Commands about jobs go through the API; dead letters, replays and maintenance go to the database. A command may import
anything in the service, but slow libraries (gRPC) and `service.dev` only when it runs. Nothing imports this package.
"""
