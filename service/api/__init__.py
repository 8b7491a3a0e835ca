"""The HTTP API for those who want a film."""
