"""The gallery: films of many kinds of briefs in all presets and shapes, what they look like, and what was measured.

Read briefs (what is filmed), films (one film made and measured), page (the page of them all), `__main__` (the command).
It may import the film and `lab.harness`.
"""
