"""`doctor`: check that everything the service depends on is set up correctly.

Read `command.py` (environment and output) and `checks.py` (the table of checks), then the rules of one subject:
`database.py`, `fitness.py`, `pubsub.py` or `process.py`. Rules are pure functions from facts to findings
(`findings.py`). `facts.py` collects the facts, and only it touches a network, a file or a clock.

To add a check: collect its facts in `facts.py`, write its rule beside those of the same subject, join the two in a
function of `checks.py`, and add that to the table there. The rules import `findings.py` alone.
"""
