"""Briefs with a mark at every line, and what a film makes of each: leaks, losses, names. See `briefs.py`."""
