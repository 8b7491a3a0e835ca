"""How words are said, how long that takes, and when they are heard and seen. Pure."""
