"""Alembic's entry point: run the migrations on the connection that `service.db.migrate` passes in, each revision in a
transaction of its own, so that locks are held for one revision at most and an interrupted migration resumes."""

from alembic import context

from service.db.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=True,
    on_version_apply=context.config.attributes["on_version_apply"],
)
with context.begin_transaction():
    context.run_migrations()
