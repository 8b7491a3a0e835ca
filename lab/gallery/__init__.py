"""The gallery: films of real briefs, or of many kinds in all presets and shapes, what they look like, what was measured
and how they were judged.

Read `briefs` (what is filmed) first, then `films` (make and measure one film), `scores` (how each was judged), `page`
(the page of all films) and `__main__` (the command). May import the film and `lab.harness`.
"""
