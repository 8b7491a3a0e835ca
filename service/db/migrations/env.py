"""Alembic's entry point: run the migrations on the connection that `service.db.migrate` passes in."""

from alembic import context

from service.db.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
