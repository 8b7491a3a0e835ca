"""What was learnt from marked briefs: what a sentence means, and what it is for (`python -m lab.marked.learn`). Pure.

Only weights are read, once.
"""
