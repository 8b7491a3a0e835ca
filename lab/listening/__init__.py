"""Let a machine listen to films: is every word that the plan has heard in the decoded sound, when it should be, and
over the music? `python -m lab.listening` writes docs/listening.md.

Read `takes.py` (makes a film and keeps its parts), `ears.py` (the two recognisers), `wording.py` (what was said beside
what was heard), `levels.py` (everything that needs no recogniser), `report.py`, `page.py`. The recognisers and their
models are in requirements.txt beside this file; the service never needs them.
"""
