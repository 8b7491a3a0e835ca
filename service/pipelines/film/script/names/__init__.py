"""What a film is called: the runs of words that may be its name, and which of them is the likeliest. Pure."""
