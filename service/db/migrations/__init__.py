"""Alembic migrations: expand first, contract a release later, safe while the version before still runs."""
