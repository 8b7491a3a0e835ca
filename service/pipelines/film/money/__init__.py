"""What a film costs, and who may spend it."""
