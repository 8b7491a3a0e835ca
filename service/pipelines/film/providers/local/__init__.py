"""The provider that needs no account and no network."""
