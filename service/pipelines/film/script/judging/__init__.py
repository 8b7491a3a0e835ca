"""Whether a film says what its brief says, and what a careful viewer would object to. Pure."""
