"""Alembic migrations, in `versions/`: expand first, contract a release later, so that each is safe while the previous
version of the service still runs. A new one is `mNNNN_what_it_does.py`, with SQL in `upgrade`.

It runs on a busy table. A statement that needs a table's lock gets it within a second or is tried again later
(`service.db.migrate`), so a revision changes few tables, scans none, and builds its indexes by `indexes.build_index`,
in a revision of their own."""
