"""What is checked of everything that the service depends on: for the command `doctor`, and for the console.

Read `checks.py` (the table of checks), then the rules of one subject: `database.py`, `fitness.py`, `controls.py`,
`pubsub.py`, `process.py` or `revision.py`. Rules are pure functions from facts to findings (`findings.py`). `facts.py`
and `revision_facts.py` collect the facts, and only they touch a network, a file or a clock.

To add a check: collect its facts in `facts.py`, write its rule beside those of the same subject, join the two in a
function of `checks.py`, and add that to the table there. The rules import `findings.py` alone.
"""
