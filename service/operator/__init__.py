"""What an operator does, one thing in each module: `replays` runs a job again or discards its letter; `run_now` skips a
backoff; `messages` sends or drops what the outbox could not publish; `pauses` pauses intake and resumes it; `limits`
sets what single users may have; `prune` and `forget` delete. `many` does an act to many things, and `sending`
publishes what it made them owe; `record` bounds what is kept of who did it and why.

Every function returns what became of each thing it was asked for, and stores who did it, when and why. May import
`db`, `queries`, `delivery`; knows nothing of HTTP or the command line, which both call it.
"""
