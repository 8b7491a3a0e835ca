"""Programs of the peers, each run by the Python of an environment that `install` made. Nothing imports them."""
