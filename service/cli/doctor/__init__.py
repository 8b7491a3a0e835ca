"""`doctor`: check that everything the service depends on is set up correctly."""
