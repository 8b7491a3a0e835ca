"""Alembic migrations, in `versions/`: expand first, contract a release later, so that each is safe while the previous
version of the service still runs. A new one is `mNNNN_what_it_does.py`, with SQL in `upgrade`."""
