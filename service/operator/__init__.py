"""What an operator does, one thing in each module: `replays` runs a job again or discards its letter; `pauses` pauses
intake and resumes it; `limits` sets what single users may have.

Every function returns what became of each thing it was asked for, and stores who did it, when and why. May import
`db`, `queries`, `delivery`; knows nothing of HTTP or the command line, which both call it.
"""
