"""What the table `acts` keeps of who did something, and why."""

MAX_WHO = 255
"""Characters of a name; `handled_by` of a dead letter is one too."""
MAX_WHY = 2_000
