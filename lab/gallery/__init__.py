"""The gallery: films of many kinds of briefs in all presets and shapes, what they look like, and what was measured.

Read `briefs` (what is filmed) first, then `films` (make and measure one film), `page` (the page of all films) and
`__main__` (the command). May import the film and `lab.harness`.
"""
